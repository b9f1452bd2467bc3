/* pcapng interfaces: descriptions, options, drop counters.
 *
 * Drops: a statistics block has totals since the interface was opened, so two
 * successive ones bracket in time what was dropped between them; the first
 * one's bracket begins where it says that capturing began, else at the
 * interface's first packet.  A total that shrinks means that counting was
 * restarted.  What the network card or ring dropped (ifdrop) and what the
 * system did (osdrop) add up: neither packet is in the file.
 *
 * Reference: draft-ietf-opsawg-pcapng, 3.5 (options), 4.2 (IDB), 4.6 (ISB).
 */
#include "capture/pcapng_int.h"

#include <stdlib.h>

#include "base/text.h"
#include "capture/tsres.h"

enum {
	OPT_IF_NAME = 2,
	OPT_IF_DESCRIPTION = 3,
	OPT_IF_TSRESOL = 9,
	OPT_IF_FILTER = 11,
	OPT_IF_TSOFFSET = 14,
	OPT_ISB_STARTTIME = 2,
	OPT_ISB_IFDROP = 5,
	OPT_ISB_OSDROP = 7,
};

bool pcapng_option(struct cursor *c, bool swap, struct pcapng_option *o)
{
	const uint8_t *p;

	if (!cursor_left(c))
		return false; /* no end mark: allowed at the end of the block */
	p = cursor_take(c, 4);
	if (!p)
		return false;
	o->code = pcapng_u16(p, swap);
	o->len = pcapng_u16(p + 2, swap);
	if (!o->code)
		return false;
	o->at = cursor_take(c, o->len);
	if (o->at && (o->len & 3) && cursor_left(c))
		cursor_skip(c, 4 - (o->len & 3));
	return o->at != NULL;
}

static void replace_text(char **at, const uint8_t *p, size_t n)
{
	free(*at);
	*at = text_clean((const char *)p, strnlen((const char *)p, n));
}

static void iface_option(struct reader_port *p, const struct pcapng_option *o,
			 bool swap, bool *named)
{
	switch (o->code) {
	case OPT_IF_NAME:
		*named = true;
		replace_text(&p->pub.name, o->at, o->len);
		break;
	case OPT_IF_DESCRIPTION:
		if (!*named)
			replace_text(&p->pub.name, o->at, o->len);
		break;
	case OPT_IF_TSRESOL:
		if (o->len >= 1)
			p->tsresol = o->at[0];
		break;
	case OPT_IF_TSOFFSET:
		if (o->len >= 8)
			p->tsoffset_s = (int64_t)pcapng_u64(o->at, swap);
		break;
	case OPT_IF_FILTER: /* its first byte: 0 for text */
		if (o->len > 1 && !o->at[0])
			replace_text(&p->pub.filter, o->at + 1, o->len - 1u);
		break;
	default:
		break;
	}
}

bool pcapng_add_iface(struct reader *r, struct cursor body, bool swap)
{
	const uint8_t *fixed = cursor_take(&body, 8);
	struct reader_port *p = fixed ? reader_add_port(r) : NULL;
	struct pcapng_option o;
	bool named = false;

	if (!p)
		return false;
	p->pub.linktype = pcapng_u16(fixed, swap);
	p->pub.snaplen = pcapng_u32(fixed + 4, swap);
	p->tsresol = 6; /* the default: microseconds */
	while (pcapng_option(&body, swap, &o))
		iface_option(p, &o, swap, &named);
	if (body.bad)
		reader_trouble(r, TROUBLE_BAD_OPTION, 1, 0, 0);
	p->pub.resolution_ns = tsres_step_ns(p->tsresol);
	return true;
}

/* The total that the options of a statistics block give, and when counting
 * began, if given.  Return: whether there is a total. */
static bool drop_total(struct cursor *c, bool swap, const struct reader_port *p,
		       uint64_t *total, int64_t *start_ns)
{
	struct pcapng_option o;
	bool known = false;

	*total = 0;
	while (pcapng_option(c, swap, &o)) {
		if (o.len < 8)
			continue;
		if (o.code == OPT_ISB_STARTTIME)
			*start_ns = tsres_to_ns(pcapng_units(o.at, swap),
						p->tsresol, p->tsoffset_s);
		if (o.code != OPT_ISB_IFDROP && o.code != OPT_ISB_OSDROP)
			continue;
		known = true;
		if (__builtin_add_overflow(*total, pcapng_u64(o.at, swap),
					   total))
			*total = UINT64_MAX;
	}
	return known;
}

void pcapng_statistics(const struct pcapng *n, struct cursor body)
{
	struct reader *r = n->r;
	bool swap = n->swap;
	const uint8_t *fixed = cursor_take(&body, 12);
	uint32_t iface = fixed ? pcapng_iface(n, pcapng_u32(fixed, swap)) : 0;
	struct reader_port *p = fixed ? reader_port(r, iface) : NULL;
	uint64_t total, before;
	int64_t at_ns, from_ns;
	bool known;

	if (!p) {
		reader_trouble(r, TROUBLE_NO_IFACE, 1, 0, 0);
		return;
	}
	at_ns = tsres_to_ns(pcapng_units(fixed + 4, swap), p->tsresol,
			    p->tsoffset_s);
	from_ns = p->first_ns;
	known = drop_total(&body, swap, p, &total, &from_ns);
	if (!known)
		return;
	if (p->counted)
		from_ns = p->stats_ns;
	before = p->counted ? p->pub.dropped : 0;
	if (total < before)
		before = 0;
	if (total > before)
		reader_trouble_span(r, TROUBLE_DROPS, total - before, iface,
				    from_ns, at_ns);
	p->pub.dropped = total;
	p->pub.dropped_known = p->counted = true;
	p->stats_ns = at_ns;
}
