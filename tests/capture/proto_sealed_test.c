/* DTLS, WireGuard, OpenVPN, STUN. */
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
		char bytes[400] = "";

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
	AS_SAID(4000, "", SAID(0, "\1\0\0\0abcd", 147),
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dtls),    cmocka_unit_test(wireguard),
		cmocka_unit_test(openvpn), cmocka_unit_test(stun),
		cmocka_unit_test(rtp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
