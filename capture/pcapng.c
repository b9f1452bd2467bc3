/* pcapng reader.
 *
 * Why not libpcap's: it refuses files with two link types or snap lengths, and
 * merges interfaces silently.
 *
 *   pcapng_next() -> block_at() -> take_block(): packet blocks give a frame,
 *   others change the state; names, secrets and unknown ones are skipped
 *
 * Invariants: the stream stands at the start of a block; `base` is the index in
 * the reader of the section's interface 0, so that interfaces of a later
 * section, whatever their numbers, are never taken for those of an earlier
 * one.  A packet block is read in the stream's buffer, without a copy, and
 * skipped by the next call (`take`), so that frame.data stays valid until then.
 *
 * Damage: a block is good if its length is at least 12 and a multiple of 4, at
 * most READER_BLOCK_MAX (except for those of may_be_long()), and the same at
 * both ends.  Otherwise resync() looks, word by word, for the next place where
 * a block of a known type is good in that sense.  Where the damaged block could
 * have described a section or an interface, reading resumes only at a new
 * section, since interface numbers could mean other interfaces from there on.
 * A file that ends within a block is cut (TROUBLE_CUT_RECORD); one that ends in
 * zeroes was preallocated (TROUBLE_ZERO_TAIL).
 *
 * What packet blocks say is pcapng_packet.c, those of interfaces pcapng_iface.c.
 *
 * Cost: about 10 ns a packet on top of the stream's.
 *
 * Reference: draft-ietf-opsawg-pcapng, section 4.
 */
#include "capture/pcapng_int.h"

#include <stdlib.h>

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define SHB_MIN 28
/* A block that the file does not have all of is cut off by the file's end, unless more
 * than this is left: then its length is wrong. */
#define CUT_MAX (512u * 1024)

/* --- finding blocks --- */

/* Blocks that are read here; the others are skipped. */
static bool is_read(uint32_t type)
{
	return type == PCAPNG_SHB || type == PCAPNG_EPB || type == PCAPNG_IDB ||
	       type == PCAPNG_ISB || type == PCAPNG_SPB || type == PCAPNG_PB;
}

/* Types that may be longer than any packet: names, secrets, journals, and
 * vendors' own blocks. */
static bool may_be_long(uint32_t type)
{
	return type == PCAPNG_NRB || type == PCAPNG_DSB ||
	       type == PCAPNG_JOURNAL || type == PCAPNG_CUSTOM ||
	       type == PCAPNG_CUSTOM_NO_COPY;
}

/* The byte order of the section header block at @p (12 bytes).
 * Return: false where it is none. */
static bool section_order(const uint8_t *p, bool *swap)
{
	uint32_t magic = pcapng_u32(p + 8, false);

	*swap = magic == __builtin_bswap32(BYTE_ORDER_MAGIC);
	return *swap || magic == BYTE_ORDER_MAGIC;
}

/* Fixed part of each type's body. */
static uint32_t body_min(uint32_t type)
{
	switch (type) {
	case PCAPNG_SHB:
		return SHB_MIN - PCAPNG_BLOCK_MIN;
	case PCAPNG_EPB:
	case PCAPNG_PB:
		return PCAPNG_EPB_FIXED;
	case PCAPNG_IDB:
		return 8;
	case PCAPNG_ISB:
		return 12;
	case PCAPNG_SPB:
		return 4;
	default:
		return 0;
	}
}

enum found { FOUND, FOUND_END, FOUND_CUT, FOUND_BAD };

/* The block's type and length, at the stream's position. */
static enum found block_head(struct pcapng *n, struct pcapng_block *b)
{
	const uint8_t *p = stream_peek(n->s, PCAPNG_BLOCK_MIN);

	if (!p)
		return stream_ready(n->s) ? FOUND_CUT : FOUND_END;
	b->type = pcapng_u32(p, n->swap);
	if (b->type == PCAPNG_SHB && !section_order(p, &n->swap))
		return FOUND_BAD;
	b->len = pcapng_u32(p + 4, n->swap);
	if (b->len < PCAPNG_BLOCK_MIN + body_min(b->type) || b->len & 3)
		return FOUND_BAD;
	if (b->len > READER_BLOCK_MAX && !may_be_long(b->type))
		return FOUND_BAD;
	return FOUND;
}

/* The whole block; `at` is NULL if it is too long to be read. */
static enum found block_at(struct pcapng *n, struct pcapng_block *b)
{
	enum found f = block_head(n, b);

	b->at = NULL;
	if (f != FOUND || b->len > READER_BLOCK_MAX)
		return f;
	b->at = stream_peek(n->s, b->len);
	if (!b->at) /* the rest of the file has been read by now */
		return stream_ready(n->s) < CUT_MAX ? FOUND_CUT : FOUND_BAD;
	if (pcapng_u32(b->at + b->len - 4, n->swap) != b->len)
		return FOUND_BAD;
	return FOUND;
}

/* Whether a good block of a common type is at the stream's position. */
static bool plausible(struct pcapng *n)
{
	bool swap = n->swap;
	struct pcapng_block b;
	bool good = block_head(n, &b) == FOUND && is_read(b.type) &&
		    b.len <= CUT_MAX && block_at(n, &b) == FOUND &&
		    (!n->lost || b.type == PCAPNG_SHB);

	if (!good)
		n->swap = swap;
	return good;
}

