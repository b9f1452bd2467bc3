/* capture/filter.c: BPF by link type, from several threads. */
#include "capture/reader.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

static struct frame frame_of(const struct frames_buf *b)
{
	return (struct frame){ .data = b->at,
			       .cap_len = (uint32_t)b->n,
			       .wire_len = (uint32_t)b->n };
}

static void frames_match_or_not(void **state)
{
	static const struct {
		const char *bpf;
		bool match;
	} cases[] = { { "tcp port 443", true },
		      { "host 10.0.0.2", true },
		      { "udp", false },
		      { "", true },
		      { "tcp[13] & 2 != 0", false } };
	static const struct {
		int linktype;
		const char *header;
	} links[] = { { 1, "020000000001 020000000002 0800" },
		      { 101, "" },
		      { 12, "" },
		      { 228, "" },
		      { 113, "0000 0001 0006 0200000000010000 0800" } };

	(void)state;
	for (size_t l = 0; l < sizeof links / sizeof *links; l++) {
		static struct frames_buf b;
		struct frame frame;

		b = (struct frames_buf){ 0 };
		frames_hex(&b, links[l].header);
		frames_ip4(&b, 6, "10.0.0.1", "10.0.0.2");
		frames_tcp(&b, 40000, 443, 1, 2, REC_ACK);
		frames_close(&b);
		frame = frame_of(&b);
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			struct err err = { 0 };
			struct filter *f = filter_compile(
				cases[i].bpf, links[l].linktype, &err);

			assert_non_null(f);
			assert_int_equal(filter_match(f, &frame),
					 cases[i].match);
			filter_free(f);
		}
	}
	filter_free(NULL);
}

static void bad_filters_are_explained(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(filter_compile("port http or or", 1, &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.text, "port http or or"));
	assert_non_null(strstr(err.text, "EN10MB"));
	assert_non_null(strstr(err.text, "syntax error"));
	err = (struct err){ 0 };
	assert_null(filter_compile("tcp", 65000, &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.text, "65000"));
}

static void *compile_often(void *arg)
{
	struct err err = { 0 };

	for (int i = 0; i < 200; i++) {
		struct filter *f = filter_compile("tcp port 443 or udp port 53",
						  1, &err);

		if (!f)
			return arg;
		filter_free(f);
	}
	return NULL;
}

static void compiling_is_safe_in_threads(void **state)
{
	pthread_t t[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, compile_often, t),
				 0);
	for (int i = 0; i < 4; i++) {
		void *failed;

		assert_int_equal(pthread_join(t[i], &failed), 0);
		assert_null(failed);
	}
}

static void link_types_have_names(void **state)
{
	char name[64];

	(void)state;
	assert_string_equal(linktype_name(1, name), "EN10MB (Ethernet)");
	assert_string_equal(linktype_name(101, name), "RAW (Raw IP)");
	assert_string_equal(linktype_name(64999, name), "link type 64999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_match_or_not),
		cmocka_unit_test(bad_filters_are_explained),
		cmocka_unit_test(compiling_is_safe_in_threads),
		cmocka_unit_test(link_types_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
