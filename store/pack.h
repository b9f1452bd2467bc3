/* Packed runs of records: the inside of a block.
 *
 * reads:  struct record     writes: block bytes
 *
 * A run is the records of one part and direction, in capture order.  A block
 * is a directory of runs (part, dir, n, byte offset, first and last frame,
 * time, sequence) and the runs, each packed by column: a column that is as
 * predicted costs a bit for the run, else a zigzag varint of its deviation a
 * record.  Long runs have blocks of their own of at most BLOCK_RECORDS; short
 * runs share one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "capture/record.h"

#define BLOCK_RECORDS 4096

/* Instead of the number of runs: the block follows, compressed (store/zip.h). */
#define PACK_ZIPPED 0

/* How the runs of a block mostly begin: first guesses of what hardly differs
 * between flows.  All zero: none. */
struct pack_shape {
	uint16_t flags, hdr, window, window_next; /* of the first records */
	uint16_t marks[4];                        /* by payload, cut */
	uint32_t snap;
	uint8_t opts, ttl;
};

/* One for each kind of run: direction, and with TCP flags or not. */
#define PACK_KINDS 4
struct pack_shapes {
	unsigned have; /* bits */
	struct pack_shape at[PACK_KINDS];
};

/* Where a run begins, as far as the directory tells: first guesses of its
 * columns.  All zero is fine and only costs bytes. */
struct pack_base {
	int64_t time_ns;
	uint64_t frame, seq, ack;
	uint32_t tsval, tsecr;
	uint8_t kind; /* of the shape */
	struct pack_shape shape;
};

struct pack_run { /* a directory entry */
	uint32_t part;
	uint8_t dir;
	uint32_t n;
	size_t at, size;       /* bytes within the block */
	struct pack_base base; /* the one that it was packed from */
};

/* Packs n records of one part and direction, appended to @out.  This and the next
 * are for tests: in the case all runs have bases. */
void pack_run(const struct record *r, size_t n, struct buf *out);
/* Unpacks to @out (n given by the directory), part and dir given.
 * Return: 0, or -1 on bad bytes. */
int unpack_run(const uint8_t *p, size_t size, uint32_t part, uint8_t dir,
	       struct record *out, size_t n);
/* The same from a base, which pack_base_of() finds: both ways must have the
 * same one. */
struct pack_base pack_base_of(const struct record *r, size_t n);
/* Gives @base the shape that runs of its kind have in the block; the first one
 * makes it.  @s: all zero where a block begins. */
void pack_shape_of(struct pack_shapes *s, struct pack_base *base,
		   const struct record *r, size_t n);
/* Return: whether there is one for a run that begins with @r: then other records
 * of it tell nothing. */
bool pack_shape_there(const struct pack_shapes *s, const struct record *r);
void pack_run_from(const struct pack_base *base, const struct record *r,
		   size_t n, struct buf *out);
int unpack_run_from(const struct pack_base *base, const uint8_t *p, size_t size,
		    uint32_t part, uint8_t dir, struct record *out, size_t n);
/* The same little by little, of records that stay in the processor's nearest
 * cache: PACK_FIRST of them, then PACK_STEP each time but the last.  For both
 * functions above the first are enough. */
#define PACK_FIRST 65
#define PACK_STEP 64
#define PACK_UNIT_MOST 4 /* of time stamps */
struct packing;
struct packing *packing_new(void);
void packing_free(struct packing *p);
/* Return: the largest unit of time, up to @most, that all of them are whole in;
 * that of all of the run is what it begins with. */
unsigned pack_unit(const struct record *r, size_t n, unsigned most);
void pack_begin(struct packing *p, const struct pack_base *base, unsigned unit,
		struct buf *out);
void pack_more(struct packing *p, const struct record *r, size_t n);
/* The same of records as they wait in the window (store/brief.h), but for the
 * first of all; of PACK_STEP or less.  Return: false: it takes the records. */
struct brief;
bool pack_more_briefs(struct packing *p, const struct brief *const *b, size_t n,
		      uint64_t first_frame);
/* The records of a run that the directory of a block of @size bytes has, as of
 * direction @dir.  Faster than the above, as what comes behind a run may be looked
 * at. */
int unpack_run_in(const struct pack_run *run, const uint8_t *block, size_t size,
		  uint8_t dir, struct record *out);
/* A block from runs packed one after another; their bases have no shapes, or
 * those of one struct pack_shapes. */
void pack_block(const struct pack_run *runs, size_t n_runs,
		const struct buf *runs_bytes, struct buf *out);
/* The most bytes that it has, besides @runs_bytes. */
size_t pack_block_most(size_t n_runs);
/* The directory of a block, as a whole, for tests.  Return: number of runs, or -1 on bad bytes; *runs
 * is allocated (caller frees); offsets are checked to lie within @size. */
long unpack_directory(const uint8_t *p, size_t size, struct pack_run **runs);
/* The same little by little, for who keeps less of a run.  directory_begin(): 0,
 * or -1 on bad bytes; d->left runs follow.  directory_take(): the next ones, up to
 * @max; 0 where there are no more, or bytes are bad; their `at` is from where the
 * first run begins.  directory_end(): where that is; -1: bytes were bad, or there
 * are others than the runs'. */
struct directory_in {
	struct cursor in;
	size_t size, left, at;
	struct pack_shapes shapes;
	struct pack_run before;
};
int directory_begin(struct directory_in *d, const uint8_t *p, size_t size);
size_t directory_take(struct directory_in *d, struct pack_run *runs,
		      size_t max);
long directory_end(const struct directory_in *d);
