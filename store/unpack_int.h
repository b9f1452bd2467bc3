/* Inside unpacking: between the columns of a chunk (store/unpack_columns.c) and
 * its records (store/unpack.c).
 */
#pragma once

#include "store/pack_guess.h"
#include "store/unpack_in.h"

/* Records are calm if only these columns deviate and there is no SYN: then
 * headers are as predicted, and so are those of the next one. */
#define COLS_CALM                                                              \
	(COL(TIME) | COL(FRAME) | COL(PAY) | COL(ACK) | COL(TSVAL) |           \
	 COL(TSECR) | COL(FLAGS) | COL(IPID) | COL(WINDOW) | COL(SEQ))
/* Records are like the one before if only these deviate. */
#define COLS_ALIKE                                                             \
	(COL(TIME) | COL(FRAME) | COL(ACK) | COL(TSVAL) | COL(TSECR) | COL(SEQ))

/* Sets of records of a chunk, as bits: */
struct chunk {
	uint64_t other;  /* those that are not calm */
	uint64_t unlike; /* those that are not like the one before */
};

/* Reads the columns of @n records into the fields of @out, which is all zero;
 * fields that are as predicted stay zero. */
void unpack_columns(struct packed_in *in, struct chunk *to, struct record *out,
		    size_t n);
