/* TDS, the protocol of SQL Server.
 *
 * A message is one or more packets of eight bytes of header and up to 32 kB,
 * the last one marked (EOM).  The header's type tells requests from answers;
 * one request is answered before the next is sent.
 *
 * Status: an answer that begins with an ERROR token gives its number; one whose
 * last token, DONE, has the error bit says only that it failed (-1).  A
 * procedure's name is read from an RPC; the text of SQL is not.
 *
 * Encryption: with it (the usual case today) PRELOGIN packets carry the TLS
 * handshake, and then the stream is TLS records without TDS around them: turns.
 *
 * Probe: PRELOGIN's option list, by which a session begins; in mid-stream, port
 * 1433 and a header that is plausible for its segment.
 *
 * References: [MS-TDS] 2.2.3.1 (packet header), 2.2.6.5 (PRELOGIN), 2.2.6.6
 * (RPC), 2.2.5.3 (ALL_HEADERS), 2.2.7.6 (DONE), 2.2.7.10 (ERROR).
 */
#include <string.h>

#include "capture/talk_int.h"

#define PORT 1433
#define HEADER 8
#define PACKET_MAX 32767
#define DONE_SIZE 13 /* of TDS 7.2 and later */

enum type {
	SQL_BATCH = 1,
	LOGIN = 2,
	RPC = 3,
	TABULAR = 4,
	ATTENTION = 6,
	BULK_LOAD = 7,
	FEDAUTH = 8,
	TRANSACTION = 14,
	LOGIN7 = 16,
	SSPI = 17,
	PRELOGIN = 18,
};

enum { EOM = 0x01 };

enum {
	STATE_HEADER,
	STATE_TOKEN,   /* first bytes of an answer */
	STATE_DONE,    /* its last bytes */
	STATE_HEADERS, /* an RPC's ALL_HEADERS: total length */
	STATE_NAME_LENGTH,
	STATE_NAME,
	STATE_REST, /* of the packet */
};

static const char *command_of(uint8_t type)
{
	switch (type) {
	case SQL_BATCH:
		return "SQL_BATCH";
	case LOGIN:
		return "LOGIN";
	case RPC:
		return "RPC";
	case TABULAR:
		return "TABULAR";
	case ATTENTION:
		return "ATTENTION";
	case BULK_LOAD:
		return "BULK_LOAD";
	case FEDAUTH:
		return "FEDAUTH";
	case TRANSACTION:
		return "TRANSACTION";
	case LOGIN7:
		return "LOGIN7";
	case SSPI:
		return "SSPI";
	case PRELOGIN:
		return "PRELOGIN";
	default:
		return NULL;
	}
}

/* [MS-TDS] 2.2.6.6: well-known procedures by number. */
static const char *procedure(unsigned id)
{
	static const char *const names[] = {
		NULL,
		"sp_cursor",
		"sp_cursoropen",
		"sp_cursorprepare",
		"sp_cursorexecute",
		"sp_cursorprepexec",
		"sp_cursorunprepare",
		"sp_cursorfetch",
		"sp_cursoroption",
		"sp_cursorclose",
		"sp_executesql",
		"sp_prepare",
		"sp_execute",
		"sp_prepexec",
		"sp_prepexecrpc",
		"sp_unprepare",
	};

	return id < sizeof names / sizeof *names ? names[id] : NULL;
}

static unsigned packet_length(const uint8_t *p)
{
	return (unsigned)p[2] << 8 | p[3];
}

static bool is_header(const uint8_t *p)
{
	return command_of(p[0]) && !(p[1] & 0xe0) &&
	       packet_length(p) >= HEADER && packet_length(p) <= PACKET_MAX &&
	       !p[7];
}

/* PRELOGIN: options (type, offset, length) from VERSION on, a terminator. */
static bool is_prelogin(const uint8_t *p, size_t n)
{
	size_t at = HEADER;
	uint8_t last = 0;

	if (p[0] != PRELOGIN || p[1] != EOM || n < HEADER + 6 || p[HEADER])
		return false;
	while (at + 5 < n && p[at] != 0xff) {
		unsigned off = (unsigned)p[at + 1] << 8 | p[at + 2];
		unsigned len = (unsigned)p[at + 3] << 8 | p[at + 4];

		if (p[at] > 32 || (at > HEADER && p[at] <= last) ||
		    off + len > packet_length(p) - HEADER)
			return false;
		last = p[at];
		at += 5;
	}
	return at > HEADER;
}

/* Data are full of zeroes and small numbers, too: in mid-stream a packet must
 * also be one segment, or full-sized and the first of many. */
static bool is_packet(const uint8_t *p, size_t len)
{
	unsigned n = packet_length(p);

	return p[1] & EOM ? n == len : n % 512 == 0 || n == 8000 || n == 32767;
}

static bool tds_probe(const struct probe *p)
{
	if (!p->stream || p->n < HEADER || !is_header(p->p))
		return false;
	return is_prelogin(p->p, p->n) ||
	       (probe_port(p, PORT) && is_packet(p->p, p->len));
}

static void next_packet(struct talk *t, unsigned dir)
{
	t->side[dir].state = STATE_HEADER;
	talk_want(t, dir, 0, HEADER);
}

static void tds_resume(struct talk *t, unsigned dir)
{
	talk_cut(t, dir);
	next_packet(t, dir);
}

static uint64_t left(const struct talk_side *s)
{
	return s->end - s->next;
}

