/* shapes.h - what a piece of text is, by its shape alone */
#ifndef CS_SHAPES_H
#define CS_SHAPES_H

#include "base/text.h"

enum cs_shape {
	CS_SHAPE_PLAIN,         /* may be shown: a code, a small number, a date */
	CS_SHAPE_VERSION,       /* digits and dots that are no address */
	CS_SHAPE_UUID, CS_SHAPE_SID, CS_SHAPE_MAC, CS_SHAPE_IP, CS_SHAPE_MAIL,
	CS_SHAPE_OTHER
};

enum cs_shape cs_shape_of(cs_text piece);

#endif
