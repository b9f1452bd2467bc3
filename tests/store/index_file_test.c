/* One file: its interfaces, filters, and messages. */
#include "tests/store/index_case.h"

/* A router says that the datagram was too big. */
static void too_big(struct capture *c, uint16_t port, const char *data)
{
	uint8_t p[256], quoted[200];
	size_t n = udp_packet(quoted, 0, port, data);

	ip_header(p, 1, 8 + n, 1);
	p[12] = 192;
	memset(p + 20, 0, 8);
	p[20] = 3;
	p[21] = 4;
	put16(p + 26, 1400);
	memcpy(p + 28, quoted, n);
	c->now += MS;
	n += 28;
	pcapng_writer_packet(c->w, 0, c->now, p, (uint32_t)n, (uint32_t)n,
			     NULL);
}

/* GRE (RFC 2784) whose packets of 200 bytes come in two pieces. */
static void tunnels_in_fragments_are_opened(void **state)
{
	struct capture c = capture_new("gre.pcapng");
	struct index_options o = options();
	struct store *s = case_new();
	char data[173] = { 0 };
	uint8_t p[300], inner[200];
	struct quality_row *q;
	struct file_row *f;
	uint64_t later = 0;
	struct err err;
	size_t n;

	(void)state;
	capture_iface(&c, "eth0");
	memset(data, 'x', 172);
	assert_int_equal(udp_packet(inner, 0, 1000, data), 200);
	for (unsigned k = 0; k < 20; k++) {
		c.now += MS;
		ip_header(p, 47, 104, 0);
		p[12] = p[16] = 192;
		put16(p + 4, k + 1);
		put16(p + 6, 0x2000);
		put16(p + 20, 0);
		put16(p + 22, 0x0800);
		put16(inner + 4, k + 1);
		memcpy(p + 24, inner, 100);
		pcapng_writer_packet(c.w, 0, c.now, p, 124, 124, NULL);
		put16(p + 2, 120);
		put16(p + 6, 104 / 8);
		memcpy(p + 20, inner + 100, 100);
		pcapng_writer_packet(c.w, 0, c.now, p, 120, 120, NULL);
	}
	capture_close(&c);
	assert_int_equal(index_words(s, &o, &err, WORDS("gre.pcapng")), 0);
	q = store_qualities(s, &n);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(q[i].what, "tunnel-fragments"))
			later += q[i].count;
	assert_int_equal(later, 20);
	quality_rows_free(q, n);
	f = store_files(s, &n);
	assert_int_equal(f[0].kept, 40);
	file_rows_free(f, n);
	store_close(s);
}

static void interfaces_become_points(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;

	(void)state;
	write_two_ifaces("box.pcapng");
	assert_int_equal(index_words(s, &o, &err, WORDS("box.pcapng")), 0);
	expect_points(s, "box#eth0 box#eth1");
	assert_non_null(strstr(notices.at, "--one-point"));
	store_close(s);

	s = case_new();
	o.one_point = true;
	assert_int_equal(index_words(s, &o, &err, WORDS("box.pcapng")), 0);
	expect_points(s, "box");
	assert_int_equal(count_files(s), 1);
	store_close(s);
}

static void one_interface_is_taken(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct file_row *f;
	struct err err;
	size_t n;

	(void)state;
	write_two_ifaces("box.pcapng");
	assert_int_equal(
		index_words(s, &o, &err,
			    WORDS("in=box.pcapng#eth1", "out=box.pcapng#0")),
		0);
	expect_points(s, "in out");
	f = store_files(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(f[0].packets, 2);
	assert_string_equal(f[0].iface, "eth1");
	assert_int_equal(f[1].packets, 1);
	file_rows_free(f, n);
	assert_int_equal(index_words(s, &o, &err, WORDS("box.pcapng#eth9")),
			 -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, "eth1"));
	assert_int_equal(count_files(s), 2);
	store_close(s);
}

static void file_without_packets_is_a_point(void **state)
{
	struct index_options o = options();
	struct capture c = capture_new("empty.pcapng");
	struct store *s = case_new();
	struct err err;

	(void)state;
	capture_iface(&c, "eth0");
	capture_close(&c);
	assert_int_equal(index_words(s, &o, &err, WORDS("empty.pcapng")), 0);
	expect_points(s, "empty");
	assert_int_equal(count_files(s), 1);
	store_close(s);
}

static void filters_hide_packets(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct file_row *f;
	struct err err;
	size_t n;

	(void)state;
	write_questions("f.pcapng", 10, "question");
	o.filter = "udp port 1003";
	assert_int_equal(index_words(s, &o, &err, WORDS("a=f.pcapng")), 0);
	f = store_files(s, &n);
	assert_int_equal(f[0].packets, 20);
	assert_int_equal(f[0].kept, 2);
	assert_true(f[0].filtered);
	file_rows_free(f, n);
	store_close(s);

	s = case_new();
	o.filter = NULL;
	o.host = "10.0.0.9";
	o.from_ns = START + 5 * MS;
	assert_int_equal(index_words(s, &o, &err, WORDS("a=f.pcapng")), 0);
	f = store_files(s, &n);
	assert_int_equal(f[0].kept, 0);
	assert_true(f[0].first_ns >= o.from_ns);
	file_rows_free(f, n);
	o.host = "nowhere";
	assert_int_equal(index_words(s, &o, &err, WORDS("b=f.pcapng")), -1);
	assert_int_equal(err.code, ERR_USAGE);
	store_close(s);
}

