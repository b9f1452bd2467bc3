/* Juniper's captures of a router's own packets (monitor traffic, write-file).
 *
 *	header	"MGC" 3, flags 1: 01 received, 02 no link header, 80 extensions
 *		[length 2, extensions]
 *		link header of the interface; without one: 4 bytes, then IP
 *
 * Reference: LINKTYPE_JUNIPER_ETHER and its neighbours; what tcpdump prints of
 * them.
 */
#include "capture/decode_int.h"

#define NO_LINK 0x02
#define EXTENDED 0x80

/* Behind the header: the layer @next, or IP. */
static enum decode_result
juniper(struct decode_run *r, enum decode_result (*next)(struct decode_run *))
{
	const uint8_t *p = decode_take(r, 4), *len;

	if (!p)
		return decode_short(r);
	if (p[0] != 'M' || p[1] != 'G' || p[2] != 'C')
		return DECODE_MALFORMED;
	if (p[3] & EXTENDED) {
		len = decode_take(r, 2);
		if (!len || !decode_take(r, decode_be16(len)))
			return decode_short(r);
	}
	if (!(p[3] & NO_LINK))
		return next(r);
	return decode_take(r, 4) ? decode_ip(r) : decode_short(r);
}

enum decode_result decode_juniper_ether(struct decode_run *r)
{
	return juniper(r, decode_ethernet);
}

enum decode_result decode_juniper_ppp(struct decode_run *r)
{
	return juniper(r, decode_ppp);
}

enum decode_result decode_juniper_hdlc(struct decode_run *r)
{
	return juniper(r, decode_hdlc);
}
