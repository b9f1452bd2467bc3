/* Packs messages, in the order in which they became complete, into blocks.
 *
 * reads:  struct message    writes: struct message_block_row and block bytes
 *
 * Collects up to MESSAGE_WINDOW messages, then sorts them by lane and part and
 * packs them.  A block never holds two lanes; ICMP errors have blocks of
 * their own, and so has what ARP says, as they are read separately.
 */
#pragma once

#include "base/buf.h"
#include "capture/message.h"
#include "store/store.h"

#define MESSAGE_WINDOW (32 * 1024)

struct message_window;

/* @row->file is 0; @bytes may be taken over (then emptied). */
typedef void message_window_out(void *ctx, uint8_t lane,
				const struct message_block_row *row,
				struct buf *bytes);

struct message_window *message_window_new(message_window_out *out, void *ctx);
/* Copies @m; a name is cut at MESSAGE_NAME bytes. */
void message_window_add(struct message_window *w, const struct message *m,
			uint8_t lane);
void message_window_flush(struct message_window *w);
void message_window_free(struct message_window *w); /* drops what was not
						     * flushed */
