/* delay.server, delay.client: which get a finding of their own.
 *
 * Of many sessions, some are slow by chance, with many servers in one or two
 * sessions each; a finding for each server would bury the rest.  So those that
 * matter (medium severity and above) get their own, in order of the time that they
 * explain, NAMED at most.  The others, if more than FEW, share one finding, which
 * names the first few and has all in its measure.
 *
 * O(groups of a kind).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/derive/delay.h"

#define NAMED 8
#define FEW 3
/* bytes in all, and of each request: so large that somebody waits for its end */
#define BULK 1000000
#define BULK_EACH 16384

int64_t delay_each(const struct group *g)
{
	return g->exchanges ? g->explained_ns / (int64_t)g->exchanges : 0;
}

bool delay_is_bulk(const struct group *g)
{
	return g->bytes >= BULK && g->bytes / BULK_EACH >= g->exchanges;
}

const char *delay_each_words(const struct group *g,
			     const struct delay_many *many,
			     char out[static DELAY_WORDS])
{
	char a[TEXT_UNIT], b[TEXT_UNIT];

	text_duration(many ? many->least_ns : delay_each(g), a);
	text_duration(many ? many->most_ns : delay_each(g), b);
	if (strcmp(a, b) == 0)
		snprintf(out, DELAY_WORDS, "%s", a);
	else
		snprintf(out, DELAY_WORDS, "%s to %s", a, b);
	return out;
}

const char *delay_number(const struct delay_many *m, const char *more,
			 char out[static TEXT_UNIT])
{
	size_t named = 0;

	for (size_t i = 0; i < m->n; i++)
		named += *m->at[i]->key != '\0';
	if (named < m->n)
		snprintf(out, TEXT_UNIT, "%s than %zu", more, named);
	else
		snprintf(out, TEXT_UNIT, "%zu", named);
	return out;
}

/* The others, as one. */
static void tell_many(struct derive *d, const struct group *const *at, size_t n,
		      delay_rule *rule)
{
	struct delay_many many = { .at = at, .n = n };
	struct group sum = { .kind = at[0]->kind, .key = at[0]->key };

	many.least_ns = many.most_ns = delay_each(at[0]);
	for (size_t i = 0; i < n; i++) {
		int64_t each = delay_each(at[i]);

		many.least_ns = each < many.least_ns ? each : many.least_ns;
		many.most_ns = each > many.most_ns ? each : many.most_ns;
		group_merge(&sum, at[i]);
	}
	rule(d, &sum, &many);
	sum.key = NULL; /* the first one's */
	group_release(&sum);
}

void delay_ends(struct derive *d, const struct group *g, size_t n,
		delay_rule *rule, delay_is_own *is_own)
{
	const struct group **left = mem_zalloc(n + 1, sizeof *left);
	size_t n_left = 0, named = 0;

	for (size_t i = 0; i < n; i++) {
		/* a group without a key is the rest, past the limit of groups of a
		 * kind */
		if (*g[i].key && named < NAMED && is_own(d, &g[i])) {
			rule(d, &g[i], NULL);
			named++;
		} else {
			left[n_left++] = &g[i];
		}
	}
	if (n_left > FEW)
		tell_many(d, left, n_left, rule);
	for (size_t i = 0; n_left <= FEW && i < n_left; i++)
		rule(d, left[i], NULL);
	free(left);
}

static const char *name_of(const struct group *g)
{
	return *g->key ? g->key : "others";
}

void delay_say_many(struct draft *f, const struct delay_many *m)
{
	struct text t = { 0 };
	char each[TEXT_UNIT], n[TEXT_UNIT];
	json_t *all = json_array();

	for (size_t i = 0; i < m->n && i < FEW; i++)
		text_add(&t, "%s%s (%s for each of %s in %llu session%s)",
			 i ? ", " : "", name_of(m->at[i]),
			 text_duration(delay_each(m->at[i]), each),
			 text_count(m->at[i]->exchanges, n),
			 (unsigned long long)m->at[i]->sessions,
			 m->at[i]->sessions == 1 ? "" : "s");
	draft_text(f, "Most of it: %s; %zu more are in the JSON report.", t.at,
		   m->n - FEW);
	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(
			all,
			json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "name",
				  name_of(m->at[i]), "sessions",
				  (json_int_t)m->at[i]->sessions, "exchanges",
				  (json_int_t)m->at[i]->exchanges, "each_ns",
				  (json_int_t)delay_each(m->at[i]),
				  "explained_ns",
				  (json_int_t)m->at[i]->explained_ns,
				  "total_ns",
				  (json_int_t)group_total(m->at[i])));
	json_object_set_new(f->measure, "of", all);
	text_release(&t);
}
