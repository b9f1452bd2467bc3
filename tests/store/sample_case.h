/* A small case for tests of what reads one: two points, "near" and "far", one
 * file each, one TCP session of six packets c2s and four s2c, the fourth c2s
 * record lost between the points. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/match.h"
#include "store/message_pack.h"
#include "store/pack.h"
#include "store/store.h"

#define SAMPLE_FILE(point) ((int64_t)(point) << 8)
#define SAMPLE_PART(point) (SAMPLE_FILE(point) << 32 | 1)
#define SAMPLE_ISN 1000u

static inline struct record sample_record(int point, uint8_t dir, uint64_t i)
{
	return (struct record){
		.part = 1,
		.dir = dir,
		.frame = 1 + 2 * i + dir,
		.time_ns = 1700000000000000000 + (int64_t)(i * 1000000) +
			   point * 5000,
		.seq64 = (1ull << 32) + SAMPLE_ISN +
			 (i ? 1 + 100 * (i - 1) : 0),
		.ack64 = (1ull << 32) + SAMPLE_ISN + 1 + i,
		.tcp_flags = (uint16_t)(i ? REC_ACK : REC_SYN | REC_ACK),
		.pay_len = i ? 100 : 0,
		.hdr_len = 40,
		.wire_len = 154,
		.cap_len = 154,
		.ttl = (uint8_t)(64 - point),
		.window = 500,
	};
}

/* The far point misses record 3 of direction 0. */
static inline uint32_t sample_run(int point, uint8_t dir, struct record *r)
{
	uint32_t n = 0;

	for (uint64_t i = 0; i < (dir ? 4 : 6); i++)
		if (point == 1 || dir || i != 3)
			r[n++] = sample_record(point, dir, i);
	return n;
}

/* The records of @point as a block of @file. */
static inline void sample_block_of(struct store *s, int point, int64_t file)
{
	struct block_row row = {
		.file = file, .part_min = 1, .part_max = 1, .dir = 2
	};
	struct pack_run run[2];
	struct buf bytes = { 0 }, block = { 0 };

	for (uint8_t d = 0; d < 2; d++) {
		struct record r[6];
		size_t from = bytes.n;
		uint32_t n = sample_run(point, d, r);

		pack_run(r, n, &bytes);
		run[d] = (struct pack_run){ .part = 1,
					    .dir = d,
					    .n = n,
					    .at = from,
					    .size = bytes.n - from };
		row.n += n;
	}
	pack_block(run, 2, &bytes, &block);
	store_block_put(s, &row, &block);
	buf_release(&bytes);
	buf_release(&block);
}

static inline void sample_block(struct store *s, int point)
{
	sample_block_of(s, point, SAMPLE_FILE(point));
}

/* A request of 100 bytes, its response of 200, an ICMP error. */
static inline void sample_messages(struct store *s, int point)
{
	struct record q = sample_record(point, 0, 1);
	struct record a = sample_record(point, 1, 1);
	struct message m[3] = {
		{ .proto = MESSAGE_HTTP,
		  .off = q.seq64,
		  .len = 100,
		  .first_frame = q.frame,
		  .last_frame = q.frame,
		  .first_ns = q.time_ns,
		  .last_ns = q.time_ns,
		  .name = "GET a.example/b" },
		{ .proto = MESSAGE_HTTP,
		  .kind = MESSAGE_RESPONSE,
		  .dir = 1,
		  .off = a.seq64,
		  .len = 200,
		  .first_frame = a.frame,
		  .last_frame = a.frame + 2,
		  .first_ns = a.time_ns,
		  .last_ns = a.time_ns + 1000000,
		  .status = 404 },
		{ .proto = MESSAGE_ICMP,
		  .kind = MESSAGE_NOTICE,
		  .first_frame = 50,
		  .last_frame = 50,
		  .first_ns = a.time_ns + 50000000,
		  .last_ns = a.time_ns + 50000000 },
	};
	struct message_block_row row = { .file = SAMPLE_FILE(point),
					 .part_min = 1,
					 .part_max = 1,
					 .n = 3,
					 .protos = 1u << MESSAGE_HTTP |
						   1u << MESSAGE_ICMP };
	struct buf b = { 0 };

	for (int i = 0; i < 3; i++)
		m[i].part = 1;
	messages_pack(m, 3, &b);
	store_messages_put(s, &row, &b);
	buf_release(&b);
}

