/* Blocks of messages in the case, and the cursor over their messages.
 *
 * What: a window of messages (store/message_window.c) becomes blocks whose
 * parts ascend from block to block, so that a given part is in at most a few
 * blocks of one window (store/message_places.c).  Of a temporary case,
 * MESSAGES_KEPT are in memory (store/shelf_keep.c).  Opened blocks stay in a
 * small cache, as neighbouring parts share them.
 *
 * Memory: CACHE blocks, one run of messages, and the places of each file's blocks.
 */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

#include "store/message_pack.h"
#include "store/message_places.h"
#include "store/zip.h"

#define CACHE 64 /* blocks */
/* Of a temporary case in memory; those of two captures of 100,000 sessions are
 * half of it.  Beyond that memory is better spent on flows and sessions. */
#define MESSAGES_KEPT ((size_t)16 << 20)

struct cached {
	int64_t id;    /* 0: free */
	uint64_t used; /* when */
	struct buf bytes;
	struct message_block block;
};

struct messages {
	struct store *s;
	struct VEC(struct file_places *) files; /* read so far; owned */
	struct places_walk walk;                /* over one of them */
	/* within the block */
	struct cached *in;
	uint64_t now;
	size_t run;                     /* next */
	const struct message_run *have; /* the one in @out */
	struct message *out;
	size_t n_out, at_out;
	struct cached cache[CACHE];
};

/* The store's own cursor knows where blocks are: there are more of them. */
static void said_drop(struct store *s)
{
	messages_close(s->said);
	s->said = NULL;
}

/* Return: the number of the block in memory; -1: it goes to the database. */
static int64_t block_keep(struct store *s, struct buf *data)
{
	struct shelf_keep *keep = gate_shelves(s->gate);
	size_t n = data->n;
	int64_t number;

	if (!keep || n > MESSAGES_KEPT - s->message_bytes)
		return -1;
	number = shelf_keep_put(keep, data);
	if (number >= 0)
		s->message_bytes += n;
	return number;
}

void store_messages_put(struct store *s, const struct message_block_row *b,
			struct buf *data)
{
	struct query q = query_put(s, SLOT_MESSAGE_PUT,
				   "INSERT INTO message_block"
				   " VALUES(?,?,?,?,?,?)");
	int64_t kept = block_keep(s, data);
	struct buf zipped = { 0 };

	said_drop(s);
	query_int(&q, store_message_id(s, b->file));
	query_int(&q, b->part_min);
	query_int(&q, b->part_max);
	query_int(&q, b->n);
	query_int(&q, b->protos);
	if (kept >= 0) {
		query_int(&q, kept);
	} else {
		zip_pack(store_zip(s), data->at, data->n, &zipped);
		query_blob(&q, zipped.at, zipped.n);
	}
	query_run(&q);
	buf_release(&zipped);
}

struct messages *messages_open(struct store *s)
{
	struct messages *m = mem_zalloc(1, sizeof *m);

	m->s = s;
	m->out = mem_zalloc(MESSAGE_BLOCK, sizeof *m->out);
	return m;
}

void messages_close(struct messages *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < CACHE; i++) {
		message_block_release(&m->cache[i].block);
		buf_release(&m->cache[i].bytes);
	}
	for (size_t i = 0; i < m->files.n; i++)
		file_places_free(m->files.at[i]);
	VEC_FREE(&m->files);
	free(m->out);
	free(m);
}

struct messages *store_messages(struct store *s)
{
	if (!s->said) {
		s->said = messages_open(s);
		s->said_free = messages_close;
	}
	return s->said;
}

/* --- what is in them --- */

/* Where block @id is cached, or the least recently used one: a part's messages
 * may be in several windows, which its neighbours share. */
static size_t cache_place(const struct messages *m, int64_t id)
{
	size_t old = 0;

	for (size_t i = 0; i < CACHE; i++) {
		if (m->cache[i].id == id)
			return i;
		if (m->cache[i].used < m->cache[old].used)
			old = i;
	}
	return old;
}

/* Return: a block's bytes, in memory or in @c. */
static struct cursor block_read(struct messages *m,
				const struct block_place *at, struct cached *c)
{
	struct shelf_keep *keep = gate_shelves(m->s->gate);
	struct query q;

	if (keep && at->kept >= 0) {
		size_t n;
		const uint8_t *p = shelf_keep_get(keep, at->kept, &n);

		return cursor_of(p, n);
	}
	q = query_get(m->s, SLOT_MESSAGE_READ,
		      "SELECT data FROM message_block WHERE id=?");
	query_int(&q, at->id);
	if (query_next(&q)) {
		size_t n;
		const uint8_t *p = query_col_blob(&q, &n);
		struct cursor in = zip_unpack(store_zip(m->s), p, n);

		if (cursor_left(&in))
			buf_bytes(&c->bytes, in.at, cursor_left(&in));
	}
	query_end(&q);
	return cursor_of(c->bytes.at, c->bytes.n);
}

