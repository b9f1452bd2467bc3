/* The window of messages.  See the header; memory is MESSAGE_WINDOW times a
 * message and its name, at most some 10 MB. */
#include "store/message_window.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/message_pack.h"

struct waiting {
	struct message m;
	uint32_t place; /* order of coming */
	uint8_t lane, icmp;
};

struct message_window {
	struct VEC(struct waiting) at;
	struct arena names;
	struct message *sorted; /* of one block */
	message_window_out *out;
	void *ctx;
};

struct message_window *message_window_new(message_window_out *out, void *ctx)
{
	struct message_window *w = mem_zalloc(1, sizeof *w);

	w->out = out;
	w->ctx = ctx;
	return w;
}

static char *name_copy(struct message_window *w, const char *name)
{
	size_t n = strnlen(name, MESSAGE_NAME);
	char *copy = arena_alloc(&w->names, n + 1);

	memcpy(copy, name, n);
	return copy;
}

void message_window_add(struct message_window *w, const struct message *m,
			uint8_t lane)
{
	struct waiting *x = VEC_PUSH(&w->at);

	x->m = *m;
	x->m.name = m->name ? name_copy(w, m->name) : NULL;
	x->place = (uint32_t)(w->at.n - 1);
	x->lane = lane;
	x->icmp = m->proto == MESSAGE_ICMP || m->proto == MESSAGE_ICMPV6;
	if (w->at.n == MESSAGE_WINDOW)
		message_window_flush(w);
}

static int by_part(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;

	if (x->lane != y->lane)
		return x->lane < y->lane ? -1 : 1;
	if (x->icmp != y->icmp)
		return x->icmp < y->icmp ? -1 : 1;
	if (x->m.part != y->m.part)
		return x->m.part < y->m.part ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static void put_block(struct message_window *w, const struct waiting *x,
		      size_t n)
{
	struct message_block_row row = {
		.part_min = x[0].m.part,
		.part_max = x[n - 1].m.part,
		.n = (uint32_t)n,
	};
	struct buf bytes = { 0 };

	for (size_t i = 0; i < n; i++) {
		w->sorted[i] = x[i].m;
		row.protos |= 1u << x[i].m.proto;
	}
	messages_pack(w->sorted, n, &bytes);
	w->out(w->ctx, x[0].lane, &row, &bytes);
	buf_release(&bytes);
}

void message_window_flush(struct message_window *w)
{
	size_t from = 0;

	if (!w->at.n)
		return;
	if (!w->sorted)
		w->sorted = mem_zalloc(MESSAGE_BLOCK, sizeof *w->sorted);
	qsort(w->at.at, w->at.n, sizeof *w->at.at, by_part);
	for (size_t i = 1; i <= w->at.n; i++) {
		const struct waiting *x = &w->at.at[from];

		if (i < w->at.n && i - from < MESSAGE_BLOCK &&
		    w->at.at[i].lane == x->lane && w->at.at[i].icmp == x->icmp)
			continue;
		put_block(w, x, i - from);
		from = i;
	}
	w->at.n = 0;
	arena_release(&w->names);
}

void message_window_free(struct message_window *w)
{
	if (!w)
		return;
	VEC_FREE(&w->at);
	arena_release(&w->names);
	free(w->sorted);
	free(w);
}
