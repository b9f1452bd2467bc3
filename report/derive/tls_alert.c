/* app.error of TLS: a side ends the handshake with an alert.
 *
 * Both programs are there and the path carries their bytes, but they do not come to
 * terms: the session carries no request.  The alert (RFC 8446 6, RFC 5246 7.2) says
 * which side refused, and more or less why.  Until a side has keys its alert can be
 * read.  With TLS 1.3 what the client says about the server's certificate is
 * encrypted; that it is an alert its length tells (capture/proto_tls.c), and that the
 * certificate is what it says no to is then only likely.
 *
 * Who sends it need not be at fault: a client that does not know an issuer is right
 * where a server sends no intermediate certificate.  So both are named.  A device that
 * opens TLS on the way speaks in either's name, which one capture cannot tell.
 *
 * Groups are by side, alert and server (causes.c).  High where most sessions of that
 * server end so, as then it cannot be used, if these are several or a good part of all:
 * in a large capture somebody always asks a server that is not meant for him.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/message.h"
#include "report/derive/delay.h"
#include "report/derive/feed.h"
#include "report/derive/words.h"

#define EXAMPLES 4
#define MANY 3      /* sessions: no accident */
#define SHARE 10    /* or one in so many of all */
#define SEALED (-1) /* it could not be read */

enum about { ABOUT_PEER, ABOUT_TERMS, ABOUT_NAME, ABOUT_OWN, ABOUT_BYTES };

struct key {
	unsigned dir;
	long long status;
	char server[NET_END_TEXT];
};

static enum about about(long long status)
{
	switch (status & 0xff) {
	case 41: /* no_certificate: SSL 3.0 */
	case 42:
	case 43:
	case 44:
	case 45:
	case 46:
	case 48:
	case 113:
	case 116:
		return ABOUT_PEER;
	case 40:
	case 70:
	case 71:
	case 86:
	case 109:
	case 115:
	case 120:
		return ABOUT_TERMS;
	case 112:
		return ABOUT_NAME;
	case 49:
	case 80:
		return ABOUT_OWN;
	default:
		return ABOUT_BYTES;
	}
}

static void tell_peer(struct draft *f, const struct key *k)
{
	if (k->status == SEALED)
		draft_text(f,
			   "What it sends in the place of its Finished is "
			   "encrypted (TLS 1.3), and has an alert's length.  "
			   "What a client refuses there is nearly always the "
			   "server's certificate.");
	else
		draft_text(f, "It does not accept the %s's certificate.",
			   k->dir ? "client" : "server");
	draft_place(f,
		    k->dir ? "the client's certificate: none is sent, it is "
			     "out of date, or its issuer is not the one that "
			     "the server wants"
			   : "the server's certificate: its dates, its "
			     "names, or an intermediate certificate that "
			     "the server does not send");
	draft_place(f, "what the %s trusts: its list of issuers, its clock",
		    k->dir ? "server" : "client");
	draft_place(f, "a device between them that opens TLS and shows a "
		       "certificate of its own");
	if (!k->dir)
		draft_next(f,
			   "from the client's host: openssl s_client "
			   "-connect %s -servername NAME -showcerts shows "
			   "what the server sends, and whether it verifies",
			   k->server);
	else
		draft_next(f, "the server's log at that moment says which "
			      "certificate it saw and why it was refused");
}

static void tell_other(struct draft *f, const struct key *k)
{
	const char *who = k->dir ? "server" : "client";

	switch (about(k->status)) {
	case ABOUT_TERMS:
		draft_text(f,
			   "The two have nothing in common that both accept: "
			   "version, cipher, signature, key exchange or "
			   "protocol.");
		draft_place(f, "the settings of TLS on either side: one was "
			       "tightened or updated, the other is older");
		if (k->dir)
			draft_place(f, "a certificate that the server wants of "
				       "the client, or one of its own that it "
				       "lacks for the name asked for");
		draft_next(f,
			   "compare what ClientHello offers (Wireshark shows "
			   "its versions and ciphers) with the settings of "
			   "the %s",
			   k->dir ? "server" : "server, and its ServerHello");
		break;
	case ABOUT_NAME:
		draft_text(f, "It has no certificate for the name that the "
			      "client asks for.");
		draft_place(f, "the name that the client uses, or the server's "
			       "list of names");
		draft_next(f, "compare the server name in ClientHello with the "
			      "server's settings");
		break;
	case ABOUT_OWN:
		draft_text(f,
			   "That is its own decision or fault, not the other "
			   "side's handshake.");
		draft_place(f, "the %s's program and its settings", who);
		draft_next(f, "the %s's log at that moment", who);
		break;
	default:
		draft_text(f, "It did not understand what the other side sent, "
			      "or could not verify it.");
		draft_place(f, "the programs on either side: one does not keep "
			       "to the protocol, or does not speak TLS");
		draft_place(f, "a device between them that changes what they "
			       "send");
		draft_next(f, "the %s's log at that moment", who);
	}
}

