/* The report for a person: the answer, the path, the findings with their
 * frames, the sessions, the limits.
 */
#include "report/render/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/words.h"
#include "report/path_order.h"
#include "report/render.h"
#include "report/render/answer.h"
#include "report/render/page.h"

#define SESSIONS_SHOWN 20

/* --- the answer --- */
static void put_answer(const struct page *p, const struct model *m)
{
	struct answer a;

	answer_make(&a, m);
	for (size_t i = 0; i < a.n; i++) {
		page_bold(p, a.grave && i == 0);
		page_wrap(p, a.grave ? 3 : 0,
			  !a.grave ? ""
			  : i      ? " - "
				   : "=> ",
			  a.line[i]);
		page_bold(p, false);
	}
	fprintf(p->out, "\n%s\n", a.extent);
	answer_release(&a);
}

/* --- the path --- */
/* Nothing arrives before it was sent: if the lower bound is negative only the
 * upper one is shown. */
static void delay_words(struct text *t, int64_t median, int64_t slack)
{
	char a[TEXT_UNIT], b[TEXT_UNIT];

	if (median > slack)
		text_add(t, "; one way %s +- %s", text_duration(median, a),
			 text_duration(slack, b));
	else
		text_add(t, "; one way at most %s",
			 text_duration(median + slack, a));
}

static void router_words(struct text *t, const struct hop_way *w)
{
	if (!w->ttl_drop_max)
		return;
	if (w->ttl_drop_min != w->ttl_drop_max)
		text_add(t, "; %u to", w->ttl_drop_min);
	else
		text_puts(t, ";");
	text_add(t, " %u router%s", w->ttl_drop_max,
		 w->ttl_drop_max == 1 ? "" : "s");
}

static void way_line(struct text *t, const struct hop_way *w)
{
	char n[TEXT_UNIT], all[TEXT_UNIT];
	const uint64_t *of = hop_wire(w)->n;
	uint64_t in = counts_entered(hop_wire(w));

	if (!w->able || in == 0) {
		text_puts(t, "nothing seen this way");
		return;
	}
	if (of[FATE_LOST])
		text_add(t, "%s of %s packet%s lost (%.3g %%)",
			 text_count(of[FATE_LOST], n), text_count(in, all),
			 plural(in),
			 100.0 * (double)of[FATE_LOST] / (double)in);
	else
		text_add(t, "%s of %s packet%s",
			 w->astray ? "none surely lost" : "nothing lost",
			 text_count(in, all), plural(in));
	if (of[FATE_UNSEEN])
		text_add(t, ", %s unseen by the capture",
			 text_count(of[FATE_UNSEEN], n));
	if (of[FATE_UNDECIDED])
		text_add(t, ", %s undecided",
			 text_count(of[FATE_UNDECIDED], n));
	if (w->astray)
		text_add(t, " (%s lost here or further on)",
			 w->astray == w->tx.n[FATE_UNDECIDED]
				 ? "all"
				 : text_count(w->astray, n));
	if (of[FATE_OUTSIDE])
		text_add(t, ", %s outside the capture's time",
			 text_count(of[FATE_OUTSIDE], n));
	if (of[FATE_INJECTED])
		text_add(t, ", %s made on this hop",
			 text_count(of[FATE_INJECTED], n));
	if (hop_delay_known(w))
		delay_words(t, hist_quantile(&w->delay, 0.5),
			    w->delay_slack_ns);
	router_words(t, w);
}

static void hop_lines(const struct page *p, const struct model *m,
		      const struct hop_figures *h)
{
	struct text t = { 0 };
	char median[TEXT_UNIT], p95[TEXT_UNIT];

	text_add(&t, "%s -> %s%s", model_point_name(m, h->from_pos),
		 model_point_name(m, h->to_pos),
		 h->span ? "  (a stretch over points that do not see it)" : "");
	page_wrap(p, 2, "", t.at);
	t.n = 0;
	if (h->rtt.n)
		text_add(&t, "round trip %s median, %s at 95 %%",
			 text_duration(hist_quantile(&h->rtt, 0.5), median),
			 text_duration(hist_quantile(&h->rtt, 0.95), p95));
	else
		text_puts(&t, "round trip not known");
	/* where it is proven the answer says so */
	if (path_order_backwards(m, h) && !path_order_in_doubt(m, h->to_pos))
		text_add(&t,
			 ": nothing comes back before it was sent; does the "
			 "traffic pass %s before %s?",
			 model_point_name(m, h->to_pos),
			 model_point_name(m, h->from_pos));
	page_wrap(p, 12, "", t.at);
	t.n = 0;
	way_line(&t, &h->way[0]);
	page_wrap(p, 12, "      out >", t.at);
	t.n = 0;
	way_line(&t, &h->way[1]);
	page_wrap(p, 12, "      back<", t.at);
	text_release(&t);
}

#define HOP 9 /* columns between two points */

/* [client]---[fw-in]-x-[server]: an x where packets are lost.  A long path goes
 * on below. */
