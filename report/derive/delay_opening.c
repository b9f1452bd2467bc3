/* delay.server of connections that open late: the server does not answer what opens
 * them.
 *
 * opening.c decides which these are.  If the point nearest to the server shows that
 * all of it arrived, the host behind that point did not take it: as a rule its
 * listen queue is full, or something limits how many connections may be opened.
 * Where that point is known to be away from the server (routers, or a round trip that
 * no host takes, lie behind it), and with one capture that is not on the server, it may
 * have been lost instead.  Loss
 * on the path would continue after the opening: if nothing had to be sent again in
 * at least CLEAN_LEAST exchanges of at least MANY sessions, only new connections
 * suffer, and the path is not the cause; else the finding is delay.recovery, the
 * usual cause.
 *
 * A connection of which nothing more comes than SYN,ACKs does not open, although the
 * client has them all: a firewall that the server's answers go round does so, too.  If
 * many do not, that is no accident, either, and so it is where captures beyond have one
 * direction only.
 *
 * The frames are looked up again, in the same steps as in opening.c.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/opening.h"
#include "report/derive/tap.h"
#include "report/derive/words.h"

#define MANY 3        /* sessions: no accident */
#define CLEAN_LEAST 3 /* exchanges without a stall */
#define NAMED 3       /* sessions */
#define FRAMES 12     /* of each */
#define RECORDS 128   /* looked at */

/* --- frames --- */
static const char *words_of(enum opening_saw saw, uint32_t syns)
{
	switch (saw) {
	case OPENING_SYN:
		return syns > 1 ? "the same SYN again: no answer yet" : "a SYN";
	case OPENING_ANSWER:
		return "the first answer to it";
	case OPENING_AGAIN:
		return "the SYN,ACK again, although it was acknowledged here";
	case OPENING_OPEN:
		return "the server goes on";
	case OPENING_NOTHING:
		break;
	}
	return NULL;
}

static void frames(struct draft *f, const struct model *m,
		   const struct session_view *v, size_t flow)
{
	const struct flow_view *w = &v->flow[flow];
	struct recs *recs[2];
	uint64_t i[2] = { 0, 0 };
	struct opening o;
	unsigned n = 0;

	for (int d = 0; d < 2; d++)
		recs[d] = recs_open(m->store, &w->row, d);
	opening_begin(&o);
	while (!o.over && i[0] + i[1] < RECORDS && n < FRAMES) {
		struct record r[2];
		bool has[2];
		enum opening_saw saw;
		const char *what;
		int d;

		for (d = 0; d < 2; d++) {
			has[d] = i[d] < recs_count(recs[d]);
			if (has[d])
				r[d] = *recs_get(recs[d], i[d]);
		}
		if (!has[0] && !has[1])
			break;
		d = !has[0] || (has[1] && tap_before(&r[1], &r[0]));
		saw = opening_take(&o, d, &r[d]);
		what = words_of(saw, o.syns);
		if (what)
			draft_evidence(f, w->row.point,
				       recs_file(recs[d], i[d]), r[d].frame,
				       r[d].time_ns, "%s", what);
		n += what != NULL;
		i[d]++;
	}
	for (int d = 0; d < 2; d++)
		recs_close(recs[d]);
}

struct place {              /* of the longest wait */
	char at[TEXT_UNIT]; /* the point nearest to the server */
	int pos;            /* of it; 0: not known */
	bool on_host;       /* it is on the server's host */
	bool away;          /* it is known not to be */
	bool beside; /* it is so near that its round trip is negligible */
};

/* Each exchange, and the opening, has its part of the way behind the far point. */
static bool is_away(const struct session_view *v, const char *on_host)
{
	const struct budget *b = &v->budget;

	return strcmp(on_host, "no") == 0 ||
	       b->beyond_ns / (int64_t)(b->exchanges + 1) >= OPENING_HOST_NS;
}

static struct place place_of(const struct model *m, const struct group *g)
{
	struct place p = { .at = "the far point" };
	struct session_view v;
	const char *on_host;
	size_t far;

