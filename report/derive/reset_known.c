/* See the header.
 *
 * A server counts for the first client that asks something and is answered: the hosts
 * that a monitor polls answer nobody else on that port.  A server that speaks first (SSH,
 * SMTP) does so to a scan, too.
 *
 * Cost: a look-up for each session.  Memory: 64 bytes for each server.
 */
#include "report/derive/reset_known.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t key_of(const struct net_addr *a, uint16_t port)
{
	return XXH3_64bits_withSeed(a->b, sizeof a->b, port);
}

static struct answering *find(const struct known_servers *k,
			      const struct net_end *server)
{
	uint64_t hash = key_of(&server->addr, server->port);
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&k->of, hash, &pos)) != HTAB_NONE)
		if (!net_end_cmp(&k->at.at[i].server, server))
			return &k->at.at[i];
	return NULL;
}

void known_add(struct known_servers *k, const struct session_view *v)
{
	const struct flow_view *f = &v->flow[session_near_flow(v, 1)];
	struct answering *x = find(k, &f->row.server);

	if (!x) {
		htab_put(&k->of,
			 key_of(&f->row.server.addr, f->row.server.port),
			 (uint32_t)k->at.n);
		x = VEC_PUSH(&k->at);
		*x = (struct answering){ .server = f->row.server };
	}
	x->sessions++;
	x->answered += f->dir[1].bytes > 0;
	if (f->dir[1].bytes && f->dir[0].bytes && !x->asked) {
		x->asked = true;
		x->client = f->row.client.addr;
	}
}

uint64_t known_accepts(const struct known_servers *k,
		       const struct net_end *server, uint64_t refused)
{
	const struct answering *x = find(k, server);

	return x && x->answered && x->sessions > refused ? x->sessions - refused
							 : 0;
}

static void count(struct known_servers *k)
{
	k->counted = true;
	for (size_t i = 0; i < k->at.n; i++) {
		const struct answering *x = &k->at.at[i];
		uint64_t hash = key_of(&x->client, x->server.port);
		uint32_t at = x->asked ? htab_first(&k->of_client, hash) : 0;

		if (!x->asked)
			continue;
		if (at == HTAB_NONE) {
			at = (uint32_t)k->count.n;
			*VEC_PUSH(&k->count) = 0;
			htab_put(&k->of_client, hash, at);
		}
		k->count.at[at]++;
	}
}

size_t known_answer(struct known_servers *k, const struct net_addr *client,
		    uint16_t port)
{
	uint32_t at;

	if (!k->counted)
		count(k);
	at = htab_first(&k->of_client, key_of(client, port));
	return at == HTAB_NONE ? 0 : k->count.at[at];
}

void known_free(struct known_servers *k)
{
	VEC_FREE(&k->at);
	VEC_FREE(&k->count);
	htab_release(&k->of);
	htab_release(&k->of_client);
}