static void icmp_error_becomes_a_message(void **state)
{
	struct index_options o = options();
	struct capture c = capture_new("icmp.pcapng");
	struct store *s = case_new();
	struct message_row *m;
	struct err err;
	size_t n;

	(void)state;
	capture_iface(&c, NULL);
	udp(&c, 0, 0, 1000, "first");
	udp(&c, 0, 0, 2000, "second");
	too_big(&c, 2000, "second");
	capture_close(&c);
	assert_int_equal(index_words(s, &o, &err, WORDS("icmp.pcapng")), 0);
	m = store_icmp(s, &n);
	assert_int_equal(n, 1);
	assert_int_equal(m[0].m.proto, MESSAGE_ICMP);
	assert_int_equal(m[0].m.part, 2);
	assert_int_equal(m[0].m.dir, 0);
	assert_int_equal(m[0].m.kind, MESSAGE_NOTICE);
	assert_int_equal(MESSAGE_ICMP_TYPE(m[0].m.status), 3);
	assert_int_equal(MESSAGE_ICMP_CODE(m[0].m.status), 4);
	assert_int_equal(m[0].m.msg_id, 1400);
	assert_int_equal(m[0].m.len, 34);
	assert_int_equal(m[0].m.first_frame, 3);
	assert_string_equal(m[0].name, "192.0.0.2");
	message_rows_free(m, n);
	store_close(s);
}

/* Of a lane that has nothing else; told at the end. */
static void arp_becomes_messages(void **state)
{
	static const uint8_t asks[] = { 255, 255, 255, 255, 255, 255, 2, 0, 0,
					0,   0,   1,   8,   6,   0,   1, 8, 0,
					6,   4,   0,   1,   2,   0,   0, 0, 0,
					1,   10,  0,   0,   1,   0,   0, 0, 0,
					0,   0,   10,  0,   0,   5 };
	struct index_options o = options();
	struct capture c = capture_new("arp.pcapng");
	struct store *s = case_new();
	struct message_row *m;
	struct file_row *f;
	struct err err;
	size_t n;

	(void)state;
	pcapng_writer_iface(c.w, 1, 0, US, "eth0");
	for (int i = 0; i < 4; i++) {
		c.now += 1000 * MS;
		pcapng_writer_packet(c.w, 0, c.now, asks, sizeof asks,
				     sizeof asks, NULL);
	}
	capture_close(&c);
	assert_int_equal(index_words(s, &o, &err, WORDS("arp.pcapng")), 0);
	m = store_neighbours(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(m[1].m.proto, MESSAGE_ARP);
	assert_int_equal(m[1].m.kind, MESSAGE_REQUEST);
	assert_int_equal(m[1].m.status, MESSAGE_NEIGHBOUR_VAIN);
	assert_int_equal(m[1].m.len, 4);
	assert_int_equal(m[1].m.last_ns - m[1].m.first_ns, 3000 * MS);
	assert_string_equal(m[1].name,
			    "who-has 10.0.0.5 10.0.0.1 02:00:00:00:00:01");
	message_rows_free(m, n);
	m = store_icmp(s, &n);
	assert_int_equal(n, 0);
	message_rows_free(m, n);
	f = store_files(s, &n);
	assert_int_equal(f[0].not_ip, 4);
	file_rows_free(f, n);
	store_close(s);
	s = case_new();
	o.host = "10.0.0.7";
	assert_int_equal(index_words(s, &o, &err, WORDS("arp.pcapng")), 0);
	m = store_neighbours(s, &n);
	assert_int_equal(n, 0);
	message_rows_free(m, n);
	store_close(s);
}

/* Routed from eth1 to eth0, and back. */
static void interfaces_stand_as_packets_pass_them(void **state)
{
	struct capture c = capture_new("routed.pcapng");
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;
	uint8_t p[200];

	(void)state;
	capture_iface(&c, "eth0");
	capture_iface(&c, "eth1");
	for (unsigned k = 0; k < 20; k++) {
		bool back = k & 1;
		uint32_t n = (uint32_t)udp_packet(p, back, 1000, "to and fro");

		put16(p + 4, k + 1);
		for (unsigned second = 0; second < 2; second++) {
			p[8] = (uint8_t)(64 - second);
			pcapng_writer_packet(c.w, second == back, c.now += MS,
					     p, n, n, NULL);
		}
	}
	capture_close(&c);
	assert_int_equal(index_words(s, &o, &err, WORDS("routed.pcapng")), 0);
	expect_points(s, "routed#eth1 routed#eth0");
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_become_points),
		cmocka_unit_test(tunnels_in_fragments_are_opened),
		cmocka_unit_test(one_interface_is_taken),
		cmocka_unit_test(file_without_packets_is_a_point),
		cmocka_unit_test(filters_hide_packets),
		cmocka_unit_test(icmp_error_becomes_a_message),
		cmocka_unit_test(arp_becomes_messages),
		cmocka_unit_test(interfaces_stand_as_packets_pass_them),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
