/* DTLS, WireGuard, OpenVPN, STUN, RTP, and what is none of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

struct said {
	int dir;
	const char *bytes;
	size_t n, len;
};

static void as_said(uint16_t port, const struct said *v, size_t n,
		    const char *want)
{
	struct stage s;

	stage_open(&s, port);
	s.udp = true;
	for (size_t i = 0; i < n; i++) {
		char bytes[1500] = "";

		memcpy(bytes, v[i].bytes, v[i].n);
		stage_segment(&s, v[i].dir, 0, bytes, v[i].len, v[i].len);
	}
	assert_string_equal(stage_end(&s), want);
	stage_close(&s);
}

#define SAID(dir, bytes, len)                                                  \
	{                                                                      \
		(dir), (bytes), sizeof(bytes) - 1, (len)                       \
	}
#define AS_SAID(port, want, ...)                                               \
	do {                                                                   \
		const struct said v[] = { __VA_ARGS__ };                       \
                                                                               \
		as_said(port, v, sizeof v / sizeof *v, want);                  \
	} while (0)

/* Does what the client says open the session? */
static bool opens(uint16_t port, const char *bytes, size_t n, size_t len)
{
	char all[400] = "";
	struct stage s;
	bool is;

	stage_open(&s, port);
	s.udp = true;
	memcpy(all, bytes, n);
	stage_segment(&s, 0, 0, all, len, len);
	assert_int_equal(s.messages, 1);
	is = s.last.flags & MESSAGE_OPENS;
	stage_close(&s);
	return is;
}

#define OPENS(port, bytes, len) opens((port), (bytes), sizeof(bytes) - 1, (len))

static void what_opens_a_session(void **state)
{
	(void)state;
	assert_true(OPENS(4433, "\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x64\1", 113));
	assert_true(OPENS(51820, "\1\0\0\0abcd", 148));
	assert_true(OPENS(1194, "\x38sessioni\0\0\0\0\0", 14));
	assert_true(OPENS(1194, "\x50sessioni\0\0\0\0\0", 14));
	/* the client's second one, with a cookie; then the server's */
	assert_false(OPENS(4433,
			   "\x16\xfe\xff\0\0\0\0\0\0\0\1\0\x64"
			   "\1\0\0\x58\0\1",
			   113));
	assert_false(OPENS(4433, "\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x2f\3", 60));
	assert_false(OPENS(4433, "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x64\2", 113));
	assert_false(OPENS(4433, "\x16\xfe\xfd\0\1\0\0\0\0\0\0\0\x64\1", 113));
	assert_false(OPENS(51820, "\2\0\0\0abcd", 92));
	assert_false(OPENS(51820, "\3\0\0\0abcd", 64));
	assert_false(OPENS(1194, "\x40sessioni", 26));
}

static void dtls(void **state)
{
	(void)state;
	AS_SAID(4433,
		"> handshake dtls ClientHello +113\n"
		"< handshake dtls HelloVerifyRequest +60\n"
		"< handshake dtls ServerHello +113\n"
		"> handshake dtls Handshake +113\n"
		"< data dtls +113\n",
		SAID(0, "\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x64\1", 113),
		SAID(1, "\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x2f\3", 60),
		SAID(1, "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x64\2", 113),
		SAID(0, "\x16\xfe\xfd\0\1\0\0\0\0\0\0\0\x64\1", 113),
		SAID(1, "\x17\xfe\xfd\0\1\0\0\0\0\0\0\0\x64", 113),
		SAID(0, "\x15\xfe\xfd\0\1\0\0\0\0\0\0\0\x20", 45));
	/* a length that does not fit, another version */
	AS_SAID(4433, "", SAID(0, "\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x65", 113),
		SAID(0, "\x16\3\3\0\0\0\0\0\0\0\0\0\x64", 113));
}

