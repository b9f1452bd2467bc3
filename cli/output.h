/* What a command writes to: standard output or a file.
 */
#pragma once

#include <stdio.h>

#include "base/err.h"
#include "store/store.h"

/* Opens @path, or standard output if it is NULL or "-".  Refuses the case file
 * of @s and its captures. */
FILE *output_open(const char *path, struct store *s, struct err *err);
/* Flushes and closes.  A file that could not be written whole, or whose making
 * failed (@err), is removed.  Return: 0 or -1 with @err. */
int output_close(FILE *out, const char *path, struct err *err);
