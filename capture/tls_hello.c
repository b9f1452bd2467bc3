/* Inside of TLS handshake messages: their names, the server's name in ClientHello, the
 * version in ServerHello.
 *
 * A message may begin and end within a record, or go on in later ones; only what is
 * in the record where it begins is read.  Everything before the extensions, and each
 * extension that is not wanted, is skipped by length.
 *
 * References: RFC 8446 4 (handshake), 4.1.3 (the random of a HelloRetryRequest),
 * 4.2.1 (supported_versions); RFC 5246 7.4; RFC 6066 3 (server name).
 */
#include "capture/tls_int.h"

#include <string.h>

#define VERSION_13 0x0304

enum {
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
};

const char *tls_message_name(uint8_t type)
{
	switch (type) {
	case 0:
		return "HelloRequest";
	case CLIENT_HELLO:
		return "ClientHello";
	case SERVER_HELLO:
		return "ServerHello";
	case 4:
		return "NewSessionTicket";
	case 8:
		return "EncryptedExtensions";
	case 11:
		return "Certificate";
	case 12:
		return "ServerKeyExchange";
	case 13:
		return "CertificateRequest";
	case 14:
		return "ServerHelloDone";
	case 15:
		return "CertificateVerify";
	case 16:
		return "ClientKeyExchange";
	case 20:
		return "Finished";
	case 22:
		return "CertificateStatus";
	case 24:
		return "KeyUpdate";
	default:
		return NULL;
	}
}

bool tls_inside(struct talk *t, unsigned dir, enum tls_step state,
		uint64_t skip, uint32_t want)
{
	struct talk_side *s = &t->side[dir];

	if (s->end - s->next < skip + want) {
		tls_rest(t, dir);
		return true;
	}
	s->state = (uint8_t)state;
	talk_want(t, dir, skip, want);
	return true;
}

static bool message(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_side *s = &t->side[dir];
	const char *name = tls_message_name(p[0]);
	uint64_t len = (uint64_t)p[1] << 16 | (unsigned)p[2] << 8 | p[3];
	uint64_t here = s->end - s->next;

	if (!name)
		return false;
	if (!s->m.name)
		talk_name(t, dir, name, NULL, 0);
	if (p[0] == CLIENT_HELLO)
		t->tls.client = (uint8_t)dir;
	else if (p[0] == SERVER_HELLO)
		t->tls.client = !dir;
	t->tls.type[dir] = p[0];
	if (len > here)
		t->tls.left[dir] = (uint32_t)(len - here);
	if (p[0] == CLIENT_HELLO || p[0] == SERVER_HELLO)
		return tls_inside(t, dir, TLS_HELLO, 0, 35);
	tls_rest(t, dir);
	return true;
}

/* Recognised by its random: SHA-256 of "HelloRetryRequest". */
static bool is_retry(const uint8_t *p)
{
	static const uint8_t retry[] = { 0xcf, 0x21, 0xad, 0x74 };

	return !memcmp(p + 2, retry, sizeof retry);
}

static bool hello(struct talk *t, unsigned dir, const uint8_t *p)
{
	if (t->tls.type[dir] == CLIENT_HELLO)
		return tls_inside(t, dir, TLS_CIPHERS, p[34], 2);
	if (is_retry(p))
		talk_name(t, dir, "HelloRetryRequest", NULL, 0);
	/* session id, cipher suite, compression method */
	return tls_inside(t, dir, TLS_EXTENSIONS, p[34] + 3u, 2);
}

static bool extension(struct talk *t, unsigned dir, const uint8_t *p)
{
	unsigned type = (unsigned)p[0] << 8 | p[1];
	uint32_t len = (uint32_t)p[2] << 8 | p[3];
	bool client = t->tls.type[dir] == CLIENT_HELLO;

	if (type == 0 && client && len >= 5)
		return tls_inside(t, dir, TLS_SERVER_NAME, 0,
				  len < TALK_WANT ? len : TALK_WANT);
	if (type == 43 && !client && len == 2)
		return tls_inside(t, dir, TLS_VERSION, 0, 2);
	return tls_inside(t, dir, TLS_EXTENSION, len, 4);
}

/* RFC 6066 3: a list of names, each a type (0: host) and a length. */
static bool server_name(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	struct cursor in = cursor_of(p, n);
	const uint8_t *name;
	uint8_t type;
	size_t len;

	cursor_skip(&in, 2);
	type = cursor_u8(&in);
	len = cursor_be16(&in);
	if (len > cursor_left(&in))
		len = cursor_left(&in);
	name = cursor_take(&in, len);
	if (name && type == 0)
		talk_name(t, dir, "ClientHello", (const char *)name, len);
	tls_rest(t, dir);
	return true;
}

static bool server_version(struct talk *t, unsigned dir, const uint8_t *p)
{
	t->tls.v13 |= (p[0] << 8 | p[1]) == VERSION_13;
	tls_rest(t, dir);
	return true;
}

bool tls_handshake_step(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n)
{
	switch (t->side[dir].state) {
	case TLS_MESSAGE:
		return message(t, dir, p);
	case TLS_HELLO:
		return hello(t, dir, p);
	case TLS_CIPHERS:
		return tls_inside(t, dir, TLS_COMPRESSION,
				  (uint64_t)p[0] << 8 | p[1], 1);
	case TLS_COMPRESSION:
		return tls_inside(t, dir, TLS_EXTENSIONS, p[0], 2);
	case TLS_EXTENSIONS:
		return tls_inside(t, dir, TLS_EXTENSION, 0, 4);
	case TLS_EXTENSION:
		return extension(t, dir, p);
	case TLS_SERVER_NAME:
		return server_name(t, dir, p, n);
	default:
		return server_version(t, dir, p);
	}
}