static void put_drawing(const struct page *p, const struct model *m)
{
	struct text t = { 0 };
	int most = p->columns ? p->columns : PAGE_COLUMNS, at = 2;

	for (int pos = 1; pos <= (int)m->n_points; pos++) {
		int width = page_width(model_point_name(m, pos)) + 2 + HOP;
		uint64_t lost = 0;
		bool known = false;

		if (at + width > most && pos > 1) {
			text_puts(&t, "\n");
			at = 2;
		}
		at += width;
		text_add(&t, "[%s]", model_point_name(m, pos));
		for (size_t i = 0; i < m->figures.n; i++) {
			const struct hop_figures *h = &m->figures.hop[i];

			if (h->from_pos != pos || h->to_pos != pos + 1)
				continue;
			known = true;
			lost = h->way[0].tx.n[FATE_LOST] +
			       h->way[1].tx.n[FATE_LOST];
		}
		if (pos < (int)m->n_points)
			text_puts(&t, !known ? " . . . . "
				      : lost ? "----x----"
					     : "---------");
	}
	page_wrap(p, 2, "", t.at);
	text_release(&t);
}

/* In a short capture the bounds of drift are too wide to be worth a number. */
static void drift_words(const struct clock_piece *k, char out[static 96])
{
	if (k->drift_high_ppm - k->drift_low_ppm > 200)
		snprintf(out, 96, "too short to tell its drift");
	else
		snprintf(out, 96, "drift %.1f ppm (%.1f to %.1f)", k->drift_ppm,
			 k->drift_low_ppm, k->drift_high_ppm);
}

/* If the bounds include zero it is not known which clock is ahead. */
static void apart_words(struct text *t, const struct clock_piece *k)
{
	int64_t half = time_sub(k->offset_high_ns, k->offset_low_ns) / 2;
	char off[TEXT_UNIT], slack[TEXT_UNIT];

	if (k->offset_low_ns <= 0 && k->offset_high_ns >= 0) {
		int64_t low = time_sub(0, k->offset_low_ns);
		int64_t most = k->offset_high_ns > low ? k->offset_high_ns
						       : low;

		text_add(t, "agrees with the first point's within %s",
			 text_span(most, slack));
		return;
	}
	text_add(t, "is %s %s the first point's (+- %s)",
		 text_span(k->offset_ns < 0 ? time_sub(0, k->offset_ns)
					    : k->offset_ns,
			   off),
		 k->offset_ns < 0 ? "behind" : "ahead of",
		 text_duration(half, slack));
}

static void clock_line(const struct page *p, const struct model *m,
		       const struct clock_row *c)
{
	const struct point_row *pt = model_point(m, c->point);
	const struct clock_piece *k = c->n ? &c->piece[0] : NULL;
	struct text t = { 0 };
	char drift[96];

	if (!pt || c->status == CLOCK_REFERENCE)
		return;
	text_add(&t, "%s's clock ", pt->name);
	if (c->status == CLOCK_FITTED && k) {
		apart_words(&t, k);
		drift_words(k, drift);
		text_add(&t, "; %s%s", drift,
			 c->n > 1 ? "; it was set in mid-capture" : "");
	} else {
		text_puts(&t, "cannot be compared in both directions: no "
			      "one-way delays");
	}
	page_wrap(p, 2, "", t.at);
	text_release(&t);
}

static void put_path(const struct page *p, const struct model *m)
{
	if (m->n_points < 2)
		return;
	page_head(p, "The path");
	put_drawing(p, m);
	for (size_t i = 0; i < m->figures.n; i++)
		hop_lines(p, m, &m->figures.hop[i]);
	for (size_t i = 0; i < m->n_clocks; i++)
		clock_line(p, m, &m->clocks[i]);
}

/* --- limits --- */
static void put_limits(const struct page *p, const struct model *m)
{
	page_head(p, "Limits");
	page_wrap(p, 2, "", answer_limits);
	for (size_t i = 0; i < m->n_qualities; i++) {
		const struct quality_row *q = &m->qualities[i];
		const struct file_row *f = model_file(m, q->file);
		char *line = mem_printf("%s%s%s", f ? f->path : "",
					f ? ": " : "", q->text);

		page_wrap(p, 4, "  - ", line);
		free(line);
	}
}

static int text_report(const struct model *m, const struct render_options *o,
		       FILE *out, struct err *err)
{
	struct page p = { out, o->colour, o->columns };

	(void)err;
	if (o->by) {
		text_by(&p, m, (enum group_kind)o->by, SIZE_MAX);
		return 0;
	}
	put_answer(&p, m);
	put_path(&p, m);
	text_time_section(&p, m);
	text_findings(&p, m);
	if (m->n_sessions) {
		page_head(&p, "Sessions");
		text_session_table(&p, m, SESSIONS_SHOWN);
	}
	put_limits(&p, m);
	return 0;
}

const struct renderer render_text = {
	.name = "text",
	.report = text_report,
	.sessions = text_sessions,
	.packets = text_packets,
	.exchanges = text_exchanges,
};

const struct renderer *renderer_find(const char *name)
{
	static const struct renderer *const all[] = {
		&render_text, &render_json, &render_ndjson, &render_html
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
