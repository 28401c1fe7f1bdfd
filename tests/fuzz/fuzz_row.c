/* fuzz_row.c - rows that cabscan merge is given, and every report of them */
#include "fuzz.h"

#include "batch.h"
#include "sys.h"

/* For sys_posix.c, whose main() is not the one here. */
int
cli_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}

static void
look_at_report(const char *format, const struct record *r, size_t n)
{
	char *bytes = NULL;
	size_t len = 0;
	struct report report = { r, n, NULL, open_memstream(&bytes, &len) };
	bool csv = strcmp(format, "csv") == 0;

	PROMISE(report.to);
	renderer(format)(&report);
	PROMISE(fclose(report.to) == 0);
	fuzz_text((cs_text){ bytes, len });
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		PROMISE((c >= 0x20 && c != 0x7f) || c == '\n' || (csv && c == '\r'));
	}
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = { "table", "ndjson", "csv", "junit",
	                                       "sarif", "markdown" };
	struct records rows = { .n = 0 };
	cs_text rest = { size ? (const char *)data : "", size };

	while (rest.len > 0 && rows.n < 20) {
		cs_text line = cs_cut(&rest, '\n');
		struct record r;
		const char *why = NULL;

		if (read_row(line.at, line.len, &r, &why))
			PROMISE(records_add(&rows, r));
		else
			PROMISE(why);
	}
	report_sort(&rows);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		look_at_report(formats[i], rows.at, rows.n);
	records_free(&rows);
	return 0;
}
