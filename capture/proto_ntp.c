/* NTP: polls of a client, and what the server answers.
 *
 * What is read: mode, version, stratum, reference id and two time stamps.  A request
 * (mode 3) is known by its own time stamp, which the answer (mode 4) gives back: these
 * 64 bits are the id, so that a poll whose answer was lost is not taken for the next.
 * A client that writes zeros there, or a packet that is cut, has none.  Peers (modes 1
 * and 2) and broadcasts (5) want no answer of each other: notices.  Of control messages
 * (6, 7) nothing is told.
 *
 * Status: of an answer whose stratum is 0 the four letters of its kiss code, as the
 * number that they are in network order; NTP_NOT_SET if the server says that its clock
 * is not set (leap indicator 3).  Such an answer tells no time.
 *
 * References: RFC 5905 7.3 (header), 7.4 (kiss codes); RFC 9109 (ports of clients);
 * RFC 8915 5.7 (NTSN).
 */
#include "capture/talk_int.h"

#define PORT 123
#define HEADER 48

enum mode {
	MODE_ACTIVE = 1,
	MODE_PASSIVE,
	MODE_CLIENT,
	MODE_SERVER,
	MODE_BROADCAST
};

#define LEAP_UNKNOWN 3

static bool ntp_probe(const struct probe *p)
{
	uint8_t version = p->p[0] >> 3 & 7, mode = p->p[0] & 7;

	return !p->stream && probe_port(p, PORT) && p->len >= HEADER &&
	       p->len % 4 == 0 && version >= 1 && version <= 4 &&
	       mode >= MODE_ACTIVE && mode <= MODE_BROADCAST;
}

/* The time stamp at @at; -1: not captured, or none. */
static int64_t stamp(const uint8_t *p, size_t n, size_t at)
{
	struct cursor in = cursor_of(p, n);
	uint64_t v;

	cursor_skip(&in, at);
	v = (uint64_t)cursor_be32(&in) << 32;
	v |= cursor_be32(&in);
	return n >= HEADER && v ? (int64_t)(v & INT64_MAX) : -1;
}

static int64_t status_of(const uint8_t *p, size_t n)
{
	struct cursor in = cursor_of(p, n);
	uint32_t code;

	cursor_skip(&in, 12);
	code = cursor_be32(&in);
	if (!in.bad && !p[1] && code >> 24 >= 'A' && code >> 24 <= 'Z')
		return code;
	return p[0] >> 6 == LEAP_UNKNOWN ? MESSAGE_NTP_NOT_SET : 0;
}

static bool ntp_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			 struct message *m, char name[static MESSAGE_NAME + 1])
{
	(void)names;
	if (!n)
		return false;
	switch (len < HEADER ? 0 : p[0] & 7) {
	case MODE_CLIENT:
		m->kind = MESSAGE_REQUEST;
		m->msg_id = stamp(p, n, 40);
		break;
	case MODE_SERVER:
		m->kind = MESSAGE_RESPONSE;
		m->msg_id = stamp(p, n, 24);
		m->status = status_of(p, n);
		break;
	case MODE_ACTIVE:
	case MODE_PASSIVE:
		m->kind = MESSAGE_NOTICE;
		talk_name_write(name, "peer", NULL, 0);
		return true;
	case MODE_BROADCAST:
		m->kind = MESSAGE_NOTICE;
		talk_name_write(name, "broadcast", NULL, 0);
		return true;
	default:
		m->kind = MESSAGE_KINDS;
		return true;
	}
	talk_name_write(name, "poll", NULL, 0);
	return true;
}

const struct proto proto_ntp = {
	.id = MESSAGE_NTP,
	.probe = ntp_probe,
	.datagram = ntp_datagram,
};
