/* How a case begins: whole, or not at all.
 *
 * SQLite creates an empty file and fills it with its first commit: a process
 * killed between the two leaves a file that is not a case.  So a new case is
 * made in memory and written to a file that has no name (O_TMPFILE), which gets
 * one when its bytes are on disk.  If another process took the name meanwhile,
 * both continue with that case.
 *
 * Not every file system supports this: on others SQLite creates the file in
 * place, or says why it cannot.  The same is done if the journal of a removed
 * case is still there: only for an empty file does SQLite know that the journal
 * is stale.  If there is no room for the bytes there is no file either, where
 * SQLite would leave an empty one.
 */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

int case_create(struct store *s)
{
	if (store_exec(s, "PRAGMA page_size=8192") ||
	    store_exec(s, "BEGIN IMMEDIATE") || schema_create(s))
		return -1;
	return store_exec(s, "COMMIT");
}

/* Return: the bytes of a case without rows, for sqlite3_free(), or NULL. */
static uint8_t *empty_case(char *path, size_t *n)
{
	struct store s = { .path = path, .memory = true, .writer = true };
	sqlite3_int64 size = 0;
	uint8_t *p = NULL;

	if (sqlite3_open_v2(":memory:", &s.db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) == SQLITE_OK &&
	    !case_create(&s))
		p = sqlite3_serialize(s.db, "main", &size, 0);
	sqlite3_close_v2(s.db);
	*n = (size_t)size;
	return p;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* A nameless file in the folder of @path, with the permissions that SQLite
 * gives its files.  Return: -1 if that is not possible. */
static int open_nameless(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = mem_printf("%.*s.", slash ? (int)(slash - path + 1) : 0,
			       path);
	int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);

	free(dir);
	return fd;
}

/* Not by AT_EMPTY_PATH: most kernels let only root do that. */
static void give_name(int fd, const char *path)
{
	char self[64];

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	/* A failure shows again when SQLite opens the case. */
	(void)!linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static bool is_there(const char *path, const char *suffix)
{
	char *name = mem_printf("%s%s", path, suffix);
	bool is = access(name, F_OK) == 0;

	free(name);
	return is;
}

int case_new(struct store *s)
{
	char *path = s->path;
	uint8_t *p;
	size_t n;
	int fd;

	if (!strcmp(path, ":memory:")) /* SQLite does not take it for a file
				        * name */
		return 0;
	if (is_there(path, "-journal") || is_there(path, "-wal"))
		return 0;
	fd = open_nameless(path);
	if (fd < 0)
		return 0;
	p = empty_case(path, &n);
	if (p && (write_all(fd, p, n) || fsync(fd)))
		err_set(&s->err, ERR_CASE,
			"%s: cannot make the case: %s; free some space or"
			" choose another place",
			path, strerror(errno));
	else if (p)
		give_name(fd, path);
	sqlite3_free(p);
	close(fd);
	return s->err.code ? -1 : 0;
}
