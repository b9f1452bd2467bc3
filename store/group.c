/* Groups as rows; see the header.
 *
 * Hostile bytes: histograms check themselves, parts must not be negative, the
 * top list is bounded.
 */
#include "store/group.h"

#include <stdlib.h>
#include <string.h>

#include "store/store_int.h"

int64_t group_total(const struct group *g)
{
	int64_t sum = 0;

	for (int p = 0; p < TIME_PARTS; p++)
		sum += g->part[p];
	return sum;
}

static bool before(const struct group_top *a, const struct group_top *b)
{
	if (a->value_ns != b->value_ns)
		return a->value_ns > b->value_ns;
	return a->session != b->session ? a->session < b->session : a->n < b->n;
}

void group_top_add(struct group *g, const struct group_top *t)
{
	size_t i = g->n_top;

	if (i == GROUP_TOP && !before(t, &g->top[i - 1]))
		return;
	if (i < GROUP_TOP)
		g->n_top++;
	else
		i--;
	for (; i > 0 && before(t, &g->top[i - 1]); i--)
		g->top[i] = g->top[i - 1];
	g->top[i] = *t;
}

void group_merge(struct group *into, const struct group *from)
{
	into->sessions += from->sessions;
	into->exchanges += from->exchanges;
	into->errors += from->errors;
	into->holds += from->holds;
	for (int r = 0; r < REPAIRS; r++)
		into->repairs[r] += from->repairs[r];
	into->nagles += from->nagles;
	into->windows += from->windows;
	into->in_flight_sum += from->in_flight_sum;
	into->bytes += from->bytes;
	for (int p = 0; p < TIME_PARTS; p++)
		time_part_add(&into->part[p], from->part[p]);
	time_part_add(&into->explained_ns, from->explained_ns);
	hist_merge(&into->total, &from->total);
	hist_merge(&into->server, &from->server);
	hist_merge(&into->hold, &from->hold);
	for (size_t i = 0; i < from->n_top; i++)
		group_top_add(into, &from->top[i]);
}

void group_release(struct group *g)
{
	free(g->key);
	hist_release(&g->total);
	hist_release(&g->server);
	hist_release(&g->hold);
	*g = (struct group){ 0 };
}

void group_pack(const struct group *g, struct buf *out)
{
	const uint64_t count[] = { g->sessions,   g->exchanges,
				   g->errors,     g->holds,
				   g->repairs[0], g->repairs[1],
				   g->repairs[2], g->nagles,
				   g->windows,    g->in_flight_sum,
				   g->bytes,      (uint64_t)g->explained_ns };

	for (size_t i = 0; i < sizeof count / sizeof *count; i++)
		buf_varint(out, count[i]);
	for (int p = 0; p < TIME_PARTS; p++)
		buf_varint(out, (uint64_t)time_part(g->part[p]));
	hist_pack(&g->total, out);
	hist_pack(&g->server, out);
	hist_pack(&g->hold, out);
	buf_varint(out, g->n_top);
	for (size_t i = 0; i < g->n_top; i++) {
		buf_varint(out, (uint64_t)g->top[i].value_ns);
		buf_varint(out, (uint64_t)g->top[i].session);
		buf_varint(out, g->top[i].n);
	}
}

int group_unpack(struct group *g, struct cursor *in)
{
	uint64_t *count[] = { &g->sessions,      &g->exchanges,  &g->errors,
			      &g->holds,         &g->repairs[0], &g->repairs[1],
			      &g->repairs[2],    &g->nagles,     &g->windows,
			      &g->in_flight_sum, &g->bytes };

	for (size_t i = 0; i < sizeof count / sizeof *count; i++)
		*count[i] = cursor_varint(in);
	g->explained_ns = (int64_t)cursor_varint(in);
	for (int p = 0; p < TIME_PARTS; p++) {
		g->part[p] = (int64_t)cursor_varint(in);
		if (g->part[p] < 0 || g->part[p] > TIME_PART_MAX)
			return -1;
	}
	if (hist_unpack(&g->total, in) || hist_unpack(&g->server, in) ||
	    hist_unpack(&g->hold, in))
		return -1;
	g->n_top = cursor_varint(in);
	if (in->bad || g->n_top > GROUP_TOP || g->explained_ns < 0)
		return -1;
	for (size_t i = 0; i < g->n_top; i++) {
		g->top[i].value_ns = (int64_t)cursor_varint(in);
		g->top[i].session = (int64_t)cursor_varint(in);
		g->top[i].n = (uint32_t)cursor_varint(in);
	}
	return in->bad ? -1 : 0;
}

void store_group_put(struct store *s, const struct group *g)
{
	struct query q = query_put(s, SLOT_GROUP_PUT,
				   "INSERT INTO time_group VALUES(NULL,?,?,?)");
	struct buf data = { 0 };

	group_pack(g, &data);
	query_int(&q, g->kind);
	query_text(&q, g->key);
	query_blob(&q, data.at, data.n);
	query_run(&q);
	buf_release(&data);
}

struct group *store_groups(struct store *s, size_t *n)
{
	struct VEC(struct group) all = { 0 };
	struct query q = query_get(s, SLOT_GROUPS,
				   "SELECT kind,key,data FROM time_group"
				   " ORDER BY kind,id");

	while (query_next(&q)) {
		struct group *g = VEC_PUSH(&all);
		struct cursor in;
		size_t size;
		const uint8_t *p;

		*g = (struct group){ 0 };
		g->kind = (uint8_t)query_col(&q);
		g->key = query_col_words(&q);
		p = query_col_blob(&q, &size);
		in = cursor_of(p, size);
		if (g->kind < GROUP_KINDS && group_unpack(g, &in) == 0)
			continue;
		store_fail_damaged(s, "time_group", (int64_t)all.n);
		group_release(g);
		all.n--;
		break;
	}
	query_end(&q);
	*n = all.n;
	return all.at;
}

void groups_free(struct group *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		group_release(&g[i]);
	free(g);
}
