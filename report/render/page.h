/* Text laid out for people: 100 columns or the terminal's, wrapped, indented,
 * with a little colour on terminals.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#define PAGE_COLUMNS 100

struct page {
	FILE *out; /* not owned */
	bool colour;
	int columns; /* 0: PAGE_COLUMNS */
};

/* Prints @text wrapped at spaces, each line indented by @indent blanks; on the
 * first line @first, padded to @indent, takes the place of the blanks; if it is wider
 * it has a line of its own.
 * Newlines in @text begin new lines.  Control characters are escaped. */
void page_wrap(const struct page *p, int indent, const char *first,
	       const char *text);
void page_head(const struct page *p, const char *text); /* section title */
void page_bold(const struct page *p, bool on);          /* for what follows */
/* Columns that @s takes, for padding; UTF-8 counts by character. */
int page_width(const char *s);
void page_pad(const struct page *p, const char *s, int columns);
