/* Around a frame: see the header.
 *
 * The frame's session names the host: its client.  Every session of that host
 * as that point sees it (so that addresses translated elsewhere do not matter)
 * that overlaps the window gives a line for each exchange that begins in it and
 * for each packet that was lost, refused or reset.
 *
 * Cost: every session is checked for the host, some 10 us each, and those shown
 * are swept once.
 */
#include "report/around.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "capture/message.h"
#include "correlate/clock.h"
#include "report/derive/words.h"
#include "report/exchanges.h"

struct look {
	struct around *a;
	const struct model *m;
	int64_t from, to;
	size_t cap;
};

/* --- the frame --- */

/* Within a view, files ascend, and so do the frames of a file. */
static bool in_view(struct recs *v, int64_t file, uint64_t frame, int64_t *t_ns)
{
	uint64_t lo = 0, hi = recs_count(v);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		const struct record *r = recs_get(v, mid);
		int64_t of = recs_file(v, mid);

		if (of < file || (of == file && r->frame < frame))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == recs_count(v) || recs_get(v, lo)->frame != frame ||
	    recs_file(v, lo) != file)
		return false;
	*t_ns = recs_get(v, lo)->time_ns;
	return true;
}

static int flow_at(const struct session_view *v, int64_t point)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.point == point && session_has_packets(v, i))
			return (int)i;
	return -1;
}

static bool has_frame(const struct model *m, const struct session_view *v,
		      int64_t point, int64_t file, uint64_t frame,
		      int64_t *t_ns)
{
	int i = flow_at(v, point);
	bool found = false;

	for (int d = 0; d < 2 && i >= 0 && !found; d++) {
		struct recs *r = recs_open(m->store, &v->flow[i].row, d);

		found = in_view(r, file, frame, t_ns);
		recs_close(r);
	}
	return found;
}

/* --- lines --- */
static int64_t aligned(const struct model *m, int64_t point, int64_t t_ns,
		       int64_t *slack)
{
	const struct clock_row *c = model_clock(m, point);
	int64_t mid = t_ns, low, high;

	*slack = INT64_MAX;
	if (m->n_points && m->points[0].id == point)
		*slack = 0;
	else if (c && clock_to_first(c, t_ns, &mid, &low, &high) &&
		 low != INT64_MIN && high != INT64_MAX)
		*slack = (high - low) / 2;
	return mid;
}

static uint64_t distance(const struct around_line *l)
{
	return l->at_ns < l->asked_ns
		       ? (uint64_t)l->asked_ns - (uint64_t)l->at_ns
		       : (uint64_t)l->at_ns - (uint64_t)l->asked_ns;
}

static int by_distance(const void *pa, const void *pb)
{
	uint64_t a = distance(pa), b = distance(pb);

	return a < b ? -1 : a > b;
}

/* Sessions come by number, not by time: if there are too many lines the nearest
 * are kept. */
static void keep_nearest(struct around *a)
{
	if (a->n <= AROUND_LINES)
		return;
	qsort(a->line, a->n, sizeof *a->line, by_distance);
	for (size_t i = AROUND_LINES; i < a->n; i++)
		free(a->line[i].text);
	a->n = AROUND_LINES;
	a->more = true;
}

static struct around_line *line_add(struct look *l, int64_t point, int64_t t_ns,
				    int64_t session)
{
	int64_t slack, at = aligned(l->m, point, t_ns, &slack);
	struct around *a = l->a;

	if (at < l->from || at > l->to)
		return NULL;
	if (a->n == 2 * AROUND_LINES)
		keep_nearest(a);
	a->line = mem_grow(a->line, &l->cap, a->n + 1, sizeof *a->line);
	a->line[a->n] = (struct around_line){ .at_ns = at,
					      .asked_ns = a->at_ns,
					      .slack_ns = slack,
					      .session = session,
					      .here = session == a->session };
	return &a->line[a->n++];
}

static void add_exchange(struct look *l, struct exchange_views *w,
			 const struct exchange *x)
{
	const struct session_view *v = w->v;
	struct exchange_frame at = exchange_frame(w, x, false, 0);
	struct exchange_frame end = exchange_frame(w, x, false, 3);
	const struct flow_view *f = &v->flow[v->budget.near];
	char words[EXCHANGE_WORDS], total[TEXT_UNIT], server[NET_END_TEXT];
	struct around_line *line;

	line = at.known ? line_add(l, f->row.point, at.time_ns, v->row.id)
			: NULL;
	if (!line)
		return;
	/* a closing exchange need not be answered */
	line->bad = (!end.known && x->opening != SET_UP_CLOSING) ||
		    (x->proto &&
		     message_status_is_error(x->proto - 1u, x->status));
	line->text = mem_printf(
		"%s #%llu to %s: %s%s%s", f->point->name,
		(unsigned long long)at.frame,
		net_side_text(f->row.proto, &f->row.client, &f->row.server,
			      true, server),
		exchange_words(v, x, words),
		end.known ? "; answered after " : "",
		end.known ? text_duration(exchange_total(x), total) : "");
}

