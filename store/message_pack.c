/* Messages to bytes and back.
 *
 * Invariants: packing and unpacking restores every number exactly (all deltas
 * are modulo 2^64).  Bytes from a case are hostile: counts are checked against
 * the bytes that are left before memory is taken (an entry takes at least one
 * byte), sizes add up to the block, which has MESSAGE_BLOCK_BYTES at most, or
 * it is refused.
 *
 * The shape byte: bit 0 direction; bits 1 to 3 kind; then bits for fields that
 * are as expected and so omitted: the protocol of the last message, last frame
 * = first frame (and time), status 0, no flags.
 */
#include "store/message_pack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/htab.h"
#include "base/mem.h"

enum shape {
	SHAPE_DIR = 0x01,
	SHAPE_KIND = 0x0e, /* << 1 */
	SHAPE_SAME_PROTO = 0x10,
	SHAPE_ONE_FRAME = 0x20,
	SHAPE_GOOD = 0x40,
	SHAPE_PLAIN = 0x80,
};

/* What the next message of a part is compared with. */
struct last {
	uint64_t frame, end[2];
	int64_t time_ns, msg_id;
	uint8_t proto;
};

static int64_t delta(uint64_t now, uint64_t before)
{
	return (int64_t)(now - before);
}

/* --- packing --- */

struct names {
	struct htab table;
	const struct message *m;
	uint32_t *first; /* by number of name: the first message that has it */
	size_t n;
};

/* Return: 1 + the name's number. */
static uint64_t name_number(struct names *s, uint32_t message)
{
	const char *name = s->m[message].name;
	uint64_t hash = XXH3_64bits(name, strlen(name));
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&s->table, hash, &pos)) != HTAB_NONE)
		if (!strcmp(s->m[s->first[i]].name, name))
			return i + 1u;
	s->first[s->n] = message;
	htab_put(&s->table, hash, (uint32_t)s->n);
	return ++s->n;
}

static void pack_one(const struct message *m, uint64_t name, struct last *last,
		     struct buf *out)
{
	bool one = m->last_frame == m->first_frame && m->last_ns == m->first_ns;

	buf_u8(out, (uint8_t)((m->dir & 1) | (m->kind << 1 & SHAPE_KIND) |
			      (m->proto == last->proto ? SHAPE_SAME_PROTO : 0) |
			      (one ? SHAPE_ONE_FRAME : 0) |
			      (m->status ? 0 : SHAPE_GOOD) |
			      (m->flags ? 0 : SHAPE_PLAIN)));
	if (m->proto != last->proto)
		buf_u8(out, m->proto);
	if (m->flags)
		buf_u8(out, m->flags);
	buf_zigzag(out, delta(m->off, last->end[m->dir & 1]));
	buf_varint(out, m->len);
	buf_zigzag(out, delta(m->first_frame, last->frame));
	buf_zigzag(out, delta((uint64_t)m->first_ns, (uint64_t)last->time_ns));
	if (!one) {
		buf_zigzag(out, delta(m->last_frame, m->first_frame));
		buf_zigzag(out,
			   delta((uint64_t)m->last_ns, (uint64_t)m->first_ns));
	}
	buf_zigzag(out, delta((uint64_t)m->msg_id, (uint64_t)last->msg_id));
	if (m->status)
		buf_zigzag(out, m->status);
	buf_varint(out, name);
	last->proto = m->proto;
	last->end[m->dir & 1] = m->off + m->len;
	last->frame = m->last_frame;
	last->time_ns = m->last_ns;
	last->msg_id = m->msg_id;
}

static struct last last_of(uint64_t frame, int64_t time_ns)
{
	return (struct last){ .frame = frame,
			      .time_ns = time_ns,
			      .proto = UINT8_MAX };
}

static void pack_names(const struct names *s, struct buf *out)
{
	buf_varint(out, s->n);
	for (size_t i = 0; i < s->n; i++) {
		const char *name = s->m[s->first[i]].name;
		size_t n = strlen(name);

		buf_varint(out, n);
		buf_bytes(out, name, n);
	}
}

void messages_pack(const struct message *m, size_t n, struct buf *out)
{
	struct names names = { .m = m };
	struct buf dir = { 0 }, body = { 0 };
	struct last last = { 0 };
	uint32_t part = 0;
	size_t runs = 0, begin = 0;

	names.first = mem_zalloc(n + 1, sizeof *names.first);
	for (size_t i = 0, k = 0; i < n; i++) {
		if (i == k) { /* a part begins: find its end */
			for (k = i; k < n && m[k].part == m[i].part; k++)
				;
			last = last_of(m[0].first_frame, m[0].first_ns);
			buf_varint(&dir, m[i].part - part);
			buf_varint(&dir, k - i);
			part = m[i].part;
			begin = body.n;
			runs++;
		}
		pack_one(&m[i],
			 m[i].name ? name_number(&names, (uint32_t)i) : 0,
			 &last, &body);
		if (i + 1 == k)
			buf_varint(&dir, body.n - begin);
	}
	pack_names(&names, out);
	buf_varint(out, n ? m[0].first_frame : 0);
	buf_zigzag(out, n ? m[0].first_ns : 0);
	buf_varint(out, runs);
	if (n) {
		buf_bytes(out, dir.at, dir.n);
		buf_bytes(out, body.at, body.n);
	}
	buf_release(&dir);
	buf_release(&body);
	free(names.first);
	htab_release(&names.table);
}

