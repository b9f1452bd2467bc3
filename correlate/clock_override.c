/* --clock POINT=same:POINT|synced:T|offset:T: what the user knows of a clock.
 *
 * "synced:T" bounds the offset to +-T (a sign "±", "+-" or "+/-" before T is
 * skipped); "offset:T" gives it exactly; "same:POINT" that both captures were
 * stamped by one clock.  T is a decimal number with a unit: ns us ms s m h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "correlate/clock_int.h"

#define OFFSET_MAX 4e18 /* ns: about 127 years */

static const struct unit {
	const char *name;
	double ns;
} units[] = {
	{ "ns", 1 },  { "us", 1e3 }, { "µs", 1e3 },   { "ms", 1e6 },
	{ "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 },
};

static bool starts(const char **text, const char *with)
{
	size_t n = strlen(with);

	if (strncmp(*text, with, n) != 0)
		return false;
	*text += n;
	return true;
}

/* Digits, at most one point. Return: what follows, or NULL. */
static const char *number_end(const char *t)
{
	size_t digits = 0, points = 0;

	for (;; t++)
		if (*t >= '0' && *t <= '9')
			digits++;
		else if (*t == '.')
			points++;
		else
			break;
	return digits && points <= 1 ? t : NULL;
}

/* Return: 0 or -1. */
static int duration_parse(const char *t, int64_t *out)
{
	double sign = 1, v;
	const char *unit;

	if (starts(&t, "-"))
		sign = -1;
	else
		starts(&t, "+");
	unit = number_end(t);
	if (!unit)
		return -1;
	v = strtod(t, NULL);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(unit, units[i].name) == 0) {
			v *= units[i].ns;
			if (!(v < OFFSET_MAX))
				return -1;
			*out = (int64_t)llround(sign * v);
			return 0;
		}
	return -1;
}

static int synced_parse(const char *t, struct clock_override *out)
{
	if (!starts(&t, "±") && !starts(&t, "+/-"))
		starts(&t, "+-");
	if (duration_parse(t, &out->high_ns) || out->high_ns < 0)
		return -1;
	out->low_ns = -out->high_ns;
	return 0;
}

int clock_override_parse(const char *text, const char *point,
			 struct clock_override *out, struct err *err)
{
	const char *t = text;
	int bad = -1;

	*out = (struct clock_override){ .kind = OVERRIDE_NONE };
	if (!text || !*text)
		return 0;
	if (starts(&t, "same:")) {
		out->kind = OVERRIDE_SAME;
		out->same = t;
		bad = *t ? 0 : -1;
	} else if (starts(&t, "synced:")) {
		out->kind = OVERRIDE_BOUNDS;
		bad = synced_parse(t, out);
	} else if (starts(&t, "offset:")) {
		out->kind = OVERRIDE_BOUNDS;
		bad = duration_parse(t, &out->low_ns);
		out->high_ns = out->low_ns;
	}
	if (bad)
		return err_set(
			err, ERR_USAGE,
			"--clock %s=%s: write same:POINT, synced:±T or"
			" offset:T, T like 5ms or -1.5s (ns us ms s m h)",
			point, text);
	return 0;
}

int clock_check(const char *text, const char *point, struct err *err)
{
	struct clock_override unused;

	return clock_override_parse(text, point, &unused, err);
}
