/* delay.window: a receiver's window keeps the sender waiting.
 *
 * The finding says whose window it is and whether it was closed.  If the window is
 * as large as 16 bits allow, the path may have taken the window scale option away
 * (scaling.h): then that is the cause, and neither host's buffer is.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/scaling.h"
#include "report/derive/words.h"
#include "store/recs.h"

#define WINDOW_HIGH 60 /* percent of the time, and so long in all */
#define WINDOW_HIGH_NS 5000000000

/* The window was zero: the receive buffer was full, as @who's program does not read
 * it. */
static void window_closed(struct draft *f, const char *who)
{
	draft_place(f,
		    "the program on the %s, or what it waits for in turn (a "
		    "disk, a screen, another host)",
		    who);
	draft_next(f,
		   "see what the program on the %s does at these times; ss -tm "
		   "shows what lies in its socket unread (Recv-Q)",
		   who);
}

static void window_small(struct draft *f, const char *who)
{
	draft_place(f,
		    "the %s: a program that reads too slowly, or a receive "
		    "buffer (or a missing window scale) that is too small for "
		    "the round trip",
		    who);
	draft_next(f, "if the window shrinks while data arrives, the program "
		      "reads slowly; if it is always the same and small, raise "
		      "the receive buffer and look whether window scaling was "
		      "stripped");
}

static void window_of_either(struct draft *f, bool known)
{
	if (known)
		draft_text(
			f,
			"That is no single host's: neither the client's window "
			"nor the server's has 80 %% of this time.");
	draft_next(f, "see at the longest of these waits whose window it is, "
		      "and whether it is zero: then the program there reads "
		      "too slowly");
}

/* --- the scale that the path takes away --- */
#define FULL 0x8000 /* above it the 16 bits are what limits the window */
#define SAMPLE 4096 /* records */

/* Did the window of @who come near what 16 bits can say? */
static bool is_full(const struct model *m, const struct session_view *v,
		    enum reader who)
{
	bool full = false;

	for (int dir = 0; dir < 2; dir++) {
		const struct flow_row *f =
			&v->flow[session_near_flow(v, dir)].row;
		struct recs *recs;

		if (who == (dir ? READER_CLIENT : READER_SERVER))
			continue;
		recs = recs_open(m->store, f, dir);
		for (uint64_t i = 0; i < recs_count(recs) && i < SAMPLE; i++)
			full |= !(recs_get(recs, i)->tcp_flags & REC_SYN) &&
				recs_get(recs, i)->window >= FULL;
		recs_close(recs);
	}
	return full;
}

/* Did a SYN leave its host without the option?  Some hosts leave it out when they
 * repeat a SYN that was not answered; then the path took nothing out. */
static bool is_sent_so(const struct model *m, const struct session_view *v,
		       const struct scale_cut *c)
{
	struct recs *recs = recs_open(m->store, &v->flow[c->from].row, c->dir);
	bool bare = false;

	for (uint64_t i = 0; i < recs_count(recs) && i < SAMPLE; i++) {
		const struct record *r = recs_get(recs, i);

		bare |= (r->tcp_flags & REC_SYN) && !(r->opts & REC_OPT_WSCALE);
	}
	recs_close(recs);
	return c->came < 0 && bare;
}

struct stripped { /* of the heaviest sessions of a group */
	uint64_t sessions;
	struct scale_cut cut; /* the first one's */
	int from_pos, to_pos;
};

static void syn_frame(struct draft *f, const struct session_view *v, int flow,
		      const struct scale_cut *c, int shift)
{
	const struct flow_view *w = &v->flow[flow];
	const struct part_dir *syn = &w->dir[c->dir];
	const char *what = c->dir ? "SYN,ACK" : "SYN";

	if (shift < 0)
		draft_evidence(f, w->row.point, w->first_file, syn->syn_frame,
			       syn->syn_ns, "the %s without a window scale",
			       what);
	else
		draft_evidence(f, w->row.point, w->first_file, syn->syn_frame,
			       syn->syn_ns, "the %s with window scale %d", what,
			       shift);
}

