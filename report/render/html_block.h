/* Data inside an HTML page, as script elements that no browser runs.
 *
 * The contents cannot end the element or the page: a block is base64 of gzip,
 * and JSON has every '<' escaped.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

struct html_block;

/* Begins <script type="application/octet-stream" id=@id>; @id: letters, digits
 * and '-'. */
struct html_block *html_block_open(FILE *out, const char *id);
void html_block_put(struct html_block *b, const void *p, size_t n);
/* Writes @o as compact JSON and releases it. */
void html_block_json(struct html_block *b, json_t *o);
/* Ends the element and frees @b.  Return: bytes of base64 written. */
size_t html_block_close(struct html_block *b);

/* <script type="application/json" id=@id>; releases @o. */
void html_json(FILE *out, const char *id, json_t *o);
