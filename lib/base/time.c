#include "base/time.h"

#define DAYS_1601 134774        /* from 1601-01-01 to 1970-01-01 */
#define DAY ((uint64_t)86400 * CS_SECOND)
#define LAST ((uint64_t)2650467743999999999u)   /* the end of 9999 */

/* Days since 1970-01-01; the proleptic Gregorian calendar, in 400-year eras
 * that begin on the first of March. */
static int64_t
days_of(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = y / 400;
	int64_t in_era = y - era * 400;
	int64_t in_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5
	                  + (int64_t)day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year
	       - 719468;
}

static unsigned
days_in(unsigned year, unsigned month)
{
	static const unsigned char days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool
cs_time_civil(unsigned year, unsigned month, unsigned day, unsigned hour,
              unsigned minute, unsigned second, unsigned hundred_ns,
              uint64_t *ret)
{
	if (year < 1601 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > days_in(year, month) || hour > 23 || minute > 59 ||
	    second > 60 || hundred_ns >= CS_SECOND)
		return false;
	*ret = (uint64_t)(days_of(year, month, day) + DAYS_1601) * DAY +
	       ((uint64_t)hour * 3600 + minute * 60 + second) * CS_SECOND +
	       hundred_ns;
	return true;
}

static void
put_two(char *to, uint32_t v)
{
	memcpy(to, cs_two_digits + v * 2, 2);
}

void
cs_time_text(uint64_t time, char ret[CS_TIME_CHARS])
{
	uint64_t t = time > LAST ? LAST : time;
	uint32_t days = (uint32_t)(t / DAY);
	uint64_t of_day = t - days * DAY;
	uint32_t second = (uint32_t)(of_day / CS_SECOND);
	uint32_t rest = (uint32_t)(of_day - second * CS_SECOND);
	/* From 1600-03-01 on, an era of 400 years. */
	uint32_t z = days + 306, era = z / 146097, doe = z - era * 146097;
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t mp = (5 * doy + 2) / 153;
	uint32_t day = doy - (153 * mp + 2) / 5 + 1;
	uint32_t month = mp < 10 ? mp + 3 : mp - 9;
	uint32_t year = 1600 + yoe + era * 400 + (month <= 2);

	put_two(ret, year / 100 % 100);
	put_two(ret + 2, year % 100);
	ret[4] = ret[7] = '-';
	put_two(ret + 5, month);
	put_two(ret + 8, day);
	ret[10] = 'T';
	ret[13] = ret[16] = ':';
	put_two(ret + 11, second / 3600);
	put_two(ret + 14, second / 60 % 60);
	put_two(ret + 17, second % 60);
	ret[19] = '.';
	put_two(ret + 20, rest / 100000);
	put_two(ret + 22, rest / 1000 % 100);
	put_two(ret + 24, rest / 10 % 100);
	ret[26] = (char)('0' + rest % 10);
	ret[27] = 'Z';
	ret[28] = '\0';
}

static bool
digits(cs_text *t, size_t most, unsigned *ret, size_t *ret_n)
{
	size_t n = 0;

	*ret = 0;
	while (n < most && n < t->len && t->at[n] >= '0' && t->at[n] <= '9') {
		*ret = *ret * 10 + (unsigned)(t->at[n] - '0');
		n++;
	}
	t->at += n;
	t->len -= n;
	*ret_n = n;
	return n > 0;
}

static bool
exactly(cs_text *t, size_t want, unsigned *ret)
{
	size_t n;

	return digits(t, want, ret, &n) && n == want;
}

static bool
sign(cs_text *t, const char *any, char *ret)
{
	if (t->len == 0 || !strchr(any, t->at[0]) || t->at[0] == '\0')
		return false;
	*ret = t->at[0];
	t->at++;
	t->len--;
	return true;
}

static bool
fraction(cs_text *t, unsigned *ret)
{
	unsigned value, beyond;
	size_t n, m;

	if (!digits(t, 7, &value, &n))
		return false;
	for (; n < 7; n++)
		value *= 10;
	digits(t, 2, &beyond, &m);
	*ret = value;
	return true;
}

/* The offset behind a time, in 100 ns to add; nothing means UTC. */
static bool
zone(cs_text t, int64_t *ret)
{
	unsigned hour, minute = 0;
	char c;

	*ret = 0;
	if (t.len == 0)
		return true;
	if (!sign(&t, "Zz+-", &c))
		return false;
	if (c == 'Z' || c == 'z')
		return t.len == 0;
	if (!exactly(&t, 2, &hour))
		return false;
	if (t.len > 0 && t.at[0] == ':') {
		t.at++;
		t.len--;
	}
	if ((t.len > 0 && !exactly(&t, 2, &minute)) || t.len > 0 || hour > 14 ||
	    minute > 59)
		return false;
	*ret = (int64_t)(hour * 3600 + minute * 60) * (int64_t)CS_SECOND;
	if (c == '+')
		*ret = -*ret;
	return true;
}

#define SECONDS_TO_1970 UINT64_C(11644473600)

static bool
script_date(cs_text t, uint64_t *ret)
{
	cs_text begin = CS_TEXT("/Date("), end = CS_TEXT(")/");
	uint64_t ms;

	if (!cs_starts_caseless(t, begin) || !cs_ends_caseless(t, end) ||
	    t.len < begin.len + end.len)
		return false;
	t = (cs_text){ t.at + begin.len, t.len - begin.len - end.len };
	if (!cs_number(t, &ms) || ms > UINT64_C(253402300799999))
		return false;
	*ret = (SECONDS_TO_1970 * 1000 + ms) * (CS_SECOND / 1000);
	return true;
}

bool
cs_time_parse(cs_text t, uint64_t *ret)
{
	unsigned y, mo, d, h, mi, s = 0, part = 0;
	int64_t offset;
	uint64_t time;
	char c;

	t = cs_trim(t);
	if (script_date(t, ret))
		return true;
	if (!exactly(&t, 4, &y) || !sign(&t, "-", &c) || !exactly(&t, 2, &mo) ||
	    !sign(&t, "-", &c) || !exactly(&t, 2, &d) || !sign(&t, "Tt ", &c) ||
	    !exactly(&t, 2, &h) || !sign(&t, ":", &c) || !exactly(&t, 2, &mi))
		return false;
	if (t.len > 0 && t.at[0] == ':') {
		t.at++;
		t.len--;
		if (!exactly(&t, 2, &s))
			return false;
	}
	if (t.len > 0 && (t.at[0] == '.' || t.at[0] == ',')) {
		t.at++;
		t.len--;
		if (!fraction(&t, &part))
			return false;
	}
	if (!zone(t, &offset) || !cs_time_civil(y, mo, d, h, mi, s, part, &time) ||
	    (int64_t)time + offset < 0)
		return false;
	*ret = (uint64_t)((int64_t)time + offset);
	return true;
}

bool
cs_time_day(cs_text t, uint64_t *ret)
{
	unsigned y, m, d;
	char c;

	return exactly(&t, 4, &y) && sign(&t, "-", &c) && exactly(&t, 2, &m) &&
	       sign(&t, "-", &c) && exactly(&t, 2, &d) && t.len == 0 &&
	       cs_time_civil(y, m, d, 0, 0, 0, 0, ret);
}