static struct stripped stripped_of(struct draft *f, const struct model *m,
				   const struct group *g, enum reader who)
{
	struct stripped s = { 0 };

	for (size_t i = 0; m->store && i < g->n_top; i++) {
		struct session_view v;
		struct scale_cut c;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		c = scaling_cut(&v, who);
		if (c.found && !is_sent_so(m, &v, &c) &&
		    (!scaling_is_off(&c) || is_full(m, &v, who)) &&
		    !s.sessions++) {
			s.cut = c;
			s.from_pos = v.row.flows[c.from].point_pos;
			s.to_pos = v.row.flows[c.to].point_pos;
			syn_frame(f, &v, c.from, &c, c.left);
			syn_frame(f, &v, c.to, &c, c.came);
		}
		session_view_release(&v);
	}
	return s;
}

/* Return: false if the path is not the cause. */
static bool window_stripped(struct draft *f, const struct model *m,
			    const struct group *g, enum reader who,
			    const char *waits)
{
	struct stripped s = stripped_of(f, m, g, who);
	const char *from, *to, *syn = s.cut.dir ? "SYN,ACK" : "SYN";
	char a[TEXT_UNIT], n[TEXT_UNIT], of[TEXT_UNIT];

	if (s.sessions * 2 <= g->n_top)
		return false;
	from = model_point_name(m, s.from_pos);
	to = model_point_name(m, s.to_pos);
	draft_title(f,
		    "The window scale is %s between %s and %s: the window that "
		    "is left keeps %s waiting for %s",
		    s.cut.came < 0 ? "taken out" : "made smaller", from, to,
		    waits, text_duration(g->explained_ns, a));
	if (scaling_is_off(&s.cut))
		draft_text(
			f,
			"The SYN leaves %s with a window scale and has none "
			"at %s.  Without it no window can be larger than "
			"64 KB, and this one is open beyond half of that: no "
			"more crosses in a round trip, however fast the link "
			"is.",
			from, to);
	else
		draft_text(
			f,
			"The %s leaves %s with window scale %d and has %s at "
			"%s.  Its sender goes on to announce its window "
			"divided by %u; who gets that multiplies it by %u "
			"only.",
			syn, from, s.cut.left,
			s.cut.came < 0 ? "none" : "a smaller one", to,
			1u << (s.cut.left & 15),
			s.cut.came < 0 ? 1u : 1u << (s.cut.came & 15));
	if (g->n_top > 1)
		draft_text(f,
			   "So it is in %s of the %s sessions looked at, those "
			   "with most of this time.",
			   text_count(s.sessions, n), text_count(g->n_top, of));
	draft_against(f, "the receiving host's buffer may be no larger than "
			 "that, too, which shows only once the option "
			 "passes");
	draft_hop(f, m, s.from_pos, s.to_pos);
	draft_place(f, "the devices between %s and %s", from, to);
	draft_next(f,
		   "look between %s and %s for what rewrites TCP options (a "
		   "firewall's normalisation, an old router, a WAN optimiser) "
		   "and let the window scale pass",
		   from, to);
	json_object_set_new(f->measure, "scale_removed",
			    json_integer((json_int_t)s.sessions));
	return true;
}

/* --- the scale that is not agreed on --- */
/* With one capture: is one side's SYN without the option, so that neither may scale? */
static bool is_unscaled(const struct session_view *v, bool *asked)
{
	const struct part_dir *syn = v->flow[0].dir, *ack = syn + 1;

	if (v->row.n_flows != 1 || !syn->syn || !ack->syn || syn->syn_cut ||
	    ack->syn_cut)
		return false;
	*asked = syn->wscale >= 0;
	return !*asked || ack->wscale < 0;
}

