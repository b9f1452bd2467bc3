/* 802.11, as recorded in monitor mode.
 *
 *	radiotap	version 0, pad 1, length 2, fields present 4 [4 ...],
 *			fields, aligned; bit 0: a clock (8), bit 1: flags (1)
 *	Prism, AVS	code 4, length 4, ...
 *	802.11 data	control 2, duration 2, addresses 3 x 6, sequence 2,
 *			[address 6: between access points] [QoS 2]
 *			[HT control 4], LLC or A-MSDU
 *	A-MSDU		dst 6, src 6, length 2, LLC ..., padded to 4; repeated
 *
 * Only data frames carry packets.  An A-MSDU carries several packets:
 * decode_frame() returns the first, decode_next() the others.  Protected frames
 * are counted as such: without the keys their content is unknown.  Retries of a
 * frame just seen are not packets of their own (decode_retry.c).  Only the
 * first fragment of a frame has headers.  A frame whose check failed at the
 * receiver holds wrong bytes and is malformed.
 *
 * References: IEEE 802.11-2020, 9.2 and 9.3; radiotap.org.
 */
#include "capture/decode_int.h"

#define AVS_MAGIC 0x80211001u
#define RADIOTAP_PADDED 0x20 /* header padded to 4 bytes */
#define RADIOTAP_BAD 0x40    /* failed its check */
#define MSDU_HDR 14

enum {
	WIFI_TO_DS = 0x01,
	WIFI_FROM_DS = 0x02,
	WIFI_RETRY = 0x08,
	WIFI_PROTECTED = 0x40,
	WIFI_ORDER = 0x80,
};

/* One packet of an aggregate; the rest of it waits in the decoder. */
static enum decode_result msdu(struct decode_run *r)
{
	const uint8_t *p = decode_take(r, MSDU_HDR);
	struct decode_run rest;
	uint32_t len;

	if (!p)
		return decode_short(r);
	len = decode_be16(p + 12);
	rest = *r;
	decode_take(&rest, ((MSDU_HDR + len + 3) & ~3u) - MSDU_HDR);
	if (cursor_left(&rest.c) >= MSDU_HDR) {
		r->d->rest = rest;
		r->d->more = true;
	}
	decode_narrow(r, len);
	return decode_llc(r);
}

enum decode_result decode_rest(struct decode_run *r)
{
	return msdu(r);
}

/* @p: the header, before the cursor; @qos: its QoS control, or NULL. */
static bool is_retry(struct decode_run *r, const uint8_t *p, const uint8_t *qos)
{
	struct retry_key key = { .tid = qos ? qos[0] & 15 : 16,
				 .lane = r->f->iface };

	memcpy(key.to, p + 4, sizeof key.to);
	memcpy(key.from, p + 10, sizeof key.from);
	memcpy(key.sequence, p + 22, sizeof key.sequence);
	return retry_seen(r, &key, p[1] & WIFI_RETRY);
}

static enum decode_result wifi(struct decode_run *r, bool padded)
{
	const uint8_t *p = r->c.at;
	uint32_t hdr = 24, qos_at;
	bool qos;

	if (cursor_left(&r->c) < 2)
		return decode_short(r);
	if (p[0] & 3)
		return DECODE_MALFORMED; /* unknown version */
	if ((p[0] & 0x0c) != 8 || p[0] & 0x40)
		return DECODE_NOT_IP; /* management, control; no data */
	qos = p[0] & 0x80;
	if ((p[1] & WIFI_TO_DS) && (p[1] & WIFI_FROM_DS))
		hdr += 6;
	qos_at = hdr;
	if (qos)
		hdr += p[1] & WIFI_ORDER ? 6 : 2;
	if (!decode_take(r, padded ? (hdr + 3) & ~3u : hdr))
		return decode_short(r);
	if (p[1] & WIFI_PROTECTED)
		return DECODE_PROTECTED;
	if (p[22] & 15)
		return DECODE_UNKNOWN; /* a later fragment */
	if (is_retry(r, p, qos ? p + qos_at : NULL))
		return DECODE_RETRY;
	return qos && p[qos_at] & 0x80 ? msdu(r) : decode_llc(r);
}

enum decode_result decode_wifi(struct decode_run *r)
{
	return wifi(r, false);
}

/* The flags among the fields of a radiotap header. */
static uint8_t radiotap_flags(const uint8_t *p, uint32_t len)
{
	uint32_t present = decode_le32(p + 4), at = 4, word;

	if (!(present & 2))
		return 0;
	do {
		if (at + 4 > len)
			return 0;
		word = decode_le32(p + at);
		at += 4;
	} while (word & 0x80000000u);
	if (present & 1)
		at = ((at + 7) & ~7u) + 8;
	return at < len ? p[at] : 0;
}

enum decode_result decode_radiotap(struct decode_run *r)
{
	const uint8_t *p = r->c.at;
	uint32_t len;
	uint8_t flags;

	if (cursor_left(&r->c) < 8)
		return decode_short(r);
	len = decode_le16(p + 2);
	if (p[0] || len < 8)
		return DECODE_MALFORMED;
	if (!decode_take(r, len))
		return decode_short(r);
	flags = radiotap_flags(p, len);
	if (flags & RADIOTAP_BAD)
		return DECODE_MALFORMED;
	return wifi(r, flags & RADIOTAP_PADDED);
}

/* Prism's header is in the writer's byte order, AVS's in network order. */
enum decode_result decode_prism(struct decode_run *r)
{
	const uint8_t *p = r->c.at;
	uint32_t len;

	if (cursor_left(&r->c) < 8)
		return decode_short(r);
	len = decode_be32(p) == AVS_MAGIC ? decode_be32(p + 4)
	      : decode_be32(p) == 0x44    ? decode_be32(p + 4)
					  : decode_le32(p + 4);
	if (len < 8)
		return DECODE_MALFORMED;
	return decode_take(r, len) ? wifi(r, false) : decode_short(r);
}
