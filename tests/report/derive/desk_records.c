/* Records of the desk's flows, in a case in memory. */
#include "tests/report/derive/desk.h"

#include "base/mem.h"
#include "store/pack.h"

#define PART(file) ((file) << 32 | 1)

void tape_add(struct tape *t, int dir, int64_t ms, struct record r)
{
	assert_in_range(t->n[dir], 0, TAPE_MOST - 1);
	r.part = 1;
	r.dir = (uint8_t)dir;
	r.frame = ++t->frame;
	r.time_ns = T0 + ms * MS;
	r.hdr_len = 40;
	t->at[dir][t->n[dir]++] = r;
}

static void store_tape(struct store *s, int64_t file, const struct tape *t)
{
	struct block_row row = {
		.file = file, .part_min = 1, .part_max = 1, .dir = 2
	};
	struct buf bytes = { 0 }, block = { 0 };
	struct pack_run run[2];
	size_t n = 0;

	for (uint8_t dir = 0; dir < 2; dir++) {
		size_t from = bytes.n;

		if (!t->n[dir])
			continue;
		pack_run(t->at[dir], t->n[dir], &bytes);
		run[n++] = (struct pack_run){ .part = 1,
					      .dir = dir,
					      .n = t->n[dir],
					      .at = from,
					      .size = bytes.n - from };
		row.n += t->n[dir];
	}
	pack_block(run, n, &bytes, &block);
	store_block_put(s, &row, &block);
	buf_release(&bytes);
	buf_release(&block);
}

static void count_dir(struct flow_view *f, const struct tape *t, int dir)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < t->n[dir]; i++)
		bytes += t->at[dir][i].pay_len;
	f->row.packets[dir] = f->dir[dir].packets = t->n[dir];
	f->row.bytes[dir] = f->dir[dir].bytes = bytes;
	if (t->n[dir])
		f->dir[dir].last_ns = t->at[dir][t->n[dir] - 1].time_ns;
}

void desk_records(struct derive *d, int flow, const struct tape *t)
{
	struct flow_view *f = &d->view.flow[flow];
	char path[] = "tape", digest[] = "";
	struct file_row file = { .id = f->first_file,
				 .point = f->row.point,
				 .path = path,
				 .digest = digest,
				 .complete = true };
	struct err err = { 0 };

	if (!d->model.store)
		d->model.store = store_open(NULL, STORE_CREATE, &err);
	assert_non_null(d->model.store);
	store_begin(d->model.store);
	store_file_put(d->model.store, &file);
	store_tape(d->model.store, file.id, t);
	assert_int_equal(store_commit(d->model.store, &err), 0);
	f->row.n_parts = 1;
	f->row.parts = mem_zalloc(1, sizeof *f->row.parts);
	f->row.parts[0].part = PART(file.id);
	count_dir(f, t, 0);
	count_dir(f, t, 1);
}
