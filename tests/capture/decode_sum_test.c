/* capture/decode_sum.c: digests, payload sums, the checksum's verdict. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capture/decode_int.h"
#include "tests/capture/frames.h"

#define RAW 101

enum shape { TCP4, TCP6, UDP4, UDP6, ECHO4, ECHO6, SHAPES };

static void packet_of(struct frames_buf *b, enum shape s, size_t payload)
{
	bool v6 = s == TCP6 || s == UDP6 || s == ECHO6;
	static const int proto[] = { 6, 6, 17, 17, 1, 58 };

	*b = (struct frames_buf){ 0 };
	if (v6)
		frames_ip6(b, proto[s], "2001:db8::1", "fd00::2");
	else
		frames_ip4(b, proto[s], "10.1.2.3", "192.168.4.5");
	if (s == TCP4 || s == TCP6)
		frames_tcp(b, 40000, 443, 99, 77, REC_ACK);
	if (s == TCP6)
		frames_options(b, "0101080a0102030405060708");
	if (s == UDP4 || s == UDP6)
		frames_udp(b, 40000, 443);
	if (s == ECHO4)
		frames_icmp(b, 8, 0, 5, 6);
	if (s == ECHO6)
		frames_icmp(b, 128, 0, 5, 6);
	frames_fill(b, payload, (uint8_t)s);
	frames_close(b);
}

static uint16_t plain_sum(const struct frames_buf *b, size_t payload)
{
	uint16_t sum = frames_sum(b->at + b->n - payload, payload, 0);

	return sum == 0xffff ? 0 : sum;
}

static void sums_are_those_of_words(void **state)
{
	uint8_t *bytes = malloc(300);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < 300; i++)
		bytes[i] = (uint8_t)(i * 199 + 200);
	for (size_t at = 0; at < 9; at++)
		for (size_t n = 0; n + at <= 300; n++) {
			uint16_t fast = sum_fold(sum_bytes(bytes + at, n));

			fast = (uint16_t)(fast << 8 | fast >> 8);
			assert_int_equal(fast, frames_sum(bytes + at, n, 0));
		}
	memset(bytes, 0xff, 300);
	assert_int_equal(sum_fold(sum_bytes(bytes, 300)), 0xffff);
	memset(bytes, 0, 300);
	assert_int_equal(sum_fold(sum_bytes(bytes, 300)), 0);
	free(bytes);
}

static void whole_packets_have_verdict_and_marks(void **state)
{
	static struct frames_buf b;
	struct packet p;

	(void)state;
	for (enum shape s = 0; s < SHAPES; s++)
		for (size_t n = 1; n < 200; n++) {
			packet_of(&b, s, n);
			assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
			assert_int_equal(p.rec.pay_len, n);
			assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
			assert_int_equal(p.rec.marks & ~REC_V6,
					 REC_HEAD | REC_FULL | REC_SUM);
			assert_int_equal(p.rec.pay_sum, plain_sum(&b, n));
			b.at[b.n - 1] ^= 1;
			assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
			assert_int_equal(p.rec.csum, REC_CSUM_BAD);
		}
}

static void an_empty_payload_has_no_marks(void **state)
{
	static struct frames_buf b;
	struct packet p;

	(void)state;
	for (enum shape s = 0; s < SHAPES; s++) {
		packet_of(&b, s, 0);
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
		assert_int_equal(p.rec.marks & ~REC_V6, 0);
		b.at[b.n - 1] ^= 1;
		assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
		assert_int_equal(p.rec.csum, REC_CSUM_BAD);
	}
}

/* What the capture cut off, the checksum gives away. */
static void sums_of_cut_payloads_are_recovered(void **state)
{
	struct decoder *d = decoder_new();
	static struct frames_buf b;
	struct packet p;

	(void)state;
	for (enum shape s = 0; s < SHAPES; s++)
		for (size_t n = 2; n < 150; n++) {
			packet_of(&b, s, n);
			assert_int_equal(frames_decode_cut(d, &b, RAW, b.n - 1,
							   &p),
					 DECODE_OK);
			assert_int_equal(p.rec.csum, REC_CSUM_UNKNOWN);
			assert_true(p.rec.marks & REC_SUM);
			assert_true(p.rec.marks & REC_CUT);
			assert_false(p.rec.marks & REC_FULL);
			assert_int_equal(!!(p.rec.marks & REC_HEAD), n > 24);
			assert_int_equal(p.rec.pay_sum, plain_sum(&b, n));
		}
	decoder_free(d);
}

static void sums_compose_over_resegmentation(void **state)
{
	static struct frames_buf whole, part;
	struct packet w, p;

	(void)state;
	packet_of(&whole, TCP4, 101);
	assert_int_equal(frames_decode(&whole, RAW, &w), DECODE_OK);
	for (size_t cut = 1; cut < 101; cut++) {
		uint16_t a;

		packet_of(&part, UDP6, 0);
		memcpy(part.at + part.n, whole.at + whole.n - 101, cut);
		part.n += cut;
		frames_close(&part);
		assert_int_equal(frames_decode(&part, RAW, &p), DECODE_OK);
		a = p.rec.pay_sum;
		packet_of(&part, TCP6, 0);
		memcpy(part.at + part.n, whole.at + whole.n - 101 + cut,
		       101 - cut);
		part.n += 101 - cut;
		frames_close(&part);
		assert_int_equal(frames_decode(&part, RAW, &p), DECODE_OK);
		assert_int_equal(rec_sum_append(a, cut, p.rec.pay_sum),
				 w.rec.pay_sum);
	}
}

