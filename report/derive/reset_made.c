/* reset.path: resets that something on the way made in a host's name.
 *
 * Between two points: the far one has it and the near one has not (fate injected).
 * Beyond the point nearest to the server: its time to live tells another distance
 * than that of the server's other packets there, or it is there sooner than an answer of
 * the server's can be (reset_origin.c); that point must not be on the server.  After a FIN of either side a reset that nothing waited for
 * is of no account.
 * Where the points nearer to the server do not tell so by the reset itself, what they
 * lack may: reset_absent.c.
 *
 * Such are one finding for a hop and direction: who resets one session so resets
 * many.
 *
 * Cost: a few look-ups of records for each such reset.
 */
#include "report/derive/reset_made.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "correlate/clock.h"

/* --- between two points --- */
static void open_between(struct alike *g, struct derive *d,
			 const struct session_view *v, const struct fact *k)
{
	const char *side = k->dir ? "server" : "client";
	struct draft *f = alike_open(g, d, v, "reset.path", SEV_HIGH, 75);

	draft_text(f,
		   "The RST (%s) is in the capture at %s, frame %llu, and not "
		   "at %s; its time to live, IP identification or time stamps "
		   "do not fit the %s's other packets, or the %s went on as if "
		   "it had sent none.",
		   words_dir(k->dir), g->to, (unsigned long long)k->far.frame,
		   g->from, side, side);
	draft_against(
		f,
		"the capture at %s may not see all interfaces of the %s: then "
		"the RST could have left by another one",
		g->from, side);
	draft_place(f,
		    "a firewall, intrusion prevention system or balancer "
		    "between %s and %s",
		    g->from, g->to);
	draft_next(f,
		   "look for policies that reset sessions on the devices "
		   "between %s and %s",
		   g->from, g->to);
}

/* Shows that the host whose name the reset @k bears still sends data, where that is
 * later by the clocks. */
static void show_went_on(struct draft *f, const struct derive *d,
			 const struct session_view *v, const struct fact *k)
{
	const struct model *m = derive_model(d);
	const struct flow_view *w = &v->flow[k->from];
	const struct clock_row *near = model_clock(m, w->row.point);
	const struct clock_row *far = model_clock(m, v->flow[k->to].row.point);
	int64_t mid, rst_high, low, high;
	char later[TEXT_UNIT];
	struct record r;

	if (w->row.n_parts != 1 || !near || !far ||
	    !derive_last(d, &w->row, k->dir, 0, INT64_MAX, &r, NULL) ||
	    !clock_to_first(far, k->far.time_ns, &mid, &low, &rst_high) ||
	    !clock_to_first(near, r.time_ns, &mid, &low, &high) ||
	    rst_high == INT64_MAX || low == INT64_MIN || low <= rst_high)
		return;
	draft_evidence(f, w->row.point, w->first_file, r.frame, r.time_ns,
		       "the %s still sends data, at least %s after that",
		       k->dir ? "server" : "client",
		       text_duration(time_sub(low, rst_high), later));
}

void made_between(struct made_resets *s, struct derive *d,
		  const struct session_view *v, const struct fact *k)
{
	struct alike *g = alike_of(&s->between, v, k->from, k->to, k->dir);

	if (!g->draft)
		open_between(g, d, v, k);
	if (k->dir)
		reset_show_asked(g->draft, d, &v->flow[k->to], k->far.time_ns);
	words_evidence(g->draft, v, k, "RST, %s", words_dir(k->dir));
	show_went_on(g->draft, d, v, k);
	if (k->dir)
		alike_idle(g,
			   reset_rest(d, &v->flow[k->to].row, k->far.time_ns));
	alike_add(g, v, k->to, k->far.time_ns);
}

static void tell_between(struct alike *g, const struct model *m)
{
	const char *side = g->dir ? "server" : "client";
	char n[TEXT_UNIT];

	(void)m;
	if (g->sessions == 1)
		draft_title(g->draft,
			    "A reset of %s was injected between %s and %s, not "
			    "sent by the %s",
			    g->who, g->from, g->to, side);
	else
		draft_title(
			g->draft,
			"Resets of %s sessions were injected between %s and "
			"%s, not sent by the %ss",
			text_count(g->sessions, n), g->from, g->to, side);
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", g->to);
}

