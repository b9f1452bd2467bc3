/* delay.recovery: data that was lost, or seemed to be, and waited until it was sent
 * again.
 *
 * Five findings by that name.  It is the price of losses.  Where all of a session's
 * packets had arrived, who sent again waited for an answer or acknowledgement that came
 * late or not at all.  With one capture a timeout may be either.  And of datagrams at a single point nothing tells whether the
 * first request, its answer or neither was lost; of an unknown protocol, not even
 * whether they are requests.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"

/* What one loss costs, once: a first retransmission timeout, which is 3 s at most
 * (RFC 6298 2.1, 5.7), and what the answer takes on top of it. */
#define ONCE_NS 3100000000LL

static uint64_t repairs(const struct group *g)
{
	return g->repairs[REPAIR_TIMEOUT] + g->repairs[REPAIR_FAST] +
	       g->repairs[REPAIR_PROBE];
}

bool delay_repaired_once(const struct group *g)
{
	return repairs(g) == 1 && g->explained_ns <= ONCE_NS;
}

/* Did packets of these sessions arrive damaged?  A host throws them away, so
 * "arrived" does not mean that they were of use. */
static bool some_damaged(const struct derive *d, const struct group *g)
{
	for (size_t i = 0; i < g->n_top; i++)
		if (derive_found_damage(d, g->top[i].session))
			return true;
	return false;
}

/* Recovery is the price of a loss: if a finding of the loss exists it is the
 * answer, and this one is ranked below it.  That of one packet, once, is an accident,
 * however short the session. */
static enum severity recovery_severity(const struct derive *d,
				       const struct group *g)
{
	enum severity s = delay_by_share(g, 10, RECOVERY_HIGH);
	bool known = derive_found_high(d, "loss.") ||
		     derive_found_high(d, "stop.") || some_damaged(d, g) ||
		     delay_repaired_once(g);

	return known && s == SEV_HIGH ? SEV_MEDIUM : s;
}

/* "3 stalls: 2 ended by a retransmission timeout, 1 by a tail probe", or "1 stall,
 * ended by a tail probe". */
static void stalls_text(struct draft *f, const struct group *g)
{
	static const char *const by[REPAIRS] = {
		[REPAIR_TIMEOUT] = "a retransmission timeout",
		[REPAIR_FAST] = "fast retransmission",
		[REPAIR_PROBE] = "a tail probe",
	};
	static const enum repair order[] = { REPAIR_TIMEOUT, REPAIR_FAST,
					     REPAIR_PROBE };
	struct text t = { 0 };
	char n[TEXT_UNIT];

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (g->repairs[order[i]] == repairs(g))
			text_add(&t, ", %sended by %s",
				 repairs(g) == 1 ? "" : "each ", by[order[i]]);
		else if (g->repairs[order[i]])
			text_add(&t, "%s%s %sby %s", t.n ? ", " : ": ",
				 text_count(g->repairs[order[i]], n),
				 t.n ? "" : "ended ", by[order[i]]);
	draft_text(f, "%s stall%s%s.", text_count(repairs(g), n),
		   plural(repairs(g)), t.n ? t.at : "");
	text_release(&t);
}

static void repairs_measure(struct draft *f, const struct group *g)
{
	json_object_set_new(
		f->measure, "timeouts",
		json_integer((json_int_t)g->repairs[REPAIR_TIMEOUT]));
	json_object_set_new(f->measure, "fast",
			    json_integer((json_int_t)g->repairs[REPAIR_FAST]));
	json_object_set_new(f->measure, "probes",
			    json_integer((json_int_t)g->repairs[REPAIR_PROBE]));
}

/* Says that damage was seen before this capture: change.payload needs two captures. */
static void damage_before(struct draft *f, const struct derive *d,
			  const struct group *g)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (!g->errors || some_damaged(d, g))
		return;
	draft_text(f,
		   "In %s of %s session%s packets arrive with wrong checksums "
		   "and come again with right ones: they were damaged on the "
		   "way to the capture, and who gets them throws them away.",
		   text_count(g->errors, n), text_count(g->sessions, of),
		   plural(g->sessions));
	draft_place(f, "what damages packets before the capture: a device that "
		       "edits them and leaves their checksums as they were, or "
		       "whose memory or card is faulty");
	draft_against(f, "the capture may have the checksums wrong of its own, "
			 "and the packets may have been sent again for another "
			 "reason");
	draft_next(f, "see whether the receiver's counter of checksum errors "
		      "(netstat -s) has risen");
	delay_damaged_frame(f, derive_model(d), g);
	json_object_set_new(f->measure, "sessions_damaged",
			    json_integer((json_int_t)g->errors));
}

/* How much time it takes.  @title: what. */
static void say_time(struct draft *f, const struct model *m,
		     const struct group *g, const char *title)
{
	char a[TEXT_UNIT], of[TEXT_UNIT];

	draft_title(f, "%s takes %s, %.0f %% of the time%s", title,
		    text_duration(g->explained_ns, a), delay_share(g),
		    delay_whose(m, g, of));
}

/* Where it was, in the measure and in frames; datagrams have no stalls to show. */
static void show_stalls(struct draft *f, const struct model *m,
			const struct group *g)
{
	delay_hop(f, m, g);
	repairs_measure(f, g);
	delay_stall_frames(f, m, g);
	delay_evidence(f, m, g);
}

