/* Protocols over datagrams in which both sides ask: SIP, CoAP.
 *
 * Here messages say what each datagram is, and few of them are waited for:
 *
 *  - A request of the client's and the first that the server says to it are a request and
 *    its answer, as everywhere (datagrams.c).
 *  - Where that was a promise (100 Trying, CoAP's empty acknowledgement), the server is at
 *    work until it says more; but a call may take SET_UP_NS to be put through, as others
 *    are asked in turn (ITU-T E.721: 19 of 20 calls abroad).
 *  - What it says after other provisional answers (180 Ringing) is for a person to decide,
 *    or for whoever is called; and what it says to no open request (CoAP's notifications)
 *    comes when there is something to tell.  That is nobody's delay: it counts as the
 *    client's, as the time between calls does (both sides' pace).
 *  - The same answer again was not acknowledged (a lost ACK): recovery.
 *  - So is what either side acknowledges, and what the server asks: nobody waited for it.
 *    How soon the client answers that is not looked at.
 *
 * References: RFC 3261 13.2.2.4, 13.3.1.4, 17.1.1.2, 17.2.1; RFC 7252 5.2.2; RFC 7641 3;
 * ITU-T E.721 (post-selection delay).
 */
#include "report/derive/asked.h"
#include "report/derive/datagrams_int.h"
#include "report/derive/timeline_int.h"

#define TRYING 100
#define SET_UP_NS 11000000000

bool datagrams_are_calls(unsigned proto)
{
	return proto == MESSAGE_SIP || proto == MESSAGE_COAP;
}

static bool is_promise(const struct message *m)
{
	return m->kind == MESSAGE_INTERIM &&
	       (m->proto != MESSAGE_SIP || m->status == TRYING);
}

static bool is_answer(const struct message *m, int dir)
{
	return m && dir == 1 &&
	       (m->kind == MESSAGE_RESPONSE || m->kind == MESSAGE_INTERIM);
}

/* The time before what nobody asked for just now. */
static void between(struct dgram_walk *w, const struct record *r,
		    const struct message *m, int dir, int64_t left)
{
	bool answers = is_answer(m, dir);
	struct timeline *t = w->t;

	if (t->heard == HEARD_ASK && t->open && !t->answered)
		datagrams_unknown(t, left);
	else if (answers && datagrams_copy(&w->told_last, r))
		datagrams_retried(t, left);
	else if (answers && w->promised &&
		 (m->proto != MESSAGE_SIP || left > SET_UP_NS))
		timeline_spend(t, TIME_SERVER, left, &left);
	else
		timeline_spend(t, TIME_CLIENT, left, &left);
}

bool datagrams_call(struct dgram_walk *w, const struct record *r, int dir,
		    int64_t now)
{
	struct timeline *t = w->t;
	const struct message *m = asked_says(t->asked, r, dir);
	bool answers = is_answer(m, dir);
	int64_t at[TIMELINE_HOPS];
	uint32_t far;

	if (m && dir == 0 && m->kind == MESSAGE_REQUEST)
		return w->promised = false;
	if (answers && t->heard == HEARD_ASK) {
		w->promised = is_promise(m);
		w->told_last = *r;
		return false;
	}
	between(w, r, m, dir, now - t->t_ns);
	t->t_ns = now;
	far = datagrams_find_all(w, dir, r, now, at);
	if (answers) {
		t->dgram_far[1] = far;
		w->promised = is_promise(m);
		w->told_last = *r;
	}
	if (t->heard != HEARD_ASK)
		t->heard = HEARD_TELL;
	return true;
}
