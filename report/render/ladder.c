/* Drawing a ladder in text.
 *
 * What: one line per row: the time since the session's start, a column per
 * point with the frame's number, between them the legs as arrows, and at the
 * right what it is and what became of it:
 *
 *	  0.031250  #1921 ─────────✕            data 282..1742 ...  lost (proof)
 *
 * A leg ends in an arrow if the packet arrived and in a cross if it was lost;
 * it is dashed if the far capture missed it or cannot have it, and has a
 * question mark if nobody knows, or a finding says that something else got it.
 * Frames that a finding names have its number (ladder_words.c).
 *
 * Steps: measure the columns from the terminal's width (measure); put each leg
 * and each frame's number into a line of cells (draw_leg, draw_frame); print
 * the cells, then the words.
 *
 * Invariants: only put(), which checks bounds, writes cells.
 */
#include "report/render/ladder.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "correlate/clock.h"
#include "report/render/ladder_words.h"
#include "report/render/page.h"

#define TIME_COLUMNS 13
#define FRAME_COLUMNS 9
#define LEG_LEAST 6
#define LEG_MOST 26
#define WORDS_LEAST 34
#define CELLS_MOST 1024

enum stroke { LINE, DASH, RIGHT, LEFT, CROSS, UNKNOWN, STROKES };

static const char *const stroke[2][STROKES] = {
	{ "\u2500", "\u254c", "\u25ba", "\u25c4", "\u2715", "?" },
	{ "-", ".", ">", "<", "X", "?" },
};

struct canvas {
	const struct ladder *l;
	const struct model *m;
	const struct session_view *v;
	const struct ladder_look *look;
	FILE *out;
	struct page page;
	size_t points;
	int leg; /* columns between two points */
	size_t width;
	const char *cell[CELLS_MOST]; /* NULL: blank */
	char frame[CELLS_MOST][2];    /* digits, pointed to by cell */
};

static void measure(struct canvas *c)
{
	int left = c->look->columns - TIME_COLUMNS - WORDS_LEAST;
	int n = (int)c->points;

	c->leg = n > 1 ? (left - n * FRAME_COLUMNS) / (n - 1) : 3;
	if (c->leg < LEG_LEAST)
		c->leg = LEG_LEAST;
	if (c->leg > LEG_MOST)
		c->leg = LEG_MOST;
	c->width = (size_t)(n * FRAME_COLUMNS + (n - 1) * c->leg);
	if (n == 1)
		c->width += (size_t)c->leg;
	if (c->width > CELLS_MOST)
		c->width = CELLS_MOST;
}

static size_t column_of(const struct canvas *c, int point)
{
	return (size_t)point * (size_t)(FRAME_COLUMNS + c->leg);
}

static void put(struct canvas *c, size_t at, const char *what)
{
	if (at < c->width)
		c->cell[at] = what;
}

static const char *stroke_of(const struct canvas *c, enum stroke s)
{
	return stroke[c->look->ascii][s];
}

static void draw_frame(struct canvas *c, int point, uint64_t frame)
{
	char text[24];
	size_t at = column_of(c, point);
	int n = snprintf(text, sizeof text, "#%llu", (unsigned long long)frame);
	size_t shift = n < FRAME_COLUMNS ? (size_t)(FRAME_COLUMNS - n) / 2 : 0;

	put(c, at + shift - (shift > 0), " ");
	for (int i = 0; i < n; i++) {
		size_t k = at + shift + (size_t)i;

		if (k >= c->width)
			return;
		c->frame[k][0] = text[i];
		c->frame[k][1] = '\0';
		put(c, k, c->frame[k]);
	}
	put(c, at + shift + (size_t)n, " ");
}

/* What is drawn: a cross stands for what was lost, and nothing else. */
static enum fate fate_of(const struct ladder_leg *l)
{
	return l->taken ? FATE_UNDECIDED : (enum fate)l->e.fate;
}

/* The line of a leg, between the middles of its points' columns; frame numbers
 * are drawn over it.  The arrow's tip comes last (draw_tip). */
