/* The block "packets-ID", inflated: length of the header as u32 (little
 * endian), the header in JSON, then the columns in the header's order.
 *
 * A column has, for each row, the difference from the row before as a zigzag
 * varint; the header has its length in bytes.  The last column is SACK: for
 * each row with blocks its distance from the one before, their number, and for
 * each block its left edge minus ACK, and its length.  report/web/src/rows.js
 * reads it.
 *
 * Cost: O(rows); at most about HTML_ROWS rows of some 30 bytes in memory.
 */
#include "report/render/html_packets.h"

#include "report/render/html_block.h"
#include "report/render/html_rows.h"
#include "report/render/objects.h"

struct packets {
	const struct model *m;
	const struct session_view *v;
	struct html_frames *frames;
	int64_t rows, sack_row;
	uint64_t total; /* entries that the rows stand for */
	int64_t last[HTML_COLUMNS];
	struct buf column[HTML_COLUMNS], sack;
	json_t *groups;
};

static void add_group(void *ctx, int dir, int from, int to)
{
	struct packets *p = ctx;

	json_array_append_new(p->groups, json_pack("{s:i,s:i,s:i,s:I}", "dir",
						   dir, "from", from, "to", to,
						   "row", (json_int_t)p->rows));
}

static void add_sack(struct packets *p, const struct html_row *r)
{
	buf_varint(&p->sack, (uint64_t)(p->rows - p->sack_row));
	buf_varint(&p->sack, r->n_sack);
	for (int i = 0; i < r->n_sack; i++) {
		buf_zigzag(&p->sack, r->sack[i][0] - r->at[HTML_ACK]);
		buf_zigzag(&p->sack, r->sack[i][1] - r->sack[i][0]);
	}
	p->sack_row = p->rows;
}

static void note_frame(struct packets *p, int64_t file, int64_t frame)
{
	if ((size_t)file < p->m->n_files) /* a damaged case may have none */
		html_frames_note(p->frames, p->m->files[file].id,
				 (uint64_t)frame, p->v->row.id);
}

static void add_row(void *ctx, const struct html_row *r)
{
	struct packets *p = ctx;

	for (int i = 0; i < HTML_COLUMNS; i++) {
		/* modulo 2^64: values of a damaged case may be far apart */
		uint64_t step = (uint64_t)r->at[i] - (uint64_t)p->last[i];

		buf_zigzag(&p->column[i], (int64_t)step);
		p->last[i] = r->at[i];
	}
	if (r->n_sack)
		add_sack(p, r);
	if (r->at[HTML_HAS] & 1)
		note_frame(p, r->at[HTML_NEAR_FILE], r->at[HTML_NEAR_FRAME]);
	if (r->at[HTML_HAS] & 2)
		note_frame(p, r->at[HTML_FAR_FILE], r->at[HTML_FAR_FRAME]);
	p->total += (uint64_t)r->at[HTML_COUNT];
	p->rows++;
}

/* The raw sequence number that counts as 0; null: not TCP, or nothing seen. */
static json_t *origins(const struct packets *p, const struct html_origin *o,
		       size_t flow)
{
	json_t *a = json_array();

	for (int d = 0; d < 2; d++)
		json_array_append_new(
			a,
			p->v->row.proto == 6 && p->v->flow[flow].row.packets[d]
				? json_integer((uint32_t)o->seq[flow][d])
				: json_null());
	return a;
}

/* The window shift by direction, or null if no SYN gave it. */
static json_t *window_shifts(const struct part_dir dir[2])
{
	json_t *a = json_array();
	bool both = dir[0].syn && dir[1].syn;
	bool scaled = dir[0].wscale >= 0 && dir[1].wscale >= 0;

	for (int d = 0; d < 2; d++)
		json_array_append_new(
			a, !both ? json_null()
				 : json_integer(scaled ? dir[d].wscale : 0));
	return a;
}