static void wireguard(void **state)
{
	(void)state;
	AS_SAID(51820,
		"> handshake wireguard Initiation +148\n"
		"< handshake wireguard Response +92\n"
		"< handshake wireguard Cookie +64\n"
		"> data wireguard +32\n",
		SAID(0, "\1\0\0\0abcd", 148), SAID(1, "\2\0\0\0abcd", 92),
		SAID(1, "\3\0\0\0abcd", 64),
		SAID(0, "\4\0\0\0abcd\7\0\0\0\0\0\0\0", 32));
	/* on other ports by a key that was made by chance */
	AS_SAID(4000, "> handshake wireguard Initiation +148\n",
		SAID(0, "\1\0\0\0abcdefgh\0\0\0\0klmnopqrstuvwxyzABCDEFGH",
		     148));
	AS_SAID(4000, "",
		SAID(0, "\1\0\0\0abcdefgh\0\0\0\0\0lmnopqrstuvwxyzABCDEFGH",
		     148),
		SAID(1, "\2\0\0\0abcd", 92), SAID(1, "\3\0\0\0abcd", 64),
		SAID(0, "\4\0\0\0abcd\7\0\0\0\0\0\0\0", 32));
	AS_SAID(51820, "", SAID(0, "\1\0\0\0abcd", 147),
		SAID(0, "\4\0\0\0abcd\7\0\0\0\0\0\0\0", 33),
		SAID(0, "\4\0\0\0abcd\7\0\0\0\0\0\0\1", 48),
		SAID(0, "\5\0\0\0abcd\7\0\0\0\0\0\0\0", 48));
}

static void openvpn(void **state)
{
	(void)state;
	AS_SAID(1194,
		"> handshake openvpn Reset +14\n"
		"< handshake openvpn Reset +26\n"
		"> handshake openvpn Control +100\n",
		SAID(0, "\x38sessioni\0\0\0\0\0", 14),
		SAID(1, "\x40sessioni", 26), SAID(0, "\x20sessioni", 100),
		SAID(1, "\x30sessioni", 100));
	/* on other ports by its form, with keys and without */
	AS_SAID(4000, "> handshake openvpn Reset +14\n",
		SAID(0, "\x38sessioni\0\0\0\0\0", 14));
	AS_SAID(4000, "> handshake openvpn Reset +54\n",
		SAID(0, "\x38sessioni\0\0\0\1time", 54));
	AS_SAID(4000, "> handshake openvpn Reset +42\n",
		SAID(0, "\x38sessionihmachmachmachmachmac\0\0\0\1time", 42));
	AS_SAID(4000, "", SAID(0, "\x38sessioni\0\0\0\0\1", 14),
		SAID(0, "\x38sessioni\0\0\0\2time", 54),
		SAID(0, "\x38sessioni\0\0\0\1time", 55),
		SAID(1, "\x40sessioni", 26));
}

/* A field of text, padded to its length, that begins with "8". */
static void openvpn_is_no_padded_text(void **state)
{
	(void)state;
	AS_SAID(4000, "> handshake openvpn Reset +14\n",
		SAID(0, "81234567", 14));
	AS_SAID(4000, "", SAID(0, "8123456", 14));
}

static void stun(void **state)
{
	(void)state;
	AS_SAID(3478,
		"> data stun Request +28\n"
		"< data stun Response +32\n"
		"< data stun Response +20\n",
		SAID(0, "\0\1\0\x08\x21\x12\xa4\x42transactioni", 28),
		SAID(1, "\1\1\0\x0c\x21\x12\xa4\x42transactioni", 32),
		SAID(1, "\1\x13\0\0\x21\x12\xa4\x42transactioni", 20),
		/* media on the same ports */
		SAID(0, "\x80\0\0\1", 172));
	AS_SAID(3478, "", SAID(0, "\0\1\0\x09\x21\x12\xa4\x42transactioni", 29),
		SAID(0, "\0\1\0\x08\x21\x12\xa4\x43transactioni", 28),
		SAID(0, "\x40\1\0\x08\x21\x12\xa4\x42transactioni", 28));
}

