/* Kerberos over UDP and TCP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

/* ---- DER, written from the inside out ---- */

static struct buf wrap(uint8_t tag, struct buf in)
{
	struct buf out = { 0 };

	buf_u8(&out, tag);
	if (in.n > 255) {
		buf_u8(&out, 0x82);
		buf_u8(&out, (uint8_t)(in.n >> 8));
	} else if (in.n > 127) {
		buf_u8(&out, 0x81);
	}
	buf_u8(&out, (uint8_t)in.n);
	if (in.n)
		buf_bytes(&out, in.at, in.n);
	buf_release(&in);
	return out;
}

static struct buf bytes(const char *s, size_t n)
{
	struct buf b = { 0 };

	buf_bytes(&b, s, n);
	return b;
}

static void add(struct buf *to, struct buf what)
{
	buf_bytes(to, what.at, what.n);
	buf_release(&what);
}

static struct buf integer(uint8_t field, uint8_t v)
{
	return wrap(0xa0 | field, wrap(2, bytes((const char *)&v, 1)));
}

static struct buf principal(uint8_t field, const char *a, const char *b)
{
	struct buf names = { 0 }, p = integer(0, 2);

	add(&names, wrap(0x1b, bytes(a, strlen(a))));
	add(&names, wrap(0x1b, bytes(b, strlen(b))));
	add(&p, wrap(0xa1, wrap(0x30, names)));
	return wrap(0xa0 | field, wrap(0x30, p));
}

/* A KDC-REQ of @tag with @padata bytes of padata. */
static struct buf request(uint8_t tag, size_t padata)
{
	struct buf body = wrap(0xa0, bytes("\3\5\0\x40\x81\0\x10", 7));
	struct buf all = integer(1, 5);

	add(&body, principal(1, "user", "x"));
	add(&body, wrap(0xa2, wrap(0x1b, bytes("EXAMPLE.ORG", 11))));
	add(&body, principal(3, "cifs", "srv.example.org"));
	add(&body, integer(7, 99));
	add(&all, integer(2, tag == 0x6a ? 10 : 12));
	if (padata) {
		char *pad = calloc(1, padata);

		add(&all, wrap(0xa3, wrap(0x30, bytes(pad, padata))));
		free(pad);
	}
	add(&all, wrap(0xa4, wrap(0x30, body)));
	return wrap(tag, wrap(0x30, all));
}

static struct buf error(uint8_t code)
{
	struct buf all = integer(0, 5);

	add(&all, integer(1, 30));
	add(&all, wrap(0xa4, wrap(0x18, bytes("20260101000000Z", 15))));
	add(&all, integer(6, code));
	add(&all, principal(10, "krbtgt", "EXAMPLE.ORG"));
	return wrap(0x7e, wrap(0x30, all));
}

static struct buf reply(uint8_t tag)
{
	struct buf all = integer(0, 5);

	add(&all, integer(1, 11));
	add(&all, wrap(0xa5, bytes("a ticket of some length: 0123456789", 35)));
	return wrap(tag, wrap(0x30, all));
}

static struct buf with_length(struct buf in)
{
	struct buf out = { 0 };

	buf_u8(&out, 0);
	buf_u8(&out, 0);
	buf_u8(&out, (uint8_t)(in.n >> 8));
	buf_u8(&out, (uint8_t)in.n);
	add(&out, in);
	return out;
}

static void over_tcp(void **state)
{
	struct buf b[6] = {
		with_length(request(0x6a, 0)),   with_length(error(25)),
		with_length(request(0x6c, 900)), with_length(reply(0x6d)),
		with_length(request(0x6a, 3)),   with_length(reply(0x6b)),
	};
	struct line v[6];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		v[i] = (struct line){ i & 1, b[i].at, b[i].n, 0 };
	stage_assert(88, v, 6, 12,
		     "> request kerberos AS-REQ cifs/srv.example.org +109\n"
		     "< response kerberos KDC_ERR_PREAUTH_REQUIRED KRB-ERROR"
		     " krbtgt/EXAMPLE.ORG +76\n"
		     "> request kerberos TGS-REQ cifs/srv.example.org +1021\n"
		     "< response kerberos TGS-REP +55\n"
		     "> request kerberos AS-REQ cifs/srv.example.org +116\n"
		     "< response kerberos AS-REP +55\n");
	stage_torture(88, v, 6);
	for (size_t i = 0; i < 6; i++)
		buf_release(&b[i]);
}

static void datagrams(void **state)
{
	struct buf b[3] = { request(0x6a, 40), error(18), request(0x6c, 300) };
	struct stage s;

	(void)state;
	stage_open(&s, 88);
	s.udp = true;
	stage_segment(&s, 0, 1, b[0].at, b[0].n, b[0].n);
	stage_segment(&s, 1, 1, b[1].at, b[1].n, b[1].n);
	stage_segment(&s, 0, 2, b[2].at, b[2].n, 50); /* snapped */
	assert_string_equal(
		stage_end(&s),
		"> request kerberos AS-REQ cifs/srv.example.org +151\n"
		"< response kerberos KDC_ERR_CLIENT_REVOKED KRB-ERROR"
		" krbtgt/EXAMPLE.ORG +72\n"
		"> request kerberos TGS-REQ +417\n");
	stage_close(&s);
	/* cut and damaged at each byte */
	for (size_t i = 0; i < 3; i++)
		for (size_t n = 0; n < b[i].n; n++) {
			stage_open(&s, 88);
			s.udp = true;
			stage_segment(&s, 0, 1, b[0].at, b[0].n, b[0].n);
			stage_segment(&s, 0, 2, b[i].at, b[i].n, n);
			b[i].at[n] ^= 0x81;
			stage_segment(&s, 0, 3, b[i].at, b[i].n, b[i].n);
			b[i].at[n] ^= 0x81;
			stage_close(&s);
		}
	for (size_t i = 0; i < 3; i++)
		buf_release(&b[i]);
}

static void lengths_that_do_not_fit_are_not_taken(void **state)
{
	struct buf b = with_length(request(0x6a, 0));
	struct stage s;

	(void)state;
	b.at[3]++;
	stage_open(&s, 88);
	for (int i = 0; i < 8; i++)
		stage_say(&s, 0, b.at, b.n);
	assert_true(talk_deaf(&s.ref));
	stage_close(&s);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(lengths_that_do_not_fit_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