static void all_ones_is_written_zero(void **state)
{
	static struct frames_buf b;
	struct packet p;

	(void)state;
	packet_of(&b, TCP4, 0);
	frames_hex(&b, "ffff 0000");
	frames_close(&b);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_true(p.rec.marks & REC_SUM);
	assert_int_equal(p.rec.pay_sum, 0);
	packet_of(&b, TCP4, 0);
	frames_hex(&b, "0000 0000");
	frames_close(&b);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.csum, REC_CSUM_GOOD);
	assert_int_equal(p.rec.pay_sum, 0);
}

/* The pseudo-header's sum, with (@len) or without the length. */
static uint16_t pseudo_sum(const struct frames_buf *b, bool len)
{
	bool v6 = b->at[b->ip] >> 4 == 6;

	return frames_sum(b->at + b->ip + (v6 ? 8 : 12), v6 ? 32 : 8,
			  (uint32_t)b->proto +
				  (len ? (uint32_t)(b->n - b->l4) : 0));
}

static void set_csum(struct frames_buf *b, uint16_t v)
{
	size_t at = b->l4 + (b->proto == 6 ? 16 : 6);

	b->at[at] = (uint8_t)(v >> 8);
	b->at[at + 1] = (uint8_t)v;
}

static void offload_is_known_by_its_patterns(void **state)
{
	static const enum shape shapes[] = { TCP4, TCP6, UDP4, UDP6 };
	struct decoder *d = decoder_new();
	static struct frames_buf b;
	struct packet p;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (int k = 0; k < 4; k++) {
			packet_of(&b, shapes[i], 1000);
			set_csum(&b, (uint16_t)(pseudo_sum(&b, k & 1) ^
						(k & 2 ? 0xffff : 0)));
			assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
			assert_int_equal(p.rec.csum, REC_CSUM_OFFLOAD);
			assert_int_equal(p.rec.pay_sum, plain_sum(&b, 1000));
			/* it gives nothing away of a cut payload */
			assert_int_equal(frames_decode_cut(d, &b, RAW, 200, &p),
					 DECODE_OK);
			assert_int_equal(p.rec.csum, REC_CSUM_OFFLOAD);
			assert_false(p.rec.marks & REC_SUM);
		}
	decoder_free(d);
}

static void no_checksum_is_no_verdict(void **state)
{
	struct decoder *d = decoder_new();
	static struct frames_buf b;
	struct packet p;

	(void)state;
	packet_of(&b, UDP4, 100);
	set_csum(&b, 0);
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.csum, REC_CSUM_UNKNOWN);
	assert_true(p.rec.marks & REC_SUM);
	assert_int_equal(frames_decode_cut(d, &b, RAW, 100, &p), DECODE_OK);
	assert_false(p.rec.marks & REC_SUM);
	packet_of(&b, TCP4, 100);
	set_csum(&b, 0); /* a TCP without one has yet to get it */
	assert_int_equal(frames_decode(&b, RAW, &p), DECODE_OK);
	assert_int_equal(p.rec.csum, REC_CSUM_OFFLOAD);
	decoder_free(d);
}

static void digests_follow_the_payload_alone(void **state)
{
	struct decoder *d = decoder_new();
	static struct frames_buf a, b;
	struct packet p, q;

	(void)state;
	packet_of(&a, TCP4, 100);
	packet_of(&b, UDP6, 0);
	memcpy(b.at + b.n, a.at + a.n - 100, 100);
	b.n += 100;
	frames_close(&b);
	assert_int_equal(frames_decode(&a, RAW, &p), DECODE_OK);
	assert_int_equal(frames_decode(&b, RAW, &q), DECODE_OK);
	assert_int_equal(p.rec.head_digest, q.rec.head_digest);
	assert_int_equal(p.rec.full_digest, q.rec.full_digest);
	assert_int_not_equal(p.rec.head_digest, p.rec.full_digest);
	b.at[b.n - 1] ^= 1;
	assert_int_equal(frames_decode(&b, RAW, &q), DECODE_OK);
	assert_int_equal(p.rec.head_digest, q.rec.head_digest);
	assert_int_not_equal(p.rec.full_digest, q.rec.full_digest);
	/* cut right behind the head, and within it */
	assert_int_equal(frames_decode_cut(d, &b, RAW, b.n - 76, &q),
			 DECODE_OK);
	assert_true(q.rec.marks & REC_HEAD);
	assert_int_equal(p.rec.head_digest, q.rec.head_digest);
	assert_int_equal(frames_decode_cut(d, &b, RAW, b.n - 77, &q),
			 DECODE_OK);
	assert_false(q.rec.marks & REC_HEAD);
	assert_int_equal(q.payload_cap, 23);
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_words),
		cmocka_unit_test(whole_packets_have_verdict_and_marks),
		cmocka_unit_test(an_empty_payload_has_no_marks),
		cmocka_unit_test(sums_of_cut_payloads_are_recovered),
		cmocka_unit_test(sums_compose_over_resegmentation),
		cmocka_unit_test(all_ones_is_written_zero),
		cmocka_unit_test(offload_is_known_by_its_patterns),
		cmocka_unit_test(no_checksum_is_no_verdict),
		cmocka_unit_test(digests_follow_the_payload_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
