/* Lines of evidence; see the header.
 *
 * What: a session's evidence is a line for each kind of each of its links, and
 * a line before them that names the points where it has several links.  There
 * are some hundred different ones, which the case holds once (store/phrase.c),
 * with numbers in the order of first use.  So a line has a code here, made from
 * its parts; all cores collect the codes of their sessions, new ones are
 * numbered in order, and then any core can pack rows, without any text.
 *
 * Cost: 20 ns a link.  Memory: 8 bytes a code.
 */
#include "correlate/session_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

#define CHUNK 4096 /* sessions that a core takes at a time */

/* Codes: of kind, bits and whether both numbers are the same; of two points; of
 * an empty line. */
#define CODES_OF_BITS (2 * EV_KINDS * 256)
#define CODES_OF_POINTS (PAIR_POINTS * PAIR_POINTS)
#define CODE_EMPTY (CODES_OF_BITS + CODES_OF_POINTS)
#define CODES (CODE_EMPTY + 1)
#define SESSION_CODES (PAIR_POINTS * (EV_KINDS + 2))
_Static_assert(CODES <= UINT16_MAX, "a code has 16 bits");

static size_t link_codes(const struct link *l, uint16_t *out)
{
	size_t n = 0;

	for (unsigned e = 0; e < EV_KINDS; e++) {
		bool both = e == EV_ISN && l->isn_equal[0] && l->isn_equal[1];

		if (l->part[e])
			out[n++] = (uint16_t)((both * EV_KINDS + e) << 8 |
					      (uint8_t)l->part[e]);
	}
	return n;
}

static uint16_t points_code(const struct pair_case *c, const struct link *l)
{
	size_t a, b;

	case_flow(c, l->a, &a);
	case_flow(c, l->b, &b);
	return (uint16_t)(CODES_OF_BITS + a * PAIR_POINTS + b);
}

/* A line is what ends with a line feed, or the text: one that is empty counts
 * before others. */
static size_t session_codes(const struct pair_case *c,
			    const struct groups *links, uint32_t root,
			    uint16_t out[static SESSION_CODES])
{
	uint32_t from = links->start[root], to = links->start[root + 1];
	size_t n = 0;

	for (uint32_t i = from; i < to && i - from < PAIR_POINTS; i++) {
		const struct link *l = &c->link.at[links->item[i]];
		size_t more;

		if (to - from > 1)
			out[n++] = points_code(c, l);
		more = link_codes(l, out + n);
		if (!more && to - from > 1 && i + 1 < to)
			out[n++] = CODE_EMPTY;
		n += more;
	}
	return n;
}

static char *bits_text(unsigned code)
{
	unsigned e = (code >> 8) % EV_KINDS;
	struct score s = { 0 };

	s.part[e] = (float)(int8_t)(uint8_t)code;
	s.isn_equal[0] = s.isn_equal[1] = code >> 8 >= EV_KINDS;
	return score_text(&s);
}

static char *code_text(const struct pair_case *c, unsigned code)
{
	unsigned a = (code - CODES_OF_BITS) / PAIR_POINTS;
	unsigned b = (code - CODES_OF_BITS) % PAIR_POINTS;

	if (code == CODE_EMPTY)
		return mem_strdup("");
	if (code < CODES_OF_BITS)
		return bits_text(code);
	return mem_printf("point %d to point %d:", c->point[a].pos,
			  c->point[b].pos);
}

/* --- which there are --- */

struct code_list VEC(uint16_t);

struct finding {
	const struct pair_case *c;
	const struct groups *links;
	const struct radix *order;
	size_t n;
	struct code_list *found; /* by chunk, in order; owned */
};

static void find_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct finding *x = ctx;
	size_t from = chunk * CHUNK;
	size_t to = x->n - from < CHUNK ? x->n : from + CHUNK;
	uint16_t codes[SESSION_CODES] NOT_ZEROED;
	uint8_t seen[CODES] = { 0 };

	(void)worker;
	for (size_t i = from; i < to; i++) {
		size_t n = session_codes(x->c, x->links, x->order[i].value,
					 codes);

		for (size_t k = 0; k < n; k++)
			if (!seen[codes[k]]) {
				seen[codes[k]] = 1;
				*VEC_PUSH(&x->found[chunk]) = codes[k];
			}
	}
}

static void pack_line(struct lines *x, const struct pair_case *c, unsigned code)
{
	struct line *l = &x->line[code];
	char *text;

	if (l->n)
		return;
	text = code_text(c, code);
	l->at = (uint32_t)x->bytes.n;
	store_line_pack(c->store, text, &x->bytes);
	l->n = (uint32_t)(x->bytes.n - l->at);
	free(text);
}

void lines_find(struct lines *x, const struct pair_case *c,
		const struct groups *links, const struct radix *order, size_t n)
{
	size_t chunks = (n + CHUNK - 1) / CHUNK;
	struct finding f = { .c = c, .links = links, .order = order, .n = n };

	x->line = mem_zalloc(CODES, sizeof *x->line);
	f.found = mem_zalloc(chunks + 1, sizeof *f.found);
	parallel_run(chunks, find_chunk, &f);
	for (size_t k = 0; k < chunks; k++) {
		for (size_t i = 0; i < f.found[k].n; i++)
			pack_line(x, c, f.found[k].at[i]);
		VEC_FREE(&f.found[k]);
	}
	free(f.found);
}

void lines_pack(const struct lines *x, const struct pair_case *c,
		const struct groups *links, uint32_t root, struct buf *out)
{
	uint16_t codes[SESSION_CODES] NOT_ZEROED;
	size_t n = session_codes(c, links, root, codes);

	for (size_t k = 0; k < n; k++) {
		const struct line *l = &x->line[codes[k]];

		buf_bytes(out, x->bytes.at + l->at, l->n);
	}
}

void lines_release(struct lines *x)
{
	buf_release(&x->bytes);
	free(x->line);
	*x = (struct lines){ 0 };
}
