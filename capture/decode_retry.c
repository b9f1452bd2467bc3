/* Frames that the link layer sent again.
 *
 * An 802.11 sender repeats a frame until it is acknowledged: with the Retry bit,
 * and with sequence control and body as they were.  A monitor records each
 * attempt, and each but the first would look like a packet that somebody lost.
 * So a table remembers a hash of transmitter, receiver, sequence control, traffic
 * identifier (each has numbers of its own) and body of the frames seen.  One
 * with the Retry bit whose hash is there is the same transmission; one whose
 * first attempt was not recorded is not there, and stays.
 *
 * The receiver's own rule has no body in it, but it hears each number.  Here
 * 4096 of them may go by between two frames, and what was recorded damaged is
 * not what comes again.  Of the body the last bytes do not count: they may be the
 * check sequence, in which the Retry bit is.
 *
 * The table has RETRY_SETS sets of RETRY_WAYS places; the oldest of a full set is
 * taken.  A block of aggregated frames has 1024 at most, so few lie between two
 * attempts, and one in 1000 is not known then.
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
#define RETRY_NS 1000000000u /* senders give up after 512 ms, as a rule */
#define FCS_LEN 4

struct attempt {
	uint64_t hash; /* 0: free */
	int64_t time_ns;
	uint64_t frame; /* tells the oldest: clocks may be coarse */
};

struct retry_table {
	struct attempt at[RETRY_SETS][RETRY_WAYS];
};

/* Where @hash stands, or where it shall. */
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
