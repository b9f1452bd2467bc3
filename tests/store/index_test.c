/* Indexing: names of points, and small captures from end to end. */
#include "store/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "capture/pcapng_writer.h"
#include "store/index_int.h"
#include "store/pack.h"

#define START 1700000000000000000LL
#define MS 1000000LL
#define LINKTYPE_RAW 101
#define US 6 /* if_tsresol */

static char dir[] = "/tmp/tracepair-index-XXXXXX";
static struct text notices;

static int make_dir(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir) || mkdir("one", 0700) ||
	       mkdir("two", 0700);
}

static int remove_dir(void **state)
{
	char *command = mem_printf("rm -rf '%s'", dir);
	int ret = chdir("/") || system(command);

	(void)state;
	free(command);
	text_release(&notices);
	return ret;
}

/* ---- captures by hand ---- */

struct capture {
	struct pcapng_writer *w;
	int64_t now;
	struct err err;
};

static struct capture capture_new(const char *path)
{
	struct capture c = { .now = START };

	c.w = pcapng_writer_open(path, &c.err);
	assert_non_null(c.w);
	return c;
}

static void capture_iface(struct capture *c, const char *name)
{
	pcapng_writer_iface(c->w, LINKTYPE_RAW, 0, US, name);
}

static void capture_close(struct capture *c)
{
	assert_int_equal(pcapng_writer_close(c->w, &c->err), 0);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t ip_header(uint8_t *p, uint8_t proto, size_t len, int way)
{
	static const uint8_t client[4] = { 10, 0, 0, 1 };
	static const uint8_t server[4] = { 10, 0, 0, 2 };

	memset(p, 0, 20);
	p[0] = 0x45;
	put16(p + 2, (unsigned)(20 + len));
	p[8] = 64;
	p[9] = proto;
	memcpy(p + 12, way ? server : client, 4);
	memcpy(p + 16, way ? client : server, 4);
	return 20;
}

static size_t udp_packet(uint8_t *p, int way, uint16_t port, const char *data)
{
	size_t n = strlen(data);

	ip_header(p, 17, 8 + n, way);
	put16(p + 20, way ? 53 : port);
	put16(p + 22, way ? port : 53);
	put16(p + 24, (unsigned)(8 + n));
	put16(p + 26, 0);
	memcpy(p + 28, data, n);
	return 28 + n;
}

static void udp(struct capture *c, uint32_t iface, int way, uint16_t port,
		const char *data)
{
	uint8_t p[200];
	size_t n = udp_packet(p, way, port, data);

	c->now += MS + (int64_t)(port % 7) * 1000;
	pcapng_writer_packet(c->w, iface, c->now, p, (uint32_t)n, (uint32_t)n,
			     NULL);
}

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

/* @n questions of as many ports, each with its answer. */
static void write_questions(const char *path, unsigned n, const char *text)
{
	struct capture c = capture_new(path);

	capture_iface(&c, "eth0");
	for (unsigned i = 0; i < n; i++) {
		udp(&c, 0, 0, (uint16_t)(1000 + i), text);
		udp(&c, 0, 1, (uint16_t)(1000 + i), "the answer");
	}
	capture_close(&c);
}

static void write_two_ifaces(const char *path)
{
	struct capture c = capture_new(path);

	capture_iface(&c, "eth0");
	capture_iface(&c, "eth1");
	udp(&c, 1, 0, 7, "in at the second");
	udp(&c, 0, 0, 7, "and out of the first");
	udp(&c, 1, 0, 8, "in at the second again");
	capture_close(&c);
}

/* ---- the call ---- */

static void take_notice(void *ctx, const char *text)
{
	(void)ctx;
	text_add(&notices, "%s\n", text);
}

static struct index_options options(void)
{
	return (struct index_options){ .from_ns = INT64_MIN,
				       .to_ns = INT64_MAX,
				       .notice = take_notice };
}

static struct store *case_new(void)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	return s;
}

static int index_words(struct store *s, const struct index_options *o,
		       struct err *err, size_t n, const char *const *words)
{
	struct index_input in[8];
	int ret;

