#include "tests/capture/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/decode.h"

#define START (1ull << 32)

/* What holds of any message: it lies behind the last one of its direction, and
 * within what was said; it begins before it ends. */
static void check(struct stage *s, const struct message *m)
{
	assert_in_range(m->dir, 0, 1);
	assert_true(m->first_frame <= m->last_frame);
	assert_true(m->first_ns <= m->last_ns);
	assert_true(m->proto < MESSAGE_PROTOS && m->kind < MESSAGE_KINDS);
	assert_true(!m->name || strlen(m->name) <= MESSAGE_NAME);
	if (s->udp)
		return;
	assert_true(m->off >= s->told[m->dir]);
	assert_true(m->off + m->len <= s->next[m->dir]);
	s->told[m->dir] = m->off + m->len;
}

static void hear(void *ctx, const struct message *m, uint32_t lane)
{
	struct stage *s = ctx;
	const char *status = message_status_name(m->proto, m->status);

	assert_int_equal(lane, 5);
	assert_int_equal(m->part, 9);
	check(s, m);
	s->messages++;
	s->last = *m;
	s->last.name = NULL;
	text_add(&s->heard, "%c %s %s", m->dir ? '<' : '>',
		 message_kind_name(m->kind), message_proto_name(m->proto));
	if (m->msg_id != -1)
		text_add(&s->heard, " id=%lld", (long long)m->msg_id);
	if (status)
		text_add(&s->heard, " %s", status);
	else if (m->status)
		text_add(&s->heard, " status=%lld", (long long)m->status);
	if (m->name)
		text_add(&s->heard, " %s", m->name);
	text_add(&s->heard, " +%llu%s%s%s%s%s\n", (unsigned long long)m->len,
		 m->flags & MESSAGE_TRUNCATED ? " TRUNCATED" : "",
		 m->flags & MESSAGE_CUT ? " CUT" : "",
		 m->flags & MESSAGE_CLOSE ? " CLOSE" : "",
		 m->flags & MESSAGE_BLIND ? " BLIND" : "",
		 m->flags & MESSAGE_HOLE ? " HOLE" : "");
}

static void open_with(struct stage *s, uint16_t port, bool names)
{
	*s = (struct stage){ .port = port,
			     .next = { START, START },
			     .acked = { START, START } };
	s->all = talks_new(names, hear, s);
}

void stage_open(struct stage *s, uint16_t port)
{
	open_with(s, port, true);
}

void stage_open_nameless(struct stage *s, uint16_t port)
{
	open_with(s, port, false);
}

void stage_segment(struct stage *s, int dir, uint64_t off, const void *p,
		   size_t n, size_t cap)
{
	/* exactly as large as it may be read */
	uint8_t *copy = malloc(cap ? cap : 1);
	uint64_t frame = ++s->frame;
	struct packet packet = {
		.rec = { .frame = frame,
			 .time_ns = (int64_t)frame * 1000,
			 .pay_len = (uint32_t)n,
			 .dir = (uint8_t)dir },
		.key = { .lane = 5,
			 .sport = dir ? s->port : 50000,
			 .dport = dir ? 50000 : s->port },
		.payload = copy,
		.payload_cap = (uint32_t)cap,
	};
	struct talk_in in = { .p = &packet,
			      .part = 9,
			      .dir = (uint8_t)dir,
			      .off = off,
			      .acked = s->acked[dir],
			      .start = START,
			      .started = !s->middle };

	memcpy(copy, p, cap);
	if (off + n > s->next[dir])
		s->next[dir] = off + n;
	if (!talk_deaf(&s->ref)) {
		if (s->udp)
			talk_datagram(s->all, &s->ref, &in);
		else
			talk_stream(s->all, &s->ref, &in);
	}
	free(copy);
}

void stage_say(struct stage *s, int dir, const void *p, size_t n)
{
	stage_segment(s, dir, s->next[dir], p, n, n);
}

void stage_ack(struct stage *s, int dir)
{
	s->acked[dir] = s->next[dir];
}

const char *stage_end(struct stage *s)
{
	talk_end(s->all, &s->ref);
	return s->heard.at ? s->heard.at : "";
}

void stage_close(struct stage *s)
{
	talk_end(s->all, &s->ref);
	talks_free(s->all);
	text_release(&s->heard);
}

/* ---- however it is cut ---- */

static void say_line(struct stage *s, const struct line *l)
{
	stage_segment(s, l->dir, s->next[l->dir], l->bytes, l->n,
		      l->cap ? l->cap : l->n);
}

static void say_cut(struct stage *s, const struct line *l, size_t at)
{
	const uint8_t *p = l->bytes;

	if (!at || at >= l->n || l->cap) {
		say_line(s, l);
		return;
	}
	stage_say(s, l->dir, p, at);
	stage_say(s, l->dir, p + at, l->n - at);
}

