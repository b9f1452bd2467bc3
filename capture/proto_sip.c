/* SIP over UDP: requests of either side, their answers, and what wants none.
 *
 *	INVITE sip:bob@example.org SIP/2.0	SIP/2.0 180 Ringing
 *	Via: SIP/2.0/UDP host;branch=z9hG4bK1	Via: SIP/2.0/UDP host;branch=z9hG4bK1
 *	Call-ID: a1@host			Call-ID: a1@host
 *	CSeq: 1 INVITE				CSeq: 1 INVITE
 *
 * What is read: the first line, and of the header the topmost Via, Call-ID and CSeq (long
 * or compact names).  A transaction is the topmost branch and the CSeq, which the answer
 * gives back (RFC 3261 17.1.3), with the Call-ID, for the branches of RFC 2543 are no
 * names of their own: their digest is the id.  One of which a short snap length leaves
 * less has none.  An ACK is a notice: it answers, and nothing answers it.  A provisional
 * answer (1xx) is INTERIM; from 180 on the wait is for a person, or for whoever is
 * called.
 *
 * Status: of final answers the code from 300 on; of provisional ones the code.
 * Keep-alives of NATs (line ends, zeros, STUN) are none of these, and no damage.
 *
 * References: RFC 3261 7 (messages), 7.3.3 (compact names), 17 (transactions), 20.8,
 * 20.16, 20.42; RFC 5626 3.5 and 4.4 (keep-alives); IANA "Session Initiation Protocol
 * (SIP) Parameters", methods.
 */
#include <string.h>
#include <strings.h>

#include "capture/http_line.h"
#include "capture/talk_int.h"

#define VERSION "SIP/2.0"
#define VERSION_LEN 7
#define CODE_AT (VERSION_LEN + 1)
#define LINES 64 /* of a header, that are looked at */
#define OK 200
#define REDIRECTS 300

static const char *const methods[] = {
	"INVITE",  "ACK",     "BYE",     "CANCEL",    "REGISTER",
	"OPTIONS", "INFO",    "UPDATE",  "PRACK",     "REFER",
	"NOTIFY",  "MESSAGE", "PUBLISH", "SUBSCRIBE",
};

/* The method that the bytes begin with, before a space; NULL: none. */
static const char *method_of(const uint8_t *p, size_t n)
{
	size_t len = http_method(p, n);

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (http_method_is(p, len, methods[i]))
			return methods[i];
	return NULL;
}

static bool has_version(const uint8_t *p, size_t n)
{
	return n > VERSION_LEN && !memcmp(p, VERSION " ", VERSION_LEN + 1);
}

/* Return: bytes of the line at @p, without its end; *@whole: is that there? */
static size_t line_of(const uint8_t *p, size_t n, bool *whole)
{
	const uint8_t *end = n ? memchr(p, '\n', n) : NULL;

	*whole = end != NULL;
	return http_line(p, end ? (size_t)(end - p) + 1 : n);
}

/* Does the line of a request end with the version, as far as captured? */
static bool is_request(const uint8_t *p, size_t n)
{
	const char *method = method_of(p, n);
	size_t begin;
	bool whole;

	if (!method)
		return false;
	n = line_of(p, n, &whole);
	begin = strlen(method) + 1;
	if (whole)
		return n > begin + VERSION_LEN + 1 &&
		       !memcmp(p + n - VERSION_LEN - 1, " " VERSION,
			       VERSION_LEN + 1);
	return n > begin + 4 &&
	       (!memcmp(p + begin, "sip:", 4) ||
		!memcmp(p + begin, "sips", 4) || !memcmp(p + begin, "tel:", 4));
}

static bool sip_probe(const struct probe *p)
{
	return !p->stream &&
	       (has_version(p->p, p->n) || is_request(p->p, p->n));
}

/* ---- the header ---- */

struct header { /* digests; 0: not seen */
	uint32_t branch, call, cseq;
};

static uint32_t digest(const uint8_t *p, size_t n)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h ? h : 1;
}

