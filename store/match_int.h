/* Shared by writing (match.c) and reading (fate_cursor.c) of matches. */
#pragma once

#include "base/cursor.h"
#include "store/match.h"

enum match_op { MATCH_HOP, MATCH_MORE, MATCH_RUN, MATCH_ENTRY };

enum match_has { /* bits of an ENTRY */
		 HAS_PATTERN = 0x01,
		 HAS_NEAR = 0x02,
		 HAS_FAR = 0x04,
		 HAS_TX = 0x08,
		 HAS_LEN = 0x10,
		 HAS_OFF = 0x20,
		 HAS_COPY = 0x40,
		 HAS_PROOF = 0x80,
};

/* Nothing but their own bytes bounds entries that name no record at all: a
 * longer run of them is bad. */
#define MATCH_BARE_RUN 64

struct match_pattern {
	uint8_t fate, basis, reason, marks, change;
	bool near, far; /* the record exists */
};

/* What an entry is predicted from. */
struct match_state {
	struct match_pattern pattern;
	uint64_t near, far, tx; /* the next ones */
	uint32_t len;
	uint8_t kind;
};

void match_state_hop(struct match_state *s);
void match_state_after(struct match_state *s, const struct fate_entry *e);

/* Reads entries from a session's chunks, one after another. */
struct match_reader {
	struct cursor in;
	struct match_state state;
	bool hop; /* a HOP was read in this chunk */
	int dir, from, to;
	uint64_t run, group; /* entries left */
	uint32_t group_len;
	uint8_t group_kind;
	bool bad; /* the chunk is not one that match.c writes */
};

void match_reader_start(struct match_reader *r, const void *p, size_t n);
/* Return: false at the end of the chunk, or if it is bad. */
bool match_reader_next(struct match_reader *r, struct fate_entry *e);
/* Steps over the entries after @e, the last one, that differ only in numbers
 * that go up by one; @e becomes the last of them.  Return: how many. */
uint64_t match_reader_alike(struct match_reader *r, struct fate_entry *e);
