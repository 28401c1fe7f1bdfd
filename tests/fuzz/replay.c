/*
 * replay.c - a fuzz target without a fuzzer: replay DIR
 *
 * DIR/index.txt lists files of DIR.  Each is given to the target as it is, cut
 * short, and with bytes changed, always the same ones; each time in memory of
 * its exact size, so that the sanitizers see a read behind it.
 */
#include "fuzz.h"

#include <string.h>

#define CUTS 12
#define CHANGES 24
#define MOST ((size_t)16 * 1024 * 1024)

static uint64_t n_runs;

static uint32_t
next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
run(const uint8_t *bytes, size_t len, size_t change, uint32_t *state)
{
	uint8_t *copy = malloc(len ? len : 1);

	PROMISE(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	for (; change > 0 && len > 0; change--)
		copy[next(state) % len] ^= (uint8_t)(1u << next(state) % 8);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	n_runs++;
}

static void
replay(const uint8_t *bytes, size_t len)
{
	uint32_t state = 0x20261120;

	run(bytes, len, 0, &state);
	for (size_t i = 0; i < CUTS && len > 0; i++)
		run(bytes, next(&state) % len, 0, &state);
	for (size_t i = 0; i < CHANGES && len > 0; i++)
		run(bytes, len, 1 + i % 8, &state);
}

static int
replay_file(const char *dir, const char *name)
{
	char path[1024];
	uint8_t *bytes = malloc(MOST);
	FILE *f;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f || !bytes) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	len = fread(bytes, 1, MOST, f);
	fclose(f);
	replay(bytes, len);
	free(bytes);
	return 0;
}

int
main(int argc, char **argv)
{
	char line[256];
	unsigned n_files = 0;
	FILE *index;

	if (argc != 2)
		return 2;
	snprintf(line, sizeof(line), "%s/index.txt", argv[1]);
	index = fopen(line, "r");
	while (index && fgets(line, sizeof(line), index)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (replay_file(argv[1], line) != 0)
			return 1;
		n_files++;
	}
	if (index)
		fclose(index);
	printf("%u seeds, %llu runs\n", n_files, (unsigned long long)n_runs);
	return n_files > 0 ? 0 : 1;
}
