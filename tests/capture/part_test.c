/* A part's bytes: what goes in comes out, small, and bad bytes are refused. */
#include "capture/part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t state = 7;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void same_dir(const struct part_dir *a, const struct part_dir *b)
{
	assert_int_equal(a->packets, b->packets);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->data_packets, b->data_packets);
	assert_int_equal(a->seq_first, b->seq_first);
	assert_int_equal(a->seq_next, b->seq_next);
	assert_int_equal(a->ack_max, b->ack_max);
	assert_int_equal(a->first_ns, b->first_ns);
	assert_int_equal(a->last_ns, b->last_ns);
	assert_int_equal(a->syn, b->syn);
	assert_int_equal(a->isn, b->isn);
	assert_int_equal(a->syn_tsval, b->syn_tsval);
	assert_int_equal(a->syn_count, b->syn_count);
	assert_int_equal(a->syn_frame, b->syn_frame);
	assert_int_equal(a->syn_ns, b->syn_ns);
	assert_int_equal(a->mss, b->mss);
	assert_int_equal(a->syn_window, b->syn_window);
	assert_int_equal(a->opt_order, b->opt_order);
	assert_int_equal(a->syn_ip_id, b->syn_ip_id);
	assert_int_equal(a->wscale, b->wscale);
	assert_int_equal(a->syn_opts, b->syn_opts);
	assert_int_equal(a->syn_cut, b->syn_cut);
	assert_int_equal(a->ttl_min, b->ttl_min);
	assert_int_equal(a->ttl_max, b->ttl_max);
	assert_int_equal(a->fin, b->fin);
	assert_int_equal(a->rst, b->rst);
	assert_int_equal(a->max_pay, b->max_pay);
	assert_int_equal(a->csum_bad, b->csum_bad);
	assert_int_equal(a->csum_offload, b->csum_offload);
	assert_int_equal(a->csum_good, b->csum_good);
	assert_int_equal(a->big, b->big);
	assert_int_equal(a->ts, b->ts);
	assert_int_equal(a->tsval_first, b->tsval_first);
	assert_int_equal(a->tsval_last, b->tsval_last);
	assert_int_equal(a->tsval_first_ns, b->tsval_first_ns);
	assert_int_equal(a->tsval_last_ns, b->tsval_last_ns);
	assert_int_equal(a->ipid_zero, b->ipid_zero);
	assert_int_equal(a->ipid_const, b->ipid_const);
	assert_int_equal(a->head, b->head);
	assert_int_equal(a->head_len, b->head_len);
	assert_memory_equal(&a->any, &b->any, sizeof a->any);
	assert_memory_equal(&a->turn, &b->turn, sizeof a->turn);
}

static void same(const struct part *a, const struct part *b)
{
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->tunnel, b->tunnel);
	assert_int_equal(a->incarnation, b->incarnation);
	for (int e = 0; e < 2; e++)
		assert_int_equal(net_end_cmp(&a->ends[e], &b->ends[e]), 0);
	assert_int_equal(a->first_ns, b->first_ns);
	assert_int_equal(a->last_ns, b->last_ns);
	assert_int_equal(a->first_frame, b->first_frame);
	assert_int_equal(a->last_frame, b->last_frame);
	assert_int_equal(a->first_turn_dir, b->first_turn_dir);
	assert_int_equal(a->answers_first, b->answers_first);
	assert_int_equal(a->turns, b->turns);
	assert_memory_equal(a->turn_bytes, b->turn_bytes, sizeof a->turn_bytes);
	assert_int_equal(a->before.named, b->before.named);
	assert_int_equal(a->before.opening, b->before.opening);
	for (int e = 0; e < 2; e++) {
		assert_int_equal(a->before.len[e], b->before.len[e]);
		assert_int_equal(
			net_end_cmp(&a->before.ends[e], &b->before.ends[e]), 0);
	}
	for (int d = 0; d < 2; d++)
		same_dir(&a->dir[d], &b->dir[d]);
}