/* --- beyond a point --- */
static void open_beyond(struct alike *g, struct derive *d,
			const struct session_view *v, const struct fact *k,
			const char *ttls)
{
	struct draft *f = alike_open(g, d, v, "reset.path", SEV_HIGH, 75);

	draft_text(f,
		   "The RST (frame %llu at %s) has a time to live of %s: it "
		   "came from another distance.",
		   (unsigned long long)k->near.frame, g->from, ttls);
	draft_against(f, "a server behind a balancer may send with more than "
			 "one time to live");
	draft_place(f,
		    "a firewall, intrusion prevention system, NAT or balancer "
		    "beyond %s, before the server",
		    g->from);
	draft_next(f,
		   "look for policies and session tables of the devices "
		   "beyond %s; a capture behind each of them tells which",
		   g->from);
}

/* --- the same, by the time --- */
static void open_soon(struct alike *g, struct derive *d,
		      const struct session_view *v, const struct fact *k,
		      const struct reset_haste *x)
{
	struct draft *f = alike_open(
		g, d, v, "reset.path",
		x->acks && x->steady ? SEV_HIGH : SEV_MEDIUM, 75);
	char after[TEXT_UNIT], least[TEXT_UNIT];

	draft_text(f,
		   "The RST (frame %llu at %s) is there %s after what it "
		   "answers; the server's own answers take %s at least.",
		   (unsigned long long)k->near.frame, g->from,
		   text_duration(x->after_ns, after),
		   text_duration(x->least_ns, least));
	if (!x->steady)
		draft_against(f, "the server's few answers may all have taken "
				 "longer than the way there and back: an "
				 "opening may wait for ARP or a host that "
				 "wakes, an answer for the application");
	if (!x->acks)
		draft_against(f, "the server may have reset of itself just "
				 "then: the RST acknowledges nothing");
	draft_place(f,
		    "a firewall, intrusion prevention system, NAT or balancer "
		    "beyond %s, before the server and nearer than it",
		    g->from);
	if (!x->steady)
		draft_place(f, "the server itself, if what it answered before "
			       "had made it wait");
	draft_next(f,
		   "look for policies and session tables of the devices "
		   "beyond %s; a capture behind each of them tells which",
		   g->from);
}

bool made_beyond(struct made_resets *s, struct derive *d,
		 const struct session_view *v, const struct fact *k, bool idle)
{
	const struct flow_view *f = &v->flow[k->from];
	struct reset_haste x;
	char ttls[WORDS];
	struct alike *g;

	if ((idle && (f->dir[0].fin || f->dir[1].fin)) ||
	    strcmp(session_on_host(v, k->from, 1), "yes") == 0)
		return false;
	if (reset_from_elsewhere(d, &f->row, &k->near, ttls)) {
		g = alike_of(&s->beyond, v, k->from, k->from, 1);
		if (!g->draft)
			open_beyond(g, d, v, k, ttls);
	} else if (reset_too_soon(d, f, &k->near, &x)) {
		g = alike_of(x.acks && x.steady ? &s->too_soon : &s->soon, v,
			     k->from, k->from, 1);
		if (!g->draft)
			open_soon(g, d, v, k, &x);
	} else {
		return false;
	}
	reset_show_asked(g->draft, d, f, k->near.time_ns);
	draft_evidence(g->draft, f->row.point, k->near_file, k->near.frame,
		       k->near.time_ns, "RST, TTL %u", k->near.ttl);
	alike_idle(g, reset_rest(d, &f->row, k->near.time_ns));
	alike_add(g, v, k->from, k->near.time_ns);
	return true;
}

static void tell_beyond(struct alike *g, const struct model *m)
{
	char n[TEXT_UNIT];

	(void)m;
	if (g->sessions == 1)
		draft_title(
			g->draft,
			"A reset of %s came from beyond %s, and by its TTL not "
			"from the server",
			g->who, g->from);
	else
		draft_title(g->draft,
			    "Resets of %s sessions came from beyond %s, and by "
			    "their TTL not from the servers",
			    text_count(g->sessions, n), g->from);
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", g->from);
}

static void tell_soon(struct alike *g, const struct model *m)
{
	bool sure = g->draft->row.severity == SEV_HIGH;
	char n[TEXT_UNIT];

	(void)m;
	if (g->sessions == 1)
		draft_title(g->draft, "A reset of %s came from beyond %s, %s",
			    g->who, g->from,
			    sure ? "and too soon to be the server's"
				 : "sooner than the server's answers come");
	else
		draft_title(g->draft,
			    "Resets of %s sessions came from beyond %s, %s",
			    text_count(g->sessions, n), g->from,
			    sure ? "and too soon to be the servers'"
				 : "sooner than the servers' answers come");
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", g->from);
}

void made_finish(struct made_resets *s, const struct model *m)
{
	alikes_tell(&s->between, m, tell_between);
	alikes_tell(&s->beyond, m, tell_beyond);
	alikes_tell(&s->too_soon, m, tell_soon);
	alikes_tell(&s->soon, m, tell_soon);
}
