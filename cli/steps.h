/* What several subcommands share: the options of indexing and pairing, the two
 * halves of the job, and checks of formats and terminals.
 */
#pragma once

#include <stdio.h>

#include "cli/options.h"
#include "report/render.h"
#include "store/store.h"

struct index_args {
	const char *filter, *host;
	int64_t from_ns, to_ns;
	bool no_names, one_point, quiet;
};
#define INDEX_ARGS_INIT                                                        \
	{                                                                      \
		.from_ns = INT64_MIN, .to_ns = INT64_MAX                       \
	}

struct pair_args {
	struct option_list maps, clocks, on_hosts;
	int64_t max_transit_ns;
};
#define MAX_TRANSIT_NS 30000000000 /* what the stages take of themselves */
#define PAIR_ARGS_INIT                                                         \
	{                                                                      \
		.max_transit_ns = MAX_TRANSIT_NS                               \
	}

/* The option rows of both, with @a as targets. */
#define INDEX_ROWS(a)                                                          \
	{ "filter",                                                            \
	  0,                                                                   \
	  OPTION_TEXT,                                                         \
	  "BPF",                                                               \
	  "keep only packets that this capture filter matches",                \
	  &(a)->filter },                                                      \
		{ "host",                                                      \
		  0,                                                           \
		  OPTION_TEXT,                                                 \
		  "ADDR",                                                      \
		  "keep only packets from or to this address",                 \
		  &(a)->host },                                                \
		{ "from",                                                      \
		  0,                                                           \
		  OPTION_TIME,                                                 \
		  "TIME",                                                      \
		  "leave out packets before TIME (capture's clock)",           \
		  &(a)->from_ns },                                             \
		{ "to",                                                        \
		  0,                                                           \
		  OPTION_TIME,                                                 \
		  "TIME",                                                      \
		  "leave out packets after TIME",                              \
		  &(a)->to_ns },                                               \
		{ "no-names",                                                  \
		  0,                                                           \
		  OPTION_FLAG,                                                 \
		  NULL,                                                        \
		  "keep no names that payload contains",                       \
		  &(a)->no_names },                                            \
		{ "one-point",                                                 \
		  0,                                                           \
		  OPTION_FLAG,                                                 \
		  NULL,                                                        \
		  "keep a file's interfaces together as one point",            \
		  &(a)->one_point },                                           \
	{                                                                      \
		"quiet", 'q', OPTION_FLAG, NULL, "no progress and no notices", \
			&(a)->quiet                                            \
	}

#define PAIR_ROWS(a)                                                           \
	{ "map",                                                               \
	  0,                                                                   \
	  OPTION_LIST,                                                         \
	  "ADDR=ADDR",                                                         \
	  "the path rewrites the first address to the second",                 \
	  &(a)->maps },                                                        \
		{ "clock",                                                     \
		  0,                                                           \
		  OPTION_LIST,                                                 \
		  "POINT=...",                                                 \
		  "same:POINT, synced:T (within T) or offset:T",               \
		  &(a)->clocks },                                              \
		{ "on-host",                                                   \
		  0,                                                           \
		  OPTION_LIST,                                                 \
		  "POINT",                                                     \
		  "POINT was captured on the client or server itself",         \
		  &(a)->on_hosts },                                            \
	{                                                                      \
		"max-transit", 0, OPTION_DURATION, "T",                        \
			"no packet travels longer than T (30s)",               \
			&(a)->max_transit_ns                                   \
	}

/* Indexes captures into the case.  @words: FILE operands.  Return: 0 or -1. */
int step_index(struct store *s, const struct index_args *a,
	       const struct option_list *words, struct err *err);
/* Checks only the syntax, before a case need exist; not whether the points
 * exist. Return: 0 or -1. */
int step_check_pair(const struct pair_args *a, struct err *err);
/* Pair, clock, fate, derive.  Return: 0 or -1. */
int step_pair(struct store *s, const struct pair_args *a, bool quiet,
	      struct err *err);

/* Has the case been paired since its last capture was added?  Return: false
 * with @err if not. */
bool step_is_paired(struct store *s, struct err *err);

/* The point called @name, of @len bytes.  Return: one of @p's rows, or NULL. */
struct point_row *step_find_point(struct point_row *p, size_t n,
				  const char *name, size_t len);
/* Says that none has that name, and which there are.  @option: what the name
 * was given to, with a blank, or "".  Return: -1. */
int step_no_such_point(const char *option, const char *name, size_t len,
		       const struct point_row *p, size_t n, struct err *err);

/* Looks up @format; Return: NULL with @err if it is unknown, or this build
 * lacks what it needs. */
const struct renderer *step_format(const char *format, struct err *err);
/* Refuses a terminal if @r's output is only of use in a file.  Return: 0 or
 * -1. */
int step_not_to_terminal(const struct renderer *r, FILE *out, struct err *err);
bool step_colour(FILE *out);
/* Columns of the terminal if it is narrower than a page; else 0. */
int step_columns(FILE *out);
/* Does the case have a capture that was read to its end? */
bool step_has_captures(struct store *s);

/* Remembers a temporary case so that a signal removes it. */
void step_guard_temporary(const struct store *s);

/* --fail-on: RULE, loss>P%, rtt>T, severity>=LEVEL. */
/* Return: 1 met, 0 not met, -1 with @err if the text is not a condition. */
int fail_on_met(const struct model *m, const char *condition, struct err *err);
/* Only checks the text.  Return: 0 or -1. */
int fail_on_check(const struct option_list *conditions, struct err *err);
/* Exit code for all of them: EXIT_DONE or EXIT_FAIL_ON. */
int fail_on_all(const struct model *m, const struct option_list *conditions);
