/* Ports of fragmented datagrams.
 *
 * Only the first fragment has the transport header.  A table remembers what it
 * said under addresses, protocol, identification, lane and tunnel, so that
 * later ones become records of the same flow.  One that comes before its first
 * (reordered, or the first is missing) gets ports 0: a flow of its own, which
 * is what the capture shows.
 *
 * The table has FRAG_SETS sets of FRAG_WAYS places; the oldest place of a full
 * set is taken, and entries older than FRAG_NS do not count, since numbers come
 * again (RFC 6864).  Bounded memory, and a pure function of the file.
 *
 * Cost: a hash and up to FRAG_WAYS compares, for fragments only.
 */
#include "capture/decode_int.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/mem.h"

#define FRAG_SETS 1024
#define FRAG_WAYS 4
#define FRAG_NS (30 * 1000000000ull)

struct frag_key {
	struct net_addr src, dst;
	uint32_t id, lane, tunnel, proto; /* no padding: compared as bytes */
};

struct frag {
	struct frag_key key;
	int64_t time_ns;
	uint16_t sport, dport;
	uint8_t reply, icmp_type;
	bool used;
};

struct frag_table {
	struct frag at[FRAG_SETS][FRAG_WAYS];
};

static struct frag_key key_of(const struct packet *p)
{
	return (struct frag_key){
		.src = p->key.src,
		.dst = p->key.dst,
		.id = p->rec.frag_id,
		.lane = p->key.lane,
		.tunnel = p->key.tunnel,
		.proto = p->key.proto,
	};
}

static struct frag *set_of(struct frag_table *t, const struct frag_key *k)
{
	return t->at[XXH3_64bits(k, sizeof *k) % FRAG_SETS];
}

/* Clocks of damaged files may be anywhere: no signed overflow. */
static bool too_old(const struct frag *f, int64_t now_ns)
{
	return now_ns > f->time_ns &&
	       (uint64_t)now_ns - (uint64_t)f->time_ns > FRAG_NS;
}

static bool holds(const struct frag *f, const struct frag_key *k)
{
	return f->used && !memcmp(&f->key, k, sizeof *k);
}

void frag_learn(struct decoder *d, const struct packet *p)
{
	struct frag_key k = key_of(p);
	struct frag *set, *place;

	if (!d->frags)
		d->frags = mem_zalloc(1, sizeof *d->frags);
	place = set = set_of(d->frags, &k);
	for (int i = 0; i < FRAG_WAYS; i++) {
		if (holds(&set[i], &k) || !set[i].used) {
			place = &set[i];
			break;
		}
		if (set[i].time_ns < place->time_ns)
			place = &set[i];
	}
	*place = (struct frag){
		.key = k,
		.time_ns = p->rec.time_ns,
		.sport = p->key.sport,
		.dport = p->key.dport,
		.reply = p->key.reply,
		.icmp_type = p->rec.icmp_type,
		.used = true,
	};
}

bool frag_find(struct decoder *d, struct packet *p)
{
	struct frag_key k = key_of(p);
	struct frag *set = d->frags ? set_of(d->frags, &k) : NULL;

	for (int i = 0; set && i < FRAG_WAYS; i++) {
		const struct frag *f = &set[i];

		if (!holds(f, &k) || too_old(f, p->rec.time_ns))
			continue;
		p->key.sport = f->sport;
		p->key.dport = f->dport;
		p->key.reply = f->reply;
		p->rec.icmp_type = f->icmp_type;
		return true;
	}
	return false;
}

void frag_free(struct frag_table *t)
{
	free(t);
}
