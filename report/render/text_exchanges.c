/* Exchanges as text: one per line, and who answered them.
 */
#include <stdio.h>

#include "base/text.h"
#include "report/exchanges.h"
#include "report/render/text.h"

static void put_exchange(const struct page *p, struct exchange_views *w,
			 const struct exchange *x)
{
	struct exchange_frame at = exchange_frame(w, x, false, 0);
	struct exchange_frame end = exchange_frame(w, x, false, 3);
	char total[TEXT_UNIT], server[TEXT_UNIT] = "-", time[TEXT_UNIT];
	char think[TEXT_UNIT], what[EXCHANGE_WORDS];
	int64_t ns = exchange_server_ns(w, x);
	const struct session_view *v = w->v;

	if (ns >= 0)
		text_duration(ns, server);
	fprintf(p->out, "%7lld %-19s %-10s #%-7llu", (long long)v->row.id,
		at.known ? text_time(at.time_ns, time) + 11 : "-",
		v->budget.near < v->row.n_flows
			? v->flow[v->budget.near].point->name
			: "-",
		(unsigned long long)at.frame);
	if (end.known)
		fprintf(p->out, " #%-7llu", (unsigned long long)end.frame);
	else
		fprintf(p->out, " %-8s", "-");
	fprintf(p->out, " %9s %9s %9s  %s\n",
		end.known ? text_duration(exchange_total(x), total) : "-",
		text_duration(x->think_ns, think), server,
		exchange_words(v, x, what));
}

static void exchanges_of(const struct page *p, const struct model *m,
			 const struct render_options *o,
			 const struct session_view *v)
{
	struct exchange_views w;
	struct exchange_cursor *c;
	struct exchange x;

	(void)o;
	exchange_views_open(&w, m, v);
	c = store_exchanges(m->store, v->row.id);
	while (exchange_cursor_next(c, &x))
		put_exchange(p, &w, &x);
	exchange_cursor_free(c);
	exchange_views_close(&w);
}

int text_exchanges(const struct model *m, const struct render_options *o,
		   FILE *out, struct err *err)
{
	if (o->session <= m->n_sessions)
		fprintf(out, "%7s %-19s %-10s %-8s %-8s %9s %9s %9s  %s\n",
			"session", "begins", "seen at", "request", "answered",
			"took", "thought", "at server", "what");
	return text_each_session(m, o, out, exchanges_of, err);
}
