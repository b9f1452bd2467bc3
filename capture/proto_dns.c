/* DNS, over UDP and TCP.
 *
 * What is read: the header and the first question; of a response without an
 * answer also the records behind it, up to the OPT record, which has the upper
 * bits of its RCODE (BADVERS, BADCOOKIE).  Over TCP each message has its length before it (RFC 1035 4.2.2), and a connection
 * may carry many, answered in any order (RFC 7766 6.2.1.1): the id tells.
 *
 * Probe: a header that makes sense (one question, no answers in a query, bits
 * that must be zero), a name of labels, a known type and class.  On port 53
 * other opcodes are accepted, too.  Multicast DNS (5353) has no exchanges and
 * NetBIOS names (137) only look like it: neither is taken.
 *
 * References: RFC 1035 4.1 (header, question), 3.1 (names); RFC 2136
 * (UPDATE), RFC 1996 (NOTIFY), RFC 6895 (numbers), RFC 2535 6.1 (AD, CD),
 * RFC 6891 6.1.3 (OPT, extended RCODE).
 */
#include <stdio.h>
#include <string.h>

#include "capture/talk_int.h"

#define PORT 53
#define HEADER 12
#define QUESTION 260 /* at most 255 bytes of name, and type and class */
#define LABEL 63
#define POINTER 0xc0 /* the last two bytes of a compressed name */
#define OPT 41

enum { STATE_LENGTH, STATE_MESSAGE, STATE_REST };

enum flag { /* of the header's second word */
	    FLAG_QR = 0x8000,
	    FLAG_TC = 0x0200,
	    FLAG_Z = 0x0040,
};

static const struct {
	uint16_t type;
	const char *name;
} types[] = {
	{ 1, "A" },      { 2, "NS" },      { 5, "CNAME" },  { 6, "SOA" },
	{ 12, "PTR" },   { 13, "HINFO" },  { 15, "MX" },    { 16, "TXT" },
	{ 28, "AAAA" },  { 29, "LOC" },    { 33, "SRV" },   { 35, "NAPTR" },
	{ 39, "DNAME" }, { 43, "DS" },     { 44, "SSHFP" }, { 46, "RRSIG" },
	{ 47, "NSEC" },  { 48, "DNSKEY" }, { 50, "NSEC3" }, { 52, "TLSA" },
	{ 59, "CDS" },   { 64, "SVCB" },   { 65, "HTTPS" }, { 99, "SPF" },
	{ 249, "TKEY" }, { 250, "TSIG" },  { 251, "IXFR" }, { 252, "AXFR" },
	{ 255, "ANY" },  { 256, "URI" },   { 257, "CAA" },
};

struct dns {
	uint16_t id, flags, questions, answers, authorities, additional;
	uint16_t type, class;
	uint8_t rcode_high; /* of the OPT record, 0 without one */
	bool whole;         /* the question was complete */
	size_t n;
	char name[256]; /* with dots, n bytes */
};

static unsigned opcode(const struct dns *d)
{
	return d->flags >> 11 & 15;
}

static const char *type_name(uint16_t type, char number[static 16])
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type)
			return types[i].name;
	snprintf(number, 16, "TYPE%u", (unsigned)type); /* RFC 3597 5 */
	return number;
}

static bool type_known(uint16_t type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type)
			return true;
	return false;
}

/* The question's name.  Return: false if it is not a name; a cut one only sets
 * in->bad. */
static bool read_name(struct cursor *in, struct dns *d)
{
	for (;;) {
		uint8_t n = cursor_u8(in);
		const uint8_t *p;

		if (in->bad || n > LABEL || d->n + n > 253)
			return in->bad;
		if (!n)
			return true;
		p = cursor_take(in, n);
		if (!p)
			return true;
		if (d->n)
			d->name[d->n++] = '.';
		memcpy(d->name + d->n, p, n);
		d->n += n;
	}
}

static void skip_name(struct cursor *in)
{
	for (;;) {
		uint8_t n = cursor_u8(in);

		if (in->bad || !n)
			return;
		if ((n & POINTER) == POINTER) {
			cursor_skip(in, 1);
			return;
		}
		cursor_skip(in, n);
	}
}

/* The upper 8 bits of the RCODE, from the OPT record behind the question; 0 if
 * there is none, or if it is cut off.  Cost: each record up to it has 11 bytes at
 * least, so a few hundred steps at most. */
static uint8_t read_rcode_high(struct cursor *in, const struct dns *d)
{
	unsigned left = (unsigned)d->authorities + d->additional;

	for (; left && !in->bad; left--) {
		uint16_t type;
		uint8_t high;

		skip_name(in);
		type = cursor_be16(in);
		cursor_skip(in, 2); /* class: the sender's size of datagrams */
		high = cursor_u8(in);
		cursor_skip(in, 3); /* version and flags: the rest of the TTL */
		if (type == OPT)
			return in->bad ? 0 : high;
		cursor_skip(in, cursor_be16(in));
	}
	return 0;
}

