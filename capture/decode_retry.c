/* Frames that the link layer retransmitted.
 *
 * An 802.11 sender repeats a frame until it is acknowledged: with the Retry
 * bit, and with sequence control and body as they were.  A monitor records each
 * attempt, and each one after the first would look like a packet lost
 * elsewhere.  So a table remembers a hash of transmitter, receiver, sequence
 * control, traffic identifier (each has its own numbering) and body of the
 * frames seen.  A frame with the Retry bit whose hash is found is the same
 * transmission; if its first attempt was not recorded the hash is not found,
 * and the frame stays.
 *
 * The receiver's own rule ignores the body, but a receiver hears every number.
 * Here all 4096 numbers may pass between two frames, and a damaged recording
 * differs from the retry.  The body's last bytes do not count: they may be the
 * check sequence, which covers the Retry bit.
 *
 * The table has RETRY_SETS sets of RETRY_WAYS places; in a full set the oldest
 * is replaced.  An aggregate has 1024 frames at most, so few lie between two
 * attempts; with so many, one retry in 1000 is not recognised.
 *
 * Cost: a hash of the frame, for 802.11 only; 192 KiB.
 *
 * References: IEEE 802.11-2020, 9.2.4.1.5 (Retry), 9.2.4.4 (sequence control),
 * 10.3.2.14 (duplicate detection).
 */
#include "capture/decode_int.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/time.h"

#define RETRY_SETS 1024
#define RETRY_WAYS 8
#define RETRY_NS 1000000000u /* senders usually give up after 512 ms */
#define FCS_LEN 4

struct attempt {
	uint64_t hash; /* 0: free */
	int64_t time_ns;
	uint64_t frame; /* tells the oldest, as clocks may be coarse */
};

struct retry_table {
	struct attempt at[RETRY_SETS][RETRY_WAYS];
};

/* Where @hash is stored, or is to be. */
static struct attempt *place_of(struct retry_table *t, uint64_t hash)
{
	struct attempt *set = t->at[hash % RETRY_SETS], *oldest = set;

	for (unsigned i = 0; i < RETRY_WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (oldest->hash &&
		    (!set[i].hash || set[i].frame < oldest->frame))
			oldest = &set[i];
	}
	return oldest;
}

bool retry_seen(struct decode_run *r, const struct retry_key *key, bool retry)
{
	size_t n = cursor_left(&r->c);
	uint64_t hash = XXH3_64bits_withSeed(r->c.at,
					     n > FCS_LEN ? n - FCS_LEN : 0,
					     XXH3_64bits(key, sizeof *key));
	struct decoder *d = r->d;
	struct attempt *at;
	bool seen;

	hash += !hash;
	if (!d->retries)
		d->retries = mem_zalloc(1, sizeof *d->retries);
	at = place_of(d->retries, hash);
	seen = retry && at->hash == hash &&
	       time_apart(at->time_ns, r->f->time_ns) <= RETRY_NS;
	*at = (struct attempt){ hash, r->f->time_ns, r->f->number };
	return seen;
}

void retry_free(struct retry_table *t)
{
	free(t);
}