/* Says so of the heaviest sessions, where 16 bits limit the window of @who. */
static void window_unscaled(struct draft *f, const struct model *m,
			    const struct group *g, enum reader who)
{
	bool asked = false;
	size_t n = 0;

	for (size_t i = 0; m->store && i < g->n_top; i++) {
		struct session_view v;
		bool this;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		if (is_unscaled(&v, &this) && is_full(m, &v, who)) {
			asked |= this;
			n++;
		}
		session_view_release(&v);
	}
	if (n * 2 <= g->n_top)
		return;
	draft_text(
		f,
		"%s: so no window can be larger than 64 KB, and this one "
		"is open beyond half of that.  No more crosses in a round "
		"trip, however fast the link is.",
		asked ? "The SYN has a window scale here and its SYN,ACK has "
			"none"
		      : "The SYN has no window scale here");
	draft_place(f,
		    "what rewrites TCP options on the way (a firewall's "
		    "normalisation, an old router, a WAN optimiser), if %s",
		    asked ? "the server does scale"
			  : "the client's host does scale");
	draft_next(f,
		   "capture at the %s at the same time: it shows whether the "
		   "window scale was taken out on the way",
		   asked ? "server" : "client");
}

/* --- the finding --- */
static void window_title(struct draft *f, const char *a, const char *who,
			 const char *peer, bool closed)
{
	if (!who)
		draft_title(f,
			    "A receiver's window keeps the sender waiting for "
			    "%s",
			    a);
	else if (closed)
		draft_title(f,
			    "The %s reads too slowly: its closed window keeps "
			    "the %s waiting for %s",
			    who, peer, a);
	else
		draft_title(f, "The %s's window keeps the %s waiting for %s",
			    who, peer, a);
}

/* The sender was not seen waiting: that follows from the receiver's side. */
static void window_from_afar(struct draft *f, const struct group *g)
{
	char n[TEXT_UNIT];

	draft_text(f,
		   "%s session%s seen from the receiver's side only: what came "
		   "had not been allowed until one round trip before.",
		   text_count(g->holds, n), g->holds == 1 ? " was" : "s were");
	draft_against(f, "a link or a sender that is no faster than one window "
			 "a round trip looks the same from there");
}

/* Whose window it is by the group's key. */
static enum reader reader_of(const struct group *g)
{
	if (strcmp(g->key, "client") == 0)
		return READER_CLIENT;
	return strcmp(g->key, "server") == 0 ? READER_SERVER : READER_EITHER;
}

void delay_window(struct derive *d, const struct group *g)
{
	static const char *const name[] = { NULL, "client", "server" };
	static const char *const waits[] = { "the sender", "the server",
					     "the client" };
	enum reader who = reader_of(g);
	bool closed = g->errors * 2 > g->sessions; /* it was zero there */
	bool high = g->explained_ns >= WINDOW_HIGH_NS &&
		    delay_share(g) >= WINDOW_HIGH;
	const struct model *m = derive_model(d);
	struct draft *f = delay_draft(d, "delay.window",
				      high ? SEV_HIGH : SEV_MEDIUM, g);
	char n[TEXT_UNIT], a[TEXT_UNIT];

	window_title(f, text_duration(g->explained_ns, a), name[who],
		     who == READER_CLIENT ? "server" : "client", closed);
	draft_text(f,
		   "%s time%s the sender stopped with less than a segment of "
		   "window left, until the update that opened it.",
		   text_count(g->windows, n), plural(g->windows));
	if (g->holds)
		window_from_afar(f, g);
	if (closed)
		draft_text(f,
			   "In %s session%s it was zero: what had arrived "
			   "filled the buffer, as the program did not read "
			   "it.  A larger buffer would only fill later.",
			   text_count(g->errors, n), plural(g->errors));
	else
		delay_gain(f, g, "With a window that is large enough");
	if (!closed && window_stripped(f, m, g, who, waits[who]))
		;
	else if (!name[who])
		window_of_either(f, *g->key);
	else if (closed)
		window_closed(f, name[who]);
	else {
		window_small(f, name[who]);
		window_unscaled(f, m, g, who);
	}
	json_object_set_new(f->measure, "sessions_zero_window",
			    json_integer((json_int_t)g->errors));
	if (!g->errors || !delay_zero_frames(f, m, g, who != READER_SERVER,
					     who != READER_CLIENT))
		delay_evidence(f, m, g);
}