static json_t *flows(const struct packets *p, const struct html_origin *o)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->v->row.n_flows; i++) {
		const struct flow_view *f = &p->v->flow[i];

		json_array_append_new(
			a, json_pack("{s:o,s:o,s:o,s:b,s:b,s:o,s:o}", "point",
				     object_text(f->point->name), "client",
				     object_side(&f->row, false), "server",
				     object_side(&f->row, true), "aligned",
				     (int)o->aligned[i], "packets",
				     (int)session_has_packets(p->v, i),
				     "origin", origins(p, o, i), "shift",
				     window_shifts(f->dir)));
	}
	return a;
}

static json_t *names(const char *name(int), int n)
{
	json_t *a = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(a, object_text(name(i)));
	return a;
}

static const char *fate_at(int i)
{
	return fate_name((enum fate)i);
}

static const char *basis_at(int i)
{
	return fate_basis_name((enum fate_basis)i);
}

static const char *reason_at(int i)
{
	return fate_reason_name((enum fate_reason)i);
}

static const char *kind_at(int i)
{
	return fate_kind_name((enum fate_kind)i);
}

static json_t *header(const struct packets *p, const struct html_origin *o)
{
	json_t *h = json_object(), *columns = json_array();
	json_t *files = json_array();

	for (int i = 0; i < HTML_COLUMNS; i++)
		json_array_append_new(columns,
				      json_pack("[s,I]", html_column_name[i],
						(json_int_t)p->column[i].n));
	json_array_append_new(columns, json_pack("[s,I]", "sack",
						 (json_int_t)p->sack.n));
	for (size_t i = 0; i < p->m->n_files; i++)
		json_array_append_new(files, object_text(p->m->files[i].path));
	json_object_set_new(h, "session", json_integer(p->v->row.id));
	object_set_time(h, "base", true, o->base_ns);
	json_object_set_new(h, "rows", json_integer(p->rows));
	json_object_set_new(h, "total", json_integer((json_int_t)p->total));
	json_object_set_new(h, "flows", flows(p, o));
	json_object_set_new(h, "files", files);
	json_object_set_new(h, "groups", json_incref(p->groups));
	json_object_set_new(h, "fates", names(fate_at, FATES));
	json_object_set_new(h, "bases", names(basis_at, BASIS_ABSENCE + 1));
	json_object_set_new(h, "reasons", names(reason_at, WHYS));
	json_object_set_new(h, "kinds", names(kind_at, KINDS));
	json_object_set_new(h, "columns", columns);
	return h;
}

static int put_text(const char *p, size_t n, void *buf)
{
	buf_bytes(buf, p, n);
	return 0;
}

static size_t write_block(const struct packets *p, const struct html_origin *o,
			  FILE *out)
{
	char id[40];
	struct buf head = { 0 }, size = { 0 };
	struct html_block *b;
	json_t *h = header(p, o);

	snprintf(id, sizeof id, "packets-%lld", (long long)p->v->row.id);
	b = html_block_open(out, id);
	json_dump_callback(h, put_text, &head, OBJECT_DUMP);
	json_decref(h);
	buf_u32le(&size, (uint32_t)head.n);
	html_block_put(b, size.at, size.n);
	html_block_put(b, head.at, head.n);
	for (int i = 0; i < HTML_COLUMNS; i++)
		html_block_put(b, p->column[i].at, p->column[i].n);
	html_block_put(b, p->sack.at, p->sack.n);
	buf_release(&size);
	buf_release(&head);
	return html_block_close(b);
}

size_t html_packets(const struct model *m, const struct session_view *v,
		    struct html_frames *frames, FILE *out)
{
	struct packets p = {
		.m = m, .v = v, .frames = frames, .groups = json_array()
	};
	const struct html_sink sink = { add_group, add_row, &p };
	struct html_origin o = { 0 };
	size_t written;

	html_rows(m, v, &o, &sink);
	written = p.rows ? write_block(&p, &o, out) : 0;
	for (int i = 0; i < HTML_COLUMNS; i++)
		buf_release(&p.column[i]);
	buf_release(&p.sack);
	json_decref(p.groups);
	html_origin_release(&o);
	return written;
}
