/* Ports of fragmented datagrams.
 *
 * Only the first fragment has the transport header.  A table remembers its
 * ports by addresses, protocol, identification, lane and tunnel, so that later
 * fragments become records of the same flow.
 *
 * If the first fragment was not seen (lost before this point, or reordered)
 * only the hosts are known.  If just one flow sent fragments between them in
 * the last FRAG_NS, the fragment is put to that flow; otherwise what another
 * point has of it would seem lost.  If several did, or none, it gets ports 0, a
 * flow of its own, which is what the capture shows.  Pairs of hosts are entries
 * of the same table, marked by HOSTS in the protocol, which no fragment has.
 *
 * Later fragments of a tunnel's packet stay the tunnel's: the inner packet was
 * found in the first fragment, as a record cut where that ends.
 *
 * The table has FRAG_SETS sets of FRAG_WAYS places; in a full set the oldest is
 * replaced, and entries older than FRAG_NS do not count, since identifications
 * are reused (RFC 6864).  Bounded memory, and a pure function of the file.
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

#define HOSTS (1u << 8) /* in frag_key.proto: a pair of hosts */

struct frag_key {
	struct net_addr src, dst;
	uint32_t id, lane, tunnel, proto; /* no padding: compared as bytes */
};

struct frag {
	struct frag_key key;
	int64_t time_ns;
	uint32_t tunnel; /* with the SPI */
	uint16_t sport, dport;
	uint8_t proto, reply, icmp_type;
	bool opened;
	bool used, several; /* of HOSTS: more than one flow */
};

struct frag_table {
	struct frag at[FRAG_SETS][FRAG_WAYS];
};

static struct frag_key key_of(const struct flow_key *k, uint32_t id)
{
	return (struct frag_key){
		.src = k->src,
		.dst = k->dst,
		.id = id,
		.lane = k->lane,
		.tunnel = k->tunnel,
		.proto = k->proto,
	};
}

static struct frag *set_of(struct frag_table *t, const struct frag_key *k)
{
	return t->at[XXH3_64bits(k, sizeof *k) % FRAG_SETS];
}

/* Damaged files may hold any time: avoid signed overflow. */
static bool too_old(const struct frag *f, int64_t now_ns)
{
	return now_ns > f->time_ns &&
	       (uint64_t)now_ns - (uint64_t)f->time_ns > FRAG_NS;
}

static bool holds(const struct frag *f, const struct frag_key *k)
{
	return f->used && !memcmp(&f->key, k, sizeof *k);
}

static struct frag_key hosts_of(const struct flow_key *key)
{
	struct frag_key k = key_of(key, 0);

	k.proto |= HOSTS;
	return k;
}

/* Return: the entry of @k unless too old, or NULL. */
static struct frag *find(struct frag_table *t, const struct frag_key *k,
			 int64_t now_ns)
{
	struct frag *set = set_of(t, k);

	for (int i = 0; i < FRAG_WAYS; i++)
		if (holds(&set[i], k) && !too_old(&set[i], now_ns))
			return &set[i];
	return NULL;
}

static void put(struct frag_table *t, const struct frag *f)
{
	struct frag *set = set_of(t, &f->key), *place = set;

	for (int i = 0; i < FRAG_WAYS; i++) {
		if (holds(&set[i], &f->key) || !set[i].used) {
			place = &set[i];
			break;
		}
		if (set[i].time_ns < place->time_ns)
			place = &set[i];
	}
	*place = *f;
}

static bool same_flow(const struct frag *a, const struct frag *b)
{
	return a->sport == b->sport && a->dport == b->dport &&
	       a->reply == b->reply && a->tunnel == b->tunnel &&
	       a->proto == b->proto && a->opened == b->opened;
}

void frag_learn(struct decoder *d, const struct packet *p,
		const struct flow_key *ip, bool opened)
{
	struct frag f = {
		.key = key_of(ip, p->rec.frag_id),
		.time_ns = p->rec.time_ns,
		.tunnel = p->key.tunnel,
		.proto = p->key.proto,
		.sport = p->key.sport,
		.dport = p->key.dport,
		.reply = p->key.reply,
		.icmp_type = p->rec.icmp_type,
		.opened = opened,
		.used = true,
	};
	const struct frag *hosts;

	if (!d->frags)
		d->frags = mem_zalloc(1, sizeof *d->frags);
	put(d->frags, &f);
	f.key = hosts_of(ip);
	hosts = find(d->frags, &f.key, f.time_ns);
	f.several = hosts && (hosts->several || !same_flow(hosts, &f));
	put(d->frags, &f);
}

bool frag_find(struct decoder *d, struct packet *p)
{
	struct frag_key k = key_of(&p->key, p->rec.frag_id);
	const struct frag *f;

	if (!d->frags)
		return false;
	f = find(d->frags, &k, p->rec.time_ns);
	if (!f) {
		k = hosts_of(&p->key);
		f = find(d->frags, &k, p->rec.time_ns);
	}
	if (!f || f->several)
		return false;
	p->key.tunnel = f->tunnel;
	p->key.proto = f->proto;
	p->key.sport = f->sport;
	p->key.dport = f->dport;
	p->key.reply = f->reply;
	p->rec.icmp_type = f->icmp_type;
	p->tunnel_rest = f->opened;
	return true;
}

void frag_free(struct frag_table *t)
{
	free(t);
}
