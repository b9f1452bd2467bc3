/* Fuzz target: packed messages (store/message_pack.c).  What can be unpacked is
 * packed again, and comes back the same. */
#include <stdlib.h>
#include <string.h>

#include "store/message_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct message got[MESSAGE_BLOCK], again[MESSAGE_BLOCK];

static size_t unpack(const struct message_block *b, struct message *out)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_runs; i++) {
		if (message_block_run(b, &b->runs[i], out + n))
			return 0;
		n += b->runs[i].n;
	}
	return n;
}

static int same(const struct message *a, const struct message *b)
{
	if (!a->name != !b->name || (a->name && strcmp(a->name, b->name) != 0))
		return 0;
	return a->off == b->off && a->len == b->len &&
	       a->first_frame == b->first_frame &&
	       a->last_frame == b->last_frame && a->first_ns == b->first_ns &&
	       a->last_ns == b->last_ns && a->msg_id == b->msg_id &&
	       a->status == b->status && a->part == b->part &&
	       a->dir == b->dir && a->proto == b->proto && a->kind == b->kind &&
	       a->flags == b->flags;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_block b, c;
	struct buf packed = { 0 };
	size_t n;

	if (message_block_open(&b, data, size))
		return 0;
	n = unpack(&b, got);
	messages_pack(got, n, &packed);
	if (message_block_open(&c, packed.at, packed.n) ||
	    unpack(&c, again) != n)
		abort();
	for (size_t i = 0; i < n; i++)
		if (!same(&got[i], &again[i]))
			abort();
	message_block_release(&c);
	message_block_release(&b);
	buf_release(&packed);
	return 0;
}
