/* Sessions that two points have each of its own, under the same addresses and ports.
 *
 * A device that inspects TLS, a transparent proxy or an accelerator may end a
 * connection and open its own in the same hosts' names: then numbers and contents of
 * the two sides have nothing in common, so they are not paired, but what they are
 * called is equal.  Chance makes that rarely: a client's port that is used twice,
 * while each capture has another of the two connections.  So only connections count
 * that a point has from their SYN on, with data both ways; and where clocks tell, such
 * as open within NEAR_NS: a client of a fixed port opens the next one much later.
 *
 * Cost: 40 bytes a session, of MOST at each point.
 */
#include "report/derive/pairing_int.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "correlate/clock.h"

#define MOST (1U << 16)
#define SHOWN 3
#define NEAR_NS 10000000000LL

static uint64_t key_of(const struct flow_row *f)
{
	uint8_t b[36];

	memcpy(b, f->client.addr.b, 16);
	memcpy(b + 16, &f->client.port, 2);
	memcpy(b + 18, f->server.addr.b, 16);
	memcpy(b + 34, &f->server.port, 2);
	return XXH3_64bits(b, sizeof b);
}

void pairing_ends_add(struct point_sight *p, const struct session_view *v)
{
	const struct flow_view *f = &v->flow[session_first_flow(v)];

	if (v->row.proto != IPPROTO_TCP || !f->dir[0].syn || !f->row.bytes[0] ||
	    !f->row.bytes[1] || p->ends.n == MOST)
		return;
	*VEC_PUSH(&p->ends) = (struct named_ends){ .key = key_of(&f->row),
						   .point = f->row.point,
						   .file = f->first_file,
						   .frame = f->dir[0].syn_frame,
						   .at_ns = f->dir[0].syn_ns };
}

static int ends_cmp(const void *a, const void *b)
{
	const struct named_ends *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

/* The same of two points; 0: both open at once, as far as the clocks are known. */
static int apart(const struct model *m, const struct named_ends *x,
		 const struct named_ends *y)
{
	const struct clock_row *a = model_clock(m, x->point);
	const struct clock_row *b = model_clock(m, y->point);
	int64_t mid, x_low, x_high, y_low, y_high;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (!a || !b || !clock_to_first(a, x->at_ns, &mid, &x_low, &x_high) ||
	    !clock_to_first(b, y->at_ns, &mid, &y_low, &y_high))
		return 0;
	if (time_add(x_high, NEAR_NS) < y_low)
		return -1;
	return time_add(y_high, NEAR_NS) < x_low;
}

static void sort(struct point_sight *p)
{
	if (p->ends.n)
		qsort(p->ends.at, p->ends.n, sizeof *p->ends.at, ends_cmp);
}

static void show(struct draft *f, const struct named_ends *x)
{
	draft_evidence(f, x->point, x->file, x->frame, x->at_ns,
		       "SYN of a connection of these addresses and ports");
}

uint64_t pairing_ends_same(const struct model *m, struct point_sight *a,
			   struct point_sight *b, struct draft *f)
{
	uint64_t n = 0;

	sort(a);
	sort(b);
	for (size_t i = 0, k = 0; i < a->ends.n && k < b->ends.n;) {
		const struct named_ends *x = &a->ends.at[i],
					*y = &b->ends.at[k];
		int order = apart(m, x, y);

		if (order == 0) {
			if (f && n < SHOWN) {
				show(f, x);
				show(f, y);
			}
			n++;
		}
		i += order <= 0;
		k += order >= 0;
	}
	return n;
}

void pairing_tell_same(struct draft *f, const struct model *m, int from, int to,
		       struct point_sight *at)
{
	uint64_t same = pairing_ends_same(m, &at[from - 1], &at[to - 1], f);
	const char *a = model_point_name(m, from), *b = model_point_name(m, to);
	char n[TEXT_UNIT];

	draft_frame_filters(f);
	draft_title(f,
		    "%s session%s %s the same addresses and ports at %s and "
		    "%s, but other numbers and contents: something between "
		    "ends them",
		    text_count(same, n), plural(same),
		    same == 1 ? "has" : "have", a, b);
	draft_text(f, "Each side is a connection of its own, from its SYN on, "
		      "so nothing is said of losses and delays between them; "
		      "what each side shows by itself holds.");
	draft_against(f, "ports that were used twice, where each capture has "
			 "another of the two connections");
	draft_place(f,
		    "a device between %s and %s that inspects TLS, a "
		    "transparent proxy or an accelerator, which keeps both "
		    "hosts' addresses",
		    a, b);
	draft_next(f, "compare who issued the server's certificate at both "
		      "points: where TLS is inspected, they differ");
	draft_next(f, "have that device leave these hosts out for a test, or "
		      "read its own log");
	json_object_set_new(f->measure, "same_ends",
			    json_integer((json_int_t)same));
}
