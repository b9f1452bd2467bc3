/* Inside of unpacking: between the columns of a chunk (store/unpack_columns.c) and
 * its records (store/unpack.c).
 */
#pragma once

#include "store/pack_guess.h"
#include "store/unpack_in.h"

/* Records are calm where only these columns deviate, and there is no SYN: then
 * headers are as predicted, and so they are in the next one. */
#define COLS_CALM                                                              \
	(COL(TIME) | COL(FRAME) | COL(PAY) | COL(ACK) | COL(TSVAL) |           \
	 COL(TSECR) | COL(FLAGS) | COL(IPID) | COL(WINDOW) | COL(SEQ))
/* They are like the one before where only these do. */
#define COLS_ALIKE                                                             \
	(COL(TIME) | COL(FRAME) | COL(ACK) | COL(TSVAL) | COL(TSECR) | COL(SEQ))

/* Records of a chunk, as bits: */
struct chunk {
	uint64_t other;  /* those that are not calm */
	uint64_t unlike; /* those that are not like the one before */
};

/* Reads the columns of @n records to where their numbers will stand in @out, which
 * is all zero; what is as predicted stays so. */
void unpack_columns(struct packed_in *in, struct chunk *to, struct record *out,
		    size_t n);
