/* One file's way into the case: a worker's work.
 *
 * Frames are read, counted, filtered and decoded (index_frame.c); the flow table
 * gives each record its part; the window sorts and packs.  Blocks, shelves of
 * parts and blocks of messages go over the queue (index_items.c); what is known
 * of the file only at its end (lanes, digest, what was wrong) is the function's
 * result (index_end.c).
 *
 * Invariants: nothing here depends on other files, on threads or on when the
 * writer takes items.  Memory is the two windows, of records and of messages,
 * the flow table and the waiting parts (store/index_parts.c); the queue is
 * bounded by its caller.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "store/index_worker.h"

#define PROGRESS_FRAMES 65536
#define STOP_FRAMES 1024
#define WAIT_BYTES (64u << 10)

static void part_done(void *ctx, const struct part *p, uint32_t key)
{
	struct worker *w = ctx;
	unsigned lane = lane_find(w, key);

	if (lane != LANES_MAX)
		part_rack_add(w->parts, (uint8_t)lane, p);
}

static void add_message(void *ctx, const struct message *m, uint32_t key)
{
	struct worker *w = ctx;
	unsigned lane = lane_find(w, key);

	if (lane != LANES_MAX)
		message_window_add(w->messages, m, (uint8_t)lane);
}

static void progress(const struct worker *w, uint64_t packets)
{
	if (w->o->progress)
		w->o->progress(w->o->progress_ctx, w->in->path,
			       reader_bytes(w->reader), packets);
}

/* Return: 0 at the end or when stopped, -1 with w->err. */
static int read_all(struct worker *w, const atomic_bool *stop,
		    struct indexed *out)
{
	struct err io = { 0 };
	struct frame f;
	uint64_t n = 0;
	int got;

	while ((got = reader_next(w->reader, &f, &io)) > 0) {
		if (index_frame(w, &f))
			return -1;
		n++;
		if (n % STOP_FRAMES == 0 && atomic_load(stop))
			return 0;
		if (n % PROGRESS_FRAMES == 0)
			progress(w, n);
	}
	progress(w, n);
	if (got < 0 && !n)
		return err_set(w->err, io.code, "%s", io.text);
	if (got < 0) /* what could be read is used */
		add_quality(out, 0, "read-error", mem_strdup(io.text), 1,
			    f.number);
	return 0;
}

static void worker_close(struct worker *w)
{
	part_rack_free(w->parts);
	flowtab_free(w->flows);
	talks_free(w->talks);
	free(w->wait_bytes);
	window_free(w->window);
	message_window_free(w->messages);
	decoder_free(w->decoder);
	twins_free(w->twins);
	neighbours_free(w->neighbours);
	sides_free(w->sides);
	passage_free(w->passage);
	for (size_t i = 0; i < w->filter.n; i++)
		filter_free(w->filter.at[i]);
	VEC_FREE(&w->filter);
	reader_close(w->reader);
	if (w->place.kept)
		kept_leave(&w->place);
	free(w);
}

void index_file(const struct index_input *in, size_t number,
		const struct index_options *o, struct kept *kept,
		struct queue *q, const atomic_bool *stop, struct indexed *out)
{
	struct worker *w = mem_zalloc(1, sizeof *w);

	w->in = in;
	w->o = o;
	w->number = number;
	w->q = q;
	w->err = &out->err;
	w->decoder = decoder_new();
	w->flows = flowtab_new(part_done, w);
	w->talks = talks_new(!o->no_names, add_message, w);
	flowtab_listen(w->flows, w->talks);
	w->wait_cap = WAIT_BYTES;
	w->wait_bytes = mem_alloc(WAIT_BYTES);
	w->window = window_new(INDEX_WINDOW, item_put_block, w);
	w->messages = message_window_new(item_put_messages, w);
	w->parts = part_rack_new(item_put_parts, w);
	if (kept) {
		w->place.kept = kept;
		window_keep(w->window, &w->place);
		part_rack_keep(w->parts, &w->place);
	}
	if (o->host && net_addr_parse(o->host, &w->host)) {
		err_set(w->err, ERR_USAGE,
			"--host %s: is no address; write one as in 10.1.1.7 or "
			"2001:db8::7",
			o->host);
		goto done;
	}
	w->passage = passage_new();
	w->n_doubled = index_doubled(in->path, o->one_point, w->doubled,
				     &w->sides, w->passage);
	w->reader = reader_open(in->path, w->err);
	if (!w->reader || read_all(w, stop, out) || atomic_load(stop))
		goto done;
	index_waiting(w);
	flowtab_finish(w->flows);
	if (w->neighbours)
		w->neighbours_left = neighbours_finish(w->neighbours);
	window_flush(w->window);
	message_window_flush(w->messages);
	part_rack_flush(w->parts);
	if (!lane_without_packets(w))
		out_all(w, out);
done:
	worker_close(w);
}