	if (!m->store || !g->n_top ||
	    !session_view_load(&v, m, g->top[0].session))
		return p;
	far = v.budget.far;
	if (far < v.row.n_flows) {
		p.pos = v.row.flows[far].point_pos;
		on_host = session_on_host(&v, (int)far, 1);
		p.on_host = strcmp(on_host, "yes") == 0;
		p.away = !p.on_host && is_away(&v, on_host);
		p.beside = !p.away && !v.budget.one_sided;
		snprintf(p.at, sizeof p.at, "%s", v.flow[far].point->name);
	}
	session_view_release(&v);
	return p;
}

static void show(struct draft *f, const struct model *m, const struct group *g,
		 const struct place *p)
{
	if (p->pos)
		draft_hop(f, m, p->pos, p->pos);
	for (size_t i = 0; m->store && i < g->n_top && i < NAMED; i++) {
		struct session_view v;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		if (i == 0)
			draft_session_filters(f, &v);
		if (v.budget.far < v.row.n_flows)
			frames(f, m, &v, v.budget.far);
		session_view_release(&v);
	}
}

/* --- words --- */
static uint64_t of_server(const struct model *m, const struct group *g)
{
	size_t n;
	const struct group *all = model_groups(m, GROUP_SERVER, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].key, g->key) == 0)
			return all[i].sessions;
	return g->sessions;
}

/* Does none of them open? */
static bool none_opens(const struct group *g)
{
	return g->never_open == g->sessions;
}

/* Are these sessions free of stalls once they are open? */
static bool only_openings(const struct group *g)
{
	return g->sessions >= MANY && g->exchanges >= CLEAN_LEAST &&
	       !g->repairs[REPAIR_TIMEOUT] && !none_opens(g);
}

static void title(struct draft *f, const struct model *m, const struct group *g)
{
	char n[TEXT_UNIT], of[TEXT_UNIT], wait[TEXT_UNIT * 3];

	text_count(g->sessions, n);
	text_count(of_server(m, g), of);
	if (none_opens(g))
		draft_title(f,
			    "Connections to %s do not open: %s of %s "
			    "session%s, though each SYN,ACK is acknowledged",
			    *g->key ? g->key : "others", n, of,
			    plural(of_server(m, g)));
	else
		draft_title(f,
			    "Connections to %s open late: %s of %s session%s "
			    "wait%s %s",
			    *g->key ? g->key : "others", n, of,
			    plural(of_server(m, g)),
			    g->sessions == 1 ? "s" : "",
			    delay_span(&g->hold, wait));
	if (g->never_open)
		json_object_set_new(f->measure, "never_open",
				    json_integer((json_int_t)g->never_open));
	json_object_set_new(f->measure, "syns_in_vain",
			    json_integer((json_int_t)g->errors));
	json_object_set_new(f->measure, "syn_acks_again",
			    json_integer((json_int_t)g->holds));
	json_object_set_new(f->measure, "waited_min_ns",
			    json_integer(g->hold.min));
	json_object_set_new(f->measure, "waited_max_ns",
			    json_integer(g->hold.max));
}

/* What happened at the point nearest to the server. */
static void say_seen(struct draft *f, const struct group *g, const char *at)
{
	char n[TEXT_UNIT];

	if (g->errors)
		draft_text(f, "%s SYN%s at %s %s no answer; a later copy does.",
			   text_count(g->errors, n), plural(g->errors), at,
			   g->errors == 1 ? "gets" : "get");
	if (g->holds)
		draft_text(f,
			   "%s SYN,ACK%s sent again although the client's "
			   "acknowledgement was at %s before: the server's "
			   "host did not take that, nor data behind it.",
			   text_count(g->holds, n),
			   g->holds == 1 ? " is" : "s are", at);
	if (g->never_open && !none_opens(g))
		draft_text(f,
			   "%s of them %s not open at all, as far as was "
			   "captured.",
			   text_count(g->never_open, n),
			   g->never_open == 1 ? "does" : "do");
	if (only_openings(g))
		draft_text(
			f,
			"Once these sessions are open the client has to "
			"send nothing again in %s exchanges: only new connections "
			"suffer.",
			text_count(g->exchanges, n));
}