static void rest(struct talk *t, unsigned dir)
{
	t->side[dir].state = STATE_REST;
	talk_want(t, dir, left(&t->side[dir]), 0);
}

/* Wants @n bytes in @state after @skip, or the packet's end. */
static void inside(struct talk *t, unsigned dir, uint8_t state, uint64_t skip,
		   uint32_t n)
{
	if (left(&t->side[dir]) < skip + n) {
		rest(t, dir);
		return;
	}
	t->side[dir].state = state;
	talk_want(t, dir, skip, n);
}

/* The last token of an answer's last packet. */
static void answer_end(struct talk *t, unsigned dir)
{
	uint64_t n = left(&t->side[dir]);

	if (t->tds.last[dir] && n >= DONE_SIZE)
		inside(t, dir, STATE_DONE, n - DONE_SIZE, DONE_SIZE);
	else
		rest(t, dir);
}

static void message_begin(struct talk *t, unsigned dir, uint8_t type)
{
	struct tds_state *h = &t->tds;
	enum message_kind kind = MESSAGE_REQUEST;

	if (!h->known) { /* the first packet tells who the client is */
		h->known = true;
		h->client = type == TABULAR ? !dir : (uint8_t)dir;
	}
	/* with TLS inside, packets of both sides are PRELOGIN */
	if (type == ATTENTION)
		kind = MESSAGE_NOTICE;
	else if (dir != h->client)
		kind = MESSAGE_RESPONSE;

	talk_open(t, dir, kind);
	talk_name(t, dir, command_of(type), NULL, 0);
	t->tds.type[dir] = type;
}

static bool header(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_side *s = &t->side[dir];
	bool first = !s->m.open || t->tds.type[dir] != p[0];

	if (p[0] >= 20 && p[0] <= 23 && p[1] == 3 && p[2] <= 4) {
		tls_take_over(t, dir, p, HEADER);
		return true;
	}
	if (!is_header(p))
		return false;
	if (first)
		message_begin(t, dir, p[0]);
	s->end = s->next + packet_length(p) - HEADER;
	t->tds.last[dir] = p[1] & EOM;
	if (p[0] == TABULAR && first)
		inside(t, dir, STATE_TOKEN, 0, 7);
	else if (p[0] == TABULAR)
		answer_end(t, dir);
	else if (p[0] == RPC && first && talk_names(t))
		inside(t, dir, STATE_HEADERS, 0, 4);
	else
		rest(t, dir);
	return true;
}

/* ERROR: 0xAA, length, number. */
static void token(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_draft *m = &t->side[dir].m;
	struct cursor in = cursor_of(p + 3, 4);

	if (p[0] == 0xaa)
		m->status = cursor_le32(&in);
	else if (p[0] == 0xfd && p[1] & 2 && t->tds.last[dir] &&
		 left(&t->side[dir]) == DONE_SIZE - 7)
		m->status = -1;
	answer_end(t, dir);
}

/* DONE, DONEPROC, DONEINPROC: status bit 1 is error. */
static void done(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_draft *m = &t->side[dir].m;

	if (p[0] >= 0xfd && p[1] & 2 && !m->status)
		m->status = -1;
	rest(t, dir);
}

static void all_headers(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct cursor in = cursor_of(p, 4);
	uint32_t total = cursor_le32(&in);

	if (total >= 4 && total < 4096)
		inside(t, dir, STATE_NAME_LENGTH, total - 4, 4);
	else
		rest(t, dir);
}

static void name(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	talk_name_utf16(t, dir, "RPC", p + 2, n - 2);
	rest(t, dir);
}

/* NameLenProcID: characters, or 0xFFFF and a number. */
static void name_length(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	unsigned chars = p[0] | (unsigned)p[1] << 8;
	const char *known;

	if (chars == 0xffff) {
		known = procedure(p[2] | (unsigned)p[3] << 8);
		if (known)
			talk_name(t, dir, "RPC", known, strlen(known));
		rest(t, dir);
	} else if (chars && chars <= MESSAGE_NAME &&
		   2 * (uint64_t)chars <= left(&t->side[dir]) + 2) {
		t->side[dir].state = STATE_NAME;
		if (2 + 2 * chars > n)
			talk_again(t, dir, 2 + 2 * chars);
		else
			name(t, dir, p, 2 + 2 * chars);
	} else {
		rest(t, dir);
	}
}

static void packet_end(struct talk *t, unsigned dir)
{
	if (t->tds.last[dir])
		talk_done(t, dir);
	next_packet(t, dir);
}

static bool tds_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	switch (t->side[dir].state) {
	case STATE_HEADER:
		return header(t, dir, p);
	case STATE_TOKEN:
		token(t, dir, p);
		break;
	case STATE_DONE:
		done(t, dir, p);
		break;
	case STATE_HEADERS:
		all_headers(t, dir, p);
		break;
	case STATE_NAME_LENGTH:
		name_length(t, dir, p, n);
		break;
	case STATE_NAME:
		name(t, dir, p, n);
		break;
	default:
		packet_end(t, dir);
	}
	return true;
}

static bool tds_lost(struct talk *t, unsigned dir)
{
	if (t->side[dir].state == STATE_HEADER)
		return false;
	rest(t, dir);
	return true;
}

const struct proto proto_tds = {
	.id = MESSAGE_TDS,
	.probe = tds_probe,
	.resume = tds_resume,
	.step = tds_step,
	.lost = tds_lost,
};
