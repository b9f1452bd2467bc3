/* Inside indexing: what index.c (driver and writer), index_points.c, the files of
 * a worker (store/index_worker.h), input.c (names) and ticks.c (clock ticks) share.
 *
 * reads:  files             writes: struct item, over a queue
 */
#pragma once

#include <stdatomic.h>

#include "base/queue.h"
#include "capture/decode.h"
#include "capture/passage.h"
#include "capture/sides.h"
#include "store/index.h"
#include "store/kept.h"

#define LANES_MAX 256 /* a lane's place is a byte of the file's id */

/* --- input.c --- */

/* The point names of @n inputs, distinct from those that the case has already:
 * explicit ones as given, others by file name and, if equal, folder.
 * Return: array of n strings; caller frees each and the array. */
char **input_names(const struct index_input *in, size_t n,
		   const struct point_row *old, size_t n_old);

/* --- ticks.c --- */

#define TICK_CANDIDATES 13

/* Finds the coarsest tick of which all time stamps are multiples. */
struct ticks {
	int64_t declared_ns, first_ns, last_ns;
	uint64_t distinct; /* changes of the time stamp */
	uint32_t absolute; /* candidates that still fit, as bits: from 1970 */
	uint32_t relative; /* from the first time stamp */
};

void ticks_look(struct ticks *t, int64_t time_ns, int64_t declared_ns);
/* In nearly all files no candidate is left after a few packets. */
static inline void ticks_add(struct ticks *t, int64_t time_ns,
			     int64_t declared_ns)
{
	if (!t->distinct || t->absolute | t->relative) {
		ticks_look(t, time_ns, declared_ns);
		return;
	}
	t->distinct += time_ns != t->last_ns;
	t->last_ns = time_ns;
}
int64_t ticks_resolution(const struct ticks *t); /* at least declared */

/* --- what workers hand to the writer --- */

enum item_kind { ITEM_BLOCK, ITEM_PARTS, ITEM_MESSAGES };

struct item {
	enum item_kind kind;
	size_t input;
	uint8_t lane;
	struct buf data;      /* block; shelf of parts; block of messages */
	bool kept;            /* data is already where it stays
			       * (store/kept.c) */
	struct block_row row; /* file not set */
	uint32_t first_part;  /* of the shelf */
	struct message_block_row messages; /* file not set */
};

void item_free(struct item *item);

/* What is known of a file at its end. */
struct indexed_lane {
	uint32_t key; /* DECODE_LANE() */
	uint8_t place;
	struct file_row row; /* id, point, complete not set; owned texts */
	char *label;         /* of the interface; owned */
};

struct indexed {
	struct VEC(struct indexed_lane) lanes;  /* in the order in which packets
						 * pass them */
	struct VEC(struct quality_row) quality; /* file: index into lanes */
	bool sides; /* lanes are both sides of a router */
	struct err err;
};

void indexed_release(struct indexed *x);

/* --- index_twins.c --- */

/* A lane that has every packet twice or more often. */
struct doubled {
	uint32_t lane;      /* its key */
	uint64_t within_ns; /* longest time between copies; 0: no copies */
	unsigned copies;    /* the most copies of a packet */
	bool apart;         /* they have other link addresses */
	bool inner;         /* packets inside a tunnel are there without it,
			     * too */
};

/* Finds the doubled lanes of a file, by its beginning.  Return: how many.
 * *sides: set, and owned by the caller, if the file shows both sides of a
 * router, so that its packets belong to two points (capture/sides.h); else
 * NULL.  Teaches @passage. */
size_t index_doubled(const char *path, bool one_point,
		     struct doubled lanes[static LANES_MAX],
		     struct sides **sides, struct passage *passage);

/* --- index_file.c --- */

/* Reads input @number and puts its blocks, parts and messages to @q; fills in
 * @out; stops early when *stop is set.  @kept: for a temporary case, where
 * blocks and shelves stay; else NULL. */
void index_file(const struct index_input *in, size_t number,
		const struct index_options *o, struct kept *kept,
		struct queue *q, const atomic_bool *stop, struct indexed *out);

/* --- index.c --- */

struct index_job { /* a call of index_files() */
	struct store *s;
	const struct index_input *in;
	size_t n;
	const struct index_options *o;
	int64_t first_place; /* of input 0 */
	struct queue *q;
	atomic_bool stop;
	struct indexed *result;   /* by input */
	bool (*begun)[LANES_MAX]; /* by input and lane: its row exists */
	uint64_t uncommitted;
};

/* The id of the row of input @input's lane. */
int64_t index_file_id(const struct index_job *j, size_t input, unsigned lane);
/* Tells the user, if he is to be told anything. */
void index_notice(const struct index_job *j, const char *text);

/* --- index_points.c --- */

/* After all was read: makes points and sets the files complete, unless a capture is
 * there twice.  Return: 0 or -1. */
int index_finish(struct index_job *j, struct err *err);

/* A capture belongs to one point, once. */

/* Compares by digest and interface; one without an interface name is the whole
 * of its file. */
bool index_same_capture(const struct file_row *a, const struct file_row *b);
/* Reports that @b is the same capture as @a, which is there already.  Return:
 * -1. */
int index_refuse_copy(const struct file_row *a, const char *point_a,
		      const struct file_row *b, const char *point_b,
		      struct err *err);
