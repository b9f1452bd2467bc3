/* ICMP errors by the part of a flow that they quote.
 *
 * reads:  message           writes: nothing
 *
 * There may be as many errors as sessions, and each session is asked for its own.
 */
#pragma once

#include "store/store.h"

struct quoted_at {
	int64_t part; /* the part that the error quotes; 0: none */
	size_t at;    /* its place among the errors */
};

struct quoted {
	const struct message_row *icmp; /* not owned */
	size_t n;
	struct quoted_at *at; /* by part, then by place; owned */
};

#define QUOTED_ANY (-1) /* as status or direction */

/* Indexes @n errors, which must stay where they are. */
void quoted_open(struct quoted *q, const struct message_row *icmp, size_t n);
/* The error that comes first among those that quote the flow, a packet of its
 * direction @dir, and have @status (MESSAGE_ICMP_STATUS); or NULL. */
const struct message_row *quoted_first(const struct quoted *q,
				       const struct flow_row *f, int64_t status,
				       int dir);
void quoted_close(struct quoted *q);
