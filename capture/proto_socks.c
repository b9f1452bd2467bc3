/* SOCKS 4, 4a and 5: what a client asks a proxy for, before the stream.
 *
 *	5:	05 n methods		->	05 method
 *		01 user password	->	01 status	(method 2 only)
 *		05 command 00 type address port
 *					->	05 reply 00 type address port
 *	4:	04 command port address user 00 [name 00]
 *					->	00 reply port address
 *
 * (4a: an address of 0.0.0.x stands for the name behind the user.)  The request and
 * its answer are messages.  After a granted CONNECT the connection speaks another
 * protocol, which is looked for again; where it begins is told (struct talk).
 *
 * Strict: a greeting has few bytes, so that other protocols may begin alike.  It is
 * looked for only where a stream begins, and what does not go on as SOCKS before the
 * request was told is none, and no damage.  Other methods (GSS-API) may seal all that
 * follows: it is not looked at.
 *
 * References: RFC 1928 (version 5), RFC 1929 (user and password), "SOCKS: A protocol
 * for TCP proxy across firewalls" and its extension 4A (NEC, Y.-D. Lee).
 */
#include <stdio.h>
#include <string.h>

#include "base/net.h"
#include "capture/talk_int.h"

#define GREETING_MAX 16 /* methods offered */
#define OLD_REQUEST 9   /* bytes of version 4's, at least */
#define OLD_MOST 520    /* at most */
#define OLD_ANSWER 8
#define HEAD 5 /* of a request or answer, by which its length is known */
#define TARGET_MAX 300

enum {
	STATE_START,
	STATE_REQUEST, /* client: or user and password */
	STATE_PASSWORD,
	STATE_OVER,
	STATE_STATUS, /* server */
	STATE_ANSWER,
};

enum { METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_PRIVATE = 0x80 };
enum { COMMAND_CONNECT = 1, COMMAND_LAST = 3 };
enum { OLD_GRANTED = 90, OLD_LAST = 93 };
enum { TYPE_V4 = 1, TYPE_NAME = 3, TYPE_V6 = 4 };

/* ---- version 4 ---- */

static bool is_named(const uint8_t *p)
{
	return !p[4] && !p[5] && !p[6] && p[7];
}

/* Bytes of the request, as far as @n show it; 0: it has no end in these. */
static size_t old_len(const uint8_t *p, size_t n)
{
	unsigned ends = is_named(p) ? 2 : 1;

	for (size_t i = OLD_ANSWER; i < n; i++)
		if (!p[i] && !--ends)
			return i + 1;
	return 0;
}

static bool is_old(const uint8_t *p, size_t n)
{
	if (n < OLD_REQUEST || (p[1] != 1 && p[1] != 2) || !(p[2] | p[3]) ||
	    (!p[4] && !is_named(p)) || old_len(p, n) != n)
		return false;
	for (size_t i = OLD_ANSWER; i < n; i++)
		if (p[i] && (p[i] < 0x20 || p[i] > 0x7e))
			return false;
	return true;
}

/* ---- what it looks like ---- */

static bool socks_probe(const struct probe *p)
{
	if (!p->stream || p->n != p->len || p->n < 3)
		return false;
	if (p->p[0] == 4)
		return is_old(p->p, p->n);
	if (p->p[0] != 5 || !p->p[1] || p->p[1] > GREETING_MAX ||
	    p->len != p->p[1] + 2u)
		return false;
	for (size_t i = 2; i < p->n; i++)
		if (p->p[i] > 9 && p->p[i] < METHOD_PRIVATE)
			return false;
	return true;
}

static void socks_resume(struct talk *t, unsigned dir)
{
	talk_cut(t, dir);
	if (!t->socks.known) {
		t->socks.known = true;
		t->socks.client = (uint8_t)dir;
	}
	t->side[dir].state = STATE_START;
	talk_want(t, dir, 0, 2);
}

/* It is none, or what follows cannot be understood. */
static bool give_up(struct talk *t)
{
	t->leave = t->relook = true;
	return true;
}

/* ---- requests ---- */

static void tell_request(struct talk *t, unsigned dir, unsigned command,
			 const char *target)
{
	static const char *const names[] = { "CONNECT", "BIND",
					     "UDP_ASSOCIATE" };

	talk_open(t, dir, MESSAGE_REQUEST);
	talk_name(t, dir, names[command - 1], target, strlen(target));
	talk_done(t, dir);
	t->socks.command = (uint8_t)command;
	t->stream[dir] = t->side[dir].next;
	t->side[dir].state = STATE_OVER;
	talk_want(t, dir, INT64_MAX, 0);
}

/* A name of @n bytes, and a port, as text without zeros. */
static void name_target(char out[TARGET_MAX], const uint8_t *p, size_t n,
			unsigned port)
{
	size_t i = 0;

	for (; i < n && i < 255; i++)
		out[i] = p[i] ? (char)p[i] : '?';
	snprintf(out + i, TARGET_MAX - i, ":%u", port);
}

