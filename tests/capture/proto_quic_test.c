/* QUIC: long headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

#define LEN 1200
#define IDS "\x08\xde\xad\xbe\xef\1\2\3\4\4\5\6\7\x08"
/* no token, 1100 bytes of packet */
#define INITIAL "\xc3\0\0\0\1" IDS "\0\x44\x4c"
#define HANDSHAKE "\xe3\0\0\0\1" IDS "\x44\x4c"
#define RETRY "\xf3\0\0\0\1" IDS "token"
#define SHORT "\x53\xde\xad\xbe\xef"

static void say(struct stage *s, int dir, const char *head, size_t n,
		size_t len, size_t cap)
{
	char bytes[LEN + 200] = "";

	memcpy(bytes, head, n);
	stage_segment(s, dir, 0, bytes, len, cap);
}

#define SAY(s, dir, head, len)                                                 \
	say((s), (dir), (head), sizeof(head) - 1, (len), (len))

static void begin(struct stage *s)
{
	stage_open(s, 443);
	s->udp = true;
}

static void ends(struct stage *s, const char *want)
{
	assert_string_equal(stage_end(s), want);
	stage_close(s);
}

static void a_handshake(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	SAY(&s, 0, INITIAL, LEN);
	SAY(&s, 1, RETRY, 100);
	SAY(&s, 0, "\xd3\0\0\0\1" IDS "\x44\x4c", LEN);
	SAY(&s, 1, "\xc3\0\0\0\1" IDS "\0\x10", 40);
	SAY(&s, 1, HANDSHAKE, LEN);
	SAY(&s, 0, SHORT, 300);
	ends(&s, "> handshake quic Initial +1200\n"
		 "< handshake quic Retry +100\n"
		 "> handshake quic 0-RTT +1200\n"
		 "< handshake quic Initial +40\n"
		 "< handshake quic Handshake +1200\n");
}

static void version_2_has_other_types(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	SAY(&s, 0, "\xd3\x6b\x33\x43\xcf" IDS "\0\x44\x4c", LEN);
	SAY(&s, 1, "\xf3\x6b\x33\x43\xcf" IDS "\x44\x4c", LEN);
	SAY(&s, 1, "\xc3\x6b\x33\x43\xcf" IDS "token", 100);
	ends(&s, "> handshake quic Initial +1200\n"
		 "< handshake quic Handshake +1200\n"
		 "< handshake quic Retry +100\n");
}

static bool opens(int dir, const char *head, size_t n)
{
	struct stage s;
	bool is;

	begin(&s);
	say(&s, dir, head, n, LEN, LEN);
	assert_int_equal(s.messages, 1);
	is = s.last.flags & MESSAGE_OPENS;
	stage_close(&s);
	return is;
}

/* What shows that there was an answer, or is one, does not open. */
static void what_opens_a_connection(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool opens;
	} v[] = {
#define ONE(b, opens) { (b), sizeof(b) - 1, (opens) }
		ONE(INITIAL, true),
		ONE("\xd3\0\0\0\1" IDS "\x44\x4c", true), /* 0-RTT */
		ONE("\xd3\x6b\x33\x43\xcf" IDS "\0\x44\x4c", true),
		ONE(HANDSHAKE, false),
		ONE(RETRY, false),
		/* to a client of no ID, or a short one */
		ONE("\xc3\0\0\0\1\0\4\4\5\6\7\0\x44\x4c", false),
		ONE("\xc3\0\0\0\1\4\4\5\6\7\4\4\5\6\7\0\x44\x4c", false),
#undef ONE
	};

	(void)state;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		assert_int_equal(opens(0, v[i].bytes, v[i].n), v[i].opens);
}

static void what_opens_again_and_again_is_all_told(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 300; i++)
		SAY(&s, 0, INITIAL, LEN);
	assert_int_equal(s.messages, 300);
	assert_false(talk_deaf(&s.ref));
	stage_close(&s);
}

static void versions_are_negotiated(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	SAY(&s, 0, "\xc3\x1a\x2a\x3a\x4a" IDS, LEN);
	SAY(&s, 1, "\x8f\0\0\0\0" IDS "\x5a\x6a\x7a\x8a\0\0\0\1", 27);
	ends(&s, "> handshake quic Initial +1200\n"
		 "< handshake quic Version-Negotiation +27\n");
	/* alone it is too little evidence */
	begin(&s);
	SAY(&s, 1, "\x8f\0\0\0\0" IDS "\x5a\x6a\x7a\x8a\0\0\0\1", 27);
	ends(&s, "");
}

