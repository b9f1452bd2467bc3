/* --fail-on: conditions for scripts, met or not met by a finished case.
 *
 *   RULE             a finding of that name exists
 *   severity>=LEVEL  a finding at least that severe exists
 *   loss>P%          on some hop, one way, more than P percent were lost; what
 *                    was lost there or behind counts: it did not arrive
 *   rtt>T            some hop's median round trip is over T
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/steps.h"
#include "report/rules.h"

static const char *const levels[] = { "info", "low", "medium", "high" };

static int level_of(const char *name)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(levels[i], name) == 0)
			return i;
	return -1;
}

static bool loss_over(const struct hop_way *w, double percent)
{
	uint64_t entered = counts_entered(hop_wire(w));
	uint64_t lost = hop_wire(w)->n[FATE_LOST] + w->astray;

	return entered > 0 && 100.0 * (double)lost > percent * (double)entered;
}

static int bad_condition(const char *text, struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "--fail-on %s: write a finding's name, loss>1%%, "
		       "rtt>100ms or severity>=high",
		       text);
}

/* "1%" or "0.5": percent, of which more than 100 could never be met.  Return: 0 or
 * -1. */
static int parse_percent(const char *p, double *out)
{
	char *end;

	if (!isdigit((unsigned char)*p))
		return -1;
	*out = strtod(p, &end);
	if (*end != '\0' && strcmp(end, "%") != 0)
		return -1;
	return *out <= 100 ? 0 : -1;
}

int fail_on_met(const struct model *m, const char *text, struct err *err)
{
	int64_t rtt;
	double percent;
	int met = 0;

	if (strncmp(text, "severity>=", 10) == 0) {
		int level = level_of(text + 10);

		if (level < 0)
			return bad_condition(text, err);
		for (size_t i = 0; m && i < m->n_findings; i++)
			met |= (int)m->findings[i].severity >= level;
		return met;
	}
	if (strncmp(text, "loss>", 5) == 0) {
		if (parse_percent(text + 5, &percent) != 0)
			return bad_condition(text, err);
		for (size_t i = 0; m && i < m->figures.n; i++)
			met |= loss_over(&m->figures.hop[i].way[0], percent) ||
			       loss_over(&m->figures.hop[i].way[1], percent);
		return met;
	}
	if (strncmp(text, "rtt>", 4) == 0) {
		/* 50 would be seconds, and is meant as milliseconds */
		if (isdigit((unsigned char)text[strlen(text) - 1]) ||
		    parse_duration(text + 4, &rtt) != 0)
			return bad_condition(text, err);
		for (size_t i = 0; m && i < m->figures.n; i++) {
			const struct hist *h = &m->figures.hop[i].rtt;

			met |= h->n > 0 && hist_quantile(h, 0.5) > rtt;
		}
		return met;
	}
	if (!rule_name_known(text))
		return bad_condition(text, err);
	for (size_t i = 0; m && i < m->n_findings; i++)
		met |= strcmp(m->findings[i].rule, text) == 0;
	return met;
}

int fail_on_check(const struct option_list *l, struct err *err)
{
	for (size_t i = 0; i < l->n; i++)
		if (fail_on_met(NULL, l->at[i], err) < 0)
			return -1;
	return 0;
}

int fail_on_all(const struct model *m, const struct option_list *l)
{
	struct err ignored = { 0 };

	for (size_t i = 0; i < l->n; i++)
		if (fail_on_met(m, l->at[i], &ignored) == 1)
			return 1;
	return 0;
}
