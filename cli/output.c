/* What a command writes to: standard output or a file.
 *
 * An existing file is overwritten, as a newer report should be; but never the
 * case that it is made from, nor one of that case's captures.  Renderers write on
 * whatever happens; whether all of it got out is asked once, at the end.
 */
#include "cli/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Half a report could pass for a whole one.  What is no plain file (a device, a
 * pipe, a link) stays. */
static void drop(const struct stat *mine, const char *path)
{
	struct stat there;

	if (S_ISREG(mine->st_mode) && lstat(path, &there) == 0 &&
	    there.st_dev == mine->st_dev && there.st_ino == mine->st_ino)
		(void)unlink(path);
}

/* A stream remembers that a write failed, but not why: another one tells.
 * Return: an errno, 0 if it does not fail any more. */
static int try_again(FILE *out)
{
	clearerr(out);
	return fputc('\n', out) == EOF || fflush(out) != 0 ? errno : 0;
}

int output_close(FILE *out, const char *path, struct err *err)
{
	bool file = out != stdout;
	bool bad = fflush(out) != 0 || ferror(out) != 0;
	int why = bad ? try_again(out) : 0;
	struct stat mine = { 0 };

	if (file) {
		(void)fstat(fileno(out), &mine);
		if (fclose(out) != 0 && !bad) {
			why = errno;
			bad = true;
		}
		if (bad || err->code)
			drop(&mine, path);
	}
	if (!bad)
		return 0;
	return err_set(err, ERR_CASE, "%s: could not be written%s%s; %s",
		       file ? path : "standard output", why ? ": " : "",
		       why ? strerror(why) : "",
		       file ? "free some space or choose another place with -o"
			    : "look at the disk or the pipe");
}
