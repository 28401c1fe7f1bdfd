#include "read/record.h"
#include "read/formats.h"

static const struct cs_format *const formats[] = {
	&cs_format_evtx,
	&cs_format_event_xml,
	&cs_format_doc_xml,
	&cs_format_html,
	&cs_format_registry,
	&cs_format_json,
	&cs_format_device_hash,
	&cs_format_lines,
};

const struct cs_format *
cs_format_for(cs_text member, cs_bytes content)
{
	const struct cs_format *best = NULL;
	int most = 0;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]) &&
	     most < 100; i++) {
		int sure = formats[i]->claims(member, cs_slice(content, 0, CABSCAN_HEAD_BYTES));

		if (sure > most) {
			most = sure;
			best = formats[i];
		}
	}
	return best;
}

cs_text
cs_base_name(cs_text member)
{
	size_t i = member.len;

	while (i > 0 && member.at[i - 1] != '/' && member.at[i - 1] != '\\')
		i--;
	return (cs_text){ member.at + i, member.len - i };
}
