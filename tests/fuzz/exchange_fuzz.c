/* Fuzz target: budgets, exchanges, groups and shelves of any bytes.  The first
 * byte says which.  What unpacks is packed again, and that must come back the
 * same. */
#include <stdlib.h>
#include <string.h>

#include "store/group.h"
#include "store/shelf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct buf *a, const struct buf *b)
{
	if (a->n != b->n || (a->n && memcmp(a->at, b->at, a->n)))
		abort();
}

static int budget_again(struct cursor in, struct buf *out)
{
	struct budget b;

	if (budget_unpack(&b, &in))
		return -1;
	budget_pack(&b, out);
	budget_release(&b);
	return 0;
}

/* As many as there are. */
static int exchanges_again(struct cursor in, struct buf *out)
{
	struct exchange x, from = { 0 }, to = { 0 };

	while (cursor_left(&in)) {
		int bad = exchange_unpack(&x, &from, &in);

		if (!bad)
			exchange_pack(&x, &to, out);
		free(x.name);
		if (bad)
			break;
	}
	return out->n ? 0 : -1;
}

static int group_again(struct cursor in, struct buf *out)
{
	struct group g = { 0 };
	int bad = group_unpack(&g, &in);

	if (!bad)
		group_pack(&g, out);
	group_release(&g);
	return bad;
}

static int shelf_again(struct cursor in, struct buf *out)
{
	static struct zip *z;
	struct shelf s = { 0 };
	int bad;

	if (!z)
		z = zip_new();
	bad = shelf_unpack(&s, z, in.at, cursor_left(&in));
	for (size_t i = 0; i < s.row.n; i++)
		if (bad || shelf_find(&s, s.row.at[i].key) != i ||
		    s.row.at[i].at + s.row.at[i].n > s.bytes.n)
			abort();
	if (!bad)
		shelf_pack(&s, 0, s.row.n, z, out);
	shelf_release(&s);
	return bad;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const again[])(struct cursor, struct buf *) = {
		budget_again, exchanges_again, group_again, shelf_again
	};
	int (*f)(struct cursor, struct buf *);
	struct buf once = { 0 }, twice = { 0 };

	if (!size)
		return 0;
	f = again[data[0] % 4];
	if (!f(cursor_of(data + 1, size - 1), &once)) {
		if (f(cursor_of(once.at, once.n), &twice))
			abort();
		same(&once, &twice);
	}
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