	*err = (struct err){ 0 };
	if (notices.at)
		notices.at[notices.n = 0] = '\0';
	for (size_t i = 0; i < n; i++)
		assert_int_equal(index_input_parse(words[i], &in[i], err), 0);
	ret = index_files(s, in, n, o, err);
	for (size_t i = 0; i < n; i++)
		index_input_release(&in[i]);
	return ret;
}

#define WORDS(...)                                                             \
	sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *),              \
		(const char *[])                                               \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

static void expect_points(struct store *s, const char *want)
{
	size_t n;
	struct point_row *p = store_points(s, &n);
	struct text t = { 0 };

	for (size_t i = 0; i < n; i++) {
		text_add(&t, "%s%s", i ? " " : "", p[i].name);
		assert_int_equal(p[i].pos, i + 1);
	}
	assert_string_equal(n ? t.at : "", want);
	text_release(&t);
	point_rows_free(p, n);
}

static size_t count_files(struct store *s)
{
	size_t n;
	struct file_row *f = store_files(s, &n);

	file_rows_free(f, n);
	return n;
}

/* All that indexing wrote of the file with that path, as text. */
static char *describe(struct store *s, const char *path)
{
	size_t n, n_blocks;
	struct file_row *f = store_files(s, &n);
	struct text t = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct block_row *b;
		struct part p;

		if (strcmp(f[i].path, path))
			continue;
		text_add(&t, "file %d packets %lu kept %lu first %ld\n",
			 (int)(f[i].id & 0xff), f[i].packets, f[i].kept,
			 f[i].first_ns);
		b = store_blocks(s, f[i].id, &n_blocks);
		for (size_t k = 0; k < n_blocks; k++) {
			struct buf data = { 0 };
			uint32_t sum = 0;

			assert_int_equal(store_block_read(s, b[k].id, &data),
					 0);
			for (size_t j = 0; j < data.n; j++)
				sum = sum * 31 + data.at[j];
			text_add(&t, "block %u-%u n %u bytes %zu sum %x\n",
				 b[k].part_min, b[k].part_max, b[k].n, data.n,
				 sum);
			buf_release(&data);
		}
		free(b);
		for (int64_t k = 1; store_part_get(s, f[i].id << 32 | k, &p);
		     k++)
			text_add(&t, "part %ld packets %lu ports %u %u\n", k,
				 p.dir[0].packets + p.dir[1].packets,
				 p.ends[0].port, p.ends[1].port);
	}
	file_rows_free(f, n);
	return t.at;
}

/* ---- words ---- */

static void words_name_point_file_and_interface(void **state)
{
	static const struct {
		const char *word, *point, *path, *iface;
	} cases[] = {
		{ "a.pcap", NULL, "a.pcap", NULL },
		{ "client=a.pcap", "client", "a.pcap", NULL },
		{ "a.pcap#eth0", NULL, "a.pcap", "eth0" },
		{ "c=x/a.pcap#2", "c", "x/a.pcap", "2" },
		{ "dir/a=b.pcap", NULL, "dir/a=b.pcap", NULL },
		{ "=a.pcap", NULL, "=a.pcap", NULL },
		{ "odd=name.pcap", NULL, "odd=name.pcap", NULL },
		{ "odd#name.pcap", NULL, "odd#name.pcap", NULL },
		{ "p=odd#name.pcap", "p", "odd#name.pcap", NULL },
		{ "p=odd#name.pcap#1", "p", "odd#name.pcap", "1" },
		{ "p=-", "p", "-", NULL },
	};

	(void)state;
	write_questions("odd=name.pcap", 1, "q");
	write_questions("odd#name.pcap", 1, "q");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct index_input in;
		struct err err = { 0 };

		assert_int_equal(index_input_parse(cases[i].word, &in, &err),
				 0);
		assert_string_equal(in.path, cases[i].path);
		assert_int_equal(!in.point, !cases[i].point);
		if (in.point)
			assert_string_equal(in.point, cases[i].point);
		assert_int_equal(!in.iface, !cases[i].iface);
		if (in.iface)
			assert_string_equal(in.iface, cases[i].iface);
		index_input_release(&in);
	}
}

