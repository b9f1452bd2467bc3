/* A small sound case with rows in each table that is read: what the fuzz target
 * of cases damages. */
#pragma once

#include "store/block_cache.h"
#include "store/exchange.h"
#include "store/group.h"
#include "store/shelf_rows.h"
#include "store/store_int.h"
#include "tests/store/sample_case.h"

static inline void sound_figures(struct store *s)
{
	struct hop_figures hop = { .from_pos = 1, .to_pos = 2 };
	struct figures f = { 1, &hop, 1 };
	struct buf b = { 0 };

	hist_add(&hop.rtt, 1000);
	hop.way[0].able = true;
	hop.way[0].tx.n[FATE_LOST] = 1;
	figures_pack(&f, &b);
	store_stat_put(s, 0, &b);
	store_stat_put(s, 1, &b);
	buf_release(&b);
	hist_release(&hop.rtt);
}

/* One that is two parts, the second turned round. */
static inline void sound_flow(struct store *s)
{
	struct flow_part part[2] = {
		{ .part = SAMPLE_PART(1), .shift = { 1ll << 32, 0 } },
		{ .part = SAMPLE_PART(2), .swap = true },
	};
	struct flow_row flow = {
		.id = 3, .point = 1, .proto = 6, .n_parts = 2, .parts = part
	};

	store_flow_put(s, &flow);
}

static inline void sound_exchanges(struct store *s)
{
	char name[] = "GET a.example/b", key[] = "10.0.0.9:443";
	struct budget_hop hop = { .to = 1, .path_ns = 3000, .queue_ns = 40 };
	struct budget budget = { .known = true,
				 .far = 1,
				 .exchanges = 1,
				 .n_hops = 1,
				 .hop = &hop };
	struct exchange x = { .near = { 1, 1, EXCHANGE_NONE, 1 },
			      .far = { 1, 2 },
			      .proto = MESSAGE_HTTP + 1,
			      .status = 404,
			      .name = name },
			last = { 0 };
	struct group g = { .kind = 1, .key = key, .sessions = 1, .n_top = 1 };
	struct buf b = { 0 };

	budget.part[TIME_PATH] = x.part[TIME_PATH] = 3000;
	budget_pack(&budget, &b);
	exchange_pack(&x, &last, &b);
	store_exchange_put(s, 1, 0, &b);
	buf_release(&b);
	g.top[0] = (struct group_top){ 3000, 1, 0 };
	hist_add(&g.total, 3000);
	store_group_put(s, &g);
	hist_release(&g.total);
}

static inline void sound_clocks(struct store *s)
{
	struct clock_piece piece = { .to_ns = 1000000,
				     .offset_ns = 5000,
				     .offset_high_ns = 9000,
				     .n_knots = CLOCK_KNOTS };
	struct clock_row c = { .point = 1, .status = CLOCK_REFERENCE };

	store_clock_put(s, &c);
	c = (struct clock_row){
		.point = 2, .status = CLOCK_FITTED, .n = 1, .piece = &piece
	};
	store_clock_put(s, &c);
	store_relay_put(s, &(struct relay_row){ .front = 1, .back = 1 });
}

static inline void sound_finding(struct store *s)
{
	char rule[] = "loss.burst", text[] = "lost", measure[] = "{\"n\":1}";
	char *list[1] = { text };
	int64_t session = 1;
	struct evidence_row evidence = {
		.point = 1, .file = SAMPLE_FILE(1), .frame = 7, .note = text
	};
	struct filter_row filter = { 1, SAMPLE_FILE(1), text };
	struct finding_row f = { .id = 1,
				 .rule = rule,
				 .severity = SEV_HIGH,
				 .title = text,
				 .text = text,
				 .hop_from = 1,
				 .hop_to = 2,
				 .against = text,
				 .measure = measure,
				 .n_sessions = 1,
				 .n_places = 1,
				 .n_next = 1,
				 .n_evidence = 1,
				 .n_filters = 1,
				 .sessions = &session,
				 .places = list,
				 .next = list,
				 .evidence = &evidence,
				 .filters = &filter };
	struct quality_row q = {
		.file = SAMPLE_FILE(1), .what = rule, .text = text, .count = 1
	};

	store_finding_put(s, &f);
	store_quality_put(s, &q);
}

