/* Inside of a talk, for talk*.c and the parsers proto_*.c.
 *
 * reads:  bytes wanted      writes: struct message
 */
#pragma once

#include "base/arena.h"
#include "base/cursor.h"
#include "base/fetch.h"
#include "base/mem.h"
#include "capture/talk.h"

struct talk_place {
	uint64_t off, frame;
	int64_t ns;
};

/* --- talk_hold.c: segments behind a hole, in order, not overlapping --- */

#define HOLD_SEGMENTS 256
#define HOLD_BYTES (256u << 10)
#define HOLD_ALL (64u << 20)

struct hold_segment {
	uint64_t off, len, frame;
	int64_t ns;
	uint8_t *bytes; /* owned; NULL: none are there, or none are wanted */
	uint32_t cap;
};

struct hold {
	struct hold_segment *at; /* rising by off; owned */
	size_t n, cap;
	size_t bytes;
};

/* Adds what is new of a segment; bytes before @wanted are not kept.  @all:
 * bytes held in the whole file.  Return: false if it is full. */
bool hold_add(struct hold *h, const struct hold_segment *s, uint64_t wanted,
	      size_t *all);
/* Removes the first one; the caller owns its bytes. */
struct hold_segment hold_take(struct hold *h, size_t *all);
void hold_release(struct hold *h, size_t *all);

/* --- the talk --- */

struct talk_draft { /* the message that is being read */
	struct talk_place first;
	struct talk_place end; /* its end as far as known, and the frame that
			        * showed it; off 0: not known yet */
	int64_t msg_id, status;
	char *name; /* MESSAGE_NAME + 1 bytes, owned; NULL: none */
	bool open;
	bool unsure; /* its kind is not known yet; not passed on like this */
	uint8_t kind, proto, flags;
};

struct talk_side {
	/* the first line: all that a segment needs which is skipped */
	_Alignas(FETCH_LINE) uint64_t next; /* seq64 of the next byte */
	uint64_t skip;
	uint32_t want;       /* after that; 0: only call back when skipped */
	uint32_t have;       /* of what is wanted, in held */
	uint8_t *held;       /* TALK_WANT bytes, owned, or NULL */
	uint64_t last_frame; /* latest frame of the bytes before next */
	int64_t last_ns;
	struct hold *hold; /* owned; NULL: nothing is held */
	bool placed;       /* next is set */
	bool lost;         /* no place is known: look for a beginning */
	bool again;        /* the wanted bytes are to be given again, with
			    * more */
	bool hole;         /* the bytes being skipped were not captured */
	uint8_t state;     /* the parser's */

	struct talk_place wanted; /* the first of the wanted bytes */
	uint64_t end; /* for the parser: end of a unit with a length */
	struct talk_draft m;
};
_Static_assert(offsetof(struct talk_side, wanted) == FETCH_LINE, "the first");

struct http_state {
	uint32_t requests, responses; /* begun */
	uint64_t heads;               /* of request n % 64: HEAD */
	uint64_t connects;            /* likewise CONNECT */
	uint64_t body[2];
	uint64_t answered; /* next byte of responses at the last request */
	uint32_t header_bytes[2];
	uint16_t host[2]; /* bytes of name before the target, see
			   * proto_http.c */
	bool chunked[2], sized[2];
	bool astray; /* bytes were missed: numbers are uncertain */
};

struct tls_state {
	uint8_t as;     /* enum message_proto that messages get; 0: TLS */
	uint8_t client; /* direction of ClientHello */
	uint8_t turns;  /* turns of data passed on so far */
	uint8_t turn;   /* direction of the last record */
	bool v13;
	bool changed[2]; /* ChangeCipherSpec was sent */
	bool sealed[2];  /* a handshake record since then */
	bool done[2];    /* application data is next */
	uint8_t type[2];
	uint32_t left[2]; /* of a handshake message, in records to come */
};

struct smb_files;
struct smb_state {
	struct smb_files *files; /* owned; NULL: none named yet */
	uint64_t begin[2];       /* of the command */
	uint64_t next[2];        /* where it ends */
	uint64_t id[2];
	uint16_t command[2];
	bool response[2], related[2], unicode[2];
	uint32_t file[2]; /* of the chain: 1 + index, 0 none */
};

struct tds_state {
	bool known; /* client is */
	uint8_t client;
	uint8_t type[2];
	bool last[2]; /* packet of the message */
};

struct socks_state {
	bool known; /* client is */
	uint8_t client;
	uint8_t version;
	uint8_t command; /* of the request; 0: none yet */
};

struct talk {
	struct talks *all;
	const struct proto *proto;
	uint32_t part, lane;
	uint16_t ports[2]; /* of the sender, by direction */
	uint8_t troubles;  /* since the last message */
	bool leave;        /* the parser is done */
	bool relook;       /* ... but another protocol may follow */
	bool grants;       /* ... which a proxy passes on, from stream[] on */
	/* by direction: where the stream begins that was asked for, or granted */
	uint64_t stream[2];
	union {
		struct http_state http;
		struct tls_state tls;
		struct smb_state smb;
		struct tds_state tds;
		struct socks_state socks;
	};
	struct talk_side side[2];
};
_Static_assert(sizeof(struct talk) == 8 * FETCH_LINE, "nothing straddles");

struct trouble { /* of one kind and protocol */
	uint64_t n, first_frame;
};

/* Room for talks, many of which come and go. */
struct talk_pool {
	struct VEC(void *) chunk; /* owned, each too */
	struct talk_room {
		struct talk_room *next;
	} * free;
};