static void wild_samples(struct part_samples *s)
{
	s->n = (uint8_t)(rnd() % (PART_SAMPLES + 1));
	for (int i = 0; i < s->n; i++) {
		s->at[i].digest = (uint32_t)rnd();
		s->at[i].len = (uint32_t)rnd();
		s->at[i].seq = rnd();
		s->at[i].time_ns = (int64_t)rnd();
	}
}

static void wild_syn(struct part_dir *d)
{
	d->syn = true;
	d->isn = (uint32_t)rnd();
	d->syn_tsval = (uint32_t)rnd();
	d->syn_count = (uint32_t)rnd();
	d->syn_frame = rnd();
	d->syn_ns = (int64_t)rnd();
	d->mss = (uint16_t)rnd();
	d->syn_window = (uint16_t)rnd();
	d->opt_order = (uint16_t)rnd();
	d->syn_ip_id = (uint16_t)rnd();
	d->wscale = (int8_t)rnd();
	d->syn_opts = (uint8_t)rnd();
	d->syn_cut = rnd() & 1;
}

static void wild_dir(struct part_dir *d)
{
	d->packets = rnd() | 1;
	d->bytes = rnd();
	d->data_packets = rnd();
	d->seq_first = rnd();
	d->seq_next = rnd();
	d->ack_max = rnd();
	d->first_ns = (int64_t)rnd();
	d->last_ns = (int64_t)rnd();
	if (rnd() & 1)
		wild_syn(d);
	d->ttl_min = (uint8_t)rnd();
	d->ttl_max = (uint8_t)rnd();
	d->fin = rnd() & 1;
	d->rst = rnd() & 1;
	d->max_pay = (uint32_t)rnd();
	d->csum_bad = (uint32_t)rnd() & 1;
	d->big = (uint32_t)rnd() & 1;
	d->ts = rnd() & 1;
	if (d->ts) {
		d->tsval_first = (uint32_t)rnd();
		d->tsval_last = (uint32_t)rnd();
		d->tsval_first_ns = (int64_t)rnd();
		d->tsval_last_ns = (int64_t)rnd();
	}
	d->ipid_zero = rnd() & 1;
	d->ipid_const = rnd() & 1;
	if (rnd() & 1) {
		d->head_len = 64;
		d->head = rnd();
	}
	wild_samples(&d->any);
	wild_samples(&d->turn);
	if (d->any.n && d->turn.n)
		d->turn.at[0] = d->any.at[d->any.n - 1];
}

static void wild_ends(struct net_end ends[2])
{
	for (int e = 0; e < 2; e++) {
		for (int i = 0; i < 16; i++)
			ends[e].addr.b[i] = (uint8_t)rnd();
		ends[e].port = (uint16_t)rnd();
	}
}

static void wild_before(struct part *p)
{
	struct part_before *x = &p->before;

	for (int d = 0; d < 2; d++)
		x->len[d] = rnd() & 1 ? (uint16_t)rnd() | 1 : 0;
	x->named = (!x->len[0] && !x->len[1]) || rnd() & 1;
	x->opening = rnd() & 1;
	if (x->named)
		wild_ends(x->ends);
}

static void wild(struct part *p)
{
	memset(p, 0, sizeof *p);
	p->proto = (uint8_t)rnd();
	p->tunnel = (uint32_t)rnd();
	p->incarnation = (uint32_t)rnd();
	wild_ends(p->ends);
	p->first_ns = (int64_t)rnd();
	p->last_ns = (int64_t)rnd();
	p->first_frame = rnd();
	p->last_frame = rnd();
	p->first_turn_dir = rnd() & 1;
	p->answers_first = rnd() & 1;
	p->turns = (uint8_t)(rnd() % (PART_TURNS + 1));
	for (int i = 0; i < p->turns; i++)
		p->turn_bytes[i] = (uint32_t)rnd();
	wild_dir(&p->dir[0]);
	if (rnd() & 1)
		wild_dir(&p->dir[1]);
	if (rnd() & 1)
		wild_before(p);
}

