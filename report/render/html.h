/* The HTML report: one page with its data inside.
 */
#pragma once

#include "report/render.h"

/* The page that `make web` built, embedded (html_page.S); else empty. */
extern const char html_page[];
extern const uint32_t html_page_size;

/* Writes @page of @n bytes with the data of @m in place of its line
 * "<!--data-->".  Return: 0 or -1. */
int html_write(const struct model *m, const char *page, size_t n, FILE *out,
	       struct err *err);
