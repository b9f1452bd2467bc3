/* Operands of the command line: points, files, interfaces.
 *
 * What: "[POINT=]FILE[#IFACE]".  If a file with the whole operand as its name
 * exists, it is that file, whatever characters are in the name.  A point
 * without a name is named after its file, without suffixes; if that is
 * another's name, too, the folder's name goes before it, and if even that does
 * not help a number after it. A descriptor of the shell's, as of <(zcat ...),
 * is named pipe and its place among the operands: its own number means
 * nothing.  Only an explicit name joins files.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/index_int.h"

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool allowed(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static char *copy(const char *s, size_t n)
{
	char *out = mem_alloc(n + 1);

	memcpy(out, s, n);
	out[n] = '\0';
	return out;
}

/* Return: length of the name before '=', or 0 if there is none. */
static size_t point_length(const char *arg)
{
	size_t n = 0;

	while (allowed(arg[n]))
		n++;
	return arg[n] == '=' ? n : 0;
}

/* Names no file, but what stands behind a '=' does: a name that is none. */
static bool name_refused(const char *arg)
{
	const char *is = strchr(arg, '=');

	return is && !exists(arg) && exists(is + 1);
}

int index_input_parse(const char *arg, struct index_input *out, struct err *err)
{
	size_t n = exists(arg) ? 0 : point_length(arg);
	const char *path = n ? arg + n + 1 : arg;
	const char *hash = exists(path) ? NULL : strrchr(path, '#');

	*out = (struct index_input){ 0 };
	if (!n && name_refused(arg))
		return err_set(err, ERR_USAGE,
			       "'%s': a point's name is of ASCII letters, "
			       "digits, '.', '_' and '-'; choose another",
			       arg);
	if (hash && hash == path)
		hash = NULL;
	if (!*path)
		return err_set(err, ERR_USAGE,
			       "'%s': names no file; write POINT=FILE", arg);
	if (hash && !hash[1])
		return err_set(err, ERR_USAGE,
			       "'%s': no interface after '#'; write "
			       "FILE#NAME or FILE#NUMBER",
			       arg);
	out->point = n ? copy(arg, n) : NULL;
	out->path = hash ? copy(path, (size_t)(hash - path)) : mem_strdup(path);
	out->iface = hash ? mem_strdup(hash + 1) : NULL;
	return 0;
}

void index_input_release(struct index_input *in)
{
	free(in->point);
	free(in->path);
	free(in->iface);
	*in = (struct index_input){ 0 };
}

/* ---- names of points ---- */

/* Keeps only characters that POINT= allows, and those beyond ASCII. */
static char *plain(const char *s, size_t n)
{
	char *clean = text_clean(s, n);

	for (char *c = clean; *c; c++)
		if (!allowed(*c) && (unsigned char)*c < 0x80)
			*c = '_';
	return clean;
}

static size_t without_suffixes(const char *name)
{
	static const char *const suffixes[] = { ".gz",     ".zst",  ".lz4",
						".pcapng", ".pcap", ".cap",
						".snoop" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		size_t k = strlen(suffixes[i]);

		if (n > k && !strncasecmp(name + n - k, suffixes[i], k)) {
			n -= k;
			i = (size_t)-1; /* start again */
		}
	}
	return n;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static bool is_descriptor(const char *path)
{
	return !strncmp(path, "/dev/fd/", 8) ||
	       !strncmp(path, "/proc/self/fd/", 14);
}

static char *base_name(const struct index_input *in, size_t i)
{
	const char *base = base_of(in->path);
	char *name, *whole;

	if (!strcmp(in->path, "-"))
		name = mem_strdup("stdin");
	else if (is_descriptor(in->path))
		name = mem_printf("pipe%zu", i + 1);
	else
		name = plain(base, without_suffixes(base));
	if (!in->iface)
		return name;
	whole = mem_printf("%s#%s", name, in->iface);
	free(name);
	return whole;
}

/* Name of the folder of @path; "" if it has none. */
static char *folder_name(const char *path)
{
	char *real = realpath(path, NULL), *slash, *name;

	slash = real ? strrchr(real, '/') : NULL;
	if (!slash || slash == real) {
		free(real);
		return mem_strdup("");
	}
	*slash = '\0';
	name = plain(base_of(real), strlen(base_of(real)));
	free(real);
	return name;
}

/* "client#eth0" also conflicts with "client". */
static bool same_name(const char *name, const char *other)
{
	size_t n = strlen(name);

	return !strncmp(name, other, n) && (!other[n] || other[n] == '#');
}

struct names {
	const struct index_input *in;
	size_t n;
	const struct point_row *old;
	size_t n_old;
	char **name;
};

static bool taken(const struct names *s, size_t i, size_t upto)
{
	for (size_t k = 0; k < upto; k++)
		if (k != i && (same_name(s->name[i], s->name[k]) ||
			       same_name(s->name[k], s->name[i])))
			return true;
	for (size_t k = 0; k < s->n_old; k++)
		if (same_name(s->name[i], s->old[k].name))
			return true;
	return false;
}

static void put_folder_before(struct names *s, size_t i)
{
	char *folder = folder_name(s->in[i].path);

	if (*folder) {
		char *name = mem_printf("%s-%s", folder, s->name[i]);

		free(s->name[i]);
		s->name[i] = name;
	}
	free(folder);
}

static void put_number_after(struct names *s, size_t i)
{
	char *stem = mem_strdup(s->name[i]);

	for (unsigned k = 2; taken(s, i, s->n); k++) {
		free(s->name[i]);
		s->name[i] = mem_printf("%s-%u", stem, k);
	}
	free(stem);
}

char **input_names(const struct index_input *in, size_t n,
		   const struct point_row *old, size_t n_old)
{
	struct names s = { in, n, old, n_old,
			   mem_zalloc(n + 1, sizeof(char *)) };
	bool *folder = mem_zalloc(n + 1, sizeof *folder);

	for (size_t i = 0; i < n; i++)
		s.name[i] = in[i].point ? mem_strdup(in[i].point)
					: base_name(&in[i], i);
	for (size_t i = 0; i < n; i++)
		folder[i] = !in[i].point && taken(&s, i, n);
	for (size_t i = 0; i < n; i++)
		if (folder[i])
			put_folder_before(&s, i);
	for (size_t i = 0; i < n; i++)
		if (folder[i])
			put_number_after(&s, i);
	free(folder);
	return s.name;
}