/* Looks for the next good block.  Return: false where none follows. */
static bool resync(struct pcapng *n, uint32_t type)
{
	uint64_t frame = reader_frames(n->r) + 1;

	reader_trouble(n->r, TROUBLE_BAD_BLOCK, 1, frame, 0);
	if (type == PCAPNG_SHB || type == PCAPNG_IDB)
		n->lost = true;
	do {
		if (stream_skip(n->s, 4) < 4)
			return false;
	} while (!plausible(n) && stream_ready(n->s));
	return stream_ready(n->s) > 0;
}

/* Whether only zeroes follow.  If not, stops at the last of the zeroes. */
static bool zero_tail(struct pcapng *n)
{
	const uint8_t *p;

	while ((p = stream_peek(n->s, 8)) && !pcapng_u32(p + 4, false))
		stream_skip(n->s, 4);
	return !p;
}

/* After a bad block @b.  Return: whether to go on. */
static bool recover(struct pcapng *n, const struct pcapng_block *b)
{
	if (b->type || b->len || !zero_tail(n))
		return resync(n, b->type);
	reader_trouble(n->r, TROUBLE_ZERO_TAIL, 1, reader_frames(n->r) + 1, 0);
	return false;
}

/* --- what blocks say --- */

static void begin_section(struct pcapng *n, const struct pcapng_block *b)
{
	uint16_t major = pcapng_u16(b->at + 12, n->swap);

	n->iface.n = 0;
	n->lost = major != 1;
	if (n->lost)
		reader_trouble(n->r, TROUBLE_BAD_VERSION, 1, 0, 0);
}

uint32_t pcapng_iface(const struct pcapng *n, uint32_t i)
{
	return i < n->iface.n ? n->iface.at[i] : UINT32_MAX;
}

static void add_iface(struct pcapng *n, const struct pcapng_block *b)
{
	/* If there is no room for it there is none for later ones either, so
	 * numbers stay right. */
	if (pcapng_add_iface(n->r, pcapng_body(b), n->swap))
		*VEC_PUSH(&n->iface) = (uint32_t)reader_ifaces(n->r) - 1;
}

/* Blocks without a packet that Wireshark (since 3.6) nevertheless numbers as
 * frames. */
static bool is_numbered(uint32_t type)
{
	return type == PCAPNG_JOURNAL || type == PCAPNG_CUSTOM ||
	       type == PCAPNG_CUSTOM_NO_COPY;
}

/* Return: true if the block gave a frame. */
static bool take_block(struct pcapng *n, const struct pcapng_block *b,
		       struct frame *f)
{
	bool got = false;

	switch (b->type) {
	case PCAPNG_SHB:
		begin_section(n, b);
		return false;
	case PCAPNG_EPB:
	case PCAPNG_PB:
		got = !n->lost && pcapng_packet(n, b, f);
		break;
	case PCAPNG_SPB:
		got = !n->lost && pcapng_simple_packet(n, b, f);
		break;
	case PCAPNG_IDB:
		if (!n->lost)
			add_iface(n, b);
		return false;
	case PCAPNG_ISB:
		if (!n->lost)
			pcapng_statistics(n, pcapng_body(b));
		return false;
	default:
		if (!is_numbered(b->type))
			return false;
	}
	if (!got)
		reader_skip_frame(n->r);
	return got;
}

/* Skips a block that is too long to be read.
 * Return: 1, 0 if the file ends within it, -1 if its length was wrong. */
static int skip_block(struct pcapng *n, const struct pcapng_block *b)
{
	const uint8_t *p;

	if (stream_skip(n->s, b->len - 4) < b->len - 4)
		return 0;
	p = stream_peek(n->s, 4);
	if (!p)
		return 0;
	if (pcapng_u32(p, n->swap) != b->len)
		return -1;
	stream_skip(n->s, 4);
	if (is_numbered(b->type))
		reader_skip_frame(n->r);
	return 1;
}

static int cut(struct pcapng *n)
{
	reader_trouble(n->r, TROUBLE_CUT_RECORD, 1, reader_frames(n->r) + 1, 0);
	return 0;
}

static int pcapng_next(void *state, struct frame *f)
{
	struct pcapng *n = state;
	struct pcapng_block b;

	stream_skip(n->s, n->take);
	n->take = 0;
	for (;;) {
		int skipped;

		switch (block_at(n, &b)) {
		case FOUND:
			break;
		case FOUND_END:
			return 0;
		case FOUND_CUT:
			return cut(n);
		case FOUND_BAD:
			if (!recover(n, &b))
				return 0;
			continue;
		}
		if (b.at) {
			if (take_block(n, &b, f)) {
				n->take = b.len;
				return 1;
			}
			stream_skip(n->s, b.len);
			continue;
		}
		skipped = skip_block(n, &b);
		if (!skipped)
			return cut(n);
		if (skipped < 0 && !resync(n, b.type))
			return 0;
	}
}

static void *pcapng_open(struct reader *r, struct err *err)
{
	struct pcapng *n = mem_zalloc(1, sizeof *n);
	struct pcapng_block b;

	n->r = r;
	n->s = reader_stream(r);
	if (block_at(n, &b) == FOUND && b.type == PCAPNG_SHB)
		return n;
	err_set(err, ERR_INPUT,
		"%s: begins like pcapng, but its section header is cut off "
		"or damaged: copy it again (in binary mode)",
		stream_name(n->s));
	free(n);
	return NULL;
}

static void pcapng_free(void *state)
{
	struct pcapng *n = state;

	VEC_FREE(&n->iface);
	free(n);
}

const struct reader_format reader_pcapng = {
	.open = pcapng_open,
	.next = pcapng_next,
	.free = pcapng_free,
};
