/*
 * listing.h - what a cabinet says about itself: its folders and members
 *
 * The headers are read here and not by libmspack: it refuses a cabinet whose
 * list is cut or has one bad entry, and looks up the folder of each member by
 * counting along a list, 65,535 times 65,535 steps if asked to.
 */
#ifndef CS_CAB_LISTING_H
#define CS_CAB_LISTING_H

#include "base/scan.h"

enum cs_cab_method { CS_CAB_STORED, CS_CAB_MSZIP, CS_CAB_QUANTUM, CS_CAB_LZX };

/* The folder of members whose folder does not exist. */
#define CS_CAB_NOWHERE 0x10000u

struct cs_cab_folder {
	size_t data_at;         /* the first data block */
	unsigned n_blocks;
	unsigned method;        /* cs_cab_method, or a number that is none */
	unsigned compression;   /* method and window size, as stored */
};

struct cs_cab_entry {
	struct cs_member member;
	uint64_t begin, end;    /* in the unpacked folder */
	unsigned folder;
	unsigned number;        /* in the list, from 0 */
	bool begins_elsewhere;  /* in the cabinet before this one */
	bool ends_elsewhere;    /* in the one after it */
};

struct cs_cab_listing {
	cs_bytes cab;
	size_t folders_at;
	unsigned n_folders;
	unsigned folder_reserve, block_reserve;
	struct cs_cab_entry *entries;   /* in the scan's arena, as listed */
	struct cs_cab_entry **order;    /* by folder, offset, number */
	size_t n_entries;
	bool from_previous;     /* folder 0 begins in another cabinet */
	cs_text previous, next; /* of the set; views into the CAB */
};

/* False: nothing can be listed; err says why in one sentence. */
bool cs_cab_list(struct cs_scan *, cs_text source, cs_bytes cab,
                 struct cs_cab_listing *ret, cabscan_error *err);

struct cs_cab_folder cs_cab_folder_at(const struct cs_cab_listing *,
                                      unsigned number);

#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 4, 5)))
#elif defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
/* Fills err (if there is one): the source's name, then the sentence. */
void cs_cab_error(cabscan_error *err, cabscan_status status, cs_text source,
                  const char *format, ...);

#endif
