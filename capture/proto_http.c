/* HTTP/1.0 and 1.1.
 *
 * A message is a start line, header lines to an empty one, and a body whose
 * length follows from them (RFC 9112 6.3): none for 1xx, 204, 304 and what
 * answers HEAD; chunks; Content-Length; else none for a request, and all until
 * the connection ends for a response.
 *
 * Order: responses come in the order of requests (RFC 9112 9.3.2), so the n-th
 * final response answers the n-th request, however many wait; interim ones (1xx
 * but 101) go with the next.  Missed bytes may have held a request or a
 * response, so responses have no number until a request is sent with no other
 * outstanding: the next response answers it.
 *
 * Leaving: after 101 (Upgrade) and a 2xx to CONNECT the connection speaks
 * another protocol, which is looked for again.
 *
 * Snapped: header lines that were cut off hide how long the body is.  The
 * message then extends until a segment begins with another one, and is marked
 * as cut; its first line is mostly within the first 96 bytes of the frame.  Where
 * a tunnel begins is known then if it is TLS (http_tunnel.h).
 *
 * Names: the method, then host and path; from the absolute form the scheme is
 * dropped, from the path the query.  A host in the target takes precedence over
 * the Host header.
 *
 * References: RFC 9112 (messages), 9110 (methods, status codes).
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "capture/http_line.h"
#include "capture/http_tunnel.h"
#include "capture/talk_int.h"

#define HEADERS_MAX 65536 /* bytes of one message's header */

enum {
	STATE_START,
	STATE_HEADERS,
	STATE_BODY,
	STATE_CHUNK_SIZE,
	STATE_CHUNK,
	STATE_TRAILERS,
	STATE_UNTIL_CLOSE,
};

static bool http_probe(const struct probe *p)
{
	size_t method;

	if (!p->stream)
		return false;
	if (p->p[0] == 'H' && http_is_status(p->p, p->n))
		return true;
	method = http_method(p->p, p->n);
	if (!method || !http_method_known(p->p, method) || method + 1 >= p->n)
		return false;
	/* target: origin, absolute, authority (CONNECT; NATS has JSON there) or
	 * asterisk form */
	if (http_method_is(p->p, method, "CONNECT"))
		return isalnum(p->p[method + 1]) || p->p[method + 1] == '[';
	return p->p[method + 1] == '/' || p->p[method + 1] == '*' ||
	       (p->n > method + 5 &&
		!strncasecmp((const char *)p->p + method + 1, "http", 4));
}

static void http_resume(struct talk *t, unsigned dir)
{
	talk_cut(t, dir);
	t->side[dir].state = STATE_START;
	talk_want(t, dir, 0, TALK_LINE);
}

/* ---- names ---- */

/* The target as "host/path"; http.host is the length of the name before a path
 * that has no host yet; 0 once it has one. */
static void name_target(struct talk *t, unsigned dir, const uint8_t *p,
			size_t method, size_t n)
{
	char command[HTTP_METHOD_MAX + 1];
	const uint8_t *at = p + method + 1, *end = p + n;
	const uint8_t *q;

	memcpy(command, p, method);
	command[method] = '\0';
	for (q = at; q < end && *q != ' ' && *q != '?' && *q != '#'; q++)
		;
	end = q;
	t->http.host[dir] = at < end && *at == '/' ? (uint16_t)method + 1 : 0;
	for (q = at; !t->http.host[dir] && q + 2 < end && q < at + 6; q++)
		if (!memcmp(q, "://", 3)) {
			at = q + 3;
			break;
		}
	talk_name(t, dir, command, (const char *)at, (size_t)(end - at));
}

/* Puts the host before the path. */
static void name_host(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	char *name = t->side[dir].m.name;
	size_t at = t->http.host[dir], len;

	t->http.host[dir] = 0;
	if (!at || !name || !talk_names(t))
		return;
	len = strlen(name);
	if (n > MESSAGE_NAME - at)
		n = MESSAGE_NAME - at;
	if (len + n > MESSAGE_NAME)
		len = MESSAGE_NAME - n;
	memmove(name + at + n, name + at, len - at);
	for (size_t i = 0; i < n; i++)
		name[at + i] = p[i] ? (char)p[i] : '?';
	name[len + n] = '\0';
}