static void words_without_file_are_refused(void **state)
{
	static const char *const words[] = { "", "client=", "a.pcap#" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct index_input in;
		struct err err = { 0 };

		assert_int_equal(index_input_parse(words[i], &in, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		index_input_release(&in);
	}
}

static void equal_names_get_their_folder(void **state)
{
	struct point_row old = { .name = mem_strdup("case.old") };
	struct index_input in[] = {
		{ .path = mem_strdup("one/cap.pcap.gz") },
		{ .path = mem_strdup("two/cap.pcapng") },
		{ .path = mem_strdup("ring_00001_2024.pcap") },
		{ .path = mem_strdup("old.cap"), .point = mem_strdup("x y") },
		{ .path = mem_strdup("-") },
		{ .path = mem_strdup("what ever.pcap") },
	};
	static const char *const want[] = { "one-cap",         "two-cap",
					    "ring_00001_2024", "x y",
					    "stdin",           "what_ever" };
	char **names;

	(void)state;
	write_questions("one/cap.pcap.gz", 1, "q");
	write_questions("two/cap.pcapng", 1, "q");
	names = input_names(in, 6, &old, 1);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(names[i], want[i]);
		free(names[i]);
		index_input_release(&in[i]);
	}
	free(names);
	free(old.name);
}

static void coarse_ticks_are_found(void **state)
{
	struct ticks coarse = { 0 }, fine = { 0 }, few = { 0 }, shifted = { 0 };

	(void)state;
	for (int64_t i = 0; i < 100; i++) {
		int64_t t = START + i * i * 15625000;

		ticks_add(&coarse, t, 1000);
		ticks_add(&fine, t + (i == 60) * 7000, 1000);
		ticks_add(&shifted, t + 123000, 1000);
		if (i < 10)
			ticks_add(&few, t, 1000);
	}
	assert_int_equal(ticks_resolution(&coarse), 15625000);
	assert_int_equal(ticks_resolution(&fine), 1000);
	assert_int_equal(ticks_resolution(&shifted), 15625000);
	assert_int_equal(ticks_resolution(&few), 1000);
}

/* ---- files ---- */

static void two_files_are_two_points(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct file_row *f;
	struct err err;
	size_t n;

	(void)state;
	write_questions("near.pcapng", 3, "question");
	write_questions("far.pcapng", 2, "another");
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("near.pcapng", "server=far.pcapng")),
			 0);
	expect_points(s, "near server");
	f = store_files(s, &n);
	assert_int_equal(n, 2);
	assert_int_equal(f[0].id, 1 << 8);
	assert_int_equal(f[0].packets, 6);
	assert_int_equal(f[0].kept, 6);
	assert_true(f[0].complete);
	assert_null(f[0].iface);
	assert_int_equal(f[0].resolution_ns, 1000);
	assert_int_equal(f[1].id, 2 << 8);
	assert_int_equal(f[1].packets, 4);
	file_rows_free(f, n);
	store_close(s);
}

static void files_of_one_point_are_joined_later_too(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;

	(void)state;
	write_questions("r1.pcapng", 1, "one");
	write_questions("r2.pcapng", 1, "two");
	write_questions("r3.pcapng", 1, "three");
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("p=r1.pcapng", "q=r3.pcapng")),
			 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("p=r2.pcapng")), 0);
	expect_points(s, "p q");
	assert_int_equal(count_files(s), 3);
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

static void copies_are_refused(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;

	(void)state;
	write_questions("copy.pcapng", 2, "the same");
	write_questions("copy2.pcapng", 2, "the same");
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("p=copy.pcapng", "p=copy2.pcapng")),
			 -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, "has already"));
	assert_int_equal(index_words(s, &o, &err,
				     WORDS("copy.pcapng", "copy2.pcapng")),
			 -1);
	assert_non_null(strstr(err.text, "both point copy and point copy2"));
	assert_int_equal(count_files(s), 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("copy.pcapng")), 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("copy2.pcapng")), -1);
	assert_int_equal(count_files(s), 1);
	store_close(s);
}

