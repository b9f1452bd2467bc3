/* Buffered stream with digest.
 *
 *   read(2) or memory -> decompressor or nothing -> digest -> buffer -> peek
 *
 * Invariants: buf[pos,end) are the bytes read and not yet taken; `base` is the
 * offset of buf[0].  Every byte that enters the buffer (or, in stream_read(),
 * goes past it) has been digested exactly once, in order, in the pieces in
 * which it was read: up to STREAM_BUF, so that the digest finds them in cache.
 * The end is sticky.
 *
 * A bomb is known by its ratio, but only after gigabytes: a long capture of one
 * repeated packet compresses 200 to 1 too, and small ones cannot hurt.
 *
 * Cost: one copy from the kernel and 0.1 ns a byte for the digest; at most one
 * partial record is moved per refill.  Memory: the buffer, or the largest peek.
 *
 * Reference: XXH3, 128 bits, seed 0 (xxhash.com): not proof against an
 * adversary, who would gain nothing: of two captures with one digest the second
 * is refused.
 */
#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/mem.h"
#include "capture/stream_int.h"

#define STREAM_BUF (512u * 1024)
#define BOMB_FLOOR (8ull * 1000 * 1000 * 1000)
#define BOMB_RATIO 200

struct stream {
	char *name; /* owned; for messages */
	int fd;     /* -1: memory */
	bool close_fd;
	const uint8_t *mem; /* with fd -1: not owned; what is left to read */
	size_t mem_left;
	const struct stream_codec *codec; /* NULL: plain */
	void *codec_state;                /* owned by the codec */
	uint8_t *buf;                     /* owned */
	size_t cap, pos, end;
	uint64_t base;
	XXH3_state_t *digest; /* owned */
	uint64_t bytes;       /* digested */
	uint64_t floor;       /* stream_limit() */
	unsigned ratio;
	bool at_end;
	int failed; /* errno */
	enum stream_damage damage;
};

static const struct stream_codec *const codecs[] = { &stream_gzip, &stream_zstd,
						     &stream_lz4 };

/* Where the library was built for it, it picks the variant for the widest
 * registers of the processor it runs on. */
#ifdef __x86_64__
__attribute__((weak)) XXH_errorcode
XXH3_128bits_update_dispatch(XXH3_state_t *state, const void *p, size_t n);
#endif

static void digest_add(XXH3_state_t *state, const void *p, size_t n)
{
#ifdef __x86_64__
	if (XXH3_128bits_update_dispatch) {
		(void)XXH3_128bits_update_dispatch(state, p, n);
		return;
	}
#endif
	(void)XXH3_128bits_update(state, p, n);
}

