/* QUIC, as far as it is in the clear.
 *
 * What is read: the long header of the first packet in a datagram, which version
 * 1 and 2 use until both sides have keys: form and fixed bit, version, both
 * connection IDs, and the lengths of token and packet.  All else is
 * encrypted, or (short headers) has no form that could be recognised.
 *
 * Each datagram with a long header is a flight that sets up the channel: a
 * message of kind HANDSHAKE, named by its type.  It opens the connection (MESSAGE_OPENS)
 * if it is an Initial or 0-RTT, to an ID that the client may have made up: of 8 bytes
 * or more (RFC 9000 7.2).  Nothing is told of datagrams with
 * short headers: whether they ask, answer or only acknowledge is for
 * report/derive/datagrams_quic.c to guess, by size and time.
 *
 * Probe: a version that is in use or reserved for greasing, in a datagram as long as a
 * client's first must be, as a server's with its certificate is too.  Smaller ones are
 * read where such a one came before: alone they say too little (four bytes of zeros are
 * a version negotiation, and in the head of many a protocol).
 *
 * References: RFC 8999 5.1, 6 (what all versions share); RFC 9000 17.2, 14.1
 * (1200 bytes), 15 (reserved versions), 16 (integers); RFC 9369 3.2 (version 2).
 */
#include "capture/talk_int.h"

#define ID_MOST 20       /* of versions 1 and 2 */
#define ID_MADE_UP 8     /* by a client, at least */
#define INITIAL_LEN 1200 /* of the datagram */
#define LOOKS 64         /* a handshake, some of it sent again */

enum bits { LONG = 0x80, FIXED = 0x40 };

enum type { INITIAL, ZERO_RTT, HANDSHAKE, RETRY };

#define NEGOTIATION 0
#define VERSION_1 1
#define VERSION_2 0x6b3343cfu
#define DRAFT_LEAST 0xff00001du /* 29, the first that was deployed widely */
#define DRAFT_MOST 0xff000022u

static bool version_known(uint32_t v)
{
	return v == VERSION_1 || v == VERSION_2 ||
	       (v >= DRAFT_LEAST && v <= DRAFT_MOST);
}

static bool version_reserved(uint32_t v)
{
	return (v & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static enum type type_of(uint8_t first, uint32_t version)
{
	unsigned bits = first >> 4 & 3;

	/* version 2 has them one further on */
	return (enum type)(version == VERSION_2 ? (bits + 3) % 4 : bits);
}

static uint64_t read_integer(struct cursor *in)
{
	uint64_t v = cursor_u8(in);
	unsigned more = (1u << (v >> 6)) - 1;

	v &= 0x3f;
	while (more--)
		v = v << 8 | cursor_u8(in);
	return v;
}

static void skip_id(struct cursor *in, bool *fits)
{
	uint8_t n = cursor_u8(in);

	*fits &= n <= ID_MOST;
	cursor_skip(in, n);
}

/* Does a list of versions have one that is known?  All of it was captured. */
static bool lists_version(struct cursor *in)
{
	bool known = false;

	if (cursor_left(in) % 4)
		return false;
	while (cursor_left(in))
		known |= version_known(cursor_be32(in));
	return known;
}

/* Does what stands behind the connection IDs fit a datagram of @left bytes?  What was
 * not captured fits. */
static bool lengths_fit(struct cursor *in, enum type type, uint64_t left)
{
	uint64_t token = 0, packet;

	if (type == RETRY)
		return true;
	if (type == INITIAL)
		token = read_integer(in);
	if (in->bad)
		return true;
	if (token >= left)
		return false;
	cursor_skip(in, (size_t)token);
	packet = read_integer(in);
	return in->bad || packet < left - token;
}

/* Is it a long header of QUIC?  @len: of the datagram. */
static bool quic_long(const uint8_t *p, size_t n, size_t len)
{
	struct cursor in = cursor_of(p, n);
	uint8_t first = cursor_u8(&in);
	uint32_t version = cursor_be32(&in);
	bool fits = true;

	if (in.bad || !(first & LONG))
		return false;
	skip_id(&in, &fits);
	skip_id(&in, &fits);
	if (in.bad || !fits)
		return false;
	if (version == NEGOTIATION)
		return n == len && lists_version(&in);
	if (!(first & FIXED))
		return false;
	if (version_reserved(version))
		return len >= INITIAL_LEN;
	if (!version_known(version))
		return false;
	return lengths_fit(&in, type_of(first, version),
			   len - (n - cursor_left(&in)));
}

static bool quic_probe(const struct probe *p)
{
	/* most others end here */
	return !p->stream && p->p[0] & LONG && p->len >= INITIAL_LEN &&
	       quic_long(p->p, p->n, p->len);
}

static bool quic_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			  struct message *m, char name[static MESSAGE_NAME + 1])
{
	static const char *const types[] = {
		[INITIAL] = "Initial",
		[ZERO_RTT] = "0-RTT",
		[HANDSHAKE] = "Handshake",
		[RETRY] = "Retry",
	};
	struct cursor in = cursor_of(p, n);
	uint8_t first = cursor_u8(&in);
	uint32_t version = cursor_be32(&in);

	(void)names;
	if (!quic_long(p, n, len)) {
		m->kind = MESSAGE_KINDS;
		return true;
	}
	m->kind = MESSAGE_HANDSHAKE;
	if (version != NEGOTIATION && type_of(first, version) <= ZERO_RTT &&
	    cursor_u8(&in) >= ID_MADE_UP)
		m->flags |= MESSAGE_OPENS;
	talk_name_write(name,
			version == NEGOTIATION ? "Version-Negotiation"
					       : types[type_of(first, version)],
			NULL, 0);
	return true;
}

const struct proto proto_quic = {
	.id = MESSAGE_QUIC,
	.probe = quic_probe,
	.datagram = quic_datagram,
	.looks = LOOKS,
};