/* --- frames --- */
static void frame(struct draft *f, const struct flow_view *w,
		  const struct feed *in, const char *what)
{
	const struct flow_part *p = &w->row.parts[in->part - 1];

	draft_evidence(f, w->row.point, p->part >> 32, in->next.first_frame,
		       in->next.first_ns, "%s", what);
}

static bool is_it(const struct feed *in, const struct key *k)
{
	const struct message *m = &in->next;

	return m->proto == MESSAGE_TLS && m->kind == MESSAGE_NOTICE &&
	       m->dir == k->dir && m->status == k->status;
}

/* What the point has of the handshake: how it began, if @first, and the alert. */
static void frames(struct draft *f, const struct model *m,
		   const struct flow_view *w, const struct key *k, bool first)
{
	struct feed in;
	bool begun = !first;

	feed_open(&in, m->store);
	feed_begin(&in, &w->row, NULL);
	for (; in.has_next; feed_step(&in)) {
		if (!begun && in.next.dir == 0 && *in.name) {
			frame(f, w, &in, in.name);
			begun = true;
		}
		if (!is_it(&in, k))
			continue;
		frame(f, w, &in,
		      k->dir ? "the server's alert" : "the client's alert");
		break;
	}
	feed_close(&in);
}

static void examples(struct draft *f, struct derive *d, const struct group *g,
		     const struct key *k)
{
	const struct model *m = derive_model(d);

	for (size_t i = 0; m->store && i < g->n_top; i++) {
		struct session_view v;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		draft_session(f, v.row.id);
		if (i == 0)
			draft_session_filters(f, &v);
		for (size_t n = 0; n < v.row.n_flows; n++)
			if (i < EXAMPLES)
				frames(f, m, &v.flow[n], k, n == 0);
		session_view_release(&v);
	}
}

/* --- the finding --- */
static uint64_t sessions_of(const struct model *m, const char *server,
			    uint64_t least)
{
	size_t n;
	const struct group *of = model_groups(m, GROUP_SERVER, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(of[i].key, server) == 0 && of[i].sessions > least)
			return of[i].sessions;
	return least;
}

static bool is_high(const struct model *m, uint64_t n, uint64_t of)
{
	size_t groups;
	const struct group *all = model_groups(m, GROUP_CASE, &groups);

	return n * 2 >= of &&
	       (n >= MANY || (groups && n * SHARE >= all->sessions));
}

static void title(struct draft *f, const struct key *k, uint64_t n, uint64_t of)
{
	const char *name = message_status_name(MESSAGE_TLS, k->status);
	char in[2 * TEXT_UNIT + 24] = "", some[TEXT_UNIT], all[TEXT_UNIT];
	char number[24];

	snprintf(number, sizeof number, "alert %lld", k->status & 0xff);
	if (k->status == SEALED)
		name = "an encrypted alert";
	if (of > 1)
		snprintf(in, sizeof in, " in %s of %s sessions",
			 text_count(n, some), text_count(of, all));
	draft_title(f, "TLS with %s is refused by the %s%s: %s",
		    *k->server ? k->server : "servers that are not listed",
		    k->dir ? "server" : "client", in, name ? name : number);
}

void tls_alert(struct derive *d, const struct group *g)
{
	struct key k = { .server = "" };
	struct draft *f;
	uint64_t of;

	if (sscanf(g->key, "%u %lld %63s", &k.dir, &k.status, k.server) < 2)
		return;
	of = sessions_of(derive_model(d), k.server, g->sessions);
	f = draft_new(d, "app.error",
		      is_high(derive_model(d), g->sessions, of) ? SEV_HIGH
								: SEV_MEDIUM,
		      k.status == SEALED ? 60 : 75);
	title(f, &k, g->sessions, of);
	draft_text(f,
		   "The %s ends %s with an alert, so that no request is ever "
		   "sent.  That is between the two programs, and the path "
		   "is not the cause, unless a device on it opens TLS.",
		   k.dir ? "server" : "client",
		   g->sessions == 1 ? "the handshake" : "these handshakes");
	if (k.status == SEALED || about(k.status) == ABOUT_PEER)
		tell_peer(f, &k);
	else
		tell_other(f, &k);
	if (k.status == SEALED)
		draft_against(f, "a client that only gives up says goodbye in "
				 "as many bytes (close_notify, user_canceled)");
	if (of > g->sessions)
		draft_against(f,
			      "other sessions of that server get further: it "
			      "depends on the client, the name, or the time");
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(f->measure, "by",
			    json_string(k.dir ? "server" : "client"));
	json_object_set_new(f->measure, "alert",
			    k.status == SEALED ? json_null()
					       : json_integer(k.status & 0xff));
	examples(f, d, g, &k);
}