static inline struct net_end sample_end(uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, 0, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

static inline void sample_part(struct store *s, int point)
{
	struct part p = {
		.number = 1, .proto = 6, .first_frame = 1, .last_frame = 11
	};
	struct buf b = { 0 };

	p.first_ns = p.last_ns = 1700000000000000000;
	p.ends[0] = sample_end((uint8_t)point, 40000);
	p.ends[1] = sample_end(9, 443);
	for (int d = 0; d < 2; d++) {
		p.dir[d].packets = d ? 4 : 6;
		p.dir[d].syn = true;
		p.dir[d].isn = SAMPLE_ISN;
		p.dir[d].seq_first = (1ull << 32) + SAMPLE_ISN;
		p.dir[d].seq_next = p.dir[d].seq_first + 1;
		p.dir[d].first_ns = p.dir[d].last_ns = p.first_ns;
	}
	part_pack(&p, &b);
	store_part_put(s, SAMPLE_FILE(point), 1, &b);
	buf_release(&b);
}

static inline void sample_point(struct store *s, int point)
{
	char near[] = "near", far[] = "far", path[] = "a.pcap", digest[] = "0";
	struct point_row p = { .pos = point, .name = point == 1 ? near : far };
	struct file_row f = { .id = SAMPLE_FILE(point),
			      .path = path,
			      .digest = digest,
			      .packets = 10,
			      .complete = true };
	struct flow_part part = { .part = SAMPLE_PART(point) };
	struct flow_row flow = { .id = point,
				 .proto = 6,
				 .n_parts = 1,
				 .parts = &part,
				 .packets = { 6, 4 } };

	p.id = store_point_put(s, &p);
	f.point = flow.point = p.id;
	store_file_put(s, &f);
	sample_part(s, point);
	sample_block(s, point);
	sample_messages(s, point);
	flow.client = sample_end((uint8_t)point, 40000);
	flow.server = sample_end(9, 443);
	store_flow_put(s, &flow);
}

static inline void sample_put(void *ctx, uint32_t number,
			      const struct buf *data)
{
	store_match_put(ctx, 1, number, data);
}

static inline void sample_session(struct store *s)
{
	char evidence[] = "same initial sequence number";
	struct session_flow flow[2] = {
		{ .flow = 1, .point_pos = 1, .delta_known = { true, true } },
		{ .flow = 2, .point_pos = 2, .delta_known = { true, true } },
	};
	struct session_row row = { .id = 1,
				   .proto = 6,
				   .bits = 64.5,
				   .margin = 1e9,
				   .evidence = evidence,
				   .n_flows = 2,
				   .flows = flow };
	struct match_writer *w = match_writer_new();

	store_session_put(s, &row);
	for (int dir = 0; dir < 2; dir++) {
		match_writer_hop(w, dir, dir, !dir);
		for (uint64_t i = 0; i < (dir ? 4 : 6); i++) {
			bool lost = !dir && i == 3;
			struct fate_entry e = {
				.near = i,
				.far = !dir && i > 3 ? i - 1 : i,
				.tx = i,
				.len = i ? 100 : 0,
				.copy = 1,
				.fate = FATE_DELIVERED,
				.reason = WHY_MATCHED,
				.kind = i ? KIND_DATA : KIND_SYN,
			};

			if (lost) {
				e.far = FATE_NO_RECORD;
				e.fate = FATE_LOST;
				e.basis = BASIS_PROOF;
				e.reason = WHY_HOLE;
				e.proof_point = 1;
				e.proof_dir = 1;
				e.proof = 2;
			}
			match_writer_add(w, &e);
		}
	}
	match_writer_take(w, sample_put, s);
	match_writer_free(w);
}

/* Return: 0 or -1. */
static inline int sample_fill(struct store *s, struct err *err)
{
	store_begin(s);
	sample_point(s, 1);
	sample_point(s, 2);
	sample_session(s);
	return store_commit(s, err);
}
