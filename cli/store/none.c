/* none.c - cabscan without SQLite: no store can be opened, so nothing else is ever
 * asked of one */
#include "store.h"

#include "../cli.h"

bool
store_supported(void)
{
	return false;
}

const char *
store_version(void)
{
	return "";
}

struct store *
store_open(const char *path, enum store_use use)
{
	(void)use;
	print_problem(path, "this cabscan was built without stores (SQLite)");
	return NULL;
}

void
store_close(struct store *s)
{
	(void)s;
}

bool
store_takes(struct store *s, const char *key)
{
	return !s && !key;
}

const char *
store_key(const struct store *s)
{
	(void)s;
	return "";
}

bool
store_put(struct store *s, const struct kept *at, size_t n, struct put_sum *sum)
{
	return !s && !at && !n && !sum;
}

bool
store_each_row(struct store *s, bool (*take)(void *user, const char *row),
               void *user)
{
	return !s && !take && !user;
}

bool
store_find(struct store *s, const char *serial, const char *uuid,
           stored_fn *take, void *user)
{
	return !s && !serial && !uuid && !take && !user;
}

bool
store_find_case(struct store *s, const char *digest, stored_fn *take,
                void *user)
{
	return !s && !digest && !take && !user;
}

bool
store_add_outcome(struct store *s, const struct outcome *o)
{
	return !s && !o;
}

bool
store_each_outcome(struct store *s, long long case_id,
                   bool (*take)(void *user, const struct outcome *o), void *user)
{
	return !s && !case_id && !take && !user;
}

bool
store_each_like(struct store *s, const char *cause, const struct traits *t,
                const char *digest, size_t most,
                bool (*take)(void *user, const struct like *l), void *user)
{
	return !s && !cause && !t && !digest && !most && !take && !user;
}

bool
store_each_score(struct store *s,
                 bool (*take)(void *user, const struct score *score), void *user)
{
	return !s && !take && !user;
}
