/* Requests of datagrams that are sent again.
 *
 * A datagram that is sent again belongs to the exchange of the first one, from when that
 * was sent.  Other requests may have the id of one that waits, where there are few ids.
 *
 * What the client waited until it asked again counts for the oldest request that was open
 * then (datagrams_again.c tells whose it was).  It is the one's own wait: gone with its
 * answer, and told at the end of those that never got one, if they came again themselves;
 * what left just before others came again was not waited for.
 *
 * Cost: the open requests, ASKED_MOST at most, for each datagram of a request.
 */
#include "report/derive/asked_int.h"

#include <string.h>

#include "report/derive/timeline.h"

#define GIVEN_UP INT64_MIN /* no message has this id */

struct request *asked_open_of(struct asked *a, const struct message *m)
{
	for (size_t i = 0; i < a->n_open; i++)
		if (a->open[i].x.proto == m->proto + 1 &&
		    (m->msg_id == -1 || a->open[i].id == m->msg_id))
			return &a->open[i];
	return NULL;
}

static struct request *oldest_open(struct asked *a)
{
	for (size_t i = 0; i < a->n_open; i++)
		if (asked_in_flight(&a->open[i]))
			return &a->open[i];
	return NULL;
}

bool asked_oldest(struct asked *a, uint64_t *far)
{
	const struct request *q = oldest_open(a);

	if (q)
		*far = q->x.far[0];
	return q;
}

static void in_vain_add(struct in_vain *to, const struct in_vain *x)
{
	to->n += x->n;
	to->most_ns = x->most_ns > to->most_ns ? x->most_ns : to->most_ns;
	to->server_ns += x->server_ns;
	to->repair_ns += x->repair_ns;
	to->mark_repair_ns += x->mark_repair_ns;
	to->repairs += x->repairs;
}

void asked_gave_up(struct asked *a, const struct timeline *t,
		   const struct in_vain *piece)
{
	struct request *oldest = oldest_open(a);

	if (oldest)
		in_vain_add(&oldest->waited, piece);
	for (size_t i = 0; i < a->n_open; i++) {
		struct request *q = &a->open[i];

		if (!q->in_vain)
			asked_spent(q, t->b->part);
		q->in_vain = true;
	}
}

void asked_turn(struct asked *a)
{
	for (size_t i = 0; i < a->n_open; i++)
		a->open[i].waited.mark_repair_ns = a->open[i].waited.repair_ns;
}

static bool came_again(const struct request *q)
{
	return !q->aside && q->in_vain && q->waited.n;
}

void asked_not_lost(struct asked *a)
{
	for (size_t i = 0; i < a->n_open; i++) {
		int64_t *part = a->open[i].x.part;

		if (!came_again(&a->open[i]))
			continue;
		part[TIME_SERVER] += part[TIME_RECOVERY];
		part[TIME_RECOVERY] = 0;
	}
}

struct in_vain asked_never(const struct asked *a)
{
	struct in_vain sum = { 0 };

	for (size_t i = 0; i < a->n_open; i++)
		if (came_again(&a->open[i]))
			in_vain_add(&sum, &a->open[i].waited);
	return sum;
}

/* Is the newest message of datagrams @q sent again?  All bytes are the same, as a rule;
 * DHCP counts its seconds.  Of RADIUS and of CoAP, whose clients may use one token for all,
 * an id alone says nothing. */
static bool is_again(const struct asked *a, const struct request *q)
{
	const struct message *m = &a->feed.next;

	if (strcmp(q->x.name, a->feed.name) != 0)
		return false;
	return (m->proto != MESSAGE_RADIUS && m->proto != MESSAGE_COAP) ||
	       (q->head == a->head && q->full == a->full);
}

/* Does a client that uses an id again no longer wait for what had it? */
static bool id_is_taken(unsigned proto)
{
	return proto == MESSAGE_RADIUS || proto == MESSAGE_DHCP ||
	       proto == MESSAGE_DHCPV6 || proto == MESSAGE_COAP;
}

struct request *asked_sent_again(struct asked *a)
{
	const struct message *m = &a->feed.next;
	struct request *q = m->msg_id == -1 ? NULL : asked_open_of(a, m);

	if (!q || is_again(a, q))
		return q;
	if (id_is_taken(m->proto)) {
		q->id = GIVEN_UP;
		q->aside = true;
	}
	return NULL;
}
