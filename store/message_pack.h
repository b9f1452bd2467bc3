/* Packed messages: the inside of a row of message_block.
 *
 * reads:  struct message    writes: bytes
 *
 * A block holds the messages of parts in ascending order, each part's in the
 * order in which they became complete, after a directory of the parts and a
 * list of the distinct names:
 *
 *	count of names, (length, bytes) each
 *	frame, time: where the block begins
 *	count of parts, (part less the last one, messages, bytes) each
 *	the parts' messages, each part from the block's beginning on
 *
 * A message is a byte of shape and deltas to the last one of its part: some 12
 * bytes where a row of its own would take 80.
 */
#pragma once

#include "base/buf.h"
#include "base/cursor.h"
#include "capture/message.h"

#define MESSAGE_BLOCK 1024 /* messages in a block, at most */
/* Bytes of one at most: some 300 for a message in which every number is at its
 * largest. */
#define MESSAGE_BLOCK_BYTES (MESSAGE_BLOCK * 512u)

/* Packs @n messages, sorted by part; at most MESSAGE_BLOCK; appends. */
void messages_pack(const struct message *m, size_t n, struct buf *out);

struct message_run { /* of the directory */
	uint32_t part;
	uint32_t n;
	size_t at, size; /* bytes within the block */
};

/* An opened block.  The messages themselves stay in the packed bytes, which
 * must outlive it. */
struct message_block {
	const uint8_t *data; /* where runs begin */
	uint64_t frame;
	int64_t time_ns;
	char *text;               /* all names, each terminated; owned */
	const char **names;       /* owned */
	struct message_run *runs; /* owned; rising by part */
	size_t n_names, n_runs;
};

/* Return: 0, or -1 on bad bytes (nothing to release then). */
int message_block_open(struct message_block *b, const uint8_t *p, size_t n);
void message_block_release(struct message_block *b);
/* The run of @part, or NULL. */
const struct message_run *message_block_find(const struct message_block *b,
					     uint32_t part);
/* Unpacks a run to @out, which has room for its n messages; their names belong
 * to the block.  Return: 0, or -1 on bad bytes. */
int message_block_run(const struct message_block *b,
		      const struct message_run *run, struct message *out);
