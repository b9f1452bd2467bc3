/* CoAP over UDP: requests, answers, and the empty messages that acknowledge.
 *
 *	version:2 type:2 token length:4, code:8, message id:16, token, options
 *
 * The token names a request and its answer, the message id only a datagram and its
 * acknowledgement.  An answer may be in the acknowledgement, or come later by itself,
 * after an empty one (INTERIM): "the server is at work".  Who observes a resource is told
 * again and again with the same token: answers that no request waits for.  A reset is a
 * notice.
 *
 * It is known by its port only: four bytes of which nearly any value is one prove
 * nothing.  Token and length are the id; status: class * 100 + detail of an answer from
 * 4.00 on.  The name is the method, and the path of the options (Uri-Path).
 *
 * References: RFC 7252 3 (messages), 4.2, 5.2 (answers), 5.10 and 12.2 (options), 12.1.2
 * (codes); RFC 7641 (observing); RFC 8132 (FETCH, PATCH, iPATCH).
 */
#include "capture/talk_int.h"

#define PORT 5683
#define HEADER 4
#define TOKEN_MAX 8
#define URI_PATH 11
#define PATH_MAX_BYTES 160
#define ERRORS 4 /* class */
#define OPTIONS 32

enum type { TYPE_CON, TYPE_NON, TYPE_ACK, TYPE_RST };

static const char *const methods[] = {
	[1] = "GET",   [2] = "POST",  [3] = "PUT",   [4] = "DELETE",
	[5] = "FETCH", [6] = "PATCH", [7] = "iPATCH"
};
#define METHODS (sizeof methods / sizeof *methods)

/* Is it a message's head?  Only an empty one may have neither token nor more. */
static bool is_head(const uint8_t *p, size_t n, size_t len)
{
	unsigned class = n < 2 ? 7 : p[1] >> 5, token = n ? p[0] & 15 : 15;

	if (n < HEADER || p[0] >> 6 != 1 || token > TOKEN_MAX ||
	    len < HEADER + token)
		return false;
	if (!p[1])
		return len == HEADER;
	return class == 0 ? p[1] < METHODS
			  : class == 2 || class == 4 || class == 5;
}

static bool coap_probe(const struct probe *p)
{
	return !p->stream && probe_port(p, PORT) && is_head(p->p, p->n, p->len);
}

static int64_t id_of(const uint8_t *p, size_t n)
{
	unsigned len = p[0] & 15;
	struct cursor in = cursor_of(p, n);
	uint64_t id = 0;

	cursor_skip(&in, HEADER);
	for (unsigned i = 0; i < len; i++)
		id = id << 8 | cursor_u8(&in);
	/* the length stands in the upper bits: a token of 8 bytes loses these */
	return len && !in.bad
		       ? (int64_t)((id ^ (uint64_t)len << 56) & INT64_MAX)
		       : -1;
}

/* Delta or length of an option, from four bits and what follows. */
static unsigned extended(struct cursor *in, unsigned v)
{
	if (v == 13)
		return 13u + cursor_u8(in);
	if (v == 14)
		return 269u + cursor_be16(in);
	in->bad |= v == 15;
	return v;
}

/* Return: bytes of the path, as far as captured. */
static size_t path_of(const uint8_t *p, size_t n, char out[PATH_MAX_BYTES])
{
	struct cursor in = cursor_of(p, n);
	unsigned number = 0;
	size_t at = 0;

	cursor_skip(&in, HEADER + (p[0] & 15));
	for (unsigned i = 0; i < OPTIONS && cursor_left(&in); i++) {
		unsigned head = cursor_u8(&in), len;

		if (head == 0xff)
			break;
		number += extended(&in, head >> 4);
		len = extended(&in, head & 15);
		if (in.bad || number > URI_PATH || cursor_left(&in) < len)
			break;
		if (number == URI_PATH && at < PATH_MAX_BYTES)
			out[at++] = '/';
		for (unsigned k = 0; k < len; k++) {
			char c = (char)cursor_u8(&in);

			if (number == URI_PATH && at < PATH_MAX_BYTES)
				out[at++] = c;
		}
	}
	return at;
}

static bool coap_datagram(const uint8_t *p, size_t n, size_t len, bool names,
			  struct message *m, char name[static MESSAGE_NAME + 1])
{
	char path[PATH_MAX_BYTES];
	unsigned type, class;

	if (!is_head(p, n, len))
		return false;
	type = p[0] >> 4 & 3;
	class = p[1] >> 5;
	if (!p[1]) {
		m->kind = type == TYPE_ACK ? MESSAGE_INTERIM : MESSAGE_NOTICE;
		return true;
	}
	m->msg_id = id_of(p, n);
	if (!class) {
		size_t at = names ? path_of(p, n, path) : 0;

		m->kind = MESSAGE_REQUEST;
		talk_name_write(name, methods[p[1]], at ? path : NULL, at);
		return true;
	}
	m->kind = MESSAGE_RESPONSE;
	m->status = class >= ERRORS ? class * 100 + (p[1] & 31) : 0;
	return true;
}

const struct proto proto_coap = {
	.id = MESSAGE_COAP,
	.probe = coap_probe,
	.datagram = coap_datagram,
};