/* Of sessions that lost nothing between the points: the sender sent again for
 * another reason. */
void delay_resent(struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);
	struct draft *f = delay_draft(d, "delay.recovery",
				      recovery_severity(d, g), g);
	const char *from = "the first point", *to = "the last one";

	delay_points(m, g, &from, &to);
	say_time(f, m, g, "What had arrived is sent again: that");
	stalls_text(f, g);
	damage_before(f, d, g);
	if (some_damaged(d, g)) {
		draft_text(f,
			   "Nothing of this was lost between %s and %s, but "
			   "some of it arrived damaged: whoever gets that "
			   "throws it away (change.payload).",
			   from, to);
		draft_place(f, "what damages packets: see change.payload");
	} else {
		draft_text(f,
			   "Nothing of this was lost between %s and %s: all "
			   "that was sent again had got there.  Its sender "
			   "waited for an acknowledgement or an answer that "
			   "came late, or not at all.",
			   from, to);
	}
	delay_gain(f, g, "Without that");
	draft_place(f,
		    "the host behind %s or %s, which does not take what "
		    "reaches it (a full accept queue, its firewall or driver) "
		    "or is silent; or a moment of long delay or of packets out "
		    "of order on the way",
		    from, to);
	draft_next(f, "look at the far point whether the first copy was "
		      "acknowledged or answered at once: if not, that host is "
		      "to be looked at; if so, the way back was slow");
	show_stalls(f, m, g);
}

/* Datagrams at one point, the same again before anything came back.  @title:
 * what takes the time. */
static struct draft *said_again(struct derive *d, const struct group *g,
				enum severity severity, const char *title)
{
	const struct model *m = derive_model(d);
	struct draft *f = delay_draft(d, "delay.recovery", severity, g);
	char n[TEXT_UNIT];

	say_time(f, m, g, title);
	draft_text(f,
		   "%s time%s the same datagram is sent again, as nothing has "
		   "come back.",
		   text_count(repairs(g), n), plural(repairs(g)));
	damage_before(f, d, g);
	delay_gain(f, g, "Without that");
	draft_against(f, "one capture does not tell whether the first was "
			 "lost, or its answer, or whether the server did not "
			 "answer it");
	draft_place(f, "the way to the server and back, or the server");
	draft_next(f, "capture at the server at the same time: whether the "
		      "first one arrives there, and is answered, tells the "
		      "path from the server");
	show_stalls(f, m, g);
	return f;
}

void delay_asked_again(struct derive *d, const struct group *g)
{
	said_again(d, g, recovery_severity(d, g),
		   "Requests are sent again before they are answered: that");
}

/* Nothing shows that an answer was due. */
void delay_said_again(struct derive *d, const struct group *g)
{
	struct draft *f = said_again(
		d, g, SEV_LOW,
		"Datagrams are repeated before anything comes back: that");

	draft_against(f, "of an unknown protocol: it may be a heartbeat or an "
			 "announcement, which waits for nothing");
}

/* One capture, and no more than time that passed: what acknowledges later data would
 * have shown a hole. */
static void sent_again(struct draft *f, const struct derive *d,
		       const struct group *g)
{
	const struct model *m = derive_model(d);

	say_time(f, m, g, "What gets no answer in time is sent again: that");
	stalls_text(f, g);
	damage_before(f, d, g);
	delay_gain(f, g, "Without that");
	draft_against(f,
		      "one capture does not tell whether the first was lost, "
		      "or what acknowledges it, or whether it had arrived and "
		      "a host was late to take or answer it: then nothing "
		      "was lost");
	if (!delay_lost_side(f, m, g))
		draft_place(f, "the way there and back");
	draft_place(f, "the host at its end");
	draft_next(f, "capture at the other end at the same time: whether the "
		      "first one arrives there, and what comes of it, tells "
		      "loss from a late host");
	show_stalls(f, m, g);
}

void delay_recovery(struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);
	char n[TEXT_UNIT], without[96];
	uint64_t timeouts = g->repairs[REPAIR_TIMEOUT];
	struct draft *f;

	f = delay_draft(d, "delay.recovery", recovery_severity(d, g), g);
	if (m->n_points == 1 && !g->repairs[REPAIR_FAST] &&
	    !delay_lost_before(f, m, g)) {
		sent_again(f, d, g);
		return;
	}
	say_time(f, m, g, "Recovering from loss");
	stalls_text(f, g);
	damage_before(f, d, g);
	if (timeouts == repairs(g))
		snprintf(without, sizeof without,
			 "Without the %s%sretransmission timeout%s",
			 timeouts == 1 ? "" : text_count(timeouts, n),
			 timeouts == 1 ? "" : " ", plural(timeouts));
	else
		snprintf(without, sizeof without, "Without these losses");
	delay_gain(f, g, without);
	if (!delay_lost_side(f, m, g))
		draft_place(f, "where packets are lost: findings on loss name "
			       "it, if captures of both sides show it");
	if (some_damaged(d, g))
		draft_place(f, "where packets are damaged, which are lost to "
			       "whoever gets them: see change.payload");
	draft_next(f, "find the loss; timeouts cost most, and come where a "
		      "lost packet is followed by too little data to notice "
		      "(last segments, small requests)");
	show_stalls(f, m, g);
}
