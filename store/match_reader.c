/* Reads entries from packed matches; store/match.c has the format.
 *
 * Hostile bytes: read by a cursor; numbers outside an enum's range, a chunk
 * that does not begin with HOP, and runs longer than their groups are bad.  A
 * run may have any length, unless it names no records (MATCH_BARE_RUN): the
 * reader stores nothing of it, and fate_cursor_next() stops at the first record
 * that the flow does not have.
 */
#include "store/match_int.h"

void match_reader_start(struct match_reader *r, const void *p, size_t n)
{
	*r = (struct match_reader){ .in = cursor_of(p, n) };
}

static bool fail(struct match_reader *r)
{
	r->bad = true;
	return false;
}

static bool read_hop(struct match_reader *r, uint64_t how)
{
	uint64_t dir_from = cursor_varint(&r->in);
	uint64_t to = cursor_varint(&r->in);

	match_state_hop(&r->state);
	if (how) {
		r->state.near = cursor_varint(&r->in);
		r->state.far = cursor_varint(&r->in);
		r->state.tx = cursor_varint(&r->in);
	}
	r->dir = (int)(dir_from & 1);
	r->from = (int)(dir_from >> 1 & 0xffff);
	r->to = (int)(to & 0xffff);
	r->hop = true;
	return how < 2 && dir_from < 0x20000 && to < 0x10000 ? true : fail(r);
}

static bool read_pattern(struct match_reader *r, struct match_pattern *p)
{
	uint8_t fate = cursor_u8(&r->in), marks;

	p->fate = fate & 15;
	p->basis = fate >> 4;
	p->reason = cursor_u8(&r->in);
	marks = cursor_u8(&r->in);
	p->marks = marks & 15;
	p->near = marks >> 4 & 1;
	p->far = marks >> 5 & 1;
	p->change = cursor_u8(&r->in);
	if (p->fate >= FATES || p->basis > BASIS_ABSENCE || p->reason >= WHYS)
		return fail(r);
	return true;
}

static bool set_len(struct match_reader *r, uint64_t v, uint32_t *len,
		    uint8_t *kind)
{
	*kind = v & 7;
	*len = (uint32_t)(v >> 3);
	return *kind < KINDS && v >> 3 <= UINT32_MAX ? true : fail(r);
}

static void entry_of(const struct match_pattern *p, struct fate_entry *e)
{
	*e = (struct fate_entry){
		.near = FATE_NO_RECORD,
		.far = FATE_NO_RECORD,
		.copy = 1,
		.fate = p->fate,
		.basis = p->basis,
		.reason = p->reason,
		.marks = p->marks,
		.change = p->change,
	};
}

static bool read_proof(struct match_reader *r, struct fate_entry *e)
{
	uint64_t where = cursor_varint(&r->in);

	e->proof = cursor_varint(&r->in);
	e->proof_point = (uint8_t)(where >> 1);
	e->proof_dir = where & 1;
	return where < 512 ? true : fail(r);
}

static bool read_entry(struct match_reader *r, uint64_t has,
		       struct fate_entry *e)
{
	const struct match_state *s = &r->state;
	struct match_pattern p = s->pattern;

	if (has & HAS_PATTERN && !read_pattern(r, &p))
		return false;
	entry_of(&p, e);
	if (p.near)
		e->near = s->near;
	if (has & HAS_NEAR)
		e->near = s->near + (uint64_t)cursor_zigzag(&r->in);
	if (p.far)
		e->far = s->far;
	if (has & HAS_FAR)
		e->far = s->far + (uint64_t)cursor_zigzag(&r->in);
	e->tx = s->tx;
	if (has & HAS_TX)
		e->tx += (uint64_t)cursor_zigzag(&r->in);
	e->len = s->len;
	e->kind = s->kind;
	if (has & HAS_LEN &&
	    !set_len(r, cursor_varint(&r->in), &e->len, &e->kind))
		return false;
	if (has & HAS_OFF)
		e->off = (uint32_t)cursor_varint(&r->in);
	if (has & HAS_COPY)
		e->copy = (uint32_t)cursor_varint(&r->in);
	if (has & HAS_PROOF)
		return read_proof(r, e);
	return true;
}

static bool next_in_run(struct match_reader *r, struct fate_entry *e)
{
	const struct match_state *s = &r->state;

	if (!r->group) {
		r->group = r->run == 1 ? 1 : cursor_varint(&r->in);
		if (!set_len(r, cursor_varint(&r->in), &r->group_len,
			     &r->group_kind))
			return false;
		if (!r->group || r->group > r->run)
			return fail(r);
	}
	entry_of(&s->pattern, e);
	if (s->pattern.near)
		e->near = s->near;
	if (s->pattern.far)
		e->far = s->far;
	e->tx = s->tx;
	e->len = r->group_len;
	e->kind = r->group_kind;
	r->group--;
	r->run--;
	return true;
}

static bool run_bounded(const struct match_reader *r)
{
	const struct match_pattern *p = &r->state.pattern;

	return p->near || p->far || r->run <= MATCH_BARE_RUN;
}

/* Reads up to the next entry: a run, or the entry itself.
 * Return: 1 entry read, 0 a run is open, -1 end or bad. */
static int read_op(struct match_reader *r, struct fate_entry *e)
{
	while (cursor_left(&r->in)) {
		uint64_t head = cursor_varint(&r->in);
		enum match_op op = (enum match_op)(head & 3);

		if (op == MATCH_HOP) {
			if (!read_hop(r, head >> 2))
				return -1;
			continue;
		}
		if (!r->hop) {
			fail(r);
			return -1;
		}
		if (op == MATCH_ENTRY)
			return read_entry(r, head >> 2, e) ? 1 : -1;
		if (op == MATCH_RUN && !read_pattern(r, &r->state.pattern))
			return -1;
		r->run = head >> 2;
		if (!run_bounded(r)) {
			fail(r);
			return -1;
		}
		if (r->run)
			return 0;
	}
	return -1;
}

bool match_reader_next(struct match_reader *r, struct fate_entry *e)
{
	if (r->bad)
		return false;
	if (!r->run) {
		int op = read_op(r, e);

		if (op < 0 || r->in.bad) {
			r->bad |= r->in.bad;
			return false;
		}
		if (op) {
			match_state_after(&r->state, e);
			return true;
		}
	}
	if (!next_in_run(r, e) || r->in.bad)
		return fail(r);
	match_state_after(&r->state, e);
	return true;
}

uint64_t match_reader_alike(struct match_reader *r, struct fate_entry *e)
{
	uint64_t n = r->group;

	if (!n || r->bad)
		return 0;
	if (e->near != FATE_NO_RECORD)
		e->near += n;
	if (e->far != FATE_NO_RECORD)
		e->far += n;
	e->tx += n;
	r->run -= n;
	r->group = 0;
	match_state_after(&r->state, e);
	return n;
}
