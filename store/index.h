/* Captures into a case: the driver of the first half.
 *
 * reads:  files          writes: point file quality part_shelf block
 *                                message_block
 *
 * A pure function of each file and the options: results do not depend on
 * threads or on the order of files.  Files are indexed in parallel; each
 * worker reads, decodes, collects a window of records, sorts it by lane, part
 * and direction, packs it, and hands packed blocks to the one writer over a
 * bounded queue; the writer commits about every 64 MB.
 */
#pragma once

#include "store/store.h"

#define INDEX_WINDOW (256 * 1024) /* records */

struct index_input {
	char *point; /* explicit name, or NULL: from the file's name */
	char *path;  /* "-": standard input */
	char *iface; /* after '#', name or number; or NULL */
};

struct index_options {
	const char *filter;     /* BPF, or NULL */
	const char *host;       /* address, or NULL */
	int64_t from_ns, to_ns; /* INT64_MIN, INT64_MAX: no limit */
	bool no_names;
	bool one_point; /* keep several interfaces together */
	void (*progress)(void *ctx, const char *path, uint64_t bytes,
			 uint64_t packets); /* any thread; or NULL */
	void *progress_ctx;
	void (*notice)(void *ctx, const char *text); /* any thread; or NULL */
	void *notice_ctx;
};

/* Splits "[POINT=]FILE[#IFACE]" as the command line has it.
 * Caller frees with index_input_release. */
int index_input_parse(const char *arg, struct index_input *out,
		      struct err *err);
void index_input_release(struct index_input *in);

/* Indexes all inputs into the case, which may hold others.  The case's points
 * keep their order, new ones follow. Return: 0 or -1. */
int index_files(struct store *s, const struct index_input *in, size_t n,
		const struct index_options *o, struct err *err);
