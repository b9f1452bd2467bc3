/* Inside the TLS parser: what its records (proto_tls.c) and the messages of the
 * handshake in them (tls_hello.c) share.
 */
#pragma once

#include "capture/talk_int.h"

enum tls_step { /* talk_side.state: what is wanted next */
		TLS_RECORD,
		TLS_REST, /* of a record */
		TLS_ALERT,
		/* inside a handshake message: tls_hello.c */
		TLS_MESSAGE, /* header of a handshake message */
		TLS_HELLO,   /* version, random, length of session id */
		TLS_CIPHERS, /* length of cipher suites, of a client */
		TLS_COMPRESSION,
		TLS_EXTENSIONS,
		TLS_EXTENSION,
		TLS_SERVER_NAME,
		TLS_VERSION,
};

/* --- proto_tls.c --- */
/* Skips the rest of the record. */
void tls_rest(struct talk *t, unsigned dir);

/* --- tls_hello.c --- */
/* "ClientHello"; NULL: no message of the handshake has this type. */
const char *tls_message_name(uint8_t type);
/* Skips @skip bytes of the record, then wants @want for @state; if they do not fit,
 * skips the rest of the record.  Return: true. */
bool tls_inside(struct talk *t, unsigned dir, enum tls_step state,
		uint64_t skip, uint32_t want);
/* The parser's step() in the states from TLS_MESSAGE on. */
bool tls_handshake_step(struct talk *t, unsigned dir, const uint8_t *p,
			size_t n);
