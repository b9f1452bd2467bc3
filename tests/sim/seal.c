/* What a client says so that nothing of it is found behind the relay: TLS records,
 * or frames as HTTP/2 has them, or these in those.
 *
 * Only lengths and what is in the clear are right: the handshake's first messages,
 * the records' headers.  All else is random bytes, as it would look to others.
 *
 * Both sides say something before the first request (flights).  The client's: its
 * hello, or preface; at once or when it has the answer a second one.  The relay
 * answers each with one.
 */
#include "tests/sim/sim.h"

#include <string.h>

#define HEADER 5 /* of a record */
#define FRAME 9  /* header of a frame */
#define FRAME_MAX 16384

struct out {
	struct rng *r;
	uint8_t *p;
	uint32_t n;
};

static void put(struct out *o, const void *p, uint32_t n)
{
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put_be(struct out *o, uint32_t v, int bytes)
{
	while (bytes--)
		o->p[o->n++] = (uint8_t)(v >> 8 * bytes);
}

static void put_random(struct out *o, uint32_t n)
{
	app_fill(o->r, o->p + o->n, n, 0);
	o->n += n;
}

static void put_record(struct out *o, uint8_t type, uint32_t len)
{
	put_be(o, type, 1);
	put_be(o, 0x0303, 2);
	put_be(o, len, 2);
}

/* Bytes that are sealed, in records. */
static void put_sealed(struct out *o, const struct seal *s, uint32_t n)
{
	while (n) {
		uint32_t k = n < s->record ? n : s->record;

		put_record(o, 23, k + s->tag);
		put_random(o, k + s->tag);
		n -= k;
	}
}

static void put_clear(struct out *o, const struct seal *s, uint32_t n)
{
	if (s->tls)
		put_sealed(o, s, n);
	else
		put_random(o, n);
}

/* --- flights --- */

/* A message of the handshake, with its record. */
static void put_hello(struct out *o, const struct seal *s, bool client)
{
	static const uint8_t name[] = { 0,   0,   0,   16,  0,   14,  0,
					0,   11,  'w', 'w', 'w', '.', 'e',
					'x', 'a', '.', 'o', 'r', 'g' };
	uint32_t pad = client ? (uint32_t)rng_int(o->r, 100, 300) : 0;
	uint32_t ext = (client ? (uint32_t)sizeof name + 4 + pad : 0) +
		       (s->new ? client ? 7 : 6 : 0);
	uint32_t len = 2 + 32 + 33 + (client ? 2u + 8 + 2 : 3u) + 2 + ext;

	put_record(o, 22, len + 4);
	put_be(o, client ? 1 : 2, 1);
	put_be(o, len, 3);
	put_be(o, 0x0303, 2);
	put_random(o, 32);
	put_be(o, 32, 1);
	put_random(o, 32);
	if (client) {
		put_be(o, 8, 2);
		put_be(o, 0x13011302, 4);
		put_be(o, 0xc02fc030, 4);
		put_be(o, 0x0100, 2);
	} else {
		put_be(o, s->new ? 0x1301 : 0xc02f, 2);
		put_be(o, 0, 1);
	}
	put_be(o, ext, 2);
	if (client) {
		put(o, name, sizeof name);
		put_be(o, 21, 2);
		put_be(o, pad, 2);
		memset(o->p + o->n, 0, pad);
		o->n += pad;
	}
	if (s->new) {
		put_be(o, 43, 2);
		put_be(o, client ? 3 : 2, 2);
		if (client)
			put_be(o, 2, 1);
		put_be(o, 0x0304, 2);
	}
}

static void put_message(struct out *o, uint8_t type, uint32_t len)
{
	put_record(o, 22, len + 4);
	put_be(o, type, 1);
	put_be(o, len, 3);
	put_random(o, len);
}

static void put_change(struct out *o)
{
	put_record(o, 20, 1);
	put_be(o, 1, 1);
}

static void put_server_flight(struct out *o, const struct seal *s)
{
	put_hello(o, s, false);
	if (s->new) {
		put_change(o);
		put_record(o, 23, 3000);
		put_random(o, 3000);
		return;
	}
	put_message(o, 11, 2600);
	put_message(o, 14, 0);
}

static void put_finished(struct out *o, const struct seal *s, bool client)
{
	if (!s->new &&client)
		put_message(o, 16, 66);
	if (!s->new && !client)
		put_message(o, 4, 180);
	if (client || !s->new)
		put_change(o);
	if (!s->new) {
		put_record(o, 22, 40);
		put_random(o, 40);
	} else if (client) {
		put_record(o, 23, 53);
		put_random(o, 53);
	} else { /* tickets */
		for (int i = rng_int(o->r, 0, 2); i > 0; i--) {
			put_record(o, 23, 250);
			put_random(o, 250);
		}
	}
}

uint32_t seal_flight(const struct seal *s, struct rng *r, int k, uint8_t *out)
{
	struct out o = { r, out, 0 };

	if (!s->tls)
		return 0;
	switch (k) {
	case 0:
		put_hello(&o, s, true);
		break;
	case 1:
		put_server_flight(&o, s);
		break;
	default:
		put_finished(&o, s, k == 2);
	}
	return o.n;
}

/* Settings and window; to the client: settings and their acknowledgement. */
uint32_t seal_settings(const struct seal *s, struct rng *r, bool client,
		       uint8_t *out)
{
	struct out o = { r, out, 0 };

	if (s->frames)
		put_clear(&o, s, client ? 24 + 9 + 18 + 13 : 9 + 12 + 9);
	return o.n;
}

uint32_t seal_ack(const struct seal *s, struct rng *r, uint8_t *out)
{
	struct out o = { r, out, 0 };

	if (s->frames)
		put_clear(&o, s, FRAME);
	return o.n;
}

uint32_t seal_close(const struct seal *s, struct rng *r, uint8_t *out)
{
	struct out o = { r, out, 0 };

	if (s->tls && s->close) {
		put_record(&o, 21, 2 + s->tag);
		put_random(&o, 2 + s->tag);
	}
	return o.n;
}

/* --- what is asked and told --- */

uint32_t seal_put(const struct seal *s, struct rng *r, uint32_t head,
		  uint32_t body, bool first, uint8_t *out)
{
	struct out o = { r, out, 0 };

	if (s->frames) { /* names of headers once, numbers after that */
		head = FRAME + (uint32_t)rng_int(r, 15, first ? 160 : 60);
		body += (body + FRAME_MAX - 1) / FRAME_MAX * FRAME;
	}
	if (s->split && body) {
		put_clear(&o, s, head);
		put_clear(&o, s, body);
	} else {
		put_clear(&o, s, head + body);
	}
	return o.n;
}
