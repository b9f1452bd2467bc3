/* Small captures in a folder of their own, and indexing them. */
#pragma once

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
#include "store/index.h"
#include "store/store.h"

#define START 1700000000000000000LL
#define MS 1000000LL
#define LINKTYPE_RAW 101
#define US 6 /* if_tsresol */

static char dir[] = "/tmp/tracepair-index-XXXXXX";
static struct text notices;

static inline int make_dir(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir) || mkdir("one", 0700) ||
	       mkdir("two", 0700);
}

static inline int remove_dir(void **state)
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

static inline struct capture capture_new(const char *path)
{
	struct capture c = { .now = START };

	c.w = pcapng_writer_open(path, &c.err);
	assert_non_null(c.w);
	return c;
}

static inline void capture_iface(struct capture *c, const char *name)
{
	pcapng_writer_iface(c->w, LINKTYPE_RAW, 0, US, name);
}

static inline void capture_close(struct capture *c)
{
	assert_int_equal(pcapng_writer_close(c->w, &c->err), 0);
}

static inline void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline size_t ip_header(uint8_t *p, uint8_t proto, size_t len, int way)
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

static inline size_t udp_packet(uint8_t *p, int way, uint16_t port,
				const char *data)
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

static inline void udp(struct capture *c, uint32_t iface, int way,
		       uint16_t port, const char *data)
{
	uint8_t p[200];
	size_t n = udp_packet(p, way, port, data);

	c->now += MS + (int64_t)(port % 7) * 1000;
	pcapng_writer_packet(c->w, iface, c->now, p, (uint32_t)n, (uint32_t)n,
			     NULL);
}

/* @n questions of as many ports, each with its answer. */
static inline void write_questions(const char *path, unsigned n,
				   const char *text)
{
	struct capture c = capture_new(path);

	capture_iface(&c, "eth0");
	for (unsigned i = 0; i < n; i++) {
		udp(&c, 0, 0, (uint16_t)(1000 + i), text);
		udp(&c, 0, 1, (uint16_t)(1000 + i), "the answer");
	}
	capture_close(&c);
}

static inline void write_two_ifaces(const char *path)
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

static inline void take_notice(void *ctx, const char *text)
{
	(void)ctx;
	text_add(&notices, "%s\n", text);
}

static inline struct index_options options(void)
{
	return (struct index_options){ .from_ns = INT64_MIN,
				       .to_ns = INT64_MAX,
				       .notice = take_notice };
}

static inline struct store *case_new(void)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	return s;
}

static inline int index_words(struct store *s, const struct index_options *o,
			      struct err *err, size_t n,
			      const char *const *words)
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

static inline void expect_points(struct store *s, const char *want)
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

static inline size_t count_files(struct store *s)
{
	size_t n;
	struct file_row *f = store_files(s, &n);

	file_rows_free(f, n);
	return n;
}