/* An unanswered SYN as a capture has it. */
static void lonely_syn(struct part *p)
{
	struct part_dir *d = &p->dir[0];

	memset(p, 0, sizeof *p);
	p->proto = 6;
	p->ends[0].addr = net_addr_v4((const uint8_t[]){ 10, 0, 0, 1 });
	p->ends[1].addr = net_addr_v4((const uint8_t[]){ 10, 0, 0, 2 });
	p->ends[0].port = 50000;
	p->ends[1].port = 443;
	p->first_ns = p->last_ns = 1700000000123456000;
	p->first_frame = p->last_frame = 100000;
	d->packets = d->syn_count = 1;
	d->seq_first = 7000000000;
	d->seq_next = 7000000001;
	d->first_ns = d->last_ns = d->syn_ns = p->first_ns;
	d->syn = d->ipid_const = true;
	d->isn = (uint32_t)d->seq_first;
	d->syn_frame = 100000;
	d->mss = 1460;
	d->syn_window = 64240;
	d->wscale = 7;
	d->ttl_min = d->ttl_max = 64;
	d->csum_good = 1;
}

static void any_part_comes_back(void **state_)
{
	struct part p, back;

	(void)state_;
	for (int i = 0; i < 3000; i++) {
		struct buf b = { 0 };
		struct cursor in;

		wild(&p);
		part_pack(&p, &b);
		in = cursor_of(b.at, b.n);
		assert_int_equal(part_unpack(&back, &in), 0);
		assert_int_equal(cursor_left(&in), 0);
		same(&p, &back);
		buf_release(&b);
	}
}

static void same_outline(const struct part_dir *a, const struct part_dir *b)
{
	assert_int_equal(a->packets, b->packets);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->data_packets, b->data_packets);
	assert_int_equal(a->seq_first, b->seq_first);
	assert_int_equal(a->seq_next, b->seq_next);
	assert_int_equal(a->first_ns, b->first_ns);
	assert_int_equal(a->last_ns, b->last_ns);
	assert_int_equal(a->syn, b->syn);
	assert_int_equal(a->mss, b->mss);
	assert_int_equal(a->wscale, b->wscale);
	assert_int_equal(a->ts, b->ts);
	assert_int_equal(a->tsval_last, b->tsval_last);
	assert_int_equal(a->tsval_last_ns, b->tsval_last_ns);
}

static void the_outline_is_that_of_the_whole(void **state_)
{
	struct part p, back;

	(void)state_;
	for (int i = 0; i < 3000; i++) {
		struct buf b = { 0 };
		struct cursor in;

		wild(&p);
		part_pack(&p, &b);
		in = cursor_of(b.at, b.n);
		memset(&back, 0xa5, sizeof back);
		assert_int_equal(part_unpack_outline(&back, &in), 0);
		assert_int_equal(back.proto, p.proto);
		assert_int_equal(back.tunnel, p.tunnel);
		assert_memory_equal(back.ends, p.ends, sizeof p.ends);
		assert_int_equal(back.first_ns, p.first_ns);
		assert_int_equal(back.last_ns, p.last_ns);
		for (int d = 0; d < 2; d++)
			same_outline(&p.dir[d], &back.dir[d]);
		buf_release(&b);
	}
}

