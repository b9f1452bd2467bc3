/* The entries of a session with their records.
 *
 * The session's chunks are read one at a time, and each entry is returned with
 * the records that it names, from the views of its two flows; views are opened
 * on first use.  Record numbers ascend nearly one by one, so each view has few
 * runs open: memory does not grow with the session.
 *
 * Hostile bytes: an entry that names a flow or record that does not exist ends
 * the session and fails the store.
 */
#include "store/match.h"

#include <stdlib.h>

#include "store/match_int.h"
#include "store/store_int.h"

struct fate_cursor {
	struct store *s;
	struct session_row session;
	struct flow_row *flow;   /* by place in session.flows; owned */
	struct recs *(*recs)[2]; /* by place and direction; owned */
	struct buf data;         /* the chunk */
	uint32_t chunk;          /* number of the next one */
	struct match_reader in;
	bool end;
};

struct fate_cursor *fate_cursor_open(struct store *s, int64_t session)
{
	struct fate_cursor *c = mem_zalloc(1, sizeof *c);
	size_t n;

	c->s = s;
	c->end = !store_session_get(s, session, &c->session);
	n = c->session.n_flows;
	c->flow = mem_zalloc(n + 1, sizeof *c->flow);
	c->recs = mem_zalloc(n + 1, sizeof *c->recs);
	for (size_t i = 0; i < n; i++)
		store_flow_get(s, c->session.flows[i].flow, &c->flow[i]);
	return c;
}

const struct session_row *fate_cursor_session(const struct fate_cursor *c)
{
	return &c->session;
}

struct recs *fate_cursor_recs(struct fate_cursor *c, int i, int dir)
{
	struct recs **v = &c->recs[i][dir & 1];

	if (!*v)
		*v = recs_open(c->s, &c->flow[i], dir);
	return *v;
}

static bool damaged(struct fate_cursor *c)
{
	store_fail_damaged(c->s, "match of session", c->session.id);
	c->end = true;
	return false;
}

/* Record @i of flow @flow.  Return: false if there is no such record. */
static bool record(struct fate_cursor *c, int flow, int dir, uint64_t i,
		   const struct record **rec, int64_t *file)
{
	struct recs *v;

	*rec = NULL;
	*file = 0;
	if (i == FATE_NO_RECORD)
		return true;
	v = fate_cursor_recs(c, flow, dir);
	if (i >= recs_count(v))
		return false;
	*rec = recs_get(v, i);
	*file = recs_file(v, i);
	return true;
}

/* The next entry, across chunks. */
static bool entry(struct fate_cursor *c, struct fate_entry *e)
{
	while (!match_reader_next(&c->in, e)) {
		if (c->in.bad)
			return damaged(c);
		if (!store_match_read(c->s, c->session.id, c->chunk++,
				      &c->data)) {
			c->end = true;
			return false;
		}
		match_reader_start(&c->in, c->data.at, c->data.n);
	}
	return true;
}

bool fate_cursor_step(struct fate_cursor *c, struct fate_row *out)
{
	int n = (int)c->session.n_flows;

	*out = (struct fate_row){ 0 };
	if (c->end || !entry(c, &out->e))
		return false;
	out->dir = c->in.dir;
	out->from = c->in.from;
	out->to = c->in.to;
	return (out->from < n && out->to < n) || damaged(c);
}

uint64_t fate_cursor_alike(struct fate_cursor *c, struct fate_row *row)
{
	row->near = row->far = NULL;
	return c->end ? 0 : match_reader_alike(&c->in, &row->e);
}

bool fate_cursor_records(struct fate_cursor *c, struct fate_row *row)
{
	return (record(c, row->from, row->dir, row->e.near, &row->near,
		       &row->near_file) &&
		record(c, row->to, row->dir, row->e.far, &row->far,
		       &row->far_file)) ||
	       damaged(c);
}

bool fate_cursor_next(struct fate_cursor *c, struct fate_row *out)
{
	return fate_cursor_step(c, out) && fate_cursor_records(c, out);
}

bool fate_cursor_proof(struct fate_cursor *c, const struct fate_row *row,
		       struct fate_proof *out)
{
	const struct fate_entry *e = &row->e;

	*out = (struct fate_proof){ 0 };
	/* one of @row's direction might be read over its records */
	if (!e->proof_point || e->proof_dir == row->dir)
		return true;
	for (int i = 0; i < (int)c->session.n_flows; i++) {
		if (c->session.flows[i].point_pos != e->proof_point)
			continue;
		out->flow = i;
		return record(c, i, e->proof_dir, e->proof, &out->ack,
			      &out->file) ||
		       damaged(c);
	}
	return damaged(c);
}

void fate_cursor_close(struct fate_cursor *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->session.n_flows; i++) {
		recs_close(c->recs[i][0]);
		recs_close(c->recs[i][1]);
		flow_row_release(&c->flow[i]);
	}
	session_row_release(&c->session);
	buf_release(&c->data);
	free(c->flow);
	free(c->recs);
	free(c);
}
