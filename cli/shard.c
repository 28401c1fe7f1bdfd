/* shard.c - --shard K/N: which part of the paths is whose */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, mixed so that a remainder is even.  Not against enemies: whoever can
 * name files can fill a shard. */
uint64_t
path_hash(const char *path)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (; *path; path++) {
		h ^= (unsigned char)(*path == '\\' ? '/' : *path);
		h *= 0x100000001b3U;
	}
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdU;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53U;
	return h ^ h >> 33;
}

bool
in_shard(const struct shard *s, uint64_t hash)
{
	return s->of == 0 || hash % s->of + 1 == s->index;
}

void
hex16(uint64_t n, char ret[17])
{
	snprintf(ret, 17, "%08lx%08lx", (unsigned long)(n >> 32),
	         (unsigned long)(n & 0xffffffffU));
}

static bool
number(const char **text, unsigned *ret)
{
	unsigned n = 0;
	const char *t = *text;

	if (*t < '0' || *t > '9')
		return false;
	for (; *t >= '0' && *t <= '9'; t++) {
		if (n > MAX_SHARDS)
			return false;
		n = n * 10 + (unsigned)(*t - '0');
	}
	*text = t;
	*ret = n;
	return true;
}

static bool
complain(const char *what, const char *why)
{
	char line[200];

	snprintf(line, sizeof(line), "--shard %s", what);
	print_problem(line, why);
	return false;
}

/* ---- who says which one ---------------------------------------------------- */

/* Variables of engines that run one task many times.  'first' is subtracted
 * from the index: a number, or the variable that holds it. */
static const struct engine {
	const char *name, *index, *first, *total, *step;
	unsigned from;
} engines[] = {
	{ "Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN",
	  "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_STEP", 0 },
	{ "Kubernetes", "JOB_COMPLETION_INDEX", NULL, NULL, NULL, 0 },
	{ "GitLab", "CI_NODE_INDEX", NULL, "CI_NODE_TOTAL", NULL, 1 },
	{ "Azure Pipelines", "SYSTEM_JOBPOSITIONINPHASE", NULL,
	  "SYSTEM_TOTALJOBSINPHASE", NULL, 1 },
};

/* False, printed: the variable is there and is no number. */
static bool
variable(const char *name, bool *ret_set, unsigned *ret)
{
	const char *text = name ? getenv(name) : NULL;

	*ret_set = text && *text;
	if (!*ret_set)
		return true;
	if (number(&text, ret) && !*text)
		return true;
	print_problem(name, "is no number that a shard can have");
	return false;
}

static bool
ask_engine(const struct engine *e, unsigned of, bool *ret_set, unsigned *ret)
{
	unsigned index = 0, first = e->from, total = of, step = 1;
	bool set, has_first;
	char text[200];

	if (!variable(e->index, ret_set, &index))
		return false;
	if (!*ret_set)
		return true;
	if (!variable(e->first, &has_first, &first) ||
	    !variable(e->total, &set, &total) || !variable(e->step, &set, &step))
		return false;
	if (e->first && !has_first) {
		print_problem(e->first, "is not set, so the first index is unknown");
		return false;
	}
	snprintf(text, sizeof(text), "%s says index %u, first %u, %u in all, "
	         "step %u; %u shards were asked for", e->name, index, first,
	         total, step, of);
	if (total != of || step != 1 || index < first || index - first >= of)
		return complain("auto", text);
	*ret = index - first + 1;
	return true;
}

static bool
ask_all(unsigned of, struct shard *ret)
{
	const char *who = NULL;
	char text[200];

	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		bool set;
		unsigned index = 0;

		if (!ask_engine(&engines[i], of, &set, &index))
			return false;
		if (!set)
			continue;
		if (who && index != ret->index) {
			snprintf(text, sizeof(text), "%s says shard %u, %s says %u",
			         who, ret->index, engines[i].name, index);
			return complain("auto", text);
		}
		who = engines[i].name;
		*ret = (struct shard){ index, of };
	}
	return who ? true : complain("auto", "none of Slurm, Kubernetes, GitLab "
	                             "and Azure Pipelines says which one");
}

bool
parse_shard(const char *text, struct shard *ret)
{
	const char *t = text;
	bool by_itself = strncmp(t, "auto:", 5) == 0;
	unsigned index = 0, of = 0;

	if (by_itself)
		t += 5;
	if (!by_itself && (!number(&t, &index) || *t++ != '/'))
		return complain(text, "is neither K/N nor auto:N");
	if (!number(&t, &of) || *t || of == 0 || of > MAX_SHARDS)
		return complain(text, "N must be 1 to 100000");
	if (by_itself)
		return ask_all(of, ret);
	if (index == 0 || index > of)
		return complain(text, "K must be 1 to N");
	*ret = (struct shard){ index, of };
	return true;
}
