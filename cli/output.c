/* What a command writes to: standard output or a file.
 *
 * An existing file is overwritten, as a newer report should be; but never the
 * case that it is made from, nor one of that case's captures.
 */
#include "cli/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_file(const char *path, const struct stat *st)
{
	struct stat other;

	return stat(path, &other) == 0 && other.st_dev == st->st_dev &&
	       other.st_ino == st->st_ino;
}

static int check_output(const char *path, struct store *s, struct err *err)
{
	struct file_row *f;
	struct stat st;
	size_t n;

	if (stat(path, &st) != 0)
		return 0;
	if (is_file(store_path(s), &st))
		return err_set(err, ERR_USAGE,
			       "%s: is the case itself; choose another name "
			       "with -o",
			       path);
	f = store_files(s, &n);
	for (size_t i = 0; i < n && err->code == 0; i++)
		if (is_file(f[i].path, &st))
			err_set(err, ERR_USAGE,
				"%s: is a capture of the case; choose another "
				"name with -o",
				path);
	file_rows_free(f, n);
	return err->code ? -1 : 0;
}

FILE *output_open(const char *path, struct store *s, struct err *err)
{
	FILE *out;

	if (!path || strcmp(path, "-") == 0)
		return stdout;
	if (check_output(path, s, err) != 0)
		return NULL;
	out = fopen(path, "we");
	if (!out)
		err_set(err, ERR_CASE,
			"%s: cannot be written: %s; choose "
			"another place with -o",
			path, strerror(errno));
	return out;
}

int output_close(FILE *out, const char *path, struct err *err)
{
	bool bad = fflush(out) != 0 || ferror(out) != 0;

	if (out != stdout)
		bad |= fclose(out) != 0;
	if (!bad)
		return 0;
	return err_set(err, ERR_CASE,
		       "%s: writing failed; look at the disk or the pipe",
		       path ? path : "standard output");
}