/* ---- start lines ---- */

static void request_line(struct talk *t, unsigned dir, const uint8_t *p,
			 size_t method, size_t n)
{
	struct http_state *h = &t->http;
	struct talk_draft *m = talk_open(t, dir, MESSAGE_REQUEST);
	const struct talk_side *other = &t->side[!dir];
	uint64_t bit = 1ull << h->requests % 64;

	/* no request is outstanding, so the missed bytes no longer matter */
	if ((h->astray || other->lost) && other->next != h->answered) {
		h->astray = false;
		h->responses = h->requests;
	}
	h->answered = other->next;
	m->msg_id = h->requests++;
	h->heads &= ~bit;
	h->connects &= ~bit;
	if (http_method_is(p, method, "HEAD"))
		h->heads |= bit;
	if (http_method_is(p, method, "CONNECT"))
		h->connects |= bit;
	name_target(t, dir, p, method, n);
}

static void status_line(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct http_state *h = &t->http;
	int status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
	bool interim = status / 100 == 1 && status != 101;
	struct talk_draft *m = talk_open(
		t, dir, interim ? MESSAGE_INTERIM : MESSAGE_RESPONSE);

	m->status = status;
	if (h->responses < h->requests && !h->astray) {
		m->msg_id = h->responses;
		h->responses += !interim;
	}
}

static bool start_line(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	struct talk_side *s = &t->side[dir];
	size_t len = http_line(p, n), method = http_method(p, len);

	if (!len) { /* RFC 9112 2.2: an empty line before it is accepted */
		talk_want(t, dir, 0, TALK_LINE);
		return !s->m.open;
	}
	if (http_tunnel_shows(t, dir, p, n))
		return true;
	if (http_is_status(p, len))
		status_line(t, dir, p);
	else if (method && method + 1 < len)
		request_line(t, dir, p, method, len);
	else
		return false;
	t->http.chunked[dir] = t->http.sized[dir] = false;
	t->http.body[dir] = 0;
	t->http.header_bytes[dir] = (uint32_t)n;
	s->state = STATE_HEADERS;
	talk_want(t, dir, 0, TALK_LINE);
	return true;
}

/* ---- header lines ---- */

static bool header_line(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	static const char *const fields[] = { "Content-Length",
					      "Transfer-Encoding", "Host" };
	int which = -1;
	size_t at;

	for (int i = 0; i < 3; i++)
		if (http_field_is(p, n, fields[i]))
			which = i;
	if (which < 0)
		return true;
	at = strlen(fields[which]) + 1;
	while (at < n && (p[at] == ' ' || p[at] == '\t'))
		at++;
	if (which == 2)
		name_host(t, dir, p + at, n - at);
	else if (which == 1)
		t->http.chunked[dir] = http_ends_chunked(p + at, n - at);
	else if (!http_number(p + at, n - at, 10, &t->http.body[dir]))
		return false;
	else
		t->http.sized[dir] = true;
	return true;
}

/* ---- bodies ---- */

static void message_over(struct talk *t, unsigned dir)
{
	const struct talk_draft *m = &t->side[dir].m;
	bool leave = m->kind == MESSAGE_RESPONSE && m->status == 101;

	if (m->kind == MESSAGE_REQUEST && http_is_connect(t, m))
		t->stream[dir] = t->side[dir].next;
	talk_done(t, dir);
	if (leave)
		t->leave = t->relook = true;
	http_resume(t, dir);
}

/* Whether the response has no body, whatever it says. */
static bool is_bodiless(struct talk *t, const struct talk_draft *m)
{
	uint64_t bit = m->msg_id >= 0 ? 1ull << m->msg_id % 64 : 0;

	if (m->kind == MESSAGE_INTERIM || m->status == 101 ||
	    m->status == 204 || m->status == 304)
		return true;
	return t->http.heads & bit ||
	       (http_is_connect(t, m) && m->status / 100 == 2);
}