/* Of a resolver, with ID 0x8a00 and no flags: an additional record has a number that is
 * version 1 of QUIC.  So has each ID and the beginning of any other. */
static void queries_of_dns_are_not_taken(void **state)
{
	static const char *const id[] = { "\x8a\0", "\xc3\0", "\1\0",
					  "\2\0",   "\3\0",   "\4\0",
					  "\x80\0", "\x38\0", "\x40\0" };

	(void)state;
	for (size_t i = 0; i < sizeof id / sizeof *id; i++) {
		char bytes[64] = "..\0\0\0\1\0\0\0\0\0\1\4name\0\0\1\0\1"
				 "\0\0\x29\4\xd0\0\0\x80\0\0\1\0";
		struct stage s;

		memcpy(bytes, id[i], 2);
		stage_open(&s, 53);
		s.udp = true;
		stage_segment(&s, 0, 0, bytes, 36, 36);
		assert_non_null(strstr(stage_end(&s), "dns"));
		stage_close(&s);
	}
}

/* As long as a client's first must be. */
static void small_ones_do_not_show_it(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	SAY(&s, 0, "\xe3\0\0\0\1" IDS "\x40\x4c", LEN - 1);
	SAY(&s, 0, "\xc3\0\0\0\1" IDS "\0\x40\x4c", LEN - 1);
	ends(&s, "");
	begin(&s);
	SAY(&s, 1, HANDSHAKE, LEN);
	SAY(&s, 0, "\xe3\0\0\0\1" IDS "\x10", 40);
	ends(&s, "< handshake quic Handshake +1200\n"
		 "> handshake quic Handshake +40\n");
}

/* Whatever is cut off by the snap length, it is known by what is left. */
static void cut_ones_are_known_by_their_ids(void **state)
{
	size_t ids = 5 + sizeof(IDS) - 1;
	struct stage s;

	(void)state;
	for (size_t cap = 0; cap <= 32; cap++) {
		begin(&s);
		say(&s, 0, INITIAL, sizeof(INITIAL) - 1, LEN, cap);
		ends(&s, cap >= ids ? "> handshake quic Initial +1200\n" : "");
	}
}

static void others_are_not_taken(void **state)
{
	static const struct {
		const char *bytes;
		size_t n, len;
	} odd[] = {
#define ODD(b, len) { (b), sizeof(b) - 1, (len) }
		ODD(SHORT, 300),
		ODD("\xc3\0\0\0\3" IDS "\0\x44\x4c", LEN), /* version 3 */
		ODD("\x83\0\0\0\1" IDS "\0\x44\x4c", LEN), /* no fixed bit */
		ODD("\xc3\0\0\0\1\x15" IDS, LEN),          /* 21 bytes of ID */
		ODD("\xc3\0\0\0\1" IDS "\x44\xf0", LEN),   /* long token */
		ODD("\xc3\0\0\0\1" IDS "\0\x44\xf0", LEN), /* long packet */
		ODD("\xe3\0\0\0\1" IDS "\x44\xf0", LEN),   /* the same */
		ODD("\xc3\x1a\x2a\x3a\x4a" IDS, LEN - 1),
		ODD("\x8f\0\0\0\0" IDS "\5\6\7\x08", 23), /* no such version */
		ODD("\x8f\0\0\0\0" IDS "\0\0\0\1\0", 24),
#undef ODD
	};
	struct stage s;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		begin(&s);
		say(&s, 0, odd[i].bytes, odd[i].n, odd[i].len, odd[i].len);
		ends(&s, "");
	}
}

static void a_long_session_is_soon_not_looked_at(void **state)
{
	struct talk_trouble t;
	struct stage s;

	(void)state;
	begin(&s);
	SAY(&s, 0, INITIAL, LEN);
	for (int i = 0; i < 80; i++)
		SAY(&s, i & 1, SHORT, 100);
	assert_true(talk_deaf(&s.ref));
	for (unsigned i = 0; talks_trouble(s.all, i, &t); i++) {
		assert_int_equal(t.count, 0);
		free(t.text);
	}
	ends(&s, "> handshake quic Initial +1200\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake),
		cmocka_unit_test(version_2_has_other_types),
		cmocka_unit_test(what_opens_a_connection),
		cmocka_unit_test(what_opens_again_and_again_is_all_told),
		cmocka_unit_test(versions_are_negotiated),
		cmocka_unit_test(queries_of_dns_are_not_taken),
		cmocka_unit_test(small_ones_do_not_show_it),
		cmocka_unit_test(cut_ones_are_known_by_their_ids),
		cmocka_unit_test(others_are_not_taken),
		cmocka_unit_test(a_long_session_is_soon_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