static void rtp(void **state)
{
	(void)state;
	AS_SAID(5004, "> data rtp +172\n", SAID(0, "\x80\x80\0\1", 172),
		SAID(1, "\x80\0\0\2", 172));
	AS_SAID(5004, "> data rtp +32\n", SAID(0, "\x80\x12\0\1", 32));
	AS_SAID(5005, "> data rtp +76\n", SAID(0, "\x81\xc8\0\x0c", 76));
	/* lengths that no sound has, other codecs, and reports that do not fit */
	AS_SAID(5004, "", SAID(0, "\x80\0\0\1", 173),
		SAID(0, "\x80\x60\0\1", 172), SAID(0, "\x80\0\0\1", 12),
		SAID(0, "\x81\xc8\0\x13", 76), SAID(0, "\x81\xc8\0\1", 76));
	AS_SAID(5004, "", SAID(0, "\x80\0\0\1", 4), SAID(0, "\x80", 3));
	/* mosh's numbers */
	AS_SAID(60001, "", SAID(1, "\x80\0\0\0\0\0\0\7", 92),
		SAID(1, "\x80\0\0\0\0\1\0\7", 172));
}

/* What goes over UDP and is none of these, in the first bytes that come nearest. */
/* Is it taken for one of these protocols? */
static bool is_taken(uint16_t port, const struct said *v)
{
	static const char *const names[] = { " dtls", " wireguard", " openvpn",
					     " stun", " rtp",       " quic" };
	char bytes[1500] = "";
	struct stage s;
	const char *text;
	bool taken = false;

	stage_open(&s, port);
	s.udp = true;
	memcpy(bytes, v->bytes, v->n);
	stage_segment(&s, v->dir, 0, bytes, v->len, v->len);
	text = stage_end(&s);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		taken |= strstr(text, names[i]) != NULL;
	stage_close(&s);
	return taken;
}

static void others_are_not_taken(void **state)
{
	static const struct {
		uint16_t port;
		struct said v;
	} odd[] = {
		/* NTP: client and server of version 4, a client whose clock was never
		 * set, version 3, modes 1 and 2 of version 1 */
		{ 123, SAID(0, "\x23\0\6\xec\0\0\0\0", 48) },
		{ 123, SAID(1, "\x24\2\6\xec\0\0\0\1", 48) },
		{ 123, SAID(0, "\xe3\0\0\0\0\0\0\0", 48) },
		{ 123, SAID(0, "\xe3\0\0\0\1\0\0\0", 48) },
		{ 123, SAID(0, "\x1b", 48) },
		{ 123, SAID(0, "\x9b\x10\6\xec", 48) },
		/* SNMP, syslog, TFTP, DHCP both ways, RADIUS */
		{ 161, SAID(0, "\x30\x26\2\1\1\4\6public", 40) },
		{ 514, SAID(0, "<13>Nov 27 19:00:00 host prog: 8", 32) },
		{ 69, SAID(0, "\0\1name\0octet", 13) },
		{ 69, SAID(1, "\0\3\0\1", 516) },
		{ 69, SAID(0, "\0\4\0\1", 4) },
		{ 67, SAID(0, "\1\1\6\0\x12\x34\x56\x78", 300) },
		{ 67, SAID(1, "\2\1\6\0\x12\x34\x56\x78", 300) },
		{ 1812, SAID(0, "\1\0\0\x94", 148) },
		{ 1812, SAID(1, "\2\0\0\x5c", 92) },
		/* SIP, its keep-alive, RPC with small numbers, L2TP, memcached */
		{ 5060, SAID(0, "INVITE sip:a@b SIP/2.0\r\n", 400) },
		{ 5060, SAID(0, "\r\n\r\n", 4) },
		{ 2049, SAID(0, "\x80\0\0\1\0\0\0\0\0\0\0\2", 40) },
		{ 111, SAID(0, "\1\0\0\0\0\0\0\0\0\0\0\2", 64) },
		{ 1701, SAID(0, "\xc8\2\0\x64\0\0\0\0", 100) },
		{ 11211, SAID(0, "\0\1\0\0\0\1\0\0get a\r\n", 15) },
		/* a counter, then a time in ms */
		{ 9000,
		  SAID(0, "\4\0\0\0\2\0\0\0\x11\x22\x33\x44\x9a\1\0\0", 64) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		assert_false(is_taken(odd[i].port, &odd[i].v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_opens_a_session),
		cmocka_unit_test(dtls),
		cmocka_unit_test(wireguard),
		cmocka_unit_test(openvpn),
		cmocka_unit_test(openvpn_is_no_padded_text),
		cmocka_unit_test(stun),
		cmocka_unit_test(rtp),
		cmocka_unit_test(others_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