size_t stream_raw(struct stream *s, void *out, size_t n)
{
	ssize_t got;

	if (s->fd < 0) {
		n = n < s->mem_left ? n : s->mem_left;
		if (n)
			memcpy(out, s->mem, n);
		s->mem += n;
		s->mem_left -= n;
		return n;
	}
	do
		got = read(s->fd, out, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		s->failed = errno;
	return got > 0 ? (size_t)got : 0;
}

static bool is_bomb(const struct stream *s)
{
	return s->ratio && s->bytes > s->floor &&
	       s->bytes / s->ratio > s->codec->taken(s->codec_state);
}

/* Decompressed bytes into @out, digested.  Return: how many; 0 at the end. */
static size_t pull(struct stream *s, void *out, size_t n)
{
	size_t got;

	if (s->at_end || !n)
		return 0;
	if (s->codec)
		got = s->codec->read(s->codec_state, s, out, n, &s->damage);
	else
		got = stream_raw(s, out, n);
	s->at_end = !got;
	digest_add(s->digest, out, got);
	s->bytes += got;
	if (s->codec && is_bomb(s)) {
		s->damage = STREAM_LIMIT;
		s->at_end = true;
	}
	return got;
}

/* Makes room for @n bytes from pos on, then reads until they are there. */
static bool refill(struct stream *s, size_t n)
{
	size_t left = s->end - s->pos, got;

	if (s->at_end)
		return false;
	if (s->pos) {
		memmove(s->buf, s->buf + s->pos, left);
		s->base += s->pos;
		s->pos = 0;
		s->end = left;
	}
	if (n > s->cap) {
		s->cap = n + STREAM_BUF;
		s->buf = mem_resize(s->buf, s->cap, 1);
	}
	while (s->end < n) {
		got = pull(s, s->buf + s->end, s->cap - s->end);
		if (!got)
			return false;
		s->end += got;
	}
	return true;
}

const uint8_t *stream_peek(struct stream *s, size_t n)
{
	if (s->end - s->pos < n && !refill(s, n))
		return NULL;
	return s->buf + s->pos;
}

const uint8_t *stream_after(struct stream *s, size_t taken, size_t n)
{
	s->pos += taken;
	return stream_peek(s, n);
}

size_t stream_ready(const struct stream *s)
{
	return s->end - s->pos;
}

uint64_t stream_skip(struct stream *s, uint64_t n)
{
	uint64_t done = 0;

	for (;;) {
		size_t here = s->end - s->pos;

		if (here > n - done)
			here = (size_t)(n - done);
		s->pos += here;
		done += here;
		if (done == n || !stream_peek(s, 1))
			return done;
	}
}

size_t stream_read(struct stream *s, void *out, size_t n)
{
	uint8_t *to = out;
	size_t done = s->end - s->pos;

	if (done > n)
		done = n;
	memcpy(to, s->buf + s->pos, done);
	s->pos += done;
	while (done < n) {
		size_t got = pull(s, to + done, n - done);

		if (!got)
			break;
		/* They never were in the buffer, which is empty. */
		s->base += got;
		done += got;
	}
	return done;
}

void stream_drain(struct stream *s)
{
	stream_skip(s, UINT64_MAX);
}

uint64_t stream_offset(const struct stream *s)
{
	return s->base + s->pos;
}

uint64_t stream_bytes(const struct stream *s)
{
	return s->bytes;
}

void stream_digest(const struct stream *s, char hex[static 33])
{
	XXH128_hash_t h = XXH3_128bits_digest(s->digest);

	snprintf(hex, 33, "%016llx%016llx", (unsigned long long)h.high64,
		 (unsigned long long)h.low64);
}

enum stream_damage stream_damage(const struct stream *s)
{
	return s->damage;
}

int stream_errno(const struct stream *s)
{
	return s->failed;
}

const char *stream_name(const struct stream *s)
{
	return s->name;
}

void stream_limit(struct stream *s, uint64_t floor, unsigned ratio)
{
	s->floor = floor;
	s->ratio = ratio;
}

static unsigned bomb_ratio(void)
{
	const char *v = getenv("TRACEPAIR_MAX_RATIO");
	char *end;
	unsigned long n;

	if (!v || !*v)
		return BOMB_RATIO;
	n = strtoul(v, &end, 10);
	return *end || n > 1000000 ? BOMB_RATIO : (unsigned)n;
}

static struct stream *stream_new(const char *name)
{
	struct stream *s = mem_zalloc(1, sizeof *s);

	s->name = mem_strdup(name);
	s->fd = -1;
	s->cap = STREAM_BUF;
	s->buf = mem_alloc(s->cap);
	s->digest = XXH3_createState();
	if (!s->digest)
		mem_exhausted();
	XXH3_128bits_reset(s->digest);
	stream_limit(s, BOMB_FLOOR, bomb_ratio());
	return s;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	if (s->codec)
		s->codec->free(s->codec_state);
	if (s->close_fd)
		close(s->fd);
	XXH3_freeState(s->digest);
	free(s->buf);
	free(s->name);
	free(s);
}

/* Reads the first raw bytes and picks the decompressor.  They go through the
 * digest here, or through the decompressor later. */
static int stream_start(struct stream *s, struct err *err)
{
	size_t n = 0, got;

	/* A pipe gives little at a time: enough for the longest magic. */
	while (n < 64 && (got = stream_raw(s, s->buf + n, STREAM_FIRST - n)))
		n += got;
	if (s->failed)
		return err_set(err, ERR_INPUT, "%s: cannot be read: %s",
			       s->name, strerror(s->failed));
	if (!n)
		return err_set(err, ERR_INPUT,
			       "%s: is empty (0 bytes): was the capture "
			       "stopped before anything was written, or the "
			       "disk full?",
			       s->name);
	for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
		const struct stream_codec *c = codecs[i];

		if (!c->is(s->buf, n))
			continue;
		s->codec_state = c->open(s->buf, n);
		s->codec = c;
		return 0;
	}
	digest_add(s->digest, s->buf, n);
	s->bytes = s->end = n;
	return 0;
}

static int open_path(struct stream *s, const char *path, struct err *err)
{
	struct stat st;

	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0 && errno == ENOENT)
		return err_set(err, ERR_INPUT,
			       "%s: no such file: check the name", path);
	if (s->fd < 0)
		return err_set(err, ERR_INPUT, "%s: cannot be opened: %s%s",
			       path, strerror(errno),
			       errno == EACCES
				       ? "; change its permissions or copy it"
				       : "; look at the path and the disk");
	s->close_fd = true;
	if (!fstat(s->fd, &st) && S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT,
			       "%s: is a directory: name the capture files in "
			       "it",
			       path);
	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

static int open_stdin(struct stream *s, struct err *err)
{
	s->fd = STDIN_FILENO;
	if (isatty(s->fd))
		return err_set(err, ERR_INPUT,
			       "standard input: is a terminal: pipe a capture "
			       "into it, or name a file");
	return 0;
}

struct stream *stream_open(const char *path, struct err *err)
{
	bool in = !strcmp(path, "-");
	struct stream *s = stream_new(in ? "standard input" : path);

	if ((in ? open_stdin(s, err) : open_path(s, path, err)) ||
	    stream_start(s, err)) {
		stream_free(s);
		return NULL;
	}
	return s;
}

struct stream *stream_memory(const void *p, size_t n, struct err *err)
{
	struct stream *s = stream_new("memory");

	s->mem = p;
	s->mem_left = n;
	if (stream_start(s, err)) {
		stream_free(s);
		return NULL;
	}
	return s;
}
