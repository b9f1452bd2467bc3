/* Captures that hold each packet twice: which are left out, which are not. */
#include "tests/store/index_case.h"

#define LINKTYPE_80211 105
#define PACKETS 40

/* Whose content and, if @id, identification are its own. */
static size_t numbered(uint8_t *p, unsigned number, bool id)
{
	char data[32];
	size_t n;

	snprintf(data, sizeof data, "number %u", number);
	n = udp_packet(p, number & 1, 1000, data);
	if (id)
		put16(p + 4, number + 1);
	return n;
}

static void put_packet(struct capture *c, int64_t after_ns, const uint8_t *p,
		       size_t n)
{
	pcapng_writer_packet(c->w, 0, c->now + after_ns, p, (uint32_t)n,
			     (uint32_t)n, NULL);
}

/* @p within GRE (RFC 2784) between two hosts. */
static size_t in_gre(uint8_t *out, const uint8_t *p, size_t n)
{
	ip_header(out, 47, 4 + n, 0);
	out[12] = out[16] = 192;
	put16(out + 20, 0);
	put16(out + 22, 0x0800);
	memcpy(out + 24, p, n);
	return 24 + n;
}

/* How many packets of the capture "x.pcapng" a line of quality speaks of. */
static uint64_t told_as(const char *what)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct quality_row *q;
	struct err err;
	uint64_t count = 0;
	size_t n;

	assert_int_equal(index_words(s, &o, &err, WORDS("x.pcapng")), 0);
	q = store_qualities(s, &n);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(q[i].what, what))
			count += q[i].count;
	quality_rows_free(q, n);
	store_close(s);
	return count;
}

/* How many were left out as there already. */
static uint64_t left_out(void)
{
	return told_as("doubled-packets");
}

/* Every packet again @after_ns later, in the order of times. */
static void write_twice(bool id, int64_t after_ns)
{
	struct capture c = capture_new("x.pcapng");
	int64_t step = after_ns / 4 + 1000;
	uint8_t p[200];

	capture_iface(&c, "eth0");
	for (unsigned k = 0; k < PACKETS + 4; k++) {
		c.now += step;
		if (k < PACKETS)
			put_packet(&c, 0, p, numbered(p, k, id));
		if (k >= 4)
			put_packet(&c, 1, p, numbered(p, k - 4, id));
	}
	capture_close(&c);
}

static void second_sights_are_left_out(void **state)
{
	(void)state;
	write_twice(true, 20000);
	assert_int_equal(left_out(), PACKETS);
	write_twice(false, 20000);
	assert_int_equal(left_out(), PACKETS);
}

/* A flood of one datagram, each seen at @places, beside @others. */
static void write_flood(unsigned n, unsigned places, unsigned others)
{
	struct capture c = capture_new("x.pcapng");
	uint8_t p[200];

	capture_iface(&c, "eth0");
	for (unsigned k = 0; k < others; k++)
		for (unsigned i = 0; i < places; i++) {
			c.now += 20000;
			put_packet(&c, 0, p, numbered(p, k + 1, true));
		}
	for (unsigned k = 0; k < n * places; k++) {
		c.now += 10000;
		put_packet(&c, 0, p, numbered(p, 0, false));
	}
	capture_close(&c);
}

static void what_is_sent_again_and_again_is_not_doubled(void **state)
{
	(void)state;
	write_flood(500, 1, 0);
	assert_int_equal(left_out(), 0);
	write_flood(500, 1, 3);
	assert_int_equal(left_out(), 0);
}

static void of_what_is_sent_again_each_has_its_copies(void **state)
{
	(void)state;
	write_flood(500, 2, PACKETS);
	assert_int_equal(left_out(), 500 + PACKETS);
	write_flood(500, 3, PACKETS);
	assert_int_equal(left_out(), 2 * (500 + PACKETS));
}

/* Requests each seen @places times, and as many answers (of another number)
 * each @back times. */
static void write_places(unsigned places, unsigned back)
{
	struct capture c = capture_new("x.pcapng");
	uint8_t p[200];

	capture_iface(&c, "eth0");
	for (unsigned k = 0; k < 2 * PACKETS; k++) {
		c.now += 5 * MS;
		for (unsigned i = 0; i < (k & 1 ? back : places); i++) {
			c.now += 20000;
			put_packet(&c, 0, p, numbered(p, k, true));
		}
	}
	capture_close(&c);
}

/* As pktmon writes a packet at each part of Windows. */
static void all_that_both_sides_say_is_there_many_times(void **state)
{
	(void)state;
	write_places(6, 6);
	assert_int_equal(left_out(), 2 * 5 * PACKETS);
	write_places(12, 12);
	assert_int_equal(left_out(), 2 * 11 * PACKETS);
	write_places(8, 6);
	assert_int_equal(left_out(), (7 + 5) * PACKETS);
}

static void what_one_side_alone_repeats_was_sent_so(void **state)
{
	(void)state;
	write_places(12, 1);
	assert_int_equal(left_out(), 0);
	write_places(12, 0);
	assert_int_equal(left_out(), 0);
}

/* Mirrored packets may go a longer way; without an identification a program may
 * as well have sent the same again. */
