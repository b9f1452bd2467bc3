/* The window of messages.  See the header; memory is MESSAGE_WINDOW times a
 * message and its name, at most some 10 MB. */
#include "store/message_window.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fetch.h"
#include "store/message_pack.h"
#include "store/slots.h"

/* Order in a block, as one number: lane, kind of block, part, order of coming. */
#define PLACE_BITS 15
#define PART_SHIFT PLACE_BITS
#define BLOCK_SHIFT (PART_SHIFT + 32)
#define LANE_SHIFT (BLOCK_SHIFT + 2)
#define FETCH_AHEAD 16 /* messages */
#define KEY_END (LANE_SHIFT + 8)
_Static_assert(MESSAGE_PROTOS <= 32, "a bit for each");
_Static_assert(MESSAGE_WINDOW == 1 << PLACE_BITS, "a place fits");

struct message_window {
	struct VEC(struct message) at;
	struct VEC(uint64_t) keys;
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
	/* allocated at once: growing would copy megabytes, and unused pages are
	 * never touched */
	w->at.at = mem_grow(NULL, &w->at.cap, MESSAGE_WINDOW, sizeof *w->at.at);
	w->keys.at = mem_grow(NULL, &w->keys.cap, MESSAGE_WINDOW,
			      sizeof *w->keys.at);
	return w;
}

static char *name_copy(struct message_window *w, const char *name)
{
	size_t n = strnlen(name, MESSAGE_NAME);
	char *copy = arena_alloc(&w->names, n + 1);

	memcpy(copy, name, n);
	return copy;
}

/* What is read separately has blocks of its own. */
static unsigned block_kind(unsigned proto)
{
	switch (proto) {
	case MESSAGE_ICMP:
	case MESSAGE_ICMPV6:
		return 1;
	case MESSAGE_ARP:
	case MESSAGE_NDP:
		return 2;
	default:
		return 0;
	}
}

void message_window_add(struct message_window *w, const struct message *m,
			uint8_t lane)
{
	struct message *x = VEC_PUSH(&w->at);
	uint64_t block = block_kind(m->proto);

	*x = *m;
	x->name = m->name ? name_copy(w, m->name) : NULL;
	*VEC_PUSH(&w->keys) = (uint64_t)lane << LANE_SHIFT |
			      block << BLOCK_SHIFT |
			      (uint64_t)m->part << PART_SHIFT | (w->at.n - 1);
	if (w->at.n == MESSAGE_WINDOW)
		message_window_flush(w);
}

/* Sorted, messages lie all over the window, and their names elsewhere. */
static void fetch_ahead(const struct message_window *w, const uint64_t *key,
			size_t i, size_t n)
{
	const struct message *m;

	if (i + FETCH_AHEAD < n)
		fetch_line(
			&w->at.at[key[i + FETCH_AHEAD] & (MESSAGE_WINDOW - 1)]);
	if (i + FETCH_AHEAD / 2 >= n)
		return;
	m = &w->at.at[key[i + FETCH_AHEAD / 2] & (MESSAGE_WINDOW - 1)];
	if (m->name)
		fetch_line(m->name);
}

static void put_block(struct message_window *w, const uint64_t *key, size_t n)
{
	struct message_block_row row = { .n = (uint32_t)n };
	struct buf bytes = { 0 };

	for (size_t i = 0; i < n; i++) {
		fetch_ahead(w, key, i, n);
		w->sorted[i] = w->at.at[key[i] & (MESSAGE_WINDOW - 1)];
		row.protos |= 1u << w->sorted[i].proto;
	}
	row.part_min = w->sorted[0].part;
	row.part_max = w->sorted[n - 1].part;
	messages_pack(w->sorted, n, &bytes);
	w->out(w->ctx, (uint8_t)(key[0] >> LANE_SHIFT), &row, &bytes);
	buf_release(&bytes);
}

void message_window_flush(struct message_window *w)
{
	size_t n = w->keys.n, from = 0;
	uint64_t *other, *key;

	if (!n)
		return;
	if (!w->sorted)
		w->sorted = mem_zalloc(MESSAGE_BLOCK, sizeof *w->sorted);
	other = mem_resize(NULL, n, sizeof *other);
	key = slots_sort(w->keys.at, other, n, PLACE_BITS, KEY_END);
	for (size_t i = 1; i <= n; i++) {
		if (i < n && i - from < MESSAGE_BLOCK &&
		    key[i] >> BLOCK_SHIFT == key[from] >> BLOCK_SHIFT)
			continue;
		put_block(w, &key[from], i - from);
		from = i;
	}
	free(other);
	w->at.n = w->keys.n = 0;
	arena_release(&w->names);
}

void message_window_free(struct message_window *w)
{
	if (!w)
		return;
	VEC_FREE(&w->at);
	VEC_FREE(&w->keys);
	arena_release(&w->names);
	free(w->sorted);
	free(w);
}