/* Return: false if it is not DNS. */
static bool dns_read(const uint8_t *p, size_t n, struct dns *d)
{
	struct cursor in = cursor_of(p, n);

	*d = (struct dns){ 0 };
	d->id = cursor_be16(&in);
	d->flags = cursor_be16(&in);
	d->questions = cursor_be16(&in);
	d->answers = cursor_be16(&in);
	d->authorities = cursor_be16(&in);
	d->additional = cursor_be16(&in);
	if (in.bad)
		return false;
	if (!d->questions)
		return true;
	if (!read_name(&in, d))
		return false;
	d->type = cursor_be16(&in);
	d->class = cursor_be16(&in);
	d->whole = !in.bad;
	if (d->flags & FLAG_QR && d->questions == 1 && !d->answers)
		d->rcode_high = read_rcode_high(&in, d);
	return true;
}

/* "A www.example.com": @about and @command of the name. */
static const char *command_of(const struct dns *d, char number[static 16])
{
	switch (opcode(d)) {
	case 4:
		return "NOTIFY";
	case 5:
		return "UPDATE";
	default:
		return d->whole ? type_name(d->type, number) : "QUERY";
	}
}

static bool plausible(const struct dns *d, bool port)
{
	bool response = d->flags & FLAG_QR;
	unsigned op = opcode(d);

	if (d->flags & FLAG_Z || d->questions != 1)
		return false;
	if (!response && op == 0 && (d->answers || d->authorities > 1))
		return false;
	if (port)
		return op == 0 || op == 4 || op == 5;
	return op == 0 && d->whole && type_known(d->type) &&
	       (d->class & 0x7fff) == 1;
}

static bool dns_probe(const struct probe *p)
{
	struct dns d;
	size_t skip = p->stream ? 2 : 0;

	if (probe_port(p, 5353) || probe_port(p, 137) || p->n < HEADER + skip)
		return false;
	if (p->stream && (size_t)(p->p[0] << 8 | p->p[1]) < HEADER)
		return false;
	/* one question, as plausible() will ask: most others end here */
	if (p->p[skip + 4] || p->p[skip + 5] != 1)
		return false;
	return dns_read(p->p + skip, p->n - skip, &d) &&
	       plausible(&d, probe_port(p, PORT));
}

static void fill(const struct dns *d, int64_t *id, int64_t *status,
		 uint8_t *kind)
{
	*id = d->id;
	*kind = d->flags & FLAG_QR ? MESSAGE_RESPONSE : MESSAGE_REQUEST;
	*status = d->flags & FLAG_QR ? d->rcode_high << 4 | (d->flags & 15) : 0;
}

static bool dns_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			 struct message *m, char name[static MESSAGE_NAME + 1])
{
	struct dns d;
	char number[16];

	if (len < HEADER || !dns_read(p, n, &d))
		return false;
	fill(&d, &m->msg_id, &m->status, &m->kind);
	if (d.flags & FLAG_QR && d.flags & FLAG_TC)
		m->flags |= MESSAGE_TRUNCATED;
	if (d.questions)
		talk_name_write(name, command_of(&d, number), d.name,
				names ? d.n : 0);
	return true;
}

/* ---- over TCP ---- */

static void dns_resume(struct talk *t, unsigned dir)
{
	talk_cut(t, dir);
	t->side[dir].state = STATE_LENGTH;
	talk_want(t, dir, 0, 2);
}

static bool dns_length(struct talk *t, unsigned dir, const uint8_t *p)
{
	uint32_t len = (uint32_t)(p[0] << 8 | p[1]);

	if (len < HEADER)
		return false;
	talk_open(t, dir, MESSAGE_REQUEST)->unsure = true;
	t->side[dir].end = t->side[dir].next + len;
	t->side[dir].state = STATE_MESSAGE;
	talk_want(t, dir, 0, len < QUESTION ? len : QUESTION);
	return true;
}

static void dns_rest(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	s->state = STATE_REST;
	talk_want(t, dir, s->end - s->next, 0);
}

static bool dns_message(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	struct talk_draft *m = &t->side[dir].m;
	struct dns d;
	char number[16];

	if (!dns_read(p, n, &d))
		return false;
	fill(&d, &m->msg_id, &m->status, &m->kind);
	m->unsure = false;
	if (d.questions)
		talk_name(t, dir, command_of(&d, number), d.name, d.n);
	dns_rest(t, dir);
	return true;
}

static bool dns_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	switch (t->side[dir].state) {
	case STATE_LENGTH:
		return dns_length(t, dir, p);
	case STATE_MESSAGE:
		return dns_message(t, dir, p, n);
	default:
		talk_done(t, dir);
		dns_resume(t, dir);
		return true;
	}
}

/* Uses what was captured of the question. */
static bool dns_lost(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	if (s->state != STATE_MESSAGE)
		return false;
	if (s->have < HEADER || !dns_message(t, dir, s->held, s->have)) {
		talk_cut(t, dir); /* neither request nor response */
		dns_rest(t, dir);
	}
	return true;
}

const struct proto proto_dns = {
	.id = MESSAGE_DNS,
	.probe = dns_probe,
	.resume = dns_resume,
	.step = dns_step,
	.lost = dns_lost,
	.datagram = dns_datagram,
};