/* The bytes of its file, of small pages. */
static inline const uint8_t *sound_bytes(size_t *size)
{
	static uint8_t *bytes;
	static sqlite3_int64 n;
	struct err err = { 0 };
	struct store *s;

	*size = (size_t)n;
	if (bytes)
		return bytes;
	s = store_open(NULL, STORE_CREATE, &err);
	if (!s || sample_fill(s, &err))
		abort();
	store_begin(s);
	sound_flow(s);
	sound_figures(s);
	sound_exchanges(s);
	sound_clocks(s);
	sound_finding(s);
	if (store_commit(s, &err) ||
	    store_exec(s, "PRAGMA page_size=512; VACUUM"))
		abort();
	bytes = sqlite3_serialize(s->db, "main", &n, 0);
	if (!bytes)
		abort();
	store_close(s);
	s = store_open_bytes(bytes, (size_t)n, STORE_READ, &err);
	if (!s)
		abort();
	store_close(s);
	*size = (size_t)n;
	return bytes;
}

/* That file with patches: offset in two bytes, count, bytes; 0 of them: the file
 * ends there.  So no input is of an older schema. */
static inline void sound_patched(const uint8_t *data, size_t size,
				 struct buf *out)
{
	size_t n;
	const uint8_t *sound = sound_bytes(&n);
	struct cursor in = cursor_of(data, size);

	buf_bytes(out, sound, n);
	while (cursor_left(&in)) {
		size_t at = cursor_u8(&in);
		unsigned k;

		at |= (size_t)cursor_u8(&in) << 8;
		k = cursor_u8(&in);
		if (!k && !in.bad)
			out->n = at % n;
		for (; k && cursor_left(&in); k--)
			out->at[at++ % n] = cursor_u8(&in);
	}
}

/* What is kept knows nothing of plain SQL. */
static inline void sound_forget(struct store *s)
{
	block_cache_drop(s);
	part_shelves_forget(s);
	shelves_forget(s);
}

static inline void sound_column(struct store *s, const char *sql,
				const uint8_t *p, size_t n)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		abort();
	sqlite3_bind_blob64(st, 1, p ? p : (const uint8_t *)"", n,
			    SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		abort();
	sqlite3_finalize(st);
}

/* Stores the bytes as the one row of a shelf. */
static inline void sound_shelf(struct store *s, const char *sql, int64_t key,
			       const uint8_t *p, size_t n)
{
	struct shelf one = { 0 };
	struct buf b = { 0 };

	shelf_add(&one, key, p, n);
	shelf_pack(&one, 0, 1, store_zip(s), &b);
	sound_column(s, sql, b.at, b.n);
	buf_release(&b);
	shelf_release(&one);
}

/* Puts bytes into the column that the first one names. */
static inline void sound_put(struct store *s, const uint8_t *data, size_t size)
{
	static const struct {
		const char *sql;
		int64_t key; /* of a shelf; 0: bytes as they are */
	} put[] = {
		{ "UPDATE part_shelf SET data=?", 1 },
		{ "UPDATE block SET data=?", 0 },
		{ "UPDATE flow_shelf SET data=?", 1 },
		{ "UPDATE match SET data=?", SHELF_KEY(1, 0) },
		{ "INSERT OR REPLACE INTO hop_stat VALUES(1,?)", 1 },
		{ "UPDATE session_shelf SET data=?", 1 },
		{ "UPDATE message_block SET data=?", 0 },
		{ "INSERT OR REPLACE INTO exchange VALUES(1048576,?)",
		  SHELF_KEY(1, 0) },
		{ "UPDATE part_shelf SET data=?", 0 },
		{ "UPDATE match SET data=?", 0 },
		{ "INSERT INTO time_group VALUES(NULL,1,'x',?)", 0 },
		{ "UPDATE flow_shelf SET data=?", 0 },
		{ "UPDATE session_shelf SET data=?", 0 },
	};
	int which = data[0] % (int)(sizeof put / sizeof *put);

	if (put[which].key)
		sound_shelf(s, put[which].sql, put[which].key, data + 1,
			    size - 1);
	else
		sound_column(s, put[which].sql, data + 1, size - 1);
	sound_forget(s);
}
