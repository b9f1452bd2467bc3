/* What the fuzz targets of parsers share: bytes into what two sides say.
 *
 * The first byte: bit 0 datagrams, bit 1 without names, bit 2 the beginning was
 * not seen.  Then lines: a head of two bytes, n and how it is said (bit 0
 * direction; bits 1, 2: snapped to a half, a hole before, said twice, an
 * acknowledgement; bit 4: 16 times as long), and n bytes.  What is heard is
 * checked: each message behind the last one of its side, and within what was
 * said.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/decode.h"
#include "capture/talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct talking {
	struct talks *all;
	struct talk_ref ref;
	uint64_t next[2], told[2], acked[2], frame;
	bool udp, middle;
	uint16_t port;
};

static inline void talking_hear(void *ctx, const struct message *m,
				uint32_t lane)
{
	struct talking *k = ctx;

	if (lane || m->dir > 1 || m->proto >= MESSAGE_PROTOS ||
	    m->kind >= MESSAGE_KINDS || m->first_frame > m->last_frame ||
	    m->last_frame > k->frame ||
	    (m->name && strlen(m->name) > MESSAGE_NAME))
		abort();
	(void)message_status_name(m->proto, m->status);
	(void)message_status_is_error(m->proto, m->status);
	if (k->udp)
		return;
	if (m->off < k->told[m->dir] || m->off + m->len > k->next[m->dir])
		abort();
	k->told[m->dir] = m->off + m->len;
}

static inline void talking_say(struct talking *k, unsigned dir, uint64_t off,
			       const uint8_t *p, size_t cap, size_t n)
{
	struct packet packet = {
		.rec = { .frame = ++k->frame,
			 .pay_len = (uint32_t)n,
			 .dir = (uint8_t)dir },
		.key = { .sport = dir ? k->port : 50000,
			 .dport = dir ? 50000 : k->port },
		.payload = p,
		.payload_cap = (uint32_t)cap,
	};
	struct talk_in in = { .p = &packet,
			      .dir = (uint8_t)dir,
			      .off = off,
			      .acked = k->acked[dir],
			      .start = 1ull << 32,
			      .started = !k->middle };

	packet.rec.time_ns = (int64_t)k->frame;
	if (off + n > k->next[dir])
		k->next[dir] = off + n;
	if (talk_deaf(&k->ref))
		return;
	if (k->udp)
		talk_datagram(k->all, &k->ref, &in);
	else
		talk_stream(k->all, &k->ref, &in);
}

static inline void talking_line(struct talking *k, struct cursor *in)
{
	size_t n = cursor_u8(in);
	unsigned how = cursor_u8(in), dir = how & 1;
	uint64_t off = k->next[dir];
	struct cursor line = cursor_sub(in, how & 0x10 ? n * 16 : n);
	size_t len = cursor_left(&line), cap = len;

	switch (how >> 1 & 3) {
	case 1:
		cap /= 2;
		break;
	case 2: /* ahead: what is between may come later */
		off += how >> 5;
		break;
	case 3: /* again, from somewhere before */
		off -= off - (1ull << 32) < (how >> 5) * 8u ? 0
							    : (how >> 5) * 8u;
		break;
	default:
		break;
	}
	if (how & 8)
		k->acked[dir] = k->next[dir] + (how >> 5);
	/* exactly as large as it may be read */
	uint8_t *copy = malloc(cap ? cap : 1);
	const uint8_t *p = cursor_take(&line, len);

	if (!copy)
		abort();
	if (cap)
		memcpy(copy, p, cap);
	talking_say(k, dir, off, copy, cap, len);
	free(copy);
}

static inline int talking_run(uint16_t port, const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(data, size);
	uint8_t how = cursor_u8(&in);
	struct talking k = {
		.udp = how & 1,
		.middle = how & 4,
		.port = port,
		.next = { 1ull << 32, 1ull << 32 },
	};

	k.all = talks_new(!(how & 2), talking_hear, &k);
	while (cursor_left(&in) >= 2)
		talking_line(&k, &in);
	talk_end(k.all, &k.ref);
	talks_free(k.all);
	return 0;
}
