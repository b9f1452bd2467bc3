/* Rows of flows.
 *
 * There may be millions, and most are one part of a file as it stands: then
 * point, role and the part's id are all that is written, and the rest is read
 * from the part.  Else its own bytes follow:
 *
 *	which ends are IPv4 (bits), protocol, tunnel, ends, first_ns, duration,
 *	packets, bytes, n, then for each part: id minus the one before,
 *	swap | shifts << 1, and the two shifts where they are not 0
 *	(varints, zigzag)
 *
 * Of a temporary case most are kept in memory as well, and read from there
 * (store/flow_keep.h).
 *
 * Rows stand on shelves (store/shelf_rows.h); what people read of them is a view
 * (store/schema.c) of a virtual table (store/vtab_shelf.c).
 *
 * Hostile bytes: the number of parts is bounded by the bytes left; all other
 * values are possible ones.
 */
#include "store/store_int.h"

#include <stdlib.h>

#include "store/shelf_rows.h"

#define FLOW_MAX_PARTS 1000000u
enum { CLIENT_V4 = 1, SERVER_V4 = 2 };

/* --- packing --- */

static void parts_pack(const struct flow_row *f, struct buf *out)
{
	uint64_t last = 0;

	buf_varint(out, f->n_parts);
	for (size_t i = 0; i < f->n_parts; i++) {
		const struct flow_part *p = &f->parts[i];
		bool shifted = p->shift[0] || p->shift[1];

		buf_zigzag(out, (int64_t)((uint64_t)p->part - last));
		buf_u8(out, (uint8_t)(p->swap | shifted << 1));
		if (shifted) {
			buf_zigzag(out, p->shift[0]);
			buf_zigzag(out, p->shift[1]);
		}
		last = (uint64_t)p->part;
	}
}

static int parts_unpack(struct cursor *in, struct flow_row *f)
{
	uint64_t n = cursor_varint(in), last = 0;

	/* each part takes at least two bytes */
	if (in->bad || n > cursor_left(in) / 2 || n > FLOW_MAX_PARTS)
		return -1;
	f->n_parts = n;
	f->parts = mem_zalloc(n, sizeof *f->parts);
	for (size_t i = 0; i < n; i++) {
		struct flow_part *part = &f->parts[i];

		last += (uint64_t)cursor_zigzag(in);
		part->part = (int64_t)last;

		uint8_t flags = cursor_u8(in);

		part->swap = flags & 1;
		if (flags & 2) {
			part->shift[0] = cursor_zigzag(in);
			part->shift[1] = cursor_zigzag(in);
		}
	}
	return in->bad ? -1 : 0;
}

static size_t end_size(bool v4)
{
	return v4 ? 6 : 18;
}

static void put_end(struct buf *out, const struct net_end *e)
{
	uint8_t b[18];
	size_t n = store_end_pack(e, b);

	buf_bytes(out, b, n);
}

static void take_end(struct cursor *in, bool v4, struct net_end *e)
{
	const uint8_t *p = cursor_take(in, end_size(v4));

	if (p)
		store_end_unpack(p, end_size(v4), e);
}

static void own_pack(const struct flow_row *f, struct buf *out)
{
	buf_u8(out, (net_addr_is_v4(&f->client.addr) ? CLIENT_V4 : 0) |
			    (net_addr_is_v4(&f->server.addr) ? SERVER_V4 : 0));
	buf_u8(out, f->proto);
	buf_varint(out, f->tunnel);
	put_end(out, &f->client);
	put_end(out, &f->server);
	buf_zigzag(out, f->first_ns);
	buf_varint(out, (uint64_t)f->last_ns - (uint64_t)f->first_ns);
	for (int d = 0; d < 2; d++)
		buf_varint(out, f->packets[d]);
	for (int d = 0; d < 2; d++)
		buf_varint(out, f->bytes[d]);
	parts_pack(f, out);
}

static int own_unpack(const uint8_t *p, size_t size, struct flow_row *f)
{
	struct cursor in = cursor_of(p, size);
	uint8_t v4 = cursor_u8(&in);

	f->proto = cursor_u8(&in);
	f->tunnel = (uint32_t)cursor_varint(&in);
	take_end(&in, v4 & CLIENT_V4, &f->client);
	take_end(&in, v4 & SERVER_V4, &f->server);
	f->first_ns = cursor_zigzag(&in);
	f->last_ns = (int64_t)((uint64_t)f->first_ns + cursor_varint(&in));
	for (int d = 0; d < 2; d++)
		f->packets[d] = cursor_varint(&in);
	for (int d = 0; d < 2; d++)
		f->bytes[d] = cursor_varint(&in);
	return parts_unpack(&in, f);
}

static struct flow_end flow_end_of(const struct part_dir *d)
{
	return (struct flow_end){ d->mss, d->wscale, d->ts,
				  d->syn && !d->syn_cut };
}