/* Both ways as foretold: SYNs, first bytes, turns, acknowledgements. */
static void answered(struct part *p)
{
	struct part_dir *d = &p->dir[1];

	lonely_syn(p);
	p->dir[0].bytes = p->dir[0].max_pay = 20;
	p->dir[0].data_packets = 1;
	p->dir[0].seq_first = 1ull << 32 | 77;
	p->dir[0].isn = 77;
	p->dir[0].seq_next = p->dir[0].seq_first + 21;
	p->dir[0].head_len = 20;
	p->dir[0].head = 0x1234567890;
	p->dir[0].any.n = p->dir[0].turn.n = 1;
	p->dir[0].any.at[0] = p->dir[0].turn.at[0] = (struct part_sample){
		.digest = 0xdeadbeef,
		.len = 20,
		.seq = p->dir[0].seq_first + 1,
		.time_ns = p->first_ns + 7000,
	};
	*d = p->dir[0];
	d->syn_frame = 100003;
	d->mss = 1400;
	d->syn_window = 65160;
	d->bytes = d->max_pay = 99;
	d->seq_next = d->seq_first + 100;
	d->head_len = 64;
	d->any.n = d->turn.n = 0;
	memset(d->any.at, 0, sizeof d->any.at);
	memset(d->turn.at, 0, sizeof d->turn.at);
	p->dir[0].ack_max = d->seq_next;
	d->ack_max = p->dir[0].seq_next;
	p->first_turn_dir = 1;
	p->turns = 2;
	p->turn_bytes[0] = 99;
	p->turn_bytes[1] = 20;
}

static void foretold_part_comes_back(void **state_)
{
	struct part p, back;
	struct buf b = { 0 };
	struct cursor in;

	(void)state_;
	answered(&p);
	part_pack(&p, &b);
	assert_true(b.n < 95);
	in = cursor_of(b.at, b.n);
	assert_int_equal(part_unpack(&back, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	same(&p, &back);
	buf_release(&b);
}

static void small_part_is_small(void **state_)
{
	struct part p, back;
	struct buf b = { 0 };
	struct cursor in;

	(void)state_;
	lonely_syn(&p);
	part_pack(&p, &b);
	assert_true(b.n < 54);
	in = cursor_of(b.at, b.n);
	assert_int_equal(part_unpack(&back, &in), 0);
	same(&p, &back);
	buf_release(&b);
}

static void cut_bytes_are_refused(void **state_)
{
	struct part p, back;
	struct buf b = { 0 };

	(void)state_;
	wild(&p);
	part_pack(&p, &b);
	for (size_t n = 0; n < b.n; n++) {
		struct cursor in = cursor_of(b.at, n);

		assert_int_equal(part_unpack(&back, &in), -1);
	}
	for (size_t n = 0, whole = 0; n <= b.n; n++) {
		struct cursor in = cursor_of(b.at, n);
		bool got = !part_unpack_outline(&back, &in);

		assert_true(got || !whole); /* once it is there, it stays */
		assert_true(!got || n > 10);
		whole += got;
	}
	buf_release(&b);
}

static void counts_beyond_arrays_are_refused(void **state_)
{
	/* v4, us, TCP; ends; times, frames; a direction of one packet and one
	 * sample; none the other way; turns; acknowledgements */
	enum { SAMPLES_AT = 24, TURNS_AT = 33 };
	uint8_t bytes[100] = { 0x13, 1, 1, 1,    1, 0, 1, 1, 1, 2,  0, 0,
			       0,    1, 0, 0x01, 0, 1, 0, 0, 0, 64, 0, 0x10,
			       1,    1, 2, 3,    4, 0, 0, 0, 0, 0,  0 };
	struct part p;
	struct cursor in = cursor_of(bytes, sizeof bytes);

	(void)state_;
	assert_int_equal(part_unpack(&p, &in), 0);
	assert_int_equal(p.dir[0].any.n, 1);
	bytes[SAMPLES_AT] = PART_SAMPLES + 1;
	in = cursor_of(bytes, sizeof bytes);
	assert_int_equal(part_unpack(&p, &in), -1);
	in = cursor_of(bytes, sizeof bytes);
	assert_int_equal(part_unpack_outline(&p, &in), -1);
	bytes[SAMPLES_AT] = 1;
	bytes[TURNS_AT] = 2 * (PART_TURNS + 3);
	in = cursor_of(bytes, sizeof bytes);
	assert_int_equal(part_unpack(&p, &in), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_part_comes_back),
		cmocka_unit_test(the_outline_is_that_of_the_whole),
		cmocka_unit_test(small_part_is_small),
		cmocka_unit_test(foretold_part_comes_back),
		cmocka_unit_test(cut_bytes_are_refused),
		cmocka_unit_test(counts_beyond_arrays_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
