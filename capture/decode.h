/* A frame's bytes into a packet record and the key of its flow.
 *
 * reads:  struct frame          writes: struct packet
 *
 * decode_link.c (and PPP, MPLS, 802.11) -> decode_ip.c -> decode_l4.c (TCP,
 * UDP, ICMP), each on a struct cursor; a tunnel's inner packet goes round
 * again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"
#include "capture/reader.h"
#include "capture/record.h"

enum decode_result {
	DECODE_OK,         /* a record */
	DECODE_ICMP_ERROR, /* an ICMP error: quote is set, no record */
	DECODE_NEIGHBOUR,  /* ARP, or what IPv6 has for it: neighbour is set */
	DECODE_NOT_IP,     /* spanning tree ... */
	DECODE_UNKNOWN,    /* link type or encapsulation not known */
	DECODE_PROTECTED,  /* encrypted on the link */
	DECODE_RETRY,      /* the link layer's retransmission of a frame just
			   * seen */
	DECODE_CUT,        /* not enough bytes captured to know the flow */
	DECODE_MALFORMED,  /* lengths contradict each other */
	DECODE_RESULTS
};

/* A lane is the file's interface, and beside it the kernel's interface number
 * where the link layer carries one (cooked v2; its low 20 bits, else 0). */
#define DECODE_LANE(iface, ifindex) ((iface) | (ifindex) << 12)
#define DECODE_LANE_IFACE(lane) ((lane)&0xfff)
#define DECODE_LANE_IFINDEX(lane) ((lane) >> 12)

/* flow_key.tunnel, upper byte. */
enum decode_tunnel {
	DECODE_TUNNEL_NONE,
	DECODE_TUNNEL_VXLAN,
	DECODE_TUNNEL_GRE,
	DECODE_TUNNEL_GENEVE,
	DECODE_TUNNEL_IP, /* IP in IP, Ethernet in IP, 6in4, MPLS in IP, UDP */
	DECODE_TUNNEL_GTP,
	DECODE_TUNNEL_L2TP,
	DECODE_TUNNEL_ERSPAN,
	DECODE_TUNNEL_ESP, /* not opened: the outer flow of one SPI */
};

struct flow_key {
	struct net_addr src, dst;
	uint16_t sport, dport; /* ICMP echo: both the identifier; else 0 */
	uint8_t proto;         /* IPPROTO_ */
	uint8_t reply;         /* ICMP echo reply: dir is the reply's */
	uint32_t lane;         /* DECODE_LANE(): where it was captured */
	uint32_t tunnel;       /* 0: none; else kind << 24 | VNI, or a hash of
				* the GRE key or SPI; 0 where each direction has
				* a number of its own (GTP, L2TP); nested: mixed
				* into the inner */
};

/* What an ICMP error says of the packet that it quotes. */
struct icmp_quote {
	struct flow_key key;  /* of the quoted packet, in its direction of
			       * travel */
	struct net_addr from; /* who sent the error */
	uint8_t type, code;   /* ICMPv6 is marked by v6 */
	uint8_t v6;
	uint32_t mtu;    /* fragmentation needed / too big; else 0 */
	uint32_t seq;    /* TCP sequence number quoted */
	uint32_t ip_len; /* total length of the quoted packet */
};

/* What a host asks for, or says of, an address of its own network. */
enum neighbour_kind {
	NEIGHBOUR_ASKS,      /* who has it? */
	NEIGHBOUR_TELLS,     /* an answer */
	NEIGHBOUR_ANNOUNCES, /* unasked: of an address of its own */
};

struct neighbour {
	struct net_addr about; /* the address */
	struct net_addr from;  /* of who asks; else as about */
	struct net_addr to; /* of an answer to one card: who asked; else zero */
	uint8_t mac[6];     /* of who asks, or has it */
	uint8_t kind;       /* enum neighbour_kind */
	bool v6;
	bool has_mac;
	uint32_t vlan; /* the innermost two tags' numbers; 0: none */
};

struct packet {
	/* part, dir not yet set; seq64 and ack64 hold the raw numbers */
	struct record rec;
	struct flow_key key;
	const uint8_t *payload; /* within the frame; NULL where none captured */
	uint32_t payload_cap;   /* captured bytes of it */
	/* What follows the outermost IP packet in the frame; NULL: too short
	 * for a trailer that names anything (capture/trailer.h). */
	const uint8_t *trailer;
	uint32_t trailer_len;
	bool tunnel_rest; /* later fragment of a packet that was opened */
	/* of SYN segments: */
	uint16_t mss;       /* 0: none */
	int8_t wscale;      /* -1: none */
	uint16_t opt_order; /* hash of option kinds in order */
	bool opts_cut;      /* the capture cut some of them off */
	union {
		struct icmp_quote quote;    /* with DECODE_ICMP_ERROR */
		struct neighbour neighbour; /* with DECODE_NEIGHBOUR */
	};
};

/* State across frames: ports of first fragments, so that later fragments
 * find their flow; 802.11 frames, so that retries are known.  Bounded. */
struct decoder;
struct decoder *decoder_new(void);
void decoder_free(struct decoder *d);

/* Return: whether frames of link type @linktype can be decoded at all. */
bool decode_knows(int linktype);

enum decode_result decode_frame(struct decoder *d, const struct frame *f,
				int linktype, struct packet *out);
/* Return: whether the last frame holds another packet (802.11 aggregates);
 * decode_next() with the same frame decodes it. */
bool decode_more(const struct decoder *d);
enum decode_result decode_next(struct decoder *d, const struct frame *f,
			       struct packet *out);