/* Takes spaces from both ends. */
static const uint8_t *trim(const uint8_t *p, size_t *n)
{
	while (*n && (p[0] == ' ' || p[0] == '\t')) {
		p++;
		--*n;
	}
	while (*n && (p[*n - 1] == ' ' || p[*n - 1] == '\t'))
		--*n;
	return p;
}

/* The branch of the first of the values of a Via. */
static uint32_t branch_of(const uint8_t *p, size_t n)
{
	static const char name[] = "branch=";
	size_t len = sizeof name - 1, end;

	for (size_t i = 0; i < n && p[i] != ','; i++) {
		size_t left = n - i - 1;
		const uint8_t *at = trim(p + i + 1, &left);

		if (p[i] != ';' || left < len ||
		    strncasecmp((const char *)at, name, len) != 0)
			continue;
		for (end = len; end < left && !strchr(";, \t", at[end]);)
			end++;
		return digest(at + len, end - len);
	}
	return 1; /* RFC 2543 has none */
}

/* Takes the field of a line, whose value begins at @at. */
static void field(struct header *h, const uint8_t *line, size_t n, size_t at)
{
	size_t name = at - 1, left = n - at;
	const uint8_t *value = trim(line + at, &left);
	char c = (char)(name == 1 ? line[0] | 0x20 : 0);

	if (!h->branch && (c == 'v' || http_field_is(line, n, "Via")))
		h->branch = branch_of(value, left);
	else if (!h->call && (c == 'i' || http_field_is(line, n, "Call-ID")))
		h->call = digest(value, left);
	else if (!h->cseq && http_field_is(line, n, "CSeq"))
		h->cseq = digest(value, left);
}

static struct header header_of(const uint8_t *p, size_t n)
{
	struct header h = { 0 };
	bool whole = true;

	for (size_t i = 0; i < LINES && n; i++) {
		const uint8_t *end = memchr(p, '\n', n), *colon;
		size_t len = line_of(p, n, &whole);

		if (!whole || !len)
			break;
		colon = i ? memchr(p, ':', len) : NULL;
		if (colon)
			field(&h, p, len, (size_t)(colon - p) + 1);
		n -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	return h;
}

static int64_t id_of(const struct header *h)
{
	uint64_t id = (uint64_t)(h->branch ^ h->call * 31u) << 32 | h->cseq;

	return h->branch && h->call && h->cseq ? (int64_t)(id & INT64_MAX) : -1;
}

/* ---- messages ---- */

static bool answer(const uint8_t *p, size_t n, struct message *m)
{
	uint64_t code;

	if (n < CODE_AT + 3 || !http_number(p + CODE_AT, 3, 10, &code) ||
	    code < 100 || code > 699)
		return false;
	m->kind = code < OK ? MESSAGE_INTERIM : MESSAGE_RESPONSE;
	m->status = code < OK || code >= REDIRECTS ? (int64_t)code : 0;
	return true;
}

static bool request(const uint8_t *p, size_t n, bool names, struct message *m,
		    char name[static MESSAGE_NAME + 1])
{
	const char *method = method_of(p, n);
	size_t begin, len = 0;
	bool whole;

	if (!method)
		return false;
	begin = strlen(method) + 1;
	n = line_of(p, n, &whole);
	while (begin + len < n && !strchr(" ;?", p[begin + len]))
		len++;
	m->kind = !strcmp(method, "ACK") ? MESSAGE_NOTICE : MESSAGE_REQUEST;
	talk_name_write(name, method, (const char *)p + begin, names ? len : 0);
	return true;
}

static bool sip_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			 struct message *m, char name[static MESSAGE_NAME + 1])
{
	struct header h;

	(void)len;
	if (!n || p[0] < 'A') { /* a keep-alive */
		m->kind = MESSAGE_KINDS;
		return true;
	}
	if (has_version(p, n) ? !answer(p, n, m)
			      : !request(p, n, names, m, name))
		return false;
	h = header_of(p, n);
	m->msg_id = m->kind == MESSAGE_NOTICE ? -1 : id_of(&h);
	return true;
}

const struct proto proto_sip = {
	.id = MESSAGE_SIP,
	.probe = sip_probe,
	.datagram = sip_datagram,
};
