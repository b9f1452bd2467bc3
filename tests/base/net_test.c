#include "base/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void ends_print_as_they_parse(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "10.0.0.1:80", "10.0.0.1:80" },
		{ "10.0.0.1", "10.0.0.1:0" },
		{ "255.255.255.255:65535", "255.255.255.255:65535" },
		{ "[2001:DB8::1]:443", "[2001:db8::1]:443" },
		{ "2001:db8::1", "[2001:db8::1]:0" },
		{ "[::]", "[::]:0" },
		{ "::ffff:10.0.0.1", "10.0.0.1:0" },
		{ "[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
		  "[1111:2222:3333:4444:5555:6666:7777:8888]:65535" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[NET_END_TEXT];
		struct net_end e;

		assert_int_equal(net_end_parse(cases[i].in, &e), 0);
		assert_string_equal(net_end_text(&e, out), cases[i].out);
	}
}

static void sides_print_what_their_protocol_has(void **state)
{
	struct net_end a, b;
	char out[NET_END_TEXT];

	(void)state;
	net_end_parse("10.0.0.1:49407", &a);
	net_end_parse("10.0.0.2:61185", &b);
	assert_string_equal(net_side_text(6, &a, &b, true, out),
			    "10.0.0.2:61185");
	assert_string_equal(net_side_text(50, &a, &b, true, out),
			    "10.0.0.2 SPI 0xc0ffef01");
	assert_string_equal(net_side_text(50, &a, &b, false, out), "10.0.0.1");
	a.port = 0;
	assert_string_equal(net_side_text(47, &a, &b, false, out), "10.0.0.1");
	assert_string_equal(net_side_text(17, &a, &b, false, out),
			    "10.0.0.1:0");
	net_end_parse("[1111:2222:3333:4444:5555:6666:7777:8888]:65535", &b);
	assert_string_equal(net_side_text(50, &a, &b, true, out),
			    "1111:2222:3333:4444:5555:6666:7777:8888 SPI "
			    "0x0000ffff");
}

static void nonsense_is_refused(void **state)
{
	static const char *const cases[] = { "",
					     "x",
					     "10.0.0",
					     "10.0.0.1:",
					     "10.0.0.1:65536",
					     "10.0.0.1:-1",
					     "10.0.0.1: 1",
					     "[2001:db8::1",
					     "[2001:db8::1]443",
					     "[10.0.0.1]",
					     "[2001:db8::1]:",
					     "10.0.0.1:80x",
					     "fe80::1%eth0" };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net_end e;

		assert_int_equal(net_end_parse(cases[i], &e), -1);
	}
}

static void order_is_by_address_then_port(void **state)
{
	struct net_end a, b, c;

	(void)state;
	net_end_parse("10.0.0.1:200", &a);
	net_end_parse("10.0.0.2:100", &b);
	net_end_parse("10.0.0.2:101", &c);
	assert_true(net_end_cmp(&a, &b) < 0);
	assert_true(net_end_cmp(&c, &b) > 0);
	assert_int_equal(net_end_cmp(&b, &b), 0);
}

static void v4_is_told_from_v6(void **state)
{
	const uint8_t v4[4] = { 10, 0, 0, 1 }, v6[16] = { 0x20, 0x01 };
	struct net_addr a = net_addr_v4(v4), b = net_addr_v6(v6);
	char out[NET_END_TEXT];

	(void)state;
	assert_true(net_addr_is_v4(&a));
	assert_false(net_addr_is_v4(&b));
	assert_string_equal(net_addr_text(&a, out), "10.0.0.1");
	assert_string_equal(net_addr_text(&b, out), "2001::");
}

static void groups_that_stay_local_are_known(void **state)
{
	static const char *const local[] = {
		"224.0.0.251",     "224.0.0.18", "239.255.255.250",
		"255.255.255.255", "ff02::fb",   "ff05::c"
	};
	static const char *const others[] = { "224.0.1.1",  "239.1.1.1",
					      "10.0.0.255", "10.0.0.1",
					      "ff0e::1",    "fe80::1",
					      "2001:db8::1" };
	struct net_addr a;

	(void)state;
	for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
		assert_int_equal(net_addr_parse(local[i], &a), 0);
		assert_true(net_addr_is_local_group(&a));
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_int_equal(net_addr_parse(others[i], &a), 0);
		assert_false(net_addr_is_local_group(&a));
	}
}

static void groups_and_loopback_are_told_from_hosts(void **state)
{
	static const struct {
		const char *text;
		bool group, loopback;
	} addrs[] = {
		{ "224.0.0.251", true, false },
		{ "255.255.255.255", true, false },
		{ "10.0.5.255", true, false },
		{ "ff02::1:2", true, false },
		{ "223.255.255.254", false, false },
		{ "10.255.5.1", false, false },
		{ "fe80::ff", false, false },
		{ "127.0.0.1", false, true },
		{ "127.3.2.1", false, true },
		{ "::1", false, true },
		{ "128.0.0.1", false, false },
		{ "::", false, false },
	};
	struct net_addr a;

	(void)state;
	for (size_t i = 0; i < sizeof addrs / sizeof *addrs; i++) {
		assert_int_equal(net_addr_parse(addrs[i].text, &a), 0);
		assert_int_equal(net_addr_may_be_group(&a), addrs[i].group);
		assert_int_equal(net_addr_is_loopback(&a), addrs[i].loopback);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_print_as_they_parse),
		cmocka_unit_test(sides_print_what_their_protocol_has),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(order_is_by_address_then_port),
		cmocka_unit_test(v4_is_told_from_v6),
		cmocka_unit_test(groups_that_stay_local_are_known),
		cmocka_unit_test(groups_and_loopback_are_told_from_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
