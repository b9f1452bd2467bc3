/* One table of options per subcommand: parsing and --help come from the same
 * rows, the manual and the completion from --help.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum option_kind {
	OPTION_FLAG,     /* bool */
	OPTION_TEXT,     /* const char * */
	OPTION_LIST,     /* struct option_list, may be repeated */
	OPTION_DURATION, /* int64_t ns: "30s", "5ms" */
	OPTION_TIME,     /* int64_t ns since 1970: ISO 8601 or seconds */
	OPTION_NUMBER,   /* int64_t, at least 0 */
	OPTION_ID,       /* int64_t, at least 1 */
};

struct option_list {
	size_t n;
	const char **at; /* owned array of argv's strings */
};

struct option_row {
	const char *name; /* long name */
	char letter;      /* or 0 */
	enum option_kind kind;
	const char *arg; /* the value's name in --help; NULL for flags */
	const char *help;
	void *target; /* of the type that the kind implies */
};

/* Parses argv[1..]; operands go to *words (argv's strings, array owned).
 * Return: 0; 1 if --help was given (the caller prints it); -1 with @err. */
int options_parse(int argc, char **argv, const struct option_row *rows,
		  size_t n, struct option_list *words, struct err *err);
/* How a subcommand begins: parses, and prints --help if that was given, headed
 * by @usage.  Return: whether the command is to run; if not, *ret is its exit
 * code, or -1 with @err. */
bool options_begin(int argc, char **argv, const char *usage,
		   const struct option_row *rows, size_t n,
		   struct option_list *words, int *ret, struct err *err);

/* "250ms", "1.5s", "2m", "1h" (a bare number is seconds).  Return 0 or -1. */
int parse_duration(const char *text, int64_t *ns);
/* "2024-05-06T07:08:09.5Z" (UTC; Z, a blank or +02:00 allowed), or seconds
 * since 1970 with a fraction.  Return: 0 or -1. */
int parse_time(const char *text, int64_t *ns);