static void draw_leg(struct canvas *c, const struct ladder_leg *l)
{
	bool out = l->from < l->to;
	size_t a = column_of(c, out ? l->from : l->to) + FRAME_COLUMNS / 2 + 1;
	size_t b = column_of(c, out ? l->to : l->from) + FRAME_COLUMNS / 2;
	enum fate fate = fate_of(l);
	bool whole = l->near_frame && fate == FATE_DELIVERED;
	bool ends = fate == FATE_LOST || fate == FATE_UNDECIDED ||
		    fate == FATE_OUTSIDE;
	size_t n;

	if (b <= a)
		return;
	n = ends ? (b - a) * 6 / 10 : b - a;
	for (size_t i = 0; i < n; i++)
		put(c, out ? a + i : b - 1 - i,
		    stroke_of(c, whole || fate == FATE_LOST ? LINE : DASH));
	if (fate == FATE_LOST || fate == FATE_UNDECIDED)
		put(c, out ? a + n : b - 1 - n,
		    stroke_of(c, fate == FATE_LOST ? CROSS : UNKNOWN));
}

static bool blank_at(const struct canvas *c, size_t at)
{
	return c->cell[at] && c->cell[at][0] == ' ';
}

/* The arrow's tip beside the far frame's number, with a blank between; in the
 * middle of the column if there is no number. */
static void draw_tip(struct canvas *c, const struct ladder_leg *l)
{
	bool out = l->from < l->to;
	size_t at = column_of(c, l->to) + FRAME_COLUMNS / 2;

	if (l->e.fate != FATE_DELIVERED && l->e.fate != FATE_UNSEEN &&
	    l->e.fate != FATE_INJECTED)
		return;
	while (l->far_frame && at > 0 && at + 1 < c->width && !blank_at(c, at))
		at += out ? -1ul : 1ul;
	put(c, out ? at - 1 : at + 1, stroke_of(c, out ? RIGHT : LEFT));
}

static const char *colour_of(const struct ladder_row *row, size_t n)
{
	const char *colour = "";

	for (size_t i = 0; i < n; i++) {
		const struct ladder_leg *l = &row->leg[i];

		if (!l->there)
			continue;
		if (fate_of(l) == FATE_LOST)
			return "\033[31m";
		if (l->e.fate == FATE_INJECTED)
			colour = "\033[35m";
		else if (fate_of(l) == FATE_UNDECIDED)
			colour = "\033[33m";
		else if (l->e.copy > 1 && !*colour)
			colour = "\033[36m";
	}
	return colour;
}

static void put_cells(struct canvas *c)
{
	for (size_t i = 0; i < c->width; i++)
		fputs(c->cell[i] ? c->cell[i] : " ", c->out);
}

static void draw_row(struct canvas *c, const struct ladder_row *row)
{
	memset(c->cell, 0, sizeof c->cell);
	for (size_t i = 0; i < c->l->n_legs; i++)
		if (row->leg[i].there)
			draw_leg(c, &row->leg[i]);
	for (size_t i = 0; i < c->l->n_legs; i++) {
		const struct ladder_leg *l = &row->leg[i];

		if (l->there && l->near_frame)
			draw_frame(c, l->from, l->near_frame);
		if (l->there && l->far_frame)
			draw_frame(c, l->to, l->far_frame);
	}
	for (size_t i = 0; i < c->l->n_legs; i++)
		if (row->leg[i].there && row->leg[i].from != row->leg[i].to)
			draw_tip(c, &row->leg[i]);
	if (c->points == 1)
		put(c, FRAME_COLUMNS + 1,
		    stroke_of(c, row->dir ? LEFT : RIGHT));
}

static void print_row(struct canvas *c, const struct ladder_row *row, bool mark)
{
	const char *colour = c->look->colour ? colour_of(row, c->l->n_legs)
					     : "";

	draw_row(c, row);
	fprintf(c->out, "%s%c%11.6f ", colour, mark ? '*' : ' ',
		(double)(row->at_ns - c->l->first_ns) / 1e9);
	put_cells(c);
	ladder_words(row, c->l->n_legs, c->v, c->out);
	fprintf(c->out, "%s\n", *colour ? "\033[0m" : "");
}

/* ---- the head ---- */

static void print_flow(struct canvas *c, size_t i)
{
	const struct flow_row *f = &c->v->flow[i].row;
	char a[NET_END_TEXT], b[NET_END_TEXT], proto[16];

	fprintf(c->out, "  %s: ", c->v->flow[i].point->name);
	if (!session_has_packets(c->v, i)) {
		fprintf(c->out, "nothing of it was seen here\n");
		return;
	}
	fprintf(c->out, "%s -> %s %s",
		net_side_text(f->proto, &f->client, &f->server, false, a),
		net_side_text(f->proto, &f->client, &f->server, true, b),
		proto_name(f->proto, proto));
}

