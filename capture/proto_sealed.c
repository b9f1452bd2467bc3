/* Protocols over UDP whose datagrams are no requests and answers once they have
 * been set up: tunnels, and what carries media.
 *
 * What is read: the datagrams that set them up, named messages of kind HANDSHAKE, and
 * of what else is among the first LOOKS (RTP: the first one) such as have a form, of kind
 * DATA.  So the protocol is known where a capture begins behind the handshake, too, if
 * what follows has one (not OpenVPN's).  Of the rest nothing is told: either side sends
 * when it has something to send (report/derive/budget.c).
 *
 *   dtls       a record header with a version, and a length that fits
 *   wireguard  a type of 32 bits, and the length that this type has; but on its port
 *              only the initiation, with a key: a counter may be the type of all others
 *   openvpn    a reset of the session: by its own length, or on its port
 *   rtp        sound of a known length, or a report (RTCP).  Its number is not 0, which
 *              is one in 65536: mosh's datagrams to its client have zeros there
 *   stun       the magic cookie, and a length that fits.  Media follows on the same
 *              ports (ICE), and most of what asks whether there is a way gets no
 *              answer: so all of it is DATA.
 *
 * References: RFC 6347 4.1, RFC 9147 4 (DTLS); "WireGuard: Next Generation Kernel
 * Network Tunnel" 5.4; OpenVPN's wire protocol, draft-openvpn 3 (opcodes);
 * RFC 3550 5.1, 6.4 and RFC 3551 6 (RTP); RFC 8489 5 (STUN).
 */
#include <string.h>

#include "capture/talk_int.h"

#define LOOKS 16

static bool nothing(struct message *m)
{
	m->kind = MESSAGE_KINDS;
	return true;
}

static bool shakes(struct message *m, char name[static MESSAGE_NAME + 1],
		   const char *what)
{
	m->kind = MESSAGE_HANDSHAKE;
	talk_name_write(name, what, NULL, 0);
	return true;
}

/* What a client sends until there is an answer. */
static bool opens(struct message *m, char name[static MESSAGE_NAME + 1],
		  const char *what)
{
	m->flags |= MESSAGE_OPENS;
	return shakes(m, name, what);
}

static bool data(struct message *m)
{
	m->kind = MESSAGE_DATA;
	return true;
}

/* Could chance have made the bytes?  Text and fields are not looked for, only padding:
 * of keys and the like hardly one byte in eight is 0. */
static bool by_chance(const uint8_t *p, size_t n)
{
	size_t zeros = 0;

	for (size_t i = 0; i < n; i++)
		zeros += !p[i];
	return zeros * 8 <= n;
}

/* ---- DTLS ---- */

enum dtls {
	DTLS_HANDSHAKE = 22,
	DTLS_DATA = 23,
	DTLS_HEADER = 13,
	DTLS_CLIENT_HELLO = 1,
	DTLS_NUMBER = 17 /* of the handshake's message */
};

static bool dtls_record(const uint8_t *p, size_t n, size_t len)
{
	return n >= DTLS_HEADER && p[0] >= 20 && p[0] <= 25 && p[1] == 0xfe &&
	       (p[2] == 0xff || p[2] == 0xfd) &&
	       (size_t)(p[11] << 8 | p[12]) + DTLS_HEADER <= len;
}

static bool dtls_probe(const struct probe *p)
{
	return !p->stream && dtls_record(p->p, p->n, p->len);
}

static bool dtls_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			  struct message *m, char name[static MESSAGE_NAME + 1])
{
	static const char *const flight[] = {
		[1] = "ClientHello",
		[2] = "ServerHello",
		[3] = "HelloRequest",
		[11] = "Certificate",
	};
	uint8_t type;

	(void)names;
	if (!dtls_record(p, n, len))
		return nothing(m);
	if (p[0] == DTLS_DATA)
		return data(m);
	if (p[0] != DTLS_HANDSHAKE)
		return nothing(m);
	/* epoch 0 is in the clear */
	type = n > DTLS_HEADER && !p[3] && !p[4] ? p[DTLS_HEADER] : 0;
	/* the next one has the server's cookie */
	if (type == DTLS_CLIENT_HELLO && n >= DTLS_NUMBER + 2 &&
	    !p[DTLS_NUMBER] && !p[DTLS_NUMBER + 1])
		return opens(m, name, flight[type]);
	return shakes(m, name,
		      type == 3 ? "HelloVerifyRequest"
		      : type < sizeof flight / sizeof *flight && flight[type]
			      ? flight[type]
			      : "Handshake");
}