/* --- unpacking --- */

static int open_names(struct message_block *b, struct cursor *in)
{
	uint64_t n = cursor_varint(in);
	char *to;

	if (in->bad || n > MESSAGE_BLOCK || n > cursor_left(in))
		return -1;
	b->names = mem_zalloc(n + 1, sizeof *b->names);
	b->n_names = (size_t)n;
	/* a length's byte makes room for a terminator */
	b->text = to = mem_alloc(cursor_left(in) + 1);
	for (size_t i = 0; i < n; i++) {
		uint64_t size = cursor_varint(in);
		const uint8_t *p;

		if (in->bad || size > MESSAGE_NAME)
			return -1;
		p = cursor_take(in, (size_t)size);
		if (!p)
			return -1;
		b->names[i] = to;
		memcpy(to, p, (size_t)size);
		to += size;
		*to++ = '\0';
	}
	return 0;
}

static int open_runs(struct message_block *b, struct cursor *in)
{
	uint64_t n = cursor_varint(in), part = 0, all = 0, bytes = 0;

	if (in->bad || n > MESSAGE_BLOCK || n > cursor_left(in))
		return -1;
	b->runs = mem_zalloc(n + 1, sizeof *b->runs);
	b->n_runs = (size_t)n;
	for (size_t i = 0; i < n; i++) {
		uint64_t step = cursor_varint(in), count = cursor_varint(in);
		uint64_t size = cursor_varint(in);

		part += step;
		all += count;
		if (in->bad || (i && !step) || step > UINT32_MAX ||
		    part > UINT32_MAX || !count || count > MESSAGE_BLOCK ||
		    all > MESSAGE_BLOCK || size > SIZE_MAX / 2)
			return -1;
		b->runs[i] = (struct message_run){ (uint32_t)part,
						   (uint32_t)count,
						   (size_t)bytes,
						   (size_t)size };
		bytes += size;
		if (bytes > SIZE_MAX / 2)
			return -1;
	}
	return in->bad || bytes != cursor_left(in) ? -1 : 0;
}

int message_block_open(struct message_block *b, const uint8_t *p, size_t n)
{
	struct cursor in = cursor_of(p, n);

	*b = (struct message_block){ 0 };
	if (n > MESSAGE_BLOCK_BYTES || open_names(b, &in))
		goto bad;
	b->frame = cursor_varint(&in);
	b->time_ns = cursor_zigzag(&in);
	if (open_runs(b, &in))
		goto bad;
	b->data = in.at;
	return 0;
bad:
	message_block_release(b);
	return -1;
}

void message_block_release(struct message_block *b)
{
	free(b->text);
	free(b->names);
	free(b->runs);
	*b = (struct message_block){ 0 };
}

static uint64_t plus(uint64_t before, struct cursor *in)
{
	return before + (uint64_t)cursor_zigzag(in);
}

/* Return: the name's number from 1 on, 0: none; more: bad bytes. */
static uint64_t unpack_one(struct cursor *in, struct last *last,
			   struct message *m)
{
	uint8_t shape = cursor_u8(in);

	m->dir = shape & SHAPE_DIR;
	m->kind = (uint8_t)((shape & SHAPE_KIND) >> 1);
	m->proto = shape & SHAPE_SAME_PROTO ? last->proto : cursor_u8(in);
	m->flags = shape & SHAPE_PLAIN ? 0 : cursor_u8(in);
	m->off = plus(last->end[m->dir], in);
	m->len = cursor_varint(in);
	m->first_frame = m->last_frame = plus(last->frame, in);
	m->first_ns = m->last_ns = (int64_t)plus((uint64_t)last->time_ns, in);
	if (!(shape & SHAPE_ONE_FRAME)) {
		m->last_frame = plus(m->first_frame, in);
		m->last_ns = (int64_t)plus((uint64_t)m->first_ns, in);
	}
	m->msg_id = (int64_t)plus((uint64_t)last->msg_id, in);
	m->status = shape & SHAPE_GOOD ? 0 : cursor_zigzag(in);
	last->proto = m->proto;
	last->end[m->dir] = m->off + m->len;
	last->frame = m->last_frame;
	last->time_ns = m->last_ns;
	last->msg_id = m->msg_id;
	return cursor_varint(in);
}

const struct message_run *message_block_find(const struct message_block *b,
					     uint32_t part)
{
	size_t at = 0;

	for (size_t n = b->n_runs; n;) {
		size_t half = n / 2;
		bool below = b->runs[at + half].part < part;

		at += below ? half + 1 : 0; /* no branch: unpredictable */
		n = below ? n - half - 1 : half;
	}
	return at < b->n_runs && b->runs[at].part == part ? &b->runs[at] : NULL;
}

int message_block_run(const struct message_block *b,
		      const struct message_run *run, struct message *out)
{
	struct cursor in = cursor_of(b->data + run->at, run->size);
	struct last last = last_of(b->frame, b->time_ns);

	for (uint32_t k = 0; k < run->n; k++) {
		struct message *m = &out[k];
		uint64_t name;

		*m = (struct message){ .part = run->part };
		name = unpack_one(&in, &last, m);
		if (in.bad || name > b->n_names || m->proto >= MESSAGE_PROTOS ||
		    m->kind >= MESSAGE_KINDS)
			return -1;
		m->name = name ? b->names[name - 1] : NULL;
	}
	return cursor_left(&in) ? -1 : 0;
}
