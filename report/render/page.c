/* Text of a given width.
 *
 * Width is counted in columns, not bytes: names of points and files may be in
 * any script.  A word longer than a line gets a line of its own.  Text of
 * captures and cases goes through text_clean() first: no byte of it may control
 * the terminal.
 */
#include "report/render/page.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"

int page_width(const char *s)
{
	int columns = 0;
	mbstate_t st = { 0 };
	size_t left = strlen(s);

	while (left > 0) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, s, left, &st);

		if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
			st = (mbstate_t){ 0 };
			n = 1;
			columns++;
		} else {
			int w = wcwidth(wc);

			columns += w > 0 ? w : 0;
		}
		s += n;
		left -= n;
	}
	return columns;
}

void page_pad(const struct page *p, const char *s, int columns)
{
	int w = page_width(s);

	fprintf(p->out, "%s%*s", s, w < columns ? columns - w : 0, "");
}

/* Wraps one line of @text, which has no newlines. */
static void wrap_line(const struct page *p, int indent, const char *line,
		      bool *first)
{
	int most = p->columns ? p->columns : PAGE_COLUMNS;
	int column = indent;
	const char *at = line;
	bool begun = false;

	if (!*first)
		fprintf(p->out, "%*s", indent, "");
	*first = false;
	while (*at) {
		size_t n = strcspn(at, " ");
		char word[1024];
		int w;

		snprintf(word, sizeof word, "%.*s", (int)n, at);
		w = page_width(word);
		if (begun && column + 1 + w > most) {
			fprintf(p->out, "\n%*s", indent, "");
			column = indent;
		} else if (begun) {
			fputc(' ', p->out);
			column++;
		}
		fputs(word, p->out);
		column += w;
		begun = true;
		at += n;
		at += strspn(at, " ");
	}
	fputc('\n', p->out);
}

/* Is there room for more on the line behind @s, which is padded to @columns, with a
 * blank between? */
static bool leaves_room(const char *s, int columns)
{
	size_t n = strlen(s);
	int w = page_width(s);

	return w < columns || (w == columns && (n == 0 || s[n - 1] == ' '));
}

void page_wrap(const struct page *p, int indent, const char *first_word,
	       const char *text)
{
	bool first = leaves_room(first_word, indent);
	const char *at = text;

	page_pad(p, first_word, indent);
	if (!first)
		fputc('\n', p->out);
	do {
		size_t n = strcspn(at, "\n");
		char *clean = text_clean(at, n);

		wrap_line(p, indent, clean, &first);
		free(clean);
		at += n + (at[n] == '\n');
	} while (*at);
}

void page_head(const struct page *p, const char *text)
{
	fputc('\n', p->out);
	page_bold(p, true);
	fputs(text, p->out);
	page_bold(p, false);
	fputc('\n', p->out);
}

void page_bold(const struct page *p, bool on)
{
	if (p->colour)
		fputs(on ? "\033[1m" : "\033[0m", p->out);
}
