/* One seed judged, and the figures of all seeds against the limits.
 */
#include "tests/sim/judge.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void judge_complain(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	if (j->complaints++ >= j->verbose)
		return;
	fprintf(j->out, "seed %llu %s: ", (unsigned long long)j->s->seed,
		j->s->family);
	va_start(ap, fmt);
	vfprintf(j->out, fmt, ap);
	va_end(ap);
	fputc('\n', j->out);
}

int judge_run(struct sim *s, const char *tool, struct tally *t, FILE *out,
	      int verbose)
{
	struct judge j = { .s = s, .t = t, .out = out, .verbose = verbose };

	t->runs++;
	t->packets += s->packets;
	t->sessions += s->n_sess;
	index_build(&j);
	if (!answer_get(&j, tool, s->dir)) {
		judge_pairs(&j);
		judge_clocks(&j);
		judge_fates(&j);
		judge_time(&j);
		judge_changes(&j);
	}
	index_release(&j);
	answer_release(&j.a);
	if (!j.complaints)
		return 0;
	t->bad_seeds++;
	fprintf(out,
		"seed %llu %s: %d complaints; replay: SEED=%llu "
		"build/tests/sim/sim --keep DIR\n",
		(unsigned long long)s->seed, s->family, j.complaints,
		(unsigned long long)s->seed);
	return 1;
}

/* All of a tally's fields are counters of 64 bits. */
void tally_add(struct tally *into, const struct tally *from)
{
	uint64_t *a = (void *)into;
	const uint64_t *b = (const void *)from;

	for (size_t i = 0; i < sizeof *into / sizeof *a; i++)
		a[i] += b[i];
}

/* --- the table --- */

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* A row with a figure that may be at most @limit.  Return: 1 where it is not. */
static int at_most(FILE *f, const char *what, uint64_t part, uint64_t whole,
		   double limit)
{
	double is = percent(part, whole);
	int bad = is > limit;

	fprintf(f, "| %s | %llu of %llu (%.3f %%) | at most %g %% | %s |\n",
		what, (unsigned long long)part, (unsigned long long)whole, is,
		limit, bad ? "**VIOLATED**" : "ok");
	return bad;
}

static int none(FILE *f, const char *what, uint64_t n, uint64_t of)
{
	fprintf(f, "| %s | %llu of %llu | 0 | %s |\n", what,
		(unsigned long long)n, (unsigned long long)of,
		n ? "**VIOLATED**" : "ok");
	return n > 0;
}

/* None for acceptance, a few of a hundred for a floor. */
static int none_or_few(FILE *f, const char *what, uint64_t n, uint64_t of,
		       double limit, double percent_of_floor)
{
	return limit < 99 ? at_most(f, what, n, of, percent_of_floor)
			  : none(f, what, n, of);
}

/* A share of a few is no figure: below the acceptance's limit of 99 % a single
 * one is let pass, below a floor as many as make no percentage. */
static int rate_row(FILE *f, const char *what, int kind, const struct rate *r,
		    double limit)
{
	double precision = 100 - percent(r->wrong, r->right + r->wrong);
	double recall = 100 - percent(r->missed, r->sure + r->missed);
	uint64_t few = limit < 99 ? 10 : 1;
	int bad = (precision < limit && r->wrong > few) ||
		  (recall < limit && r->missed > few);

	if (!(r->right + r->wrong + r->missed))
		return 0;
	fprintf(f,
		"| %s %s | right %llu, false %llu, missed %llu: precision "
		"%.2f %%, recall %.2f %% | at least %g %%, or %llu | %s |\n",
		what, kind_name(kind), (unsigned long long)r->right,
		(unsigned long long)r->wrong, (unsigned long long)r->missed,
		precision, recall, limit, (unsigned long long)few,
		bad ? "**VIOLATED**" : "ok");
	return bad;
}

#define WEB_UNSAID 90 /* percent */