struct talks {
	bool names;
	talk_sink *sink;
	void *ctx;
	size_t held; /* bytes, of all talks */
	struct talk_pool pool;
	struct trouble broken[MESSAGE_PROTOS], missed[MESSAGE_PROTOS];
};

/* Bytes of one direction in order; where p is NULL or cap < len the rest was
 * not captured. */
struct piece {
	const uint8_t *p;
	uint64_t cap, len, frame;
	int64_t ns;
	bool hole;
};

/* --- talk_order.c --- */
/* Signed distance in sequence space. */
static inline int64_t talk_ahead(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b);
}

/* Takes a segment, whose bytes are copied if it has to wait; the other side has
 * acknowledged up to @acked. */
void talk_segment(struct talk *t, unsigned dir, const struct hold_segment *g,
		  uint64_t acked);
/* Gives up all holes: what waits is read now. */
void talk_drain(struct talk *t, unsigned dir);

/* --- talk_read.c --- */
/* Reads the next bytes of a direction. */
void talk_feed(struct talk *t, unsigned dir, struct piece x);

/* --- what parsers call --- */

/* What is to come next. */
static inline void talk_want(struct talk *t, unsigned dir, uint64_t skip,
			     uint32_t want)
{
	t->side[dir].skip = skip;
	t->side[dir].want = want;
}

/* Gives the same bytes again with those that follow, @want in all. */
static inline void talk_again(struct talk *t, unsigned dir, uint32_t want)
{
	t->side[dir].skip = 0;
	t->side[dir].want = want;
	t->side[dir].again = true;
}

/* Begins a message with the wanted bytes; ends an open one first.  Return: its
 * draft, to be filled in. */
struct talk_draft *talk_open(struct talk *t, unsigned dir,
			     enum message_kind kind);
/* The message extends at least to the end of the bytes read so far. */
void talk_mark(struct talk *t, unsigned dir);
/* The message ended at the last mark, or is cut if there is none: passes it on.
 * Does nothing if none is open. */
void talk_tell(struct talk *t, unsigned dir);
/* The message ends with the bytes read so far. */
void talk_done(struct talk *t, unsigned dir);
/* The message extends that far, but its end is not known.  Unsure ones are
 * dropped. */
void talk_cut(struct talk *t, unsigned dir);
/* Sets the name: a command, and what it is about unless names are not kept:
 * @n bytes, cut to fit (NULL: none). */
void talk_name(struct talk *t, unsigned dir, const char *command,
	       const char *about, size_t n);
/* The same from UTF-16LE. */
void talk_name_utf16(struct talk *t, unsigned dir, const char *command,
		     const uint8_t *about, size_t n);
bool talk_names(const struct talk *t); /* whether names are kept */
/* Copies UTF-16LE as UTF-8, cut.  Return: bytes, without terminator. */
size_t talk_utf8(const uint8_t *p, size_t n, char *out, size_t room);

/* --- the parsers --- */

struct probe {
	const uint8_t *p;
	size_t n;   /* captured */
	size_t len; /* of the segment or datagram */
	uint16_t sport, dport;
	bool stream;
};

static inline bool probe_port(const struct probe *p, uint16_t port)
{
	return p->sport == port || p->dport == port;
}

struct proto {
	uint8_t id; /* enum message_proto */
	/* Whether bytes begin a message: judged by the bytes; ports only help
	 * where these say little. */
	bool (*probe)(const struct probe *p);
	/* Streams.  Sets the state to where a message begins. */
	void (*resume)(struct talk *t, unsigned dir);
	/* The wanted bytes.  Return: false if they contradict the protocol;
	 * else something must have been wanted or skipped. */
	bool (*step)(struct talk *t, unsigned dir, const uint8_t *p, size_t n);
	/* Wanted bytes are missing from here on.  Return: whether something
	 * else was wanted. */
	bool (*lost)(struct talk *t, unsigned dir);
	/* Called for a segment of a side that is lost, with its first @n bytes,
	 * as far as captured; NULL: not needed. */
	void (*blind)(struct talk *t, unsigned dir, const uint8_t *p, size_t n);
	/* The stream is over.  NULL: an open message is cut. */
	void (*close)(struct talk *t, unsigned dir);
	void (*release)(
		struct talk *t); /* frees what the state owns; or NULL */
	/* Datagrams: fills in kind, msg_id, status; names go to @name as with
	 * talk_name().  Return: false if it is none.  NULL: streams only. */
	bool (*datagram)(const uint8_t *p, size_t n, size_t len, bool names,
			 struct message *m, char name[static MESSAGE_NAME + 1]);
	/* Datagrams: kind MESSAGE_KINDS passes on nothing, and only the first
	 * so many are looked at; 0: all. */
	uint8_t looks;
	/* Streams: it is only where one begins, perhaps with OPENS_LEAST bytes. */
	bool opens;
};

extern const struct proto proto_dns, proto_http, proto_tls, proto_smb,
	proto_kerberos, proto_tds, proto_quic, proto_dtls, proto_wireguard,
	proto_openvpn, proto_stun, proto_rtp, proto_socks, proto_ntp,
	proto_dhcp, proto_dhcpv6, proto_radius, proto_snmp, proto_sip,
	proto_coap;

/* --- what they share --- */

/* "COMMAND about", cut to MESSAGE_NAME bytes. */
void talk_name_write(char out[static MESSAGE_NAME + 1], const char *command,
		     const char *about, size_t n);
/* Lets TLS take over from another protocol: TLS records with application data
 * both ways, from the wanted bytes on. */
void tls_take_over(struct talk *t, unsigned dir, const uint8_t *p, size_t n);
