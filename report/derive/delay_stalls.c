/* delay.nagle, delay.queue, delay.shaping: data that was there to be sent, or on
 * its way, and was held up (for windows see delay_window.c, for losses
 * delay_recovery.c).
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/delay_trip.h"
#include "report/derive/words.h"

#define BULK 250000 /* bytes that may fill a queue, as in causes.c */

/* No capture near the sender saw it wait: that follows from what was seen near the
 * receiver. */
static void nagle_from_afar(struct draft *f, const struct group *g)
{
	char n[TEXT_UNIT];

	draft_text(f,
		   "In %s session%s that was seen from the receiver's side "
		   "only: its host held the acknowledgement back, and the next "
		   "piece came one round trip after that.",
		   text_count(g->errors, n), plural(g->errors));
	draft_against(f, "a sender that pauses by itself for just that long, "
			 "again and again, looks the same from there");
}

void delay_nagle(struct derive *d, const struct group *g)
{
	struct draft *f = delay_draft(
		d, "delay.nagle", delay_share(g) >= 20 ? SEV_MEDIUM : SEV_LOW,
		g);
	char n[TEXT_UNIT], a[TEXT_UNIT];

	draft_title(f, "Small writes wait for delayed acknowledgements: %s",
		    text_duration(g->explained_ns, a));
	draft_text(f,
		   "%s time%s a small segment was held until the one before it "
		   "was acknowledged, and the other host held that "
		   "acknowledgement back for 30 to 500 ms.",
		   text_count(g->nagles, n), plural(g->nagles));
	if (g->errors)
		nagle_from_afar(f, g);
	delay_gain(f, g, "Without that");
	draft_place(f, "the sending program writes a message in pieces and "
		       "leaves Nagle's algorithm on");
	draft_next(f, "write each message at once, or set TCP_NODELAY on the "
		      "sender");
	json_object_set_new(f->measure, "stalls",
			    json_integer((json_int_t)g->nagles));
	delay_evidence(f, derive_model(d), g);
}

/* Says that these sessions may themselves fill the queue. */
static void queue_filled(struct draft *f, const struct group *g)
{
	bool one = g->errors == 1;
	char n[TEXT_UNIT];

	if (g->sessions == 1)
		draft_text(f, "The session carries much data and may fill the "
			      "queue by itself: without the queue it would be "
			      "no faster, as the slowest link sets its rate.  "
			      "What else uses the link waits in the queue.");
	else
		draft_text(f,
			   "%s of the sessions %s much data and may fill the "
			   "queue by %s: without the queue %s would be no "
			   "faster, as the slowest link sets %s rate.  What "
			   "else uses the link waits in the queue.",
			   text_count(g->errors, n), one ? "carries" : "carry",
			   one ? "itself" : "themselves", one ? "it" : "they",
			   one ? "its" : "their");
}

struct filler {         /* the session that carries most, one way */
	uint64_t bytes; /* 0: none carries much */
	int64_t session;
	int64_t from_ns, until_ns; /* of the heaviest session in the queue */
	char name[WORDS];
};

/* Is @id, which was under way at the same time, larger? */
static void try_filler(struct filler *x, const struct model *m, int64_t id)
{
	struct session_view v;
	int64_t from;

	if (!session_view_load(&v, m, id))
		return;
	from = v.budget.start_ns;
	for (int dir = 0; v.budget.known && dir < 2; dir++) {
		uint64_t n = v.flow[v.budget.near].dir[dir].bytes;

		if (n < BULK || n <= x->bytes || from > x->until_ns ||
		    from + budget_total(&v.budget) < x->from_ns)
			continue;
		x->bytes = n;
		x->session = id;
		words_session(&v, v.budget.near, x->name);
	}
	session_view_release(&v);
}

/* What fills a queue need not wait in it longest: among the case's longest exchanges it
 * is looked for, too. */
static struct filler queue_filler(const struct model *m, const struct group *g)
{
	struct filler x = { 0 };
	struct session_view v;
	size_t n;
	const struct group *all = model_groups(m, GROUP_CASE, &n);

