/* The simulator's own checks: a test that cannot be trusted proves nothing.
 *
 * Same seed, same bytes; checksums and trailers are right; the exponential has
 * its mean; every packet's way is whole; without loss all bytes arrive; what is
 * lost reached no point behind.
 */
#include "tests/sim/selftest.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/trailer.h"

static int bad;

void selftest_check(bool ok, const char *what, uint64_t seed)
{
	if (ok)
		return;
	bad++;
	printf("selftest: seed %llu: %s\n", (unsigned long long)seed, what);
}

static void exponential(void)
{
	struct rng r;
	int64_t sum = 0, most = 0;

	rng_seed(&r, 7);
	for (int i = 0; i < 100000; i++) {
		int64_t v = rng_exp(&r, 1000000);

		sum += v;
		most = v > most ? v : most;
		if (v < 0)
			selftest_check(false, "a negative delay", 7);
	}
	selftest_check(sum > 98000000000 && sum < 102000000000,
		       "mean of rng_exp", 7);
	selftest_check(most > 8000000, "tail of rng_exp", 7);
}

/* What the tool reads out of a trailer is what was put in. */
static void trailers(void)
{
	static const uint8_t far[4] = { 10, 2, 3, 4 };
	static const uint8_t six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 9 };
	struct net_end peer[2] = { { net_addr_v4(far), 443 },
				   { net_addr_v6(six), 50000 } };
	uint8_t out[TRAILER_MAX];
	struct net_end got[2];

	for (int format = 1; format <= 2; format++) {
		uint32_t n = wire_trailer(peer, IPPROTO_TCP, format, out);

		selftest_check(trailer_read(out, n, IPPROTO_TCP, got) &&
				       !net_end_cmp(&got[0], &peer[0]) &&
				       !net_end_cmp(&got[1], &peer[1]),
			       "a trailer's peer", (uint64_t)format);
		n = wire_trailer(NULL, IPPROTO_TCP, format, out);
		selftest_check(!trailer_read(out, n, IPPROTO_TCP, got),
			       "a trailer without a peer", (uint64_t)format);
	}
}

static uint64_t digest(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint64_t h = 1469598103934665603u;
	int c;

	while (f && (c = fgetc(f)) != EOF)
		h = (h ^ (unsigned)c) * 1099511628211u;
	if (f)
		fclose(f);
	return h;
}

static void run(struct sim *s, uint64_t seed, const char *family, char *dir)
{
	memset(s, 0, sizeof *s);
	s->dir = dir;
	scenario_make(s, seed, family);
	sim_run(s);
}

static uint64_t files(const struct sim *s, bool remove_them)
{
	uint64_t h = 0;

	for (int i = 0; i < s->n_points; i++) {
		char *path = tap_path(s, i);

		h = h * 31 + digest(path);
		if (remove_them)
			unlink(path);
		free(path);
	}
	return h;
}

/* Points are passed in order, from where it came to be to where it was lost. */
static void whole_ways(const struct sim *s)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < s->truth.n; i++) {
		const struct truth_pkt *t = &s->truth.at[i];
		int64_t last = INT64_MIN;

		lost += t->lost_seg >= 0;
		for (int k = 0; k < s->n_points; k++) {
			int p = t->way ? s->n_points - 1 - k : k;
			int before = t->way ? p + 1 : p; /* segment ahead */
			bool born = t->way ? before <= t->born_seg
					   : before >= t->born_seg;
			bool gone = t->lost_seg >= 0 &&
				    (t->way ? before <= t->lost_seg
					    : before >= t->lost_seg);

			if (t->at[p].pass) {
				selftest_check(born && !gone,
					       "passed where it was not",
					       s->seed);
				selftest_check(t->at[p].t >= last,
					       "went back in time", s->seed);
				last = t->at[p].t;
			} else if (born && !gone &&
				   t->sent < s->now - 9 * SEC) {
				selftest_check(false, "vanished without a loss",
					       s->seed);
			}
			selftest_check(
				!t->at[p].frame == (t->at[p].pass != PASS_SEEN),
				"a frame of what was not captured", s->seed);
		}
	}
	selftest_check(s->lossy || !lost, "loss in a run without loss",
		       s->seed);
}

static bool resets(const struct session *e)
{
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < e->n_script[k]; i++)
			if (e->script[k][i].what == APP_RESET)
				return true;
	return false;
}

/* Without loss and cuts, each byte written is captured at both outer points,
 * where these see everything. */
static void all_arrives(const struct sim *s)
{
	uint64_t *got = mem_zalloc(s->n_sess * 2 + 1, sizeof *got);

	for (uint32_t i = 0; i < s->truth.n; i++) {
		const struct truth_pkt *t = &s->truth.at[i];

		if (t->proto == 6 && t->lost_seg < 0 && t->parent == UINT32_MAX)
			got[t->sess * 2 + t->way] += t->len;
	}
	for (size_t i = 0; i < s->n_sess; i++) {
		const struct session *e = s->sess[i];

		if (e->what != S_TCP || e->silent || e->refused || resets(e))
			continue;
		for (int d = 0; d < 2; d++)
			selftest_check(got[i * 2 + (size_t)session_way(e, d)] >=
					       e->total[d],
				       "not all bytes were sent", s->seed);
	}
	free(got);
}

static bool cut_off(const struct sim *s)
{
	for (int i = 0; i < s->n_segs; i++)
		if (s->box[i].rst_pct || s->box[i].hole_pct)
			return true;
	return s->lossy;
}

static void checksum(void)
{
	struct session e = { .proto = 6 };
	static const uint8_t pay[] = "odd";
	struct pkt p = { .s = &e,
			 .proto = 6,
			 .ttl = 64,
			 .flags = F_ACK,
			 .seq = 1,
			 .ack = 2,
			 .win = 3 };
	uint8_t out[WIRE_MAX], a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
	uint32_t sum = 0, n;

	p.src = (struct net_end){ net_addr_v4(a), 1000 };
	p.dst = (struct net_end){ net_addr_v4(b), 80 };
	n = wire_frame(&p, pay, 3, false, true, false, out);
	selftest_check(n == 43, "length of a frame", 0);
	out[n] = 0;
	for (uint32_t i = 12; i < 44; i += 2) /* addresses, TCP, payload */
		sum += (uint32_t)out[i] << 8 | out[i + 1];
	sum += 6 + 23;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	selftest_check(sum == 0xffff, "TCP checksum", 0);
}

int selftest(void)
{
	static struct sim s;
	char dir[] = "/tmp/tracepair-simtest-XXXXXX";

	if (!mkdtemp(dir))
		return 2;
	exponential();
	trailers();
	checksum();
	for (uint64_t seed = 0; seed < 30; seed++) {
		uint64_t first;

		run(&s, seed, NULL, dir);
		selftest_check(s.packets > 500 && s.packets < 40000,
			       "an unreasonable number of packets", seed);
		first = files(&s, false);
		whole_ways(&s);
		if (!cut_off(&s))
			all_arrives(&s);
		selftest_judge(&s);
		sim_release(&s);
		run(&s, seed, NULL, dir);
		selftest_check(files(&s, true) == first,
			       "the same seed, other bytes", seed);
		sim_release(&s);
	}
	for (uint64_t seed = 0; seed < 4; seed++) {
		run(&s, seed, "relay", dir);
		files(&s, true);
		selftest_silence(&s);
		sim_release(&s);
	}
	rmdir(dir);
	printf("selftest: %s\n", bad ? "failed" : "ok");
	return bad ? 1 : 0;
}
