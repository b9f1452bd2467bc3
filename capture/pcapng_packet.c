/* What the packet blocks of pcapng say: a frame, and the drops before it.
 *
 * The frame's bytes stay in the block.  A block whose packet does not fit into it, or
 * whose interface was never described, gives no frame and is counted.
 *
 * Reference: draft-ietf-opsawg-pcapng, sections 4.3 (enhanced), 4.4 (simple), A
 * (the obsolete one).
 */
#include "capture/pcapng_int.h"

#include "base/time.h"
#include "capture/tsres.h"

#define OPT_EPB_DROPCOUNT 4
#define PB_DROPS_UNKNOWN 0xffff

/* Drops reported with a packet: between the interface's previous packet and
 * it. */
static void packet_drops(struct pcapng *n, struct reader_port *p,
			 const struct frame *f, uint64_t drops)
{
	bool fits = time_fits(f->time_ns);
	int64_t from = p->seen ? p->last_ns : fits ? f->time_ns : 0;

	if (!drops)
		return;
	reader_trouble_span(n->r, TROUBLE_DROPS, drops, f->iface, from,
			    fits ? f->time_ns : from);
	if (p->counted)
		return; /* the statistics blocks have the total */
	p->pub.dropped_known = true;
	if (__builtin_add_overflow(p->pub.dropped, drops, &p->pub.dropped))
		p->pub.dropped = UINT64_MAX;
}

/* The rest of a packet block after its data: options. */
static void packet_options(struct pcapng *n, struct reader_port *p,
			   const struct frame *f, struct cursor *c)
{
	struct pcapng_option o;

	while (pcapng_option(c, n->swap, &o))
		if (o.code == OPT_EPB_DROPCOUNT && o.len >= 8)
			packet_drops(n, p, f, pcapng_u64(o.at, n->swap));
	if (c->bad)
		reader_trouble(n->r, TROUBLE_BAD_OPTION, 1,
			       reader_frames(n->r) + 1, f->iface);
}

static struct reader_port *packet_port(struct pcapng *n, uint32_t iface)
{
	struct reader_port *p = reader_port(n->r, pcapng_iface(n, iface));

	if (p)
		return p;
	reader_trouble(n->r, TROUBLE_NO_IFACE, 1, reader_frames(n->r) + 1, 0);
	return NULL;
}

static void fix_wire_len(struct pcapng *n, struct frame *f)
{
	if (f->wire_len >= f->cap_len)
		return;
	reader_trouble(n->r, TROUBLE_BAD_LENGTH, 1, reader_frames(n->r) + 1,
		       f->iface);
	f->wire_len = f->cap_len;
}

bool pcapng_packet(struct pcapng *n, const struct pcapng_block *b,
		   struct frame *f)
{
	bool old = b->type == PCAPNG_PB;
	struct cursor c = pcapng_body(b);
	const uint8_t *p = cursor_take(&c, PCAPNG_EPB_FIXED);
	uint32_t iface = old ? pcapng_u16(p, n->swap) : pcapng_u32(p, n->swap);
	struct reader_port *port = packet_port(n, iface);

	if (!port)
		return false;
	f->iface = pcapng_iface(n, iface);
	f->time_ns = tsres_to_ns(pcapng_units(p + 4, n->swap), port->tsresol,
				 port->tsoffset_s);
	f->cap_len = pcapng_u32(p + 12, n->swap);
	f->wire_len = pcapng_u32(p + 16, n->swap);
	f->data = cursor_take(&c, f->cap_len);
	if (!f->data) {
		reader_trouble(n->r, TROUBLE_BAD_RECORD, 1,
			       reader_frames(n->r) + 1, f->iface);
		return false;
	}
	fix_wire_len(n, f);
	if (old && pcapng_u16(p + 2, n->swap) != PB_DROPS_UNKNOWN)
		packet_drops(n, port, f, pcapng_u16(p + 2, n->swap));
	if (cursor_left(&c) <= (-f->cap_len & 3))
		return true;
	cursor_skip(&c, -f->cap_len & 3);
	packet_options(n, port, f, &c);
	return true;
}

bool pcapng_simple_packet(struct pcapng *n, const struct pcapng_block *b,
			  struct frame *f)
{
	struct cursor c = pcapng_body(b);
	uint32_t len = pcapng_u32(cursor_take(&c, 4), n->swap);
	struct reader_port *port = packet_port(n, 0);

	if (!port)
		return false;
	f->iface = pcapng_iface(n, 0);
	f->time_ns = 0;
	f->wire_len = f->cap_len = len;
	if (port->pub.snaplen && f->cap_len > port->pub.snaplen)
		f->cap_len = port->pub.snaplen;
	if (f->cap_len > cursor_left(&c))
		f->cap_len = (uint32_t)cursor_left(&c);
	f->data = c.at;
	return true;
}
