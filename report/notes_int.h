/* Shared by the files that make notes: notes.c collects them, notes_settle.c
 * puts their times in order.
 *
 * reads, writes: struct noter
 */
#pragma once

#include "base/mem.h"
#include "report/notes.h"

struct copies { /* of one direction and hop */
	struct VEC(struct range_copies {
		uint64_t seq;
		uint32_t copies;
	}) range;
};

struct lane { /* the notes of a flow and direction, by record */
	uint64_t n;
	struct note *note;
	int64_t *file;
	int64_t *own_ns;    /* on the capture's own clock */
	uint64_t *upstream; /* the same packet's record at note.in_from;
			     * FATE_NO_RECORD: none */
};

struct noter {
	struct notes *out;
	const struct model *m;
	struct session_view v;
	struct lane (*lane)[2]; /* by index into row.flows, and direction */
	struct copies copies[2];
	struct VEC(struct quoted_part {
		int64_t part;
		uint32_t session;
		uint8_t at; /* its flow's index */
	}) parts;
};

/* The note of record @i of a flow's direction; NULL: none. */
struct note *noter_at(struct noter *w, int flow, int dir, uint64_t i);
/* Raises times until they agree with the order of events. */
void noter_settle(struct noter *w);