static struct cached *block_get(struct messages *m, struct block_place *at)
{
	struct cached *c = &m->cache[at->cached];
	int64_t id = at->id;
	struct cursor in;

	if (c->id != id) {
		at->cached = (uint32_t)cache_place(m, id);
		c = &m->cache[at->cached];
	}
	c->used = ++m->now;
	if (c->id == id)
		return c;
	message_block_release(&c->block);
	c->bytes.n = 0;
	c->id = 0;
	in = block_read(m, at, c);
	if (message_block_open(&c->block, in.at, cursor_left(&in))) {
		buf_release(&c->bytes); /* they may be many */
		store_fail_damaged(m->s, "block of messages", id);
		return NULL;
	}
	c->id = id;
	return c;
}

/* Unpacks the next run.  Return: false if there is none. */
static bool run_next(struct messages *m)
{
	for (;;) {
		const struct message_run *run = NULL;

		if (m->in && !m->walk.one_part && m->run < m->in->block.n_runs)
			run = &m->in->block.runs[m->run++];
		if (!run) {
			struct block_place *p = places_next(&m->walk);

			m->in = p ? block_get(m, p) : NULL;
			m->run = 0;
			if (!m->in)
				return false;
			if (m->walk.one_part)
				run = message_block_find(&m->in->block,
							 m->walk.part);
		}
		if (!run)
			continue;
		if (message_block_run(&m->in->block, run, m->out)) {
			store_fail_damaged(m->s, "block of messages",
					   m->in->id);
			return false;
		}
		m->have = run;
		m->n_out = run->n;
		m->at_out = 0;
		return true;
	}
}

static struct file_places *places_of(struct messages *m, int64_t file)
{
	for (size_t i = 0; i < m->files.n; i++)
		if (m->files.at[i]->file == file)
			return m->files.at[i];
	return *VEC_PUSH(&m->files) = file_places_read(m->s, file);
}

static void walk_begin(struct messages *m)
{
	m->in = NULL;
	m->n_out = m->at_out = 0;
}

void messages_part(struct messages *m, int64_t part)
{
	walk_begin(m);
	places_walk_part(&m->walk, places_of(m, part >> 32), (uint32_t)part);
}

void messages_file(struct messages *m, int64_t file, uint32_t protos)
{
	walk_begin(m);
	places_walk_all(&m->walk, places_of(m, file), protos);
}

bool messages_next(struct messages *m, struct message *out)
{
	do {
		if (m->at_out == m->n_out && !run_next(m)) {
			m->at_out = m->n_out = 0;
			return false;
		}
		*out = m->out[m->at_out++];
	} while (!(m->walk.protos >> out->proto & 1));
	return true;
}

int64_t messages_place(const struct messages *m, uint32_t *number)
{
	*number = (uint32_t)m->at_out - 1;
	for (const struct message_run *r = m->in->block.runs; r != m->have; r++)
		*number += r->n;
	return m->in->id;
}

static struct message_row *rows_of(struct store *s, uint32_t protos, size_t *n)
{
	struct VEC(struct message_row) v = { 0 };
	struct messages *in = messages_open(s);
	size_t n_files;
	struct file_row *f = store_files(s, &n_files);
	struct message m;

	for (size_t i = 0; i < n_files; i++) {
		messages_file(in, f[i].id, protos);
		while (messages_next(in, &m)) {
			struct message_row *row = VEC_PUSH(&v);

			row->file = f[i].id;
			row->m = m;
			row->name = m.name ? mem_strdup(m.name) : NULL;
			row->m.name = row->name;
		}
	}
	file_rows_free(f, n_files);
	messages_close(in);
	*n = v.n;
	return v.at;
}

struct message_row *store_icmp(struct store *s, size_t *n)
{
	return rows_of(s, 1u << MESSAGE_ICMP | 1u << MESSAGE_ICMPV6, n);
}

struct message_row *store_neighbours(struct store *s, size_t *n)
{
	return rows_of(s, 1u << MESSAGE_ARP | 1u << MESSAGE_NDP, n);
}

void message_rows_free(struct message_row *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(m[i].name);
	free(m);
}