static void late_ones_are_where_nobody_repeats(void **state)
{
	(void)state;
	write_twice(true, 4 * MS);
	assert_int_equal(left_out(), PACKETS);
	write_twice(true, 60 * MS);
	assert_int_equal(left_out(), PACKETS);
	write_twice(false, 4 * MS);
	assert_int_equal(left_out(), 0);
	write_twice(true, 300 * MS);
	assert_int_equal(left_out(), 0);
}

static void what_is_in_a_tunnel_and_plain_is_left_out_there(void **state)
{
	struct capture c = capture_new("x.pcapng");
	uint8_t p[200], gre[240];

	(void)state;
	capture_iface(&c, "eth0");
	for (unsigned k = 0; k < PACKETS; k++) {
		size_t n = numbered(p, k, true);
		int64_t plain_ns = k & 1 ? 50000 : 0;

		c.now += MS;
		if (!plain_ns)
			put_packet(&c, 0, p, n);
		put_packet(&c, 20000, gre, in_gre(gre, p, n));
		if (plain_ns)
			put_packet(&c, plain_ns, p, n);
	}
	capture_close(&c);
	assert_int_equal(left_out(), PACKETS);
}

static void what_is_only_in_a_tunnel_stays(void **state)
{
	struct capture c = capture_new("x.pcapng");
	uint8_t p[200], gre[240];

	(void)state;
	capture_iface(&c, "eth0");
	for (unsigned k = 0; k < PACKETS; k++) {
		size_t n = numbered(p, k, true);

		c.now += MS;
		put_packet(&c, 0, gre, in_gre(gre, p, n));
		if (k < 5) /* what has not entered it yet */
			put_packet(&c, 1000, p, n);
	}
	capture_close(&c);
	assert_int_equal(left_out(), 0);
}

/* A retry within a millisecond is no twin, one that comes later no packet. */
static void retries_on_the_link_are_no_doubles(void **state)
{
	static const int64_t gaps[] = { MS / 10, 3 * MS };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct capture c = capture_new("x.pcapng");
		uint8_t p[200] = { 0x08, 0x01, [32] = 0 };

		pcapng_writer_iface(c.w, LINKTYPE_80211, 0, US, "mon0");
		memcpy(p + 24, "\xaa\xaa\3\0\0\0\x08\0", 8);
		for (unsigned k = 0; k < PACKETS; k++) {
			size_t n = 32 + numbered(p + 32, k, true);

			c.now += 10 * MS;
			p[1] = 0x01;
			p[23] = (uint8_t)k; /* the lower byte is first */
			put_packet(&c, 0, p, n);
			p[1] = 0x09;
			put_packet(&c, gaps[i], p, n);
		}
		capture_close(&c);
		assert_int_equal(told_as("link-retries"), PACKETS);
		assert_int_equal(left_out(), 0);
	}
}

/* A packet in an Ethernet frame from the device @from. */
static void put_frame(struct capture *c, int64_t after_ns, uint8_t from,
		      const uint8_t *p, size_t n)
{
	uint8_t f[240] = { 2, [5] = 1, [6] = 2, [11] = from, [12] = 8 };

	memcpy(f + 14, p, n);
	put_packet(c, after_ns, f, n + 14);
}

/* Data whose copy another device sent, or the same one; and between them the
 * very same reset twice, which has no identification. */
static void write_with_resets(uint8_t second, unsigned packets)
{
	struct capture c = capture_new("x.pcapng");
	uint8_t p[200], rst[40] = { 0 };

	pcapng_writer_iface(c.w, 1, 0, US, "br0");
	ip_header(rst, 6, 20, 0);
	put16(rst + 20, 1000);
	put16(rst + 22, 80);
	rst[32] = 0x50;
	rst[33] = 4;
	for (unsigned k = 0; k < packets; k++) {
		size_t n = numbered(p, k, true);

		c.now += 5 * MS;
		put_frame(&c, 0, 1, p, n);
		put_frame(&c, 3000, second, p, n);
		rst[27] = (uint8_t)k; /* its number */
		put_frame(&c, 40000, 1, rst, sizeof rst);
		put_frame(&c, 70000, 1, rst, sizeof rst);
	}
	capture_close(&c);
}

/* Where copies come by other devices, what one device sends twice was sent
 * twice; a mirror copies that, too. */
static void what_one_device_sends_again_is_no_copy_by_another(void **state)
{
	(void)state;
	write_with_resets(3, PACKETS);
	assert_int_equal(left_out(), PACKETS);
	write_with_resets(1, PACKETS);
	assert_int_equal(left_out(), 2 * PACKETS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_sights_are_left_out),
		cmocka_unit_test(what_is_sent_again_and_again_is_not_doubled),
		cmocka_unit_test(of_what_is_sent_again_each_has_its_copies),
		cmocka_unit_test(all_that_both_sides_say_is_there_many_times),
		cmocka_unit_test(what_one_side_alone_repeats_was_sent_so),
		cmocka_unit_test(late_ones_are_where_nobody_repeats),
		cmocka_unit_test(
			what_is_in_a_tunnel_and_plain_is_left_out_there),
		cmocka_unit_test(what_is_only_in_a_tunnel_stays),
		cmocka_unit_test(retries_on_the_link_are_no_doubles),
		cmocka_unit_test(
			what_one_device_sends_again_is_no_copy_by_another),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