/* Event streams pause here, too, and end nowhere else. */
static void between_chunks(struct talk *t, unsigned dir)
{
	t->side[dir].state = STATE_CHUNK_SIZE;
	t->side[dir].m.flags |= MESSAGE_REST;
	talk_want(t, dir, 0, TALK_LINE);
}

static bool headers_over(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];
	const struct talk_draft *m = &s->m;
	bool response = m->kind != MESSAGE_REQUEST;
	bool tunnel = response && m->status / 100 == 2 && http_is_connect(t, m);
	bool last = m->msg_id + 1 == t->http.requests;

	t->http.host[dir] = 0;
	if (response && is_bodiless(t, m)) {
		message_over(t, dir);
		if (tunnel)
			http_tunnel_begins(t, dir, last);
	} else if (t->http.chunked[dir]) {
		between_chunks(t, dir);
	} else if (t->http.sized[dir] && t->http.body[dir]) {
		s->state = STATE_BODY;
		talk_want(t, dir, t->http.body[dir], 0);
	} else if (t->http.sized[dir] || !response) {
		message_over(t, dir);
	} else {
		s->state = STATE_UNTIL_CLOSE;
		talk_want(t, dir, INT64_MAX, 0);
	}
	return true;
}

static bool header(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	size_t len = http_line(p, n);

	t->http.header_bytes[dir] += (uint32_t)n;
	if (t->http.header_bytes[dir] > HEADERS_MAX)
		return false;
	if (!len)
		return headers_over(t, dir);
	talk_want(t, dir, 0, TALK_LINE);
	return header_line(t, dir, p, len);
}

static bool chunk_size(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	uint64_t size;

	if (!http_number(p, http_line(p, n), 16, &size) || size > INT64_MAX)
		return false;
	t->side[dir].m.flags &= (uint8_t)~MESSAGE_REST;
	if (!size) {
		t->side[dir].state = STATE_TRAILERS;
		talk_want(t, dir, 0, TALK_LINE);
		return true;
	}
	t->side[dir].state = STATE_CHUNK;
	talk_want(t, dir, size, TALK_LINE); /* the line end after it */
	return true;
}

static bool http_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	switch (t->side[dir].state) {
	case STATE_START:
		return start_line(t, dir, p, n);
	case STATE_HEADERS:
		return header(t, dir, p, n);
	case STATE_CHUNK_SIZE:
		return chunk_size(t, dir, p, n);
	case STATE_CHUNK:
		between_chunks(t, dir);
		return !http_line(p, n);
	case STATE_TRAILERS:
		if (!http_line(p, n))
			message_over(t, dir);
		else
			talk_want(t, dir, 0, TALK_LINE);
		return true;
	default:
		message_over(t, dir);
		return true;
	}
}

/* A start line that was cut is used as far as it goes, and the message extends
 * to the next one. */
static bool http_lost(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	if (s->state == STATE_START && s->have &&
	    http_tunnel_shows(t, dir, s->held, s->have)) {
		talk_want(t, dir, INT64_MAX, 0);
		return true;
	}
	if (s->state == STATE_START && s->have) {
		size_t method = http_method(s->held, s->have);

		if (http_is_status(s->held, s->have))
			status_line(t, dir, s->held);
		else if (method && http_method_known(s->held, method))
			request_line(t, dir, s->held, method, s->have);
	}
	if (s->m.open)
		s->m.flags |= MESSAGE_CUT;
	if (s->hole)
		t->http.astray = true;
	return false;
}

static void http_blind(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	http_tunnel_shows(t, dir, p, n);
}

/* A body without a length ends with the connection. */
static void http_close(struct talk *t, unsigned dir)
{
	if (t->side[dir].state != STATE_UNTIL_CLOSE)
		return;
	t->side[dir].m.flags |= MESSAGE_CLOSE;
	talk_done(t, dir);
}

const struct proto proto_http = {
	.id = MESSAGE_HTTP,
	.probe = http_probe,
	.resume = http_resume,
	.step = http_step,
	.lost = http_lost,
	.blind = http_blind,
	.close = http_close,
};