static void say_queue(struct draft *f, bool refused)
{
	draft_place(f,
		    "the server host: a listen queue that is full, as the "
		    "program accepts connections too slowly%s",
		    refused ? " (Linux then drops what would open them)" : "");
	draft_next(f, "on the server: ss -lnt (Recv-Q beside Send-Q of the "
		      "listening socket) and nstat -az TcpExtListenOverflows "
		      "TcpExtListenDrops; then see why the program accepts "
		      "too slowly, or give it a longer queue (its backlog, "
		      "net.core.somaxconn)");
	if (!refused)
		draft_next(f, "limits on new connections and drop counters of "
			      "firewalls on the server and before it");
}

static void host(struct draft *f, const struct group *g, const struct place *p)
{
	draft_text(f, "This is not loss on the path between the capture "
		      "points.");
	say_queue(f, g->holds > 0);
	if (!g->holds)
		draft_place(f, "a limit on new connections in the server's "
			       "firewall");
	if (!p->on_host)
		draft_place(f,
			    "the network beyond %s, or a firewall or balancer "
			    "there that limits new connections, if %s was not "
			    "captured on the server itself",
			    p->at, p->at);
}

/* No capture at the server: @from what there is it cannot be told. */
static void from_afar(struct draft *f, const struct group *g,
		      const struct place *p, const char *from)
{
	if (none_opens(g)) {
		draft_against(f, "they may open behind the end of what was "
				 "captured");
		draft_text(f, "No capture that has both directions shows "
			      "whether what the client sent got there.");
		draft_place(f, "a firewall or NAT that the server's answers go "
			       "round, as the two directions take different "
			       "ways: it has the SYN alone, and drops what "
			       "follows");
		draft_next(f, "see whether both directions pass the same "
			      "firewalls: routes back from the server, a "
			      "second default gateway");
		say_queue(f, g->holds > 0);
	} else if (only_openings(g)) {
		say_queue(f, g->holds > 0);
		draft_place(f, "a limit on new connections: a firewall, NAT or "
			       "balancer on the way, or on the server");
		draft_against(f,
			      "%s does not show whether they reached "
			      "the server, unless it is there; but loss on "
			      "the way would hit what follows, too",
			      from);
	} else {
		draft_place(f,
			    "where packets are lost on the way, or the "
			    "server host, which does not take them: %s "
			    "cannot tell",
			    from);
	}
	draft_next(f,
		   "capture at the server at the same time: it shows whether "
		   "they arrive there; if %s is on the server, say so with "
		   "--on-host %s",
		   p->at, p->at);
}

static void tell(struct derive *d, const struct group *g, bool one)
{
	const struct model *m = derive_model(d);
	struct place p = place_of(m, g);
	bool sure = p.on_host || (!one && !p.away);
	bool clean = only_openings(g) || (none_opens(g) && g->sessions >= MANY);
	struct draft *f = delay_draft(
		d, sure || clean ? "delay.server" : "delay.recovery",
		(sure || (clean && p.beside)) && g->sessions >= MANY ? SEV_HIGH
		: sure || clean ? SEV_MEDIUM
				: SEV_LOW,
		g);

	title(f, m, g);
	say_seen(f, g, p.at);
	if (sure)
		host(f, g, &p);
	else
		from_afar(f, g, &p, one ? "one capture" : p.at);
	if (!none_opens(g))
		delay_gain(f, g, "If they opened at once");
	show(f, m, g, &p);
}

void delay_opening(struct derive *d, const struct group *g)
{
	tell(d, g, false);
}

void delay_opening_one(struct derive *d, const struct group *g)
{
	tell(d, g, true);
}
