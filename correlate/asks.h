/* A point's exchanges, from messages: who asked what, and when.
 *
 * reads:  messages          writes: struct asks
 */
#pragma once

#include "correlate/sets.h"

#define ASK_NONE UINT32_MAX

enum ask_form {
	ASK_MESSAGE, /* from messages */
	/* turns (turns.h), for flows that are: */
	ASK_HTTP,
	ASK_SEALED, /* TLS */
	ASK_OTHER,
};

struct ask { /* a request and its final response */
	/* First and last byte of the request and of the response, by the
	 * point's clock; if *_last is not known it equals the first. */
	int64_t asked, asked_last, told, told_last;
	uint64_t what;     /* digest of method, path and status */
	uint64_t frame[2]; /* first of the request, of the response */
	uint32_t len[2];   /* of the request, of the response; 0: not known */
	int64_t part;      /* id */
	uint32_t flow;     /* index in point.flow */
	uint32_t mate;     /* index of its counterpart at the other point;
			 * relate.c */
	uint32_t place;    /* relate.c */
	uint8_t form;      /* enum ask_form */
};

struct asks VEC(struct ask); /* by what, then asked */

/* Those of the flows in @wants (by flow: not 0), ASKS_MAX at most. */
#define ASKS_MAX (1u << 18)
void asks_read(struct pair_case *c, size_t point, const uint8_t *wants,
	       struct asks *out);
