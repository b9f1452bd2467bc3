/* Fuzz target: block directories and packed runs of any bytes.  What unpacks
 * is packed again and must come back the same. */
#include <stdlib.h>
#include <string.h>

#include "store/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct record *r, size_t n)
{
	struct record *back = mem_zalloc(n, sizeof *back);
	struct buf b = { 0 };

	pack_run(r, n, &b);
	if (unpack_run(b.at, b.n, r->part, r->dir, back, n))
		abort();
	if (memcmp(r, back, n * sizeof *r))
		abort();
	buf_release(&b);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pack_run *runs;
	long n = unpack_directory(data, size, &runs);

	for (long i = 0; i < n; i++) {
		struct record *r = mem_zalloc(runs[i].n, sizeof *r);
		struct record *in = mem_zalloc(runs[i].n, sizeof *r);
		int bad = unpack_run_in(&runs[i], data, size, runs[i].dir, in);

		if (!unpack_run_from(&runs[i].base, data + runs[i].at,
				     runs[i].size, runs[i].part, runs[i].dir, r,
				     runs[i].n)) {
			if (bad || memcmp(r, in, runs[i].n * sizeof *r))
				abort();
			again(r, runs[i].n);
		} else if (!bad) {
			abort();
		}
		free(in);
		free(r);
	}
	free(runs);
	return 0;
}