static bool old_request(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	struct net_end end = { 0 };
	char target[TARGET_MAX];
	const uint8_t *name;
	size_t len = n < OLD_REQUEST ? 0 : old_len(p, n);

	if (!len && n >= OLD_MOST)
		return give_up(t);
	if (!len) {
		talk_again(t, dir,
			   n < OLD_REQUEST ? OLD_REQUEST : (uint32_t)n + 1);
		return true;
	}
	if (!is_old(p, n))
		return give_up(t);
	end.port = (uint16_t)(p[2] << 8 | p[3]);
	end.addr = net_addr_v4(p + 4);
	net_end_text(&end, target);
	if (is_named(p)) {
		name = memchr(p + OLD_ANSWER, 0, n - OLD_ANSWER);
		name_target(target, name + 1, (size_t)(p + n - name) - 2,
			    end.port);
	}
	t->socks.version = 4;
	tell_request(t, dir, p[1], target);
	return true;
}

/* Bytes of a request or answer of version 5, of which HEAD are there; 0: it is
 * none. */
static uint32_t whole_len(const uint8_t *p)
{
	switch (p[3]) {
	case TYPE_V4:
		return 4 + 4 + 2;
	case TYPE_V6:
		return 4 + 16 + 2;
	case TYPE_NAME:
		return p[4] ? 4 + 1 + p[4] + 2u : 0;
	default:
		return 0;
	}
}

static bool request(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	uint32_t len = n < HEAD ? HEAD : whole_len(p);
	struct net_end end = { 0 };
	char target[TARGET_MAX];

	if (!len || (n >= HEAD && (!p[1] || p[1] > COMMAND_LAST || p[2])))
		return give_up(t);
	if (n < len) {
		talk_again(t, dir, len);
		return true;
	}
	end.port = (uint16_t)(p[len - 2] << 8 | p[len - 1]);
	end.addr = p[3] == TYPE_V6 ? net_addr_v6(p + 4) : net_addr_v4(p + 4);
	if (p[3] == TYPE_NAME)
		name_target(target, p + 5, p[4], end.port);
	else
		net_end_text(&end, target);
	tell_request(t, dir, p[1], target);
	return true;
}

static bool client_step(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	struct talk_side *s = &t->side[dir];

	if (s->state == STATE_PASSWORD) { /* its length */
		s->state = STATE_REQUEST;
		talk_want(t, dir, p[0], 2);
		return true;
	}
	if (s->state == STATE_REQUEST && p[0] == 1) {
		s->state = STATE_PASSWORD;
		talk_want(t, dir, p[1], 1);
		return true;
	}
	if (s->state == STATE_REQUEST)
		return p[0] == 5 ? request(t, dir, p, n) : give_up(t);
	if (p[0] == 4)
		return old_request(t, dir, p, n);
	if (p[0] != 5)
		return give_up(t);
	t->socks.version = 5;
	s->state = STATE_REQUEST;
	talk_want(t, dir, p[1], 2);
	return true;
}

/* ---- answers ---- */

static void tell_answer(struct talk *t, unsigned dir, unsigned reply,
			bool granted)
{
	struct talk_draft *m = talk_open(t, dir, MESSAGE_RESPONSE);

	m->status = granted ? 0 : reply;
	talk_done(t, dir);
	t->leave = t->relook = true;
	t->stream[dir] = t->side[dir].next;
	t->grants = granted && t->socks.command == COMMAND_CONNECT;
}

static bool answer(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	bool old = t->socks.version == 4;
	uint32_t len = old ? OLD_ANSWER : n < HEAD ? HEAD : whole_len(p);

	if (!t->socks.command || !len || p[0] != (old ? 0 : 5))
		return give_up(t);
	if (n < len) {
		talk_again(t, dir, len);
		return true;
	}
	if (old && (p[1] < OLD_GRANTED || p[1] > OLD_LAST))
		return give_up(t);
	tell_answer(t, dir, p[1], p[1] == (old ? OLD_GRANTED : 0));
	return true;
}

static bool server_step(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	struct talk_side *s = &t->side[dir];

	if (s->state == STATE_ANSWER || t->socks.version == 4)
		return answer(t, dir, p, n);
	if (s->state == STATE_STATUS ? p[1] : p[0] != 5)
		return give_up(t);
	if (s->state == STATE_START && p[1] == METHOD_PASSWORD)
		s->state = STATE_STATUS;
	else if (s->state == STATE_START && p[1] != METHOD_NONE)
		return give_up(t);
	else
		s->state = STATE_ANSWER;
	talk_want(t, dir, 0, s->state == STATE_ANSWER ? HEAD : 2);
	return true;
}

static bool socks_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	if (!p || !n)
		return false;
	return dir == t->socks.client ? client_step(t, dir, p, n)
				      : server_step(t, dir, p, n);
}

static bool socks_lost(struct talk *t, unsigned dir)
{
	(void)t;
	(void)dir;
	return false;
}

const struct proto proto_socks = {
	.id = MESSAGE_SOCKS,
	.probe = socks_probe,
	.resume = socks_resume,
	.step = socks_step,
	.lost = socks_lost,
	.opens = true,
};