static void add_exchanges(struct look *l, const struct session_view *v)
{
	struct exchange_cursor *c = store_exchanges(l->m->store, v->row.id);
	struct exchange_views w;
	struct exchange x;

	if (v->budget.near < v->row.n_flows) {
		exchange_views_open(&w, l->m, v);
		while (exchange_cursor_next(c, &x))
			add_exchange(l, &w, &x);
		exchange_views_close(&w);
	}
	exchange_cursor_free(c);
}

static void add_fate(struct look *l, const struct session_view *v,
		     const struct fate_row *r)
{
	const struct record *rec = r->near ? r->near : r->far;
	int at = r->near ? r->from : r->to;
	struct fact k;
	char what[WORDS];
	struct around_line *line;

	if (!rec || (r->e.fate != FATE_LOST && r->e.kind != KIND_RST))
		return;
	line = line_add(l, v->flow[at].row.point, rec->time_ns, v->row.id);
	if (!line)
		return;
	k = fact_of(r);
	line->bad = true;
	line->text = mem_printf(
		"%s #%llu %s: %s %s %s", v->flow[at].point->name,
		(unsigned long long)rec->frame, words_dir(r->dir),
		words_packet(v, &k, what),
		r->e.fate == FATE_LOST ? "lost before" : "reaches",
		v->flow[r->to].point->name);
}

static void add_session(struct look *l, const struct session_view *v)
{
	struct fate_cursor *c;
	struct fate_row r;

	l->a->sessions++;
	add_exchanges(l, v);
	if (v->row.n_flows < 2)
		return;
	c = fate_cursor_open(l->m->store, v->row.id);
	while (fate_cursor_next(c, &r))
		add_fate(l, v, &r);
	fate_cursor_close(c);
}

static bool is_hosts(const struct around *a, const struct flow_row *f)
{
	return net_addr_cmp(&f->client.addr, &a->host) == 0 ||
	       net_addr_cmp(&f->server.addr, &a->host) == 0;
}

static int by_time(const void *pa, const void *pb)
{
	const struct around_line *a = pa, *b = pb;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns ? -1 : 1;
	return a->session < b->session ? -1 : a->session > b->session;
}

static void look_at(struct look *l, const struct session_view *v, int64_t point)
{
	int i = flow_at(v, point);
	int64_t slack, from, to;

	if (i < 0 || !is_hosts(l->a, &v->flow[i].row))
		return;
	from = aligned(l->m, point, v->flow[i].row.first_ns, &slack);
	to = aligned(l->m, point, v->flow[i].row.last_ns, &slack);
	if (to >= l->from && from <= l->to)
		add_session(l, v);
}

static bool find_in(struct around *a, const struct model *m, int64_t point,
		    int64_t file, uint64_t frame)
{
	int64_t t_ns = 0, slack;

	for (int64_t id = 1; id <= m->n_sessions && !a->session; id++) {
		struct session_view v;

		if (!session_view_load(&v, m, id))
			continue;
		if (has_frame(m, &v, point, file, frame, &t_ns)) {
			a->session = id;
			a->host = v.flow[flow_at(&v, point)].row.client.addr;
			a->at_ns = aligned(m, point, t_ns, &slack);
		}
		session_view_release(&v);
	}
	return a->session != 0;
}

static bool find(struct around *a, const struct model *m, int64_t point,
		 int64_t file, uint64_t frame)
{
	if (file)
		return find_in(a, m, point, file, frame);
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].point == point &&
		    m->files[i].packets >= frame &&
		    find_in(a, m, point, m->files[i].id, frame))
			return true;
	return false;
}

int around_load(struct around *a, const struct model *m, int64_t point,
		int64_t file, uint64_t frame, int64_t window_ns,
		struct err *err)
{
	struct look l = { .a = a, .m = m };

	*a = (struct around){ 0 };
	if (!find(a, m, point, file, frame))
		return err_set(
			err, ERR_USAGE,
			"frame %llu: no session has it at that point; "
			"'tracepair show CASE SESSION' lists a session's frames",
			(unsigned long long)frame);
	l.from = time_sub(a->at_ns, window_ns);
	l.to = time_add(a->at_ns, window_ns);
	for (int64_t id = 1; id <= m->n_sessions; id++) {
		struct session_view v;

		if (!session_view_load(&v, m, id))
			continue;
		look_at(&l, &v, point);
		session_view_release(&v);
	}
	keep_nearest(a);
	if (a->n)
		qsort(a->line, a->n, sizeof *a->line, by_time);
	return 0;
}

void around_release(struct around *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->line[i].text);
	free(a->line);
	*a = (struct around){ 0 };
}
