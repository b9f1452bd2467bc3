/* capture/fw_monitor.c: whose header it is, and which place it names. */
#include "capture/fw_monitor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/files.h"

#define HEADER(bytes) (const uint8_t *)bytes, sizeof bytes - 1

/* The place that the header of 14 bytes names, or "". */
static const char *place(const uint8_t *p, size_t n)
{
	static char name[FW_MONITOR_NAME];
	struct frame f = { .data = p,
			   .cap_len = (uint32_t)n,
			   .wire_len = (uint32_t)n };

	return fw_monitor_place(&f, name) ? name : "";
}

static void each_point_has_its_side(void **state)
{
	(void)state;
	assert_string_equal(place(HEADER("i1eth0\0\0\0\0\0\0\x08\0")),
			    "eth0:iO");
	assert_string_equal(place(HEADER("I9eth0\0\0\0\0\0\0\x08\0")),
			    "eth0:Io");
	assert_string_equal(place(HEADER("o2eth1.20\0\0\0\x08\0")),
			    "eth1.20:Io");
	assert_string_equal(place(HEADER("O3bond10.100\x08\0")),
			    "bond10.100:iO");
	assert_string_equal(place(HEADER("e2eth0\0\0\0\0\0\0\x08\0")),
			    "eth0:e");
	assert_string_equal(place(HEADER("E2eth0\0\0\0\0\0\0\x08\0")),
			    "eth0:E");
}

static void a_uuid_may_follow_a_short_name(void **state)
{
	(void)state;
	assert_string_equal(place(HEADER("i1eth0\0\0\1\2\3\4\x08\0")),
			    "eth0:iO");
	assert_string_equal(place(HEADER("i1eth1.2\1\2\3\4\x08\0")),
			    "eth1.2:iO");
}

static void hardware_addresses_are_none(void **state)
{
	(void)state;
	/* multicast, broadcast, hosts */
	assert_string_equal(place(HEADER("\1\0\x5e\0\0\1\2\0\0\0\0\1\x08\0")),
			    "");
	assert_string_equal(
		place(HEADER("\x33\x33\0\0\0\1\2\0\0\0\0\1\x86\xdd")), "");
	assert_string_equal(
		place(HEADER("\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x08\6")),
		"");
	assert_string_equal(place(HEADER("i1\0\0\0\1\2\0\0\0\0\1\x08\0")), "");
	assert_string_equal(place(HEADER("i1eth\1\2\0\0\0\0\1\x08\0")), "");
	assert_string_equal(place(HEADER("i\1eth0\0\0\0\0\0\0\x08\0")), "");
	assert_string_equal(place(HEADER("x1eth0\0\0\0\0\0\0\x08\0")), "");
	assert_string_equal(place(HEADER("i1eth\0x\0\0\0\0\0\x08\0")), "");
	assert_string_equal(place(HEADER("i1eth0\0\0\0\0\0\0\x08")), "");
}

/* In a file of whatever format each place is an interface. */
static void places_are_interfaces(void **state)
{
	static const char *const headers[] = {
		"i1eth0\0\0\0\0\0\0\x08", "I2eth0\0\0\0\0\0\0\x08",
		"o1eth1\0\0\0\0\0\0\x08", "O2eth1\0\0\0\0\0\0\x08",
		"O1eth0\0\0\0\0\0\0\x08",
	};
	static const uint32_t iface[] = { 0, 1, 2, 3, 0 };
	struct files_buf f = { 0 };
	struct files_read r;

	(void)state;
	files_classic(&f, 0xa1b2c3d4, 65535, 1);
	for (uint32_t i = 0; i < 5; i++) {
		files_record(&f, 1700000000 + i, 0, 60, 60);
		memcpy(f.b.at + f.b.n - 60, headers[i], 14);
	}
	files_read(&r, f.b.at, f.b.n);
	assert_int_equal(r.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(r.at[i].iface, iface[i]);
	assert_int_equal(reader_ifaces(r.r), 4);
	assert_string_equal(reader_iface(r.r, 0)->name, "eth0:iO");
	assert_string_equal(reader_iface(r.r, 3)->name, "eth1:iO");
	assert_int_equal(reader_iface(r.r, 3)->linktype, 1);
	assert_int_equal(files_qualities(&r), 0);
	files_read_release(&r);
	files_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_point_has_its_side),
		cmocka_unit_test(a_uuid_may_follow_a_short_name),
		cmocka_unit_test(hardware_addresses_are_none),
		cmocka_unit_test(places_are_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