/* What a flow is that is this part as it stands. */
static void flow_of_part(const struct part *p, int64_t id, struct flow_row *f)
{
	f->proto = p->proto;
	f->tunnel = p->tunnel;
	f->client = p->ends[0];
	f->server = p->ends[1];
	f->first_ns = p->first_ns;
	f->last_ns = p->last_ns;
	for (int d = 0; d < 2; d++) {
		f->packets[d] = p->dir[d].packets;
		f->bytes[d] = p->dir[d].bytes;
		f->end[d] = flow_end_of(&p->dir[d]);
	}
	f->as_part = true;
	f->n_parts = 1;
	f->parts = mem_zalloc(1, sizeof *f->parts);
	f->parts->part = id;
}

int store_flow_unpack(const uint8_t *own, size_t n_own, int64_t id,
		      const uint8_t *part, size_t n_part, struct flow_row *f)
{
	struct cursor in = cursor_of(part, n_part);
	struct part p NOT_ZEROED;
	int ret;

	if (own) {
		ret = own_unpack(own, n_own, f);
	} else {
		ret = part ? part_unpack_outline(&p, &in) : -1;
		if (!ret)
			flow_of_part(&p, id, f);
	}
	if (ret)
		flow_row_release(f);
	return ret;
}

/* --- rows --- */

/* Flows of a point are in the order of their parts, so that numbers of both
 * mostly go up together. */
static void row_pack(const struct flow_row *f, struct buf *out)
{
	int64_t part = f->n_parts ? f->parts[0].part : 0;

	buf_varint(out, (uint64_t)f->point);
	buf_varint(out, (uint64_t)f->role << 1 | !f->as_part);
	buf_varint(out, (uint64_t)part >> 32);
	buf_zigzag(out, (int64_t)(uint32_t)part - f->id);
	if (!f->as_part)
		own_pack(f, out);
}

static bool row_unpack(const uint8_t *p, size_t n, int64_t id,
		       struct flow_packed *out)
{
	struct cursor in = cursor_of(p, n);
	uint64_t role, file;

	*out = (struct flow_packed){ .point = (int64_t)cursor_varint(&in) };
	role = cursor_varint(&in);
	file = cursor_varint(&in);
	out->role = (unsigned)(role >> 1 & 0xff);
	out->part = (int64_t)(file << 32 |
			      (uint32_t)((uint64_t)cursor_zigzag(&in) +
					 (uint64_t)id));
	if (role & 1) {
		out->n_own = cursor_left(&in);
		out->own = in.at;
	}
	return !in.bad;
}

void store_flow_put(struct store *s, const struct flow_row *f)
{
	struct flow_keep *keep = gate_flows(s->gate);
	struct buf row = { 0 };

	if (keep)
		flow_keep_drop(keep, f->id);
	row_pack(f, &row);
	store_shelf_append(s, SHELF_FLOW, f->id, &row);
	buf_release(&row);
}

void store_flows_begin(struct store *s, size_t n)
{
	struct flow_keep *keep = gate_flows(s->gate);

	if (keep)
		flow_keep_begin(keep, n);
}

void store_flow_pack(struct store *s, const struct flow_row *f,
		     struct shelf *out)
{
	struct flow_keep *keep = gate_flows(s->gate);
	size_t at = out->bytes.n;

	if (keep)
		flow_keep_put(keep, f);
	row_pack(f, &out->bytes);
	shelf_took(out, f->id, at);
}

bool store_flow_packed(struct store *s, int64_t id, struct flow_packed *out)
{
	size_t n;
	const uint8_t *p = store_shelf_get(s, SHELF_FLOW, id, &n);

	if (!p)
		return false;
	if (row_unpack(p, n, id, out))
		return true;
	store_fail_damaged(s, "flow", id);
	return false;
}

bool store_flow_get(struct store *s, int64_t id, struct flow_row *out)
{
	const struct flow_keep *keep = gate_flows(s->gate);
	struct flow_packed f;
	const uint8_t *part = NULL;
	size_t n_part = 0;

	*out = (struct flow_row){ .id = id };
	if (keep && flow_keep_get(keep, id, out))
		return true;
	if (!store_flow_packed(s, id, &f))
		return false;
	if (!f.own)
		part = store_part_bytes(s, f.part, &n_part);
	out->point = f.point;
	out->role = store_role_of(f.role);
	if (!store_flow_unpack(f.own, f.n_own, f.part, part, n_part, out))
		return true;
	store_fail_damaged(s, "flow", id);
	*out = (struct flow_row){ .id = id };
	return false;
}

int64_t store_flow_next(struct store *s, int64_t id)
{
	return store_shelf_after(s, SHELF_FLOW, id);
}

void flow_row_release(struct flow_row *f)
{
	free(f->parts);
	f->parts = NULL;
	f->n_parts = 0;
}

bool store_flow_ends(struct store *s, const struct flow_row *f,
		     struct flow_end end[2])
{
	struct part p NOT_ZEROED;

	if (f->as_part) {
		end[0] = f->end[0];
		end[1] = f->end[1];
		return true;
	}
	if (!f->n_parts || !store_part_get(s, f->parts[0].part, &p))
		return false;
	for (int d = 0; d < 2; d++)
		end[d] = flow_end_of(&p.dir[d ^ (f->parts[0].swap ? 1 : 0)]);
	return true;
}