const struct proto proto_dtls = {
	.id = MESSAGE_DTLS,
	.probe = dtls_probe,
	.datagram = dtls_datagram,
	.looks = LOOKS,
};

/* ---- WireGuard ---- */

#define WG_PORT 51820
#define WG_KEY 8 /* of an initiation: where it stands */
#define WG_KEY_LEN 32

enum wireguard {
	WG_INITIATION = 1,
	WG_RESPONSE,
	WG_COOKIE,
	WG_DATA,
};

/* Return: the type, or 0. */
static unsigned wireguard_type(const uint8_t *p, size_t n, size_t len)
{
	static const uint8_t lens[] = {
		[WG_INITIATION] = 148, [WG_RESPONSE] = 92, [WG_COOKIE] = 64
	};

	if (n < 16 || p[0] < WG_INITIATION || p[0] > WG_DATA || p[1] || p[2] ||
	    p[3])
		return 0;
	if (p[0] == WG_DATA) /* a counter that began at 0 is still small */
		return len >= 32 && len % 16 == 0 && !p[14] && !p[15] ? WG_DATA
								      : 0;
	return len == lens[p[0]] ? p[0] : 0;
}

static bool wireguard_probe(const struct probe *p)
{
	unsigned type = p->stream ? 0 : wireguard_type(p->p, p->n, p->len);
	size_t n = p->n < WG_KEY + WG_KEY_LEN ? p->n : WG_KEY + WG_KEY_LEN;

	return probe_port(p, WG_PORT)
		       ? type != 0
		       : type == WG_INITIATION &&
				 by_chance(p->p + WG_KEY, n - WG_KEY);
}

static bool wireguard_datagram(const uint8_t *p, size_t n, size_t len,
			       bool names, struct message *m,
			       char name[static MESSAGE_NAME + 1])
{
	(void)names;
	switch (wireguard_type(p, n, len)) {
	case WG_INITIATION:
		return opens(m, name, "Initiation");
	case WG_RESPONSE:
		return shakes(m, name, "Response");
	case WG_COOKIE:
		return shakes(m, name, "Cookie");
	case WG_DATA:
		return data(m);
	default:
		return nothing(m);
	}
}

const struct proto proto_wireguard = {
	.id = MESSAGE_WIREGUARD,
	.probe = wireguard_probe,
	.datagram = wireguard_datagram,
	.looks = LOOKS,
};

/* ---- OpenVPN ---- */

#define OPENVPN_PORT 1194
#define OVPN_SESSION_LEN 8

enum openvpn { /* opcode << 3, key 0 */
	       OVPN_CONTROL = 0x20,
	       OVPN_RESET_CLIENT = 0x38,
	       OVPN_RESET_SERVER = 0x40,
	       OVPN_RESET_CLIENT_3 = 0x50,
};

static bool first_number(const uint8_t *p, size_t n, size_t at)
{
	return n >= at + 4 && !p[at] && !p[at + 1] && !p[at + 2] &&
	       p[at + 3] == 1;
}

/* A client's first datagram: opcode, session, then an empty list and number 0; or, with
 * a key, number 1 behind the opcode (tls-crypt) or the HMAC (tls-auth: SHA-1, SHA-256,
 * SHA-512). */
static bool openvpn_reset(const uint8_t *p, size_t n, size_t len)
{
	static const uint8_t zero[5];

	switch (len) {
	case 14:
		return n == len && !memcmp(p + 9, zero, sizeof zero);
	case 42:
		return first_number(p, n, 29);
	case 54:
		return first_number(p, n, 9) || first_number(p, n, 41);
	case 86:
		return first_number(p, n, 73);
	default:
		return false;
	}
}

