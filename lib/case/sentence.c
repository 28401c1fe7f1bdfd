/* sentence.c - an event in our own words, with its values */
#include "case/sentence.h"

#include "base/utf.h"

struct sentence {
	char *text;
	size_t len, most;
};

static void
say(struct sentence *s, cs_text t)
{
	size_t room = s->most - s->len;

	if (t.len > room)
		t.len = room;
	if (t.len)
		memcpy(s->text + s->len, t.at, t.len);
	s->len += t.len;
}

/* The value of a {Field}: its number with the word that a map has for it. */
static void
say_field(struct sentence *s, cs_arena *scratch, const struct cs_record *r,
          const struct cs_event_def *e, cs_text field)
{
	const struct cs_value *v = NULL;
	cs_text value, word;
	uint64_t n;

	for (size_t i = 0; i < r->n_values && !v; i++)
		if (cs_same_caseless(r->values[i].name, field))
			v = &r->values[i];
	if (!v && cs_number(field, &n) && n >= 1 && n <= r->n_values)
		v = &r->values[n - 1];
	if (!v) {
		say(s, CS_TEXT("?"));
		return;
	}
	value = cs_value_text(scratch, v);
	if (value.len > 120) {
		value.len = 120;
		while (value.len > 0 &&
		       ((unsigned char)value.at[value.len] & 0xc0) == 0x80)
			value.len--;
	}
	say(s, value);
	word = cs_know_mapped(e, field, value);
	if (word.len > 0) {
		say(s, CS_TEXT(" ("));
		say(s, word);
		say(s, CS_TEXT(")"));
	}
}

cs_text
cs_event_sentence(cs_arena *scratch, const struct cs_record *r,
                  const struct cs_event_def *e)
{
	struct sentence s = { .most = MAX_SENTENCE };
	cs_text rest = e->says;

	s.text = cs_alloc(scratch, MAX_SENTENCE);
	if (!s.text)
		return CS_TEXT("");
	while (rest.len > 0) {
		bool open = memchr(rest.at, '{', rest.len) != NULL;

		say(&s, cs_cut(&rest, '{'));
		if (open)
			say_field(&s, scratch, r, e, cs_cut(&rest, '}'));
	}
	/* It may have been cut inside a character. */
	return cs_clean_utf8(scratch, (cs_text){ s.text, s.len }, NULL);
}
