/* Inside the decoder: one frame's way through the layers.
 *
 *   decode_common.h: nearly all frames, in one go; else
 *   decode_link.c -> decode_ip.c -> decode_l4.c, decode_icmp.c -> decode_sum.c
 *   decode_ether.c                    |
 *   decode_ppp.c ^                    |
 *   decode_mpls.c                     |
 *   decode_wifi.c                     |
 *   decode_juniper.c                  |            decode_neighbour.c: ARP
 *        ^                            |
 *        +------ decode_tunnel.c <----+        decode_frag.c: fragments' ports
 *					       decode_retry.c: 802.11 retries
 */
#pragma once

#include <arpa/inet.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/decode.h"

#define DECODE_DEPTH 4        /* tunnels within tunnels */
#define DECODE_TYPE_MIN 0x600 /* of Ethernet types; less is a length */

struct frag_table;
struct retry_table;

struct decode_run {
	struct decoder *d;
	const struct frame *f;
	struct packet *out;
	struct cursor c; /* captured bytes from here to the layer's end */
	uint32_t left;   /* the same on the wire; never fewer */
	uint64_t pseudo; /* sum over the pseudo-header except for the length */
	uint32_t vlan;   /* as in struct neighbour */
	uint8_t depth;   /* of tunnels */
	bool cut;        /* a layer's length exceeds what is left */
	bool opened;     /* a packet was found inside of this one */
	bool no_pseudo;  /* the addresses are not the final ones */
	bool to_all;     /* the frame goes to more than one card */
};

struct decoder {
	struct frag_table *frags;    /* owned; NULL until a fragment is seen */
	struct retry_table *retries; /* owned; NULL until 802.11 is seen */
	bool more;                   /* the frame holds more packets: */
	struct decode_run rest;
};

/* Too few bytes: does the capture end here, or the packet? */
static inline enum decode_result decode_short(const struct decode_run *r)
{
	return r->cut || r->f->cap_len < r->f->wire_len ? DECODE_CUT
							: DECODE_MALFORMED;
}

/* Takes @n bytes of both counts.  Return: NULL if not captured. */
static inline const uint8_t *decode_take(struct decode_run *r, uint32_t n)
{
	const uint8_t *p = cursor_take(&r->c, n);

	r->left = r->left > n ? r->left - n : 0;
	return p;
}

/* Narrows the run to @len bytes from here on. */
static inline void decode_narrow(struct decode_run *r, uint32_t len)
{
	if (len > r->left)
		r->cut = true;
	r->left = len;
	if (cursor_left(&r->c) > len)
		r->c.end = r->c.at + len;
}

static inline uint16_t decode_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t decode_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

static inline uint16_t decode_le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t decode_le32(const uint8_t *p)
{
	return (uint32_t)decode_le16(p + 2) << 16 | decode_le16(p);
}

/* --- the layers; each is entered with r->c at its header --- */
enum decode_result decode_link(struct decode_run *r, int linktype);
enum decode_result decode_ethernet(struct decode_run *r);
enum decode_result decode_ethertype(struct decode_run *r, uint16_t type);
enum decode_result decode_nested(struct decode_run *r); /* Ethernet inside */
enum decode_result decode_llc(struct decode_run *r);
enum decode_result decode_snap(struct decode_run *r);
enum decode_result decode_ppp(struct decode_run *r);
enum decode_result decode_hdlc(struct decode_run *r);
enum decode_result decode_pppoe(struct decode_run *r);
enum decode_result decode_mpls(struct decode_run *r);
enum decode_result decode_wifi(struct decode_run *r);
enum decode_result decode_radiotap(struct decode_run *r);
enum decode_result decode_prism(struct decode_run *r);
enum decode_result decode_juniper_ether(struct decode_run *r);
enum decode_result decode_juniper_ppp(struct decode_run *r);
enum decode_result decode_juniper_hdlc(struct decode_run *r);
/* The next packet of an aggregate: d->rest. */
enum decode_result decode_rest(struct decode_run *r);
enum decode_result decode_ip(struct decode_run *r); /* by its version */
enum decode_result decode_l4(struct decode_run *r);
/* Reads the @n captured bytes of options at @p; tcp_flags are set already. */
void decode_tcp_options(struct packet *out, const uint8_t *p, uint32_t n);
enum decode_result decode_icmp(struct decode_run *r);
enum decode_result decode_arp(struct decode_run *r);
/* The rest of an ICMPv6 message of @type and @code, behind its first 8 bytes. */
enum decode_result decode_discovery(struct decode_run *r, uint8_t type,
				    uint8_t code, uint8_t flags);
/* The rest is payload of no known protocol. */
enum decode_result decode_opaque(struct decode_run *r);

/* Whether a UDP port is one of a tunnel's. */
bool decode_is_tunnel_port(uint16_t sport, uint16_t dport);
/* Looks for a packet inside a UDP datagram, by its ports, or inside an IP
 * packet, by its protocol.  Return: true and *res if one was found; else
 * nothing has changed. */
bool decode_in_udp(struct decode_run *r, enum decode_result *res);
bool decode_in_ip(struct decode_run *r, enum decode_result *res);

/* What IPv6 extension headers said. */
struct ipv6_exts {
	uint8_t proto;
	bool frag, more, routed, chained; /* chained: too many */
	uint16_t frag_off;
	uint32_t frag_id;
	uint32_t jumbo; /* payload length from the jumbo option; else 0 */
	uint32_t len;   /* bytes of them */
};
/* Skips IPv6 extension headers.  e->proto is the first header's type, then that
 * of the upper layer, where the cursor is left.  Return: false if they are cut
 * off or too many. */