/* How far the point's clock was corrected, and how certain that is. */
static void print_clock(struct canvas *c, size_t i)
{
	const struct flow_row *f = &c->v->flow[i].row;
	const struct clock_row *clock = model_clock(c->m, f->point);
	int64_t mid, low, high;
	char by[TEXT_UNIT], slack[TEXT_UNIT];

	if (!session_has_packets(c->v, i))
		return;
	if (!clock || clock->status == CLOCK_REFERENCE) {
		fputs(clock ? "; its clock is the ladder's\n" : "\n", c->out);
		return;
	}
	if (!clock_to_first(clock, f->first_ns, &mid, &low, &high)) {
		fputs("; its clock could not be compared: its times are its "
		      "own\n",
		      c->out);
		return;
	}
	text_span(mid < f->first_ns ? f->first_ns - mid : mid - f->first_ns,
		  by);
	fprintf(c->out, "; clock put %s by %s",
		mid < f->first_ns ? "back" : "forward", by);
	if (low == INT64_MIN || high == INT64_MAX)
		fputs(", which only one side bounds\n", c->out);
	else
		fprintf(c->out, ", +- %s at that time\n",
			text_duration((high - low) / 2, slack));
}

static void print_head(struct canvas *c)
{
	char time[TEXT_UNIT];

	page_bold(&c->page, true);
	fprintf(c->out, "Session %lld", (long long)c->v->row.id);
	page_bold(&c->page, false);
	fprintf(c->out, ", seconds since %s\n",
		text_time(c->l->first_ns, time));
	for (size_t i = 0; i < c->points; i++) {
		print_flow(c, i);
		print_clock(c, i);
	}
	fprintf(c->out, "\n%*s", TIME_COLUMNS, "");
	for (size_t i = 0; i < c->points; i++) {
		const char *name = c->v->flow[i].point->name;
		int room = FRAME_COLUMNS + (i + 1 < c->points ? c->leg : 0);
		int w = page_width(name);

		if (w > room - 1 && i + 1 < c->points)
			fprintf(c->out, "%-*.*s ", room - 1, room - 1, name);
		else
			page_pad(&c->page, name, room);
	}
	fputc('\n', c->out);
}

/* Index of the row nearest to the mark. */
static size_t marked(const struct ladder *l, int64_t at)
{
	size_t best = 0;
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < l->n; i++) {
		int64_t d = l->row[i].at_ns - at;

		if (d < 0)
			d = -d;
		if (d < least) {
			least = d;
			best = i;
		}
	}
	return best;
}

static bool is_told(const struct ladder *l, size_t first, size_t last,
		    const struct finding_row *f)
{
	for (size_t i = first; i < last; i++)
		for (size_t k = 0; k < l->n_legs; k++)
			if (l->row[i].leg[k].told == f)
				return true;
	return false;
}

/* The titles of the findings that rows name. */
static void print_told(const struct canvas *c, size_t first, size_t last)
{
	char head[64];

	for (size_t i = 0; i < c->m->n_findings; i++) {
		const struct finding_row *f = &c->m->findings[i];

		if (!is_told(c->l, first, last, f))
			continue;
		snprintf(head, sizeof head, "finding %lld: ", (long long)f->id);
		page_wrap(&c->page, TIME_COLUMNS, head, f->title);
	}
}

void ladder_print(const struct ladder *l, const struct model *m,
		  const struct session_view *v, const struct ladder_look *look,
		  FILE *out)
{
	struct canvas *c = mem_zalloc(1, sizeof *c);
	bool mark = look->mark_ns != INT64_MIN && l->n;
	size_t at = mark ? marked(l, look->mark_ns) : 0;
	size_t first = mark && look->rows && at > look->rows ? at - look->rows
							     : 0;
	size_t last = look->rows && mark && at + look->rows < l->n
			      ? at + look->rows + 1
			      : l->n;
	char n[TEXT_UNIT];

	c->l = l;
	c->m = m;
	c->v = v;
	c->look = look;
	c->out = out;
	c->page = (struct page){ out, look->colour, look->columns };
	c->points = v->row.n_flows;
	measure(c);
	print_head(c);
	if (first)
		fprintf(out, "%*s(%s rows before)\n", TIME_COLUMNS, "",
			text_count(first, n));
	for (size_t i = first; i < last; i++)
		print_row(c, &l->row[i], mark && i == at);
	if (last < l->n)
		fprintf(out, "%*s(%s rows after)\n", TIME_COLUMNS, "",
			text_count(l->n - last, n));
	if (l->left_out)
		fprintf(out,
			"%*s(%s more are earlier or later; --around "
			"POINT:FRAME goes there)\n",
			TIME_COLUMNS, "", text_count(l->left_out, n));
	print_told(c, first, last);
	free(c);
}
