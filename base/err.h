/* Errors: one code and one line of text, set where the cause is known.
 *
 * A function that can fail takes a `struct err *` last and returns 0 or -1
 * (or a documented value).  The first error wins: err_set() on a struct that
 * already holds one keeps the first, so cleanup paths may call freely.
 * Only cli/ prints and exits.
 */
#pragma once

enum err_code {
	ERR_NONE = 0,
	ERR_USAGE = 2, /* the command line is wrong: exit 2 */
	ERR_INPUT = 3, /* a capture could not be used: exit 3 */
	ERR_CASE = 4,  /* the case could not be read or written: exit 4 */
};

struct err {
	enum err_code code;
	char text[1024]; /* one line: what is wrong with what, and what to do */
};

/* Sets @err (if it holds none yet).  Return: -1 always, for `return
 * err_set()`. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