static bool openvpn_probe(const struct probe *p)
{
	if (p->stream || p->len < 14)
		return false;
	if (probe_port(p, OPENVPN_PORT))
		return p->p[0] == OVPN_RESET_CLIENT ||
		       p->p[0] == OVPN_RESET_SERVER ||
		       p->p[0] == OVPN_RESET_CLIENT_3;
	return p->p[0] == OVPN_RESET_CLIENT &&
	       openvpn_reset(p->p, p->n, p->len) &&
	       by_chance(p->p + 1, OVPN_SESSION_LEN);
}

static bool openvpn_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			     struct message *m,
			     char name[static MESSAGE_NAME + 1])
{
	(void)names;
	(void)len;
	switch (n ? p[0] : 0) {
	case OVPN_RESET_CLIENT:
	case OVPN_RESET_CLIENT_3:
		return opens(m, name, "Reset");
	case OVPN_RESET_SERVER:
		return shakes(m, name, "Reset");
	case OVPN_CONTROL:
		return shakes(m, name, "Control");
	default:
		return nothing(m);
	}
}

const struct proto proto_openvpn = {
	.id = MESSAGE_OPENVPN,
	.probe = openvpn_probe,
	.datagram = openvpn_datagram,
	.looks = LOOKS,
};

/* ---- STUN ---- */

#define STUN_HEADER 20

static bool stun_header(const uint8_t *p, size_t n, size_t len)
{
	static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };

	return n >= STUN_HEADER && !(p[0] & 0xc0) && !(p[3] & 3) &&
	       (size_t)(p[2] << 8 | p[3]) + STUN_HEADER == len &&
	       !memcmp(p + 4, cookie, sizeof cookie);
}

static bool stun_probe(const struct probe *p)
{
	return !p->stream && stun_header(p->p, p->n, p->len);
}

static bool stun_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			  struct message *m, char name[static MESSAGE_NAME + 1])
{
	(void)names;
	if (!stun_header(p, n, len))
		return nothing(m);
	talk_name_write(name, p[0] & 1 ? "Response" : "Request", NULL, 0);
	return data(m);
}

const struct proto proto_stun = {
	.id = MESSAGE_STUN,
	.probe = stun_probe,
	.datagram = stun_datagram,
	.looks = LOOKS,
};

/* ---- RTP ---- */

enum rtp { RTP_VERSION = 0x80, RTP_HEADER = 12, RTCP_LEAST = 8 };

/* Sound of a codec that has a number of its own, 10 to 60 ms of it: what has none says
 * too little in one datagram. */
static bool rtp_sound(const uint8_t *p, size_t len)
{
	size_t sound = len - RTP_HEADER;

	if (p[0] != RTP_VERSION || len <= RTP_HEADER || (!p[2] && !p[3]))
		return false;
	switch (p[1] & 0x7f) {
	case 0: /* G.711, G.722: 8 bytes a ms */
	case 8:
	case 9:
		return sound % 80 == 0 && sound <= 480;
	case 3: /* GSM: 20 ms */
		return sound % 33 == 0 && sound <= 99;
	case 18: /* G.729: 10 ms */
		return sound % 10 == 0 && sound <= 60;
	default:
		return false;
	}
}

/* RTCP: a report comes first. */
static bool rtcp(const uint8_t *p, size_t n, size_t len)
{
	size_t first = 4 * ((size_t)(p[2] << 8 | p[3]) + 1);

	return n >= RTCP_LEAST && (p[0] & 0xe0) == RTP_VERSION &&
	       (p[1] == 200 || p[1] == 201) && first <= len && len % 4 == 0 &&
	       first >= RTCP_LEAST + (size_t)(p[0] & 0x1f) * 24;
}

static bool rtp_probe(const struct probe *p)
{
	return !p->stream && (p->p[0] & 0xc0) == RTP_VERSION &&
	       (rtp_sound(p->p, p->len) || rtcp(p->p, p->n, p->len));
}

static bool rtp_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			 struct message *m, char name[static MESSAGE_NAME + 1])
{
	(void)names;
	(void)name;
	return n >= 4 && (rtp_sound(p, len) || rtcp(p, n, len)) ? data(m)
								: nothing(m);
}

const struct proto proto_rtp = {
	.id = MESSAGE_RTP,
	.probe = rtp_probe,
	.datagram = rtp_datagram,
	.looks = 1,
};
