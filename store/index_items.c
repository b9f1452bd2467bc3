/* What a file's worker hands to the writer: items on the queue.
 *
 * Blocks, shelves of parts and blocks of messages are handed over as soon as they
 * are packed; an item owns their bytes, unless these stay in memory where they
 * are (store/kept.c).
 */
#include <stdlib.h>

#include "base/mem.h"
#include "store/index_worker.h"

void item_free(struct item *item)
{
	if (!item)
		return;
	if (!item->kept)
		buf_release(&item->data);
	free(item);
}

static struct item *item_new(const struct worker *w, enum item_kind kind)
{
	struct item *item = mem_zalloc(1, sizeof *item);

	item->kind = kind;
	item->input = w->number;
	return item;
}

static void item_put(struct worker *w, struct item *item)
{
	if (!queue_put(w->q, item))
		item_free(item);
}

void item_put_parts(void *ctx, uint8_t lane, uint32_t first, struct buf *shelf,
		    bool kept)
{
	struct worker *w = ctx;
	struct item *item = item_new(w, ITEM_PARTS);

	item->lane = lane;
	item->first_part = first;
	item->data = *shelf;
	item->kept = kept;
	*shelf = (struct buf){ 0 };
	item_put(w, item);
}

void item_put_block(void *ctx, uint8_t lane, const struct block_row *row,
		    struct buf *bytes, bool kept)
{
	struct worker *w = ctx;
	struct item *item = item_new(w, ITEM_BLOCK);

	item->lane = lane;
	item->row = *row;
	item->data = *bytes;
	item->kept = kept;
	*bytes = (struct buf){ 0 };
	item_put(w, item);
}

void item_put_messages(void *ctx, uint8_t lane,
		       const struct message_block_row *row, struct buf *bytes)
{
	struct worker *w = ctx;
	struct item *item = item_new(w, ITEM_MESSAGES);

	item->lane = lane;
	item->messages = *row;
	item->data = *bytes;
	*bytes = (struct buf){ 0 };
	item_put(w, item);
}
