#include "judging.h"

#define MAX_FILES 6

static const char facts[] =
	"fact t.a\n  title Alpha\n  from line t.txt A\n"
	"fact t.b\n  title Beta\n  from line t.txt B\n"
	"fact t.c\n  title Gamma\n  from line t.txt C\n"
	"fact t.v\n  type version\n  from line t.txt V\n"
	"fact t.h\n  type hresult\n  from line t.txt H\n"
	"fact t.n\n  type number\n  from line t.txt N\n"
	/* A text that says nothing makes no case. */
	"fact t.text\n  type bool\n  quiet\n  from line t.txt /./ is true\n"
	"fact t.derived\n";

cabscan *scanner;
cabscan_case *result;

int
forget(void **state)
{
	(void)state;
	cabscan_case_free(result);
	cabscan_free(scanner);
	result = NULL;
	scanner = NULL;
	return 0;
}

void
learn(const char *knowledge)
{
	cabscan_error err = { CABSCAN_OK, "" };

	if (!scanner) {
		scanner = cabscan_new(&err);
		assert_non_null(scanner);
		assert_int_equal(cabscan_learn(scanner, "facts", facts,
		                               sizeof(facts) - 1, &err),
		                 CABSCAN_OK);
	}
	if (cabscan_learn(scanner, "k", knowledge, strlen(knowledge), &err) !=
	    CABSCAN_OK)
		fail_msg("%s", err.message);
}

const cabscan_verdict *
scan(const struct file *files, size_t n)
{
	cabscan_input inputs[MAX_FILES];
	cabscan_error err = { CABSCAN_OK, "" };

	assert_true(n <= MAX_FILES);
	for (size_t i = 0; i < n; i++) {
		bool side = files[i].name[0] == '+';

		inputs[i] = (cabscan_input){ files[i].name + side, files[i].text,
			strlen(files[i].text), side ? CABSCAN_INPUT_SIDE
			                            : CABSCAN_INPUT_MEMBER };
	}
	cabscan_case_free(result);
	result = NULL;
	if (cabscan_scan(scanner, "case", inputs, n, &result, &err) != CABSCAN_OK)
		fail_msg("%s", err.message);
	return cabscan_case_verdict(result);
}

const cabscan_verdict *
scan_text(const char *text)
{
	return scan(&(struct file){ "t.txt", text }, 1);
}

const cabscan_why_not *
why_not(const char *cause)
{
	const cabscan_why_not *w;

	for (size_t i = 0; (w = cabscan_why_not_at(result, i)) != NULL; i++)
		if (strcmp(w->cause, cause) == 0)
			return w;
	fail_msg("nothing says why it is not %s", cause);
	return NULL;
}

const cabscan_finding *
finding(const char *cause)
{
	const cabscan_finding *f;

	for (size_t i = 0; (f = cabscan_finding_at(result, i)) != NULL; i++)
		if (strcmp(f->cause, cause) == 0)
			return f;
	return NULL;
}

const cabscan_step *
step_with(const char *text)
{
	const cabscan_step *s;

	for (size_t i = 0; (s = cabscan_step_at(result, i)) != NULL; i++)
		if (strstr(s->text, text))
			return s;
	fail_msg("there is no step '%s'", text);
	return NULL;
}