static void what_was_left_incomplete_is_dropped(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct file_row row = { .id = 9 << 8,
				.path = mem_strdup("gone.pcap"),
				.digest = mem_strdup("") };
	struct err err;

	(void)state;
	store_begin(s);
	store_file_put(s, &row);
	assert_int_equal(store_commit(s, &err), 0);
	write_questions("next.pcapng", 1, "q");
	assert_int_equal(index_words(s, &o, &err, WORDS("next.pcapng")), 0);
	assert_non_null(strstr(notices.at, "gone.pcap"));
	assert_int_equal(count_files(s), 1);
	free(row.path);
	free(row.digest);
	store_close(s);
}

static void numbers_of_files_end(void **state)
{
	struct err err = { 0 };
	struct store *s = case_new();
	char path[] = "gone.pcap";
	struct file_row f = { .id = INT32_MAX,
			      .point = 1,
			      .path = path,
			      .digest = path,
			      .complete = true };
	struct index_options o = options();

	(void)state;
	write_questions("q.pcapng", 1, "one");
	store_begin(s);
	store_file_put(s, &f);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(index_words(s, &o, &err, WORDS("q.pcapng")), -1);
	assert_non_null(strstr(err.text, "no numbers left"));
	assert_int_equal(count_files(s), 1);
	store_close(s);
}

static void unreadable_file_fails_the_job(void **state)
{
	struct index_options o = options();
	struct store *s = case_new();
	struct err err;
	FILE *f = fopen("text.txt", "w");

	(void)state;
	fputs("this is no capture at all\n", f);
	fclose(f);
	write_questions("good.pcapng", 1, "q");
	assert_int_equal(
		index_words(s, &o, &err, WORDS("good.pcapng", "text.txt")), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, "text.txt"));
	assert_int_equal(index_words(s, &o, &err, WORDS("no-such.pcap")), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(count_files(s), 0);
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
	assert_int_equal(index_words(s, &o, &err, WORDS("b=near.pcapng")), -1);
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

static void result_depends_on_the_file_alone(void **state)
{
	static const char *const path[] = { "d1.pcapng", "d2.pcapng",
					    "d3.pcapng" };
	static const char *const threads[] = { "1", "4", "4" };
	struct index_options o = options();
	char *want[3] = { 0 };

	(void)state;
	write_questions(path[0], 2000, "number one");
	write_questions(path[1], 500, "number two");
	write_two_ifaces(path[2]);
	for (int run = 0; run < 3; run++) {
		struct store *s = case_new();
		const char *words[3];
		struct err err;

		for (int i = 0; i < 3; i++)
			words[i] = path[run == 2 ? 2 - i : i];
		setenv("TRACEPAIR_THREADS", threads[run], 1);
		assert_int_equal(index_words(s, &o, &err, 3, words), 0);
		for (int i = 0; i < 3; i++) {
			char *got = describe(s, path[i]);

			assert_non_null(got);
			if (want[i])
				assert_string_equal(got, want[i]);
			free(want[i]);
			want[i] = got;
		}
		store_close(s);
	}
	unsetenv("TRACEPAIR_THREADS");
	for (int i = 0; i < 3; i++)
		free(want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_name_point_file_and_interface),
		cmocka_unit_test(words_without_file_are_refused),
		cmocka_unit_test(equal_names_get_their_folder),
		cmocka_unit_test(coarse_ticks_are_found),
		cmocka_unit_test(two_files_are_two_points),
		cmocka_unit_test(files_of_one_point_are_joined_later_too),
		cmocka_unit_test(interfaces_become_points),
		cmocka_unit_test(one_interface_is_taken),
		cmocka_unit_test(copies_are_refused),
		cmocka_unit_test(what_was_left_incomplete_is_dropped),
		cmocka_unit_test(numbers_of_files_end),
		cmocka_unit_test(unreadable_file_fails_the_job),
		cmocka_unit_test(file_without_packets_is_a_point),
		cmocka_unit_test(filters_hide_packets),
		cmocka_unit_test(icmp_error_becomes_a_message),
		cmocka_unit_test(result_depends_on_the_file_alone),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
