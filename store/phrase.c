/* Lines of text that recur, stored once in the case.
 *
 * A million sessions give their evidence in a few hundred different lines, so a
 * line is a number into the table `phrase`.  The numbers are given in order of
 * first use, at most PHRASES of them; later new lines are stored in the row.
 *
 * Format: for each line a varint: its id, or 0 and then length and bytes.
 *
 * A connection caches what it has read or assigned: a list by id, and a hash
 * table (XXH3) from text to id for the writer.  Call phrases_forget() when a
 * rollback or a clearing may have removed phrases.
 */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/htab.h"

#define PHRASES 4096u

struct phrases {
	char *text[PHRASES]; /* by id - 1; owned */
	uint32_t n;
	struct htab ids; /* by text: id - 1 */
};

void phrases_forget(struct store *s)
{
	struct phrases *p = s->phrases;

	if (!p)
		return;
	for (uint32_t i = 0; i < p->n; i++)
		free(p->text[i]);
	htab_release(&p->ids);
	free(p);
	s->phrases = NULL;
}

static void remember(struct phrases *p, char *text)
{
	htab_put(&p->ids, XXH3_64bits(text, strlen(text)), p->n);
	p->text[p->n++] = text;
}

/* Reads the phrases that this connection does not know yet. */
static struct phrases *phrases_read(struct store *s)
{
	struct phrases *p = s->phrases;
	struct query q = query_get(s, SLOT_PHRASES,
				   "SELECT id,text FROM phrase WHERE id>?"
				   " ORDER BY id");

	if (!p)
		p = s->phrases = mem_zalloc(1, sizeof *p);
	query_int(&q, p->n);
	while (query_next(&q) && p->n < PHRASES) {
		if (query_col(&q) != p->n + 1)
			break; /* damaged: ids have no gaps */
		remember(p, query_col_words(&q));
	}
	query_end(&q);
	return p;
}

static void put(struct store *s, uint32_t id, const char *text)
{
	struct query q = query_put(s, SLOT_PHRASE_PUT,
				   "INSERT INTO phrase VALUES(?,?)");

	query_int(&q, id);
	query_text(&q, text);
	query_run(&q);
}

/* Return: the line's id, assigned if it is new; 0 if there are no more. */
static uint32_t id_of(struct store *s, const char *line, size_t n)
{
	struct phrases *p = s->phrases ? s->phrases : phrases_read(s);
	uint64_t hash = XXH3_64bits(line, n);
	size_t pos = SIZE_MAX;
	uint32_t i;
	char *text;

	while ((i = htab_find(&p->ids, hash, &pos)) != HTAB_NONE)
		if (!strncmp(p->text[i], line, n) && !p->text[i][n])
			return i + 1;
	if (p->n == PHRASES)
		return 0;
	text = mem_printf("%.*s", (int)n, line);
	remember(p, text);
	put(s, p->n, text);
	return p->n;
}

static void line_pack(struct store *s, const char *line, size_t n,
		      struct buf *out)
{
	uint32_t id = n < 1000 ? id_of(s, line, n) : 0;

	buf_varint(out, id);
	if (id)
		return;
	buf_varint(out, n);
	buf_bytes(out, line, n);
}

void store_line_pack(struct store *s, const char *line, struct buf *out)
{
	line_pack(s, line, strlen(line), out);
}

void phrases_pack(struct store *s, const char *text, struct buf *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		line_pack(s, text, n, out);
		text += n;
		text += *text == '\n';
	}
}

/* Adds the line up to a zero byte, which only damage can cause. */
static void add_line(struct buf *t, const char *line, size_t n, size_t place)
{
	if (place)
		buf_u8(t, '\n');
	buf_bytes(t, line, strnlen(line, n));
}

char *phrases_unpack(struct store *s, const uint8_t *bytes, size_t n)
{
	struct cursor in = cursor_of(bytes, n);
	struct phrases *p = s->phrases;
	struct buf t = { 0 };

	for (size_t place = 0; cursor_left(&in) && place < 1000; place++) {
		uint64_t id = cursor_varint(&in);

		if (!p || id > p->n)
			p = phrases_read(s);
		if (id && id <= p->n) {
			add_line(&t, p->text[id - 1], strlen(p->text[id - 1]),
				 place);
		} else if (!id) {
			size_t len = cursor_varint(&in);
			const uint8_t *line = cursor_take(&in, len);

			if (line && len < 1u << 20)
				add_line(&t, (const char *)line, len, place);
		}
	}
	buf_u8(&t, 0);
	return (char *)t.at;
}
