/* test_evtx_bombs.c - event logs that ask for more than they may have */
#include "evtxlog.h"

#include <time.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1  /* as gcc has it */
#endif
#endif

#define MEMORY (16u * 1024 * 1024)
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__) || defined(_WIN32)
#define TIME_FACTOR 20          /* these say nothing about speed: there, clock()
                                 * counts what other programs take, too */
#elif !defined(__GLIBC__)
#define TIME_FACTOR 2           /* musl copies and allocates more slowly */
#else
#define TIME_FACTOR 1
#endif

/* At most 20 ms and 16 MiB, values put in text included; the best of three
 * runs, since others use the machine as well. */
static struct got *
defuse(struct log *l)
{
	struct got *g = NULL;
	double best = 1e9;

	if (l->n % CHUNK != FIRST)
		end_chunk(l);
	for (int i = 0; i < 3; i++) {
		clock_t start = clock();
		double ms;

		if (g)
			done(g, NULL);
		g = read_log(l);
		ms = (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC;
		best = ms < best ? ms : best;
	}
	if (best > 20.0 * TIME_FACTOR)
		fail_msg("%.1f ms", best);
	assert_true(g->most_scratch + g->scan.arena.used < MEMORY);
	print_message("# %.2f ms, %zu values, %zu KiB\n", best, g->n_values,
	              g->most_scratch / 1024);
	return g;
}

/* A template that uses one value ten times, and that value is one again. */
static void
nested_templates_do_not_explode(void **state)
{
	struct log l = begin();
	size_t definition, sizes[6], starts[6];

	(void)state;
	begin_record(&l);
	begin_template(&l, 0x99);
	system_of(&l, "Bomb");
	for (int i = 0; i < 10; i++)
		optional(&l, 3, 0x21);
	element(&l, "EventData");
	data(&l, "Text", 4, 0x02);
	close_element(&l);
	close_element(&l);
	definition = end_template(&l);
	for (int i = 0; i < 6; i++) {
		if (i > 0)
			instance_of(&l, 0x99, definition);
		values(&l, 5);
		add_number(&l, 0x06, 1, 2);
		add_number(&l, 0x11, WRITTEN, 8);
		add_number(&l, 0x04, 2, 1);
		sizes[i] = l.descriptor;
		set(&l, l.descriptor + 4, 0x020001, 4);
		starts[i] = l.n;
	}
	set(&l, sizes[5], 0, 4);
	put(&l, 'x', 1);
	for (int i = 4; i >= 0; i--) {
		set(&l, sizes[i], (l.n - starts[i]) | 0x210000, 4);
		put(&l, 'x', 1);
	}
	end_record(&l);
	done(defuse(&l), &l);
}

/* The same with elements instead of templates: each use compiles them. */
static void
element_bomb(const char *z)
{
	struct log l = begin();
	size_t start;

	begin_record(&l);
	begin_template(&l, 0x99);
	system_of(&l, "Bomb");
	element(&l, "UserData");
	for (int i = 0; i < 1000; i++)
		value(&l, 3, 0x21);
	close_element(&l);
	close_element(&l);
	end_template(&l);
	values(&l, 4);
	system_values(&l, 1);
	start = l.n;
	while (l.depth < 60)
		element(&l, z);
	while (l.n < l.chunk + 50000) {
		element(&l, "A");
		close_element(&l);
	}
	while (l.depth > 0)
		close_element(&l);
	set(&l, l.descriptor, (l.n - start) | 0x210000, 4);
	end_record(&l);
	done(defuse(&l), &l);
}

static void
nested_elements_do_not_explode(void **state)
{
	(void)state;
	element_bomb("A");
	element_bomb("ABCD");
	element_bomb("AnElementWithALongNameThatGoesOn");
}

/* Also as text: times and far doubles are the slow ones. */
static void
large_arrays_are_cut(void **state)
{
	static const struct { unsigned type; int fill; size_t filled; } rows[] = {
		{ 0x84, 1, 50000 }, { 0x81, 1, 16 }, { 0x82, 1, 16 },
		{ 0x93, 1, 16 }, { 0x91, 1, 50000 }, { 0x8c, 1, 50000 },
		{ 0x8c, 0x3f, 50000 }, { 0x8c, 0x7f, 7 }, { 0x8f, 1, 50000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log l = begin_data();
		uint8_t *raw = calloc(50000, 1);
		struct got *g;

		assert_non_null(raw);
		memset(raw, rows[i].fill, rows[i].filled);
		for (int k = 0; k < 100; k++)
			data(&l, "A", 3, rows[i].type);
		end_data(&l, 1);
		add(&l, rows[i].type, raw, 50000);
		end_record(&l);
		g = defuse(&l);
		assert_true(g->n_values <= MAX_EVENT_VALUES);
		assert_int_equal(g->scan.n_notes, 1);
		assert_int_equal(g->scan.notes->kind, CABSCAN_NOTE_LIMIT);
		free(raw);
		done(g, &l);
	}
}

/* Two long arrays and a text in one element, and attributes to repeat. */
static void
mixed_arrays_are_cut(void **state)
{
	struct log l = begin();
	uint8_t *raw = calloc(20000, 1);

	(void)state;
	assert_non_null(raw);
	begin_record(&l);
	begin_template(&l, 0x99);
	system_of(&l, "Bomb");
	element(&l, "UserData");
	element(&l, "Root");
	for (int i = 0; i < 20; i++) {
		element_with(&l, "Leaf");
		attribute(&l, "a");
		value(&l, 3, 0x81);
		content(&l);
		value(&l, 3, 0x81);
		text(&l, " and ");
		value(&l, 4, 0x84);
		close_element(&l);
	}
	close_element(&l);
	close_element(&l);
	close_element(&l);
	end_template(&l);
	values(&l, 5);
	system_values(&l, 1);
	add(&l, 0x81, raw, 20000);
	add(&l, 0x84, raw, 20000);
	end_record(&l);
	free(raw);
	done(defuse(&l), &l);
}

/* As many small records as fit, each of which expands one large value. */
static void
many_records_share_one_budget(void **state)
{
	struct log l = begin();
	uint8_t *raw = calloc(20000, 1);
	size_t definition, start;
	struct got *g;

	(void)state;
	assert_non_null(raw);
	begin_record(&l);
	begin_template(&l, 0x99);
	element(&l, "Event");
	element(&l, "EventData");
	for (int i = 0; i < 200; i++) {
		element(&l, "Data");
		value(&l, 0, 0x0e);
		close_element(&l);
	}
	close_element(&l);
	close_element(&l);
	definition = end_template(&l);
	values(&l, 1);
	start = l.n;
	add(&l, 0x0e, raw, 20000);
	end_record(&l);
	assert_true(start > 0);
	while (l.n + 100 < l.chunk + CHUNK) {
		begin_record(&l);
		instance_of(&l, 0x99, definition);
		values(&l, 1);
		add(&l, 0x0e, raw, 8);
		end_record(&l);
	}
	free(raw);
	g = defuse(&l);
	assert_true(g->n > 200);
	done(g, &l);
}

/* Definitions one inside the other: the header of each is a text in the one
 * around it, and all reach to the same end. */
static void
overlapping_templates_are_not_all_compiled(void **state)
{
	struct log l = begin();
	size_t first, step = 0;
	struct got *g;

	(void)state;
	begin_record(&l);
	first = l.n + 4;
	l.dependencies = true;
	while (l.n < l.chunk + 30000) {
		size_t at = l.n;

		put(&l, 0x0105, 2);
		put(&l, 12, 2);
		put(&l, 0, 4);
		put(&l, 0x4242, 4);
		put(&l, 0, 12);
		put(&l, l.chunk + 30000 - l.n - 4, 4);
		element(&l, "Event");
		close_element(&l);
		step = l.n - at;
	}
	l.dependencies = false;
	end_record(&l);
	for (size_t at = first; at < l.chunk + 29000; at += step) {
		begin_record(&l);
		instance_of(&l, 0x4242, at);
		values(&l, 0);
		end_record(&l);
	}
	g = defuse(&l);
	assert_true(g->n > 300);
	assert_true(noted(g, "0x00004242: template not read"));
	done(g, &l);
}

static void
a_value_may_contain_itself(void **state)
{
	struct log l = begin();
	size_t at, definition;

	(void)state;
	begin_record(&l);
	begin_template(&l, 0x99);
	element(&l, "Event");
	value(&l, 0, 0x21);
	value(&l, 0, 0x21);
	close_element(&l);
	definition = end_template(&l);
	/* Each of the instances says that its value reaches to the end. */
	for (int i = 0; i < 500; i++) {
		values(&l, 1);
		at = l.descriptor;
		set(&l, at, 0x21ffff, 4);
		instance_of(&l, 0x99, definition);
	}
	values(&l, 0);
	end_record(&l);
	done(defuse(&l), &l);
}

static void
counts_of_billions_are_bounded(void **state)
{
	struct log l = begin_data();
	struct got *g;

	(void)state;
	data(&l, "A", 0, 0x06);
	end_data(&l, 0);
	set(&l, l.descriptor - 16, 0xffffffff, 4);
	end_record(&l);
	g = defuse(&l);
	assert_int_equal(g->n, 1);
	assert_true(g->events[0].doubtful);
	assert_true(noted(g, "more values than bytes"));
	done(g, &l);
}

static void
deep_elements_are_cut(void **state)
{
	struct log l = begin();
	struct got *g;

	(void)state;
	begin_record(&l);
	for (int i = 0; i < 79; i++)
		element(&l, "A");
	while (l.depth > 0)
		close_element(&l);
	end_record(&l);
	g = defuse(&l);
	assert_int_equal(g->n, 1);
	assert_true(noted(g, "elements too deep"));
	done(g, &l);
}

/* The longest name that is read, used by as many elements as fit. */
static void
long_names_cost_little(void **state)
{
	struct log l = begin();
	char z[257];
	size_t at;

	(void)state;
	memset(z, 'n', 256);
	z[256] = '\0';
	begin_record(&l);
	element(&l, "Event");
	element(&l, "UserData");
	at = l.n + 5 - l.chunk + 4;
	element(&l, z);
	while (l.n + 100 < l.chunk + CHUNK) {
		put(&l, 0x01, 1);
		put(&l, 5, 4);
		put(&l, at, 4);
		put(&l, 0x03, 1);
	}
	while (l.depth > 0)
		close_element(&l);
	end_record(&l);
	done(defuse(&l), &l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_templates_do_not_explode),
		cmocka_unit_test(nested_elements_do_not_explode),
		cmocka_unit_test(large_arrays_are_cut),
		cmocka_unit_test(mixed_arrays_are_cut),
		cmocka_unit_test(many_records_share_one_budget),
		cmocka_unit_test(overlapping_templates_are_not_all_compiled),
		cmocka_unit_test(a_value_may_contain_itself),
		cmocka_unit_test(counts_of_billions_are_bounded),
		cmocka_unit_test(deep_elements_are_cut),
		cmocka_unit_test(long_names_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