	if (!m->store || !g->n_top ||
	    !session_view_load(&v, m, g->top[0].session))
		return x;
	x.from_ns = v.budget.start_ns;
	x.until_ns = v.budget.start_ns + budget_total(&v.budget);
	session_view_release(&v);
	for (size_t i = 0; i < g->n_top; i++)
		try_filler(&x, m, g->top[i].session);
	for (size_t i = 0; n && !g->errors && i < all->n_top; i++)
		try_filler(&x, m, all->top[i].session);
	return x;
}

static void filler_say(struct draft *f, const struct group *g,
		       const struct filler *x)
{
	char bytes[TEXT_UNIT];

	if (!x->bytes)
		return;
	json_object_set_new(f->measure, "filled_by", json_integer(x->session));
	if (g->errors != 1 || g->sessions > 1)
		draft_text(f,
			   "Of what was under way then %s carries most, %s one "
			   "way.",
			   x->name, text_bytes(x->bytes, bytes));
}

void delay_queue(struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);
	struct draft *f = delay_draft(d, "delay.queue",
				      delay_by_share(g, 20, 60), g);
	const char *from, *to;
	struct filler fills = queue_filler(m, g);
	bool one = g->errors <= 1 && fills.bytes;
	char a[TEXT_UNIT];

	if (delay_points(m, g, &from, &to)) {
		draft_title(
			f, "Packets wait %s in a queue between %s and %s%s%s%s",
			text_duration(g->explained_ns, a), from, to,
			one ? ", which " : "", one ? fills.name : "",
			one ? " may fill" : "");
		draft_place(f,
			    "the bottleneck between %s and %s, and what "
			    "fills it",
			    from, to);
	} else {
		draft_title(f, "Packets wait %s in a queue on the way",
			    text_duration(g->explained_ns, a));
		draft_place(f, "the bottleneck on the way, and what fills it");
	}
	draft_text(f, "Over the least round trip by more than a quarter and 10 "
		      "ms, while no loss was being repaired.");
	filler_say(f, g, &fills);
	if (g->errors)
		queue_filled(f, g);
	else
		delay_gain(f, g, "Without the queue");
	delay_hop(f, m, g);
	draft_next(f, "look at the load of the slowest link there; a shorter "
		      "buffer or fair queueing (fq_codel, cake) keeps the "
		      "delay low");
	delay_trip_frames(f, m, g);
	delay_evidence(f, m, g);
}

static void shaping_here(struct draft *f, const struct group *g,
			 const char *each)
{
	draft_title(f,
		    "The far side holds back the last piece of each answer by "
		    "%s",
		    each);
	draft_against(f, "one capture cannot tell a server that sends its last "
			 "piece late from a device on the way that holds it "
			 "back");
	draft_next(f, "capture at the server at the same time: if the last "
		      "piece leaves there at once, a device between does it");
	(void)g;
}

void delay_shaping(struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);
	const char *from, *to;
	bool both = delay_points(m, g, &from, &to);
	struct draft *f = delay_draft(d, "delay.shaping",
				      both ? SEV_HIGH : SEV_MEDIUM, g);
	char each[TEXT_UNIT], n[TEXT_UNIT], all[TEXT_UNIT];

	text_duration(hist_quantile(&g->hold, 0.5), each);
	if (both) {
		draft_title(f,
			    "The path between %s and %s holds back the last "
			    "piece of each answer by %s",
			    from, to, each);
		draft_text(f, "Nearest to the server the last piece leaves "
			      "right behind the rest.");
		draft_place(f,
			    "a shaper, proxy or offload engine between %s and "
			    "%s that waits for more data",
			    from, to);
		draft_next(f, "look at the devices there for shaping, "
			      "inspection or segment coalescing with a timer");
		delay_hop(f, m, g);
	} else {
		shaping_here(f, g, each);
	}
	draft_text(f, "%s of %s answers have it.", text_count(g->holds, n),
		   text_count(g->exchanges, all));
	delay_gain(f, g, "Without it");
	json_object_set_new(f->measure, "held",
			    json_integer((json_int_t)g->holds));
	json_object_set_new(f->measure, "each_ns",
			    json_integer(hist_quantile(&g->hold, 0.5)));
	delay_evidence(f, m, g);
}