static void say_bytes(struct stage *s, const struct line *l, size_t head)
{
	const uint8_t *p = l->bytes;

	if (l->cap) {
		say_line(s, l);
		return;
	}
	if (head > l->n)
		head = l->n;
	if (head)
		stage_say(s, l->dir, p, head);
	for (size_t i = head; i < l->n; i++)
		stage_say(s, l->dir, p + i, 1);
}

static void compare(struct stage *s, const char *want, const char *how,
		    size_t line, size_t at)
{
	const char *got = stage_end(s);

	if (strcmp(got, want) != 0)
		fail_msg("%s (line %zu, byte %zu) gives\n%sand not\n%s", how,
			 line, at, got, want);
	stage_close(s);
}

void stage_assert(uint16_t port, const struct line *v, size_t n, size_t head,
		  const char *want)
{
	struct stage s;

	stage_open(&s, port);
	for (size_t i = 0; i < n; i++)
		say_line(&s, &v[i]);
	compare(&s, want, "the whole", 0, 0);
	for (size_t k = 0; k < n; k++)
		for (size_t at = k ? 1 : head; at < v[k].n; at++) {
			stage_open(&s, port);
			for (size_t i = 0; i < n; i++)
				say_cut(&s, &v[i], i == k ? at : 0);
			compare(&s, want, "cut in two", k, at);
		}
	stage_open(&s, port);
	for (size_t i = 0; i < n; i++)
		say_bytes(&s, &v[i], i ? 0 : head);
	compare(&s, want, "byte by byte", 0, 0);
}

/* ---- what can go wrong ---- */

static void play(uint16_t port, const struct line *v, size_t n)
{
	struct stage s;

	stage_open(&s, port);
	for (size_t i = 0; i < n; i++)
		say_line(&s, &v[i]);
	stage_end(&s);
	stage_close(&s);
}

static void wrong_bytes(uint16_t port, const struct line *v, size_t n)
{
	static const uint8_t with[] = { 0x00, 0xff, 0x80, 0x01, ' ' };
	struct line *copy = malloc(n * sizeof *copy);

	for (size_t k = 0; k < n; k++) {
		uint8_t *bytes = malloc(v[k].n);

		for (size_t at = 0; at < v[k].n; at++)
			for (size_t w = 0; w < sizeof with; w++) {
				memcpy(copy, v, n * sizeof *copy);
				memcpy(bytes, v[k].bytes, v[k].n);
				bytes[at] = with[w];
				copy[k].bytes = bytes;
				play(port, copy, n);
			}
		free(bytes);
	}
	free(copy);
}

static void ending_early(uint16_t port, const struct line *v, size_t n)
{
	struct stage s;

	for (size_t k = 0; k < n; k++)
		for (size_t at = 0; at < v[k].n; at += 1 + at / 64) {
			stage_open(&s, port);
			for (size_t i = 0; i < k; i++)
				say_line(&s, &v[i]);
			if (at)
				stage_say(&s, v[k].dir, v[k].bytes, at);
			stage_end(&s);
			stage_close(&s);
		}
}

/* Segments of @size bytes; number @odd is missing, or comes @late at the end of
 * its line; @acked: what is missing was received. */
static void in_segments(uint16_t port, const struct line *v, size_t n,
			size_t size, size_t odd, bool late, bool acked)
{
	struct stage s;
	size_t number = 0;

	stage_open(&s, port);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = v[i].bytes;
		uint64_t begin = s.next[v[i].dir];
		size_t missing = SIZE_MAX;

		for (size_t at = 0; at < v[i].n; at += size, number++) {
			size_t k = v[i].n - at < size ? v[i].n - at : size;

			if (number == odd) {
				missing = at;
				if (acked)
					s.acked[v[i].dir] = begin + at + k;
				continue;
			}
			stage_segment(&s, v[i].dir, begin + at, p + at, k,
				      number % 3 == 1 ? k / 2 : k);
			if (number % 5 == 0) /* twice */
				stage_segment(&s, v[i].dir, begin + at, p + at,
					      k, k);
		}
		if (late && missing != SIZE_MAX) {
			size_t k = v[i].n - missing < size ? v[i].n - missing
							   : size;

			stage_segment(&s, v[i].dir, begin + missing,
				      p + missing, k, k);
		}
	}
	stage_end(&s);
	stage_close(&s);
}

void stage_torture(uint16_t port, const struct line *v, size_t n)
{
	wrong_bytes(port, v, n);
	ending_early(port, v, n);
	for (size_t size = 7; size < 200; size = size * 2 + 1)
		for (size_t odd = 0; odd < 40; odd++) {
			in_segments(port, v, n, size, odd, true, false);
			in_segments(port, v, n, size, odd, false, true);
			in_segments(port, v, n, size, odd, false, false);
		}
}
