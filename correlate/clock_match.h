/* The same packet at two points, beyond doubt.  Private to correlate/clock*.
 *
 * reads:  struct record      writes: pairs of records
 */
#pragma once

#include <stddef.h>

#include "capture/record.h"
#include "correlate/clock_int.h"

enum match_key { /* the top byte of a candidate's key */
		 KEY_SYN = 1,
		 KEY_DATA,
		 KEY_FIN,
		 KEY_RST,
		 KEY_ACK,
		 KEY_DATAGRAM,
};

struct match_rec {
	uint64_t key; /* identifies it within its stretch */
	int64_t time_ns, file;
	uint64_t frame;
	uint32_t pay_len, head_digest, full_digest, tsval;
	uint16_t marks, pay_sum, ip_id, window;
	uint8_t opts, n_sack, flags;
	bool first;   /* no earlier copy of it passed here */
	bool id_sole; /* no other candidate has its IP ID, and others have
		       * different ones */
};

/* Candidates of a stretch of one direction at one point. */
struct match_list {
	struct match_rec *at; /* owned */
	size_t n, cap;
	unsigned warm;     /* records still to pass */
	bool begun;        /* progress is valid */
	uint32_t end, ack; /* highest end of data and ack number so far */
	bool acked;        /* ack is valid */
	bool no_opening;   /* set by the caller: SYNs are no candidates */
	bool only_data;    /* set by the caller: a relay is between the
			    * points */
	bool whole;        /* set by the caller: nothing of it was missed */
};

struct match_pair {
	struct match_rec near, far;
	bool weak; /* nothing in the packet itself distinguishes its copies, and
		    * some may have been missed */
};

/* --- clock_candidates.c --- */

/* Empties the list.  None of the first @warm records counts as a first copy. */
void match_begin(struct match_list *l, unsigned warm);
/* A record in capture order; @seq and @ack are converted to be the same at both
 * points. */
void match_add(struct match_list *l, const struct record *r, int64_t file,
	       bool tcp, uint32_t seq, uint32_t ack);
void match_release(struct match_list *l);

/* --- clock_match.c --- */

/* Pairs candidates that agree in content and cannot be mistaken for another
 * copy at either point.  @ts_delta: TSval there minus TSval here, or NULL.
 * Sorts the lists. */
void match_lists(struct match_list *near, struct match_list *far,
		 const uint32_t *ts_delta,
		 void (*pair)(void *ctx, const struct match_pair *p),
		 void *ctx);
