/* MPLS: a stack of labels that does not say what it carries.
 *
 *	label 20 bits, class 3, bottom of stack 1, TTL 8; repeated
 *
 * Only the routers know what follows the last label.  Its first four bits tell,
 * since pseudowires were designed to differ from IP there:
 *
 *	4, 6	IP, unless its length is impossible and an Ethernet header fits
 *	0	a pseudowire's control word, Ethernet behind it; or Ethernet
 *		alone, whose first address begins with 0
 *	1	an associated channel: no traffic
 *	else	Ethernet alone
 *
 * Labels say nothing about a flow: the two directions have different ones, and
 * often only one direction has any (penultimate hop popping).
 *
 * References: RFC 3032, RFC 4385 and 4448 (pseudowires), RFC 5586.
 */
#include "capture/decode_int.h"

#define LABELS_MAX 16
#define ETHERNET_HDR 14
#define CHECK_MAX 8
#define FRAME_MIN 64

/* Does an Ethernet header with a well-known type stand @at bytes from here? */
static bool ethernet_at(const struct decode_run *r, size_t at)
{
	if (cursor_left(&r->c) < at + ETHERNET_HDR)
		return false;
	switch (decode_be16(r->c.at + at + 12)) {
	case 0x0800:
	case 0x0806:
	case 0x8100:
	case 0x86dd:
	case 0x8847:
	case 0x8848:
	case 0x8863:
	case 0x8864:
	case 0x88a8:
	case 0x88e5:
		return true;
	default:
		return false;
	}
}

/* Can it be an IP header?  Its length must match what is there, apart from a
 * check sequence or the padding of short frames. */
static bool ip_fits(const struct decode_run *r)
{
	const uint8_t *p = r->c.at;
	bool v6 = p[0] >> 4 == 6;
	uint32_t len;

	if (!v6 && (p[0] & 15) < 5)
		return false;
	if (cursor_left(&r->c) < 6)
		return true; /* cannot be checked: benefit of the doubt */
	len = v6 ? decode_be16(p + 4) + 40u : decode_be16(p + 2);
	return len <= r->left &&
	       (r->left - len <= CHECK_MAX || r->f->wire_len <= FRAME_MIN);
}

static enum decode_result below(struct decode_run *r)
{
	if (!cursor_left(&r->c))
		return decode_short(r);
	switch (*r->c.at >> 4) {
	case 4:
	case 6:
		if (!ip_fits(r) &&
		    (ethernet_at(r, 0) || cursor_left(&r->c) < ETHERNET_HDR))
			return decode_nested(r);
		return decode_ip(r);
	case 0:
		if (ethernet_at(r, 0) && !ethernet_at(r, 4))
			return decode_nested(r);
		return decode_take(r, 4) ? decode_nested(r) : decode_short(r);
	case 1:
		return DECODE_NOT_IP;
	default:
		return decode_nested(r);
	}
}

enum decode_result decode_mpls(struct decode_run *r)
{
	for (int i = 0; i < LABELS_MAX; i++) {
		const uint8_t *p = decode_take(r, 4);

		if (!p)
			return decode_short(r);
		if (p[2] & 1)
			return below(r);
	}
	return DECODE_UNKNOWN;
}
