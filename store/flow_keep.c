/* What pairing knows of the flows of a temporary case, kept in memory.
 *
 * What: a flow's row mostly is no more than the number of its part, and whoever
 * reads it unpacks the part: of a session of few packets a twentieth of all
 * work.  But pairing has just had all of it at hand.  So flows that are a part
 * as it stands, of IPv4 and outside of tunnels, stay here in 64 bytes each, one
 * cache line.  All others are read from their rows, which are in the database
 * in any case.
 *
 * Memory: 64 bytes for each flow up to KEEP_FLOWS, while pairing itself, which
 * takes four times as much, ends.
 */
#include "store/flow_keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/mem.h"

#define KEEP_FLOWS ((size_t)2 << 20)
#define V4_AT 12 /* in an address */

struct outline {
	int64_t part; /* 0: the flow is not kept */
	int64_t first_ns, last_ns;
	uint32_t packets[2], bytes[2];
	uint8_t addr[2][4];
	uint16_t port[2];
	uint16_t mss[2];
	int8_t wscale[2];
	uint8_t proto, role, point;
	uint8_t ts, syn; /* bits, by sender */
};
_Static_assert(sizeof(struct outline) == 64, "a cache line");

struct flow_keep {
	struct outline *at; /* by id - 1; owned */
	size_t n;
};

struct flow_keep *flow_keep_new(void)
{
	return mem_zalloc(1, sizeof(struct flow_keep));
}

void flow_keep_free(struct flow_keep *k)
{
	if (!k)
		return;
	free(k->at);
	free(k);
}

void flow_keep_begin(struct flow_keep *k, size_t n)
{
	free(k->at);
	k->n = n < KEEP_FLOWS ? n : KEEP_FLOWS;
	k->at = k->n ? mem_alloc_large(k->n * sizeof *k->at) : NULL;
}

static struct outline *outline_of(const struct flow_keep *k, int64_t id)
{
	return id >= 1 && (uint64_t)id <= k->n ? &k->at[id - 1] : NULL;
}

void flow_keep_fetch(const struct flow_keep *k, int64_t id)
{
	const struct outline *o = outline_of(k, id);

	if (o)
		fetch_first(o);
}

int64_t flow_keep_part(const struct flow_keep *k, int64_t id)
{
	const struct outline *o = outline_of(k, id);

	return o ? o->part : 0;
}

static bool fits(const struct flow_row *f)
{
	for (int d = 0; d < 2; d++)
		if (f->packets[d] > UINT32_MAX || f->bytes[d] > UINT32_MAX)
			return false;
	return f->as_part && f->n_parts == 1 && !f->tunnel && f->point > 0 &&
	       f->point <= UINT8_MAX && net_addr_is_v4(&f->client.addr) &&
	       net_addr_is_v4(&f->server.addr);
}

void flow_keep_put(struct flow_keep *k, const struct flow_row *f)
{
	struct outline *o = outline_of(k, f->id);

	if (!o)
		return;
	if (!fits(f)) {
		o->part = 0;
		return;
	}
	*o = (struct outline){ .part = f->parts->part,
			       .first_ns = f->first_ns,
			       .last_ns = f->last_ns,
			       .port = { f->client.port, f->server.port },
			       .proto = f->proto,
			       .role = (uint8_t)f->role,
			       .point = (uint8_t)f->point };
	memcpy(o->addr[0], f->client.addr.b + V4_AT, 4);
	memcpy(o->addr[1], f->server.addr.b + V4_AT, 4);
	for (int d = 0; d < 2; d++) {
		o->packets[d] = (uint32_t)f->packets[d];
		o->bytes[d] = (uint32_t)f->bytes[d];
		o->mss[d] = f->end[d].mss;
		o->wscale[d] = f->end[d].wscale;
		o->ts |= (uint8_t)(f->end[d].ts << d);
		o->syn |= (uint8_t)(f->end[d].syn << d);
	}
}

void flow_keep_drop(struct flow_keep *k, int64_t id)
{
	struct outline *o = outline_of(k, id);

	if (o)
		o->part = 0;
}

bool flow_keep_get(const struct flow_keep *k, int64_t id, struct flow_row *out)
{
	const struct outline *o = outline_of(k, id);

	if (!o || !o->part)
		return false;
	out->point = o->point;
	out->proto = o->proto;
	out->tunnel = 0;
	out->role = (enum role)o->role;
	out->client = (struct net_end){ net_addr_v4(o->addr[0]), o->port[0] };
	out->server = (struct net_end){ net_addr_v4(o->addr[1]), o->port[1] };
	out->first_ns = o->first_ns;
	out->last_ns = o->last_ns;
	for (int d = 0; d < 2; d++) {
		out->packets[d] = o->packets[d];
		out->bytes[d] = o->bytes[d];
		out->end[d] = (struct flow_end){ .mss = o->mss[d],
						 .wscale = o->wscale[d],
						 .ts = o->ts >> d & 1,
						 .syn = o->syn >> d & 1 };
	}
	out->as_part = true;
	out->n_parts = 1;
	out->parts = mem_alloc(sizeof *out->parts);
	*out->parts = (struct flow_part){ .part = o->part };
	return true;
}