bool decode_exts(struct cursor *c, struct ipv6_exts *e);

/* Adds an SPI to the key, inside any tunnel that it has already: the SPI takes
 * the place of the ports (base/net.h). */
static inline void decode_spi(struct flow_key *key, uint32_t spi)
{
	key->tunnel = (uint32_t)DECODE_TUNNEL_ESP << 24 |
		      ((spi ^ key->tunnel) * 0x9e3779b1u) >> 8;
	key->sport = (uint16_t)(spi >> 16);
	key->dport = (uint16_t)spi;
}

/* --- decode_frag.c --- */
/* @ip: the key before the upper layer was read.  @opened: an inner packet
 * begins in it, which becomes the record. */
void frag_learn(struct decoder *d, const struct packet *p,
		const struct flow_key *ip, bool opened);
bool frag_find(struct decoder *d, struct packet *p);
void frag_free(struct frag_table *t);

/* --- decode_retry.c --- */
struct retry_key {
	uint8_t to[6], from[6]; /* the radio link's: addresses 1 and 2 */
	uint8_t sequence[2];    /* with the fragment number */
	uint8_t tid, zero;      /* no padding: hashed as bytes */
	uint32_t lane;
};
/* Was the 802.11 frame, whose body is at the cursor, seen just now?  @retry:
 * its Retry bit. */
bool retry_seen(struct decode_run *r, const struct retry_key *key, bool retry);
void retry_free(struct retry_table *t);

/* --- decode_sum.c --- */
/* Unfolded ones' complement sum of 16-bit words in memory order. */
uint64_t sum_bytes(const uint8_t *p, size_t n);
/* The same for fixed lengths: 8 bytes, and 4. */
static inline uint64_t sum_8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return (v & UINT32_MAX) + (v >> 32);
}
static inline uint32_t sum_4(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint16_t sum_fold(uint64_t sum)
{
	uint32_t half;

	/* both halves added to each other: the carry of the lower sum goes
	 * into the upper one */
	sum += sum << 32 | sum >> 32;
	half = (uint32_t)(sum >> 32);
	half += half << 16 | half >> 16;
	return (uint16_t)(half >> 16);
}

/* Payload, its digests, its sum and the checksum's verdict; pay_len is set.
 * @p, @have: the captured bytes from the payload on.  @hdr: the transport
 * header, @hdr_len bytes of which @hdr_cap are captured, its checksum at
 * @csum_at.  @l4_len: its and the payload's length as summed. */
struct decode_sums {
	const uint8_t *hdr;
	uint32_t hdr_len, hdr_cap, csum_at, l4_len;
	bool pseudo;        /* the sum includes the pseudo-header */
	bool optional;      /* UDP: 0 is none */
	bool no_pseudo;     /* as in struct decode_run */
	uint64_t of_pseudo; /* the same */
};
void decode_payload(struct packet *out, const uint8_t *p, size_t have);
void decode_checksum(struct packet *out, const struct decode_sums *s);
#define DECODE_TCP_CSUM_AT 16

/* --- fields that both ways share --- */

static inline uint64_t ipv4_sum(const uint8_t *p, uint32_t hlen)
{
	if (hlen != 20)
		return sum_bytes(p, hlen);
	return sum_8(p) + sum_8(p + 8) + sum_4(p + 16);
}

/* Fills in the fields of an IPv4 header of @hlen bytes. */
static inline void decode_ipv4_fields(struct packet *out, const uint8_t *p,
				      uint32_t hlen)
{
	struct record *rec = &out->rec;
	uint16_t frag = decode_be16(p + 6);

	rec->tos = p[1];
	rec->ip_id = decode_be16(p + 4);
	rec->ttl = p[8];
	rec->hdr_len = (uint16_t)hlen;
	rec->marks &= (uint16_t)~REC_V6;
	if (frag & 0x4000)
		rec->marks |= REC_DF;
	if (frag & 0x3fff) {
		rec->marks |= REC_FRAG;
		rec->frag_id = rec->ip_id;
		rec->frag_off = (uint16_t)((frag & 0x1fff) * 8);
	}
	if (frag & 0x2000)
		rec->marks |= REC_MORE;
	if ((p[10] | p[11]) && sum_fold(ipv4_sum(p, hlen)) != 0xffff)
		rec->marks |= REC_IPCSUM_BAD;
	out->key.proto = p[9];
	out->key.src = net_addr_v4(p + 12);
	out->key.dst = net_addr_v4(p + 16);
}

/* Sum of the pseudo-header except for the length; @addrs has 8 bytes. */
static inline uint64_t decode_pseudo_v4(const uint8_t *addrs, uint8_t proto)
{
	return sum_8(addrs) + htons(proto);
}

static inline void decode_tcp_fields(struct packet *out, const uint8_t *p)
{
	struct record *rec = &out->rec;

	out->key.sport = decode_be16(p);
	out->key.dport = decode_be16(p + 2);
	rec->seq64 = decode_be32(p + 4);
	rec->tcp_flags = p[13];
	rec->ack64 = p[13] & REC_ACK ? decode_be32(p + 8) : 0;
	rec->window = decode_be16(p + 14);
}

/* Whether options are those of nearly all TCP packets with any: 12 bytes. */
static inline bool decode_only_ts(const uint8_t *p)
{
	static const uint8_t common[4] = { 1, 1, 8, 10 }; /* no-op twice */

	return !memcmp(p, common, sizeof common);
}

static inline void decode_ts(struct record *rec, const uint8_t *p)
{
	rec->opts |= REC_OPT_TS;
	rec->tsval = decode_be32(p);
	rec->tsecr = decode_be32(p + 4);
}
