#include "tests/capture/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void files_put(struct files_buf *f, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++) {
		int shift = 8 * (f->big ? bytes - 1 - i : i);

		buf_u8(&f->b, (uint8_t)(v >> shift));
	}
}

void files_bytes(struct files_buf *f, const void *p, size_t n)
{
	buf_bytes(&f->b, p, n);
}

void files_release(struct files_buf *f)
{
	buf_release(&f->b);
}

void files_classic(struct files_buf *f, uint32_t magic, uint32_t snaplen,
		   uint32_t linktype)
{
	files_put(f, magic, 4);
	files_put(f, 2, 2);
	files_put(f, 4, 2);
	files_put(f, 0, 8);
	files_put(f, snaplen, 4);
	files_put(f, linktype, 4);
}

static void filler(struct files_buf *f, size_t n)
{
	while (n--)
		files_put(f, 0x5a, 1);
}

void files_record(struct files_buf *f, uint32_t sec, uint32_t frac,
		  uint32_t cap_len, uint32_t wire_len)
{
	files_put(f, sec, 4);
	files_put(f, frac, 4);
	files_put(f, cap_len, 4);
	files_put(f, wire_len, 4);
	filler(f, cap_len);
}

void files_begin(struct files_buf *f, uint32_t type)
{
	f->block = f->b.n;
	files_put(f, type, 4);
	files_put(f, 0, 4);
}

static void pad(struct files_buf *f)
{
	while ((f->b.n - f->block) & 3)
		files_put(f, 0, 1);
}

void files_end(struct files_buf *f)
{
	size_t len;

	pad(f);
	len = f->b.n - f->block + 4;
	files_put(f, len, 4);
	memcpy(f->b.at + f->block + 4, f->b.at + f->b.n - 4, 4);
}

void files_option(struct files_buf *f, unsigned code, const void *p, size_t n)
{
	files_put(f, code, 2);
	files_put(f, n, 2);
	if (n)
		files_bytes(f, p, n);
	pad(f);
}

void files_option_u64(struct files_buf *f, unsigned code, uint64_t v)
{
	files_put(f, code, 2);
	files_put(f, 8, 2);
	files_put(f, v, 8);
}

void files_time(struct files_buf *f, uint64_t units)
{
	files_put(f, units >> 32, 4);
	files_put(f, units & UINT32_MAX, 4);
}

void files_section(struct files_buf *f)
{
	files_begin(f, 0x0a0d0d0a);
	files_put(f, 0x1a2b3c4d, 4);
	files_put(f, 1, 2);
	files_put(f, 0, 2);
	files_put(f, UINT64_MAX, 8);
	files_end(f);
}

void files_iface(struct files_buf *f, unsigned linktype, uint32_t snaplen)
{
	files_begin(f, 1);
	files_put(f, linktype, 2);
	files_put(f, 0, 2);
	files_put(f, snaplen, 4);
	files_end(f);
}

void files_packet(struct files_buf *f, uint32_t iface, uint64_t units,
		  uint32_t cap_len, uint32_t wire_len)
{
	files_begin(f, 6);
	files_put(f, iface, 4);
	files_time(f, units);
	files_put(f, cap_len, 4);
	files_put(f, wire_len, 4);
	filler(f, cap_len);
	files_end(f);
}

void files_start(struct files_buf *f, uint64_t units)
{
	files_section(f);
	files_iface(f, 1, 0);
	files_packet(f, 0, units, 60, 60);
}

static void read_frames(struct files_read *out)
{
	struct frame f;

	while (out->r && reader_next(out->r, &f, &out->err) == 1) {
		if (out->n == sizeof out->at / sizeof *out->at)
			abort();
		out->first[out->n] = f.cap_len ? f.data[0] : 0;
		out->at[out->n++] = f;
	}
}

void files_read(struct files_read *out, const void *p, size_t n)
{
	memset(out, 0, sizeof *out);
	out->r = reader_memory(p, n, &out->err);
	read_frames(out);
}

void files_read_path(struct files_read *out, const char *path)
{
	memset(out, 0, sizeof *out);
	out->r = reader_open(path, &out->err);
	read_frames(out);
}

void files_read_release(struct files_read *out)
{
	reader_close(out->r);
}

const struct quality *files_quality(const struct files_read *f,
				    const char *what, size_t nth)
{
	size_t n;
	const struct quality *q = reader_quality(f->r, &n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(q[i].what, what) && !nth--)
			return &q[i];
	return NULL;
}

size_t files_qualities(const struct files_read *f)
{
	size_t n;

	reader_quality(f->r, &n);
	return n;
}

const char *files_save(const void *p, size_t n)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof path, "/tmp/tracepair-test-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	close(fd);
	return path;
}