int tally_print(const struct tally *t, double limit, FILE *f)
{
	static const char *const rates[RATES] = { "lost", "unseen",
						  "duplicated" };
	/* a floor asks for what must never happen and for no worse rates */
	double ease = limit < 99 ? 10 : 1;
	int bad = 0;

	fprintf(f,
		"%llu seeds, %llu sessions, %llu packets sent, tool %.1f s; "
		"%llu seeds with complaints\n\n",
		(unsigned long long)t->runs, (unsigned long long)t->sessions,
		(unsigned long long)t->packets, (double)t->tool_ms / 1e3,
		(unsigned long long)t->bad_seeds);
	fprintf(f, "| what | figure | limit | |\n|---|---|---|---|\n");
	bad += none(f, "runs that did not end with 0", t->failed, t->runs);
	bad += none(f, "JSON faults (keys, sums, words)", t->shape, t->runs);
	bad += none(f, "wrong pairings", t->wrong_pair, t->pairable);
	bad += none(f, "ambiguous without need", t->ambiguous_unfair,
		    t->pairable);
	bad += at_most(f, "left alone", t->alone, t->pairable, 0.5 * ease);
	fprintf(f, "| ambiguous or alone with reason | %llu of %llu | | |\n",
		(unsigned long long)t->ambiguous_fair,
		(unsigned long long)t->pairable);
	bad += none(f, "`lost` in runs without loss", t->false_lost, t->runs);
	bad += none(f, "wrong across a relay", t->relay_wrong, t->matched);
	bad += at_most(f, "sides of a relay left apart", t->relays_apart,
		       t->relays, 15);
	bad += at_most(f, "sides that a trailer names left apart",
		       t->named_apart, t->named, 1);
	bad += none(f, "wrong relations over a relay", t->web_wrong,
		    t->web_said);
	bad += at_most(f, "requests over a relay that nothing is said of",
		       t->web > t->web_said ? t->web - t->web_said : 0, t->web,
		       WEB_UNSAID);
	bad += at_most(f, "data through a relay without a fate",
		       t->relay_silent, t->relay_data, 2 * ease);
	for (int r = 0; r < RATES; r++)
		for (int k = 0; k < KINDS_N; k++)
			bad += rate_row(f, rates[r], k, &t->fate[r][k], limit);
	bad += at_most(f, "decidable data left undecided", t->undecided_data,
		       t->decidable_data, 2 * ease);
	bad += at_most(f, "wrong counterpart", t->mismatched,
		       t->matched + t->mismatched, 0.1 * ease);
	bad += at_most(f, "far packets whose counterpart was not found",
		       t->unmatched_far, t->matched + t->unmatched_far,
		       0.1 * ease);
	bad += none(f, "frames without a line", t->no_line, t->matched);
	bad += none(f, "frames given the wrong direction", t->wrong_way,
		    t->matched);
	bad += none(f, "false `injected`", t->false_injected, t->matched);
	bad += none(f, "offset outside its bounds", t->clock_out, t->clocks);
	bad += none(f, "drift outside its bounds", t->drift_out, t->clocks);
	bad += none_or_few(f, "bounds too wide, or not fitted", t->wide,
			   t->widths, limit, 5);
	bad += none(f, "clock steps missed or false", t->step_missed,
		    t->steps) &&
	       limit >= 99;
	bad += none(f, "round trips of a hop that cannot be", t->trip_off,
		    t->round_trips) &&
	       limit >= 99;
	bad += none(f, "marks and classes changed that were not", t->marks_more,
		    t->marks);
	bad += at_most(f, "marks and classes changed and not counted",
		       t->marks_fewer, t->marks, ease);
	bad += none(f, "routes changed that did not", t->moves_false, t->runs);
	bad += at_most(f, "changes of route missed", t->moves_missed, t->moves,
		       5);
	bad += none(f, "losses of some sessions that are no matter of them",
		    t->splits_false, t->runs);
	fprintf(f,
		"| bad links of bundles that are told | %llu of %llu | | |\n",
		(unsigned long long)t->bundles_said,
		(unsigned long long)t->bundles);
	bad += none_or_few(f, "shares of time off by 2 % and 1 ms",
			   t->shares_off, t->shares, limit, 1);
	bad += none_or_few(f, "stretches given more than they took", t->blamed,
			   t->stretches, limit, 1);
	bad += at_most(f, "time given to nothing", t->time_open, t->time_total,
		       2);
	return bad;
}
