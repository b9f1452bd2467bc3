/* Does a capture hold each packet twice?
 *
 * A mirror port that copies what enters and what leaves, or a capture on all
 * interfaces of a bridge, has every packet twice.  Taking the second for a
 * transmission would turn it into losses and retransmissions.  A network may
 * duplicate a packet, too, but not one in TWINS_SHARE of all: so the beginning
 * of the file is read ahead, by a reader of its own, and judged lane by lane.
 * What can be read only once (a pipe) is not judged.
 *
 * The second sight usually comes within TWINS_NEAR_NS.  If mirrored packets
 * take a longer path (through a device, or a network), it comes later: if
 * nearly every packet has a twin by TWINS_FAR_NS, twins are those within twice
 * the time that all but a few took.  A mere share of late twins proves nothing:
 * a sender may have repeated them.  Nor do packets count that are seen more
 * often than a capture has places (TWINS_SIGHTS): they were sent that often.
 *
 * Unless everything is: Windows' pktmon writes a packet for each part of the
 * system that it passes, a dozen times.  No sender does that in the name of the
 * other side, too, so it is the capture where nearly all packets of both ways
 * come again within TWINS_NEAR_NS, and most of them more than TWINS_SIGHTS
 * times; only what a sender cannot repeat so soon counts (twins_sure_far()).
 *
 * Where copies are told by identification, they tell of the others, too, whether
 * copies have the same link addresses (mirrors) or other ones (bridges).
 *
 * A capture at the end of a tunnel may show its packets twice: plain, and
 * inside the tunnel.  If nearly everything in tunnels is there without them,
 * too, the inner packets are left out.
 *
 * For several interfaces the beginning also tells in which order packets pass
 * them (capture/passage.h).
 *
 * If the second sight of nearly all is behind a router (capture/sides.h), the
 * file is two captures, and nothing in it is duplicated.
 *
 * Cost: TWINS_JUDGE packets of a file are read and decoded twice.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/time.h"
#include "capture/twins.h"
#include "store/index_int.h"

/* frames of any kind read to find packets */
#define FRAMES_MAX (16 * TWINS_JUDGE)
#define PLACES 8192
#define ODD_ONES 50 /* one gap in so many may be larger by chance */

struct gaps VEC(uint32_t);

struct tally {
	uint64_t routed;                 /* sights behind a router */
	uint64_t sights[TWINS_MANY + 2]; /* first, second ...; [0]: none */
	uint64_t links[2]; /* twins with the same TTL: by other link addresses,
			    * by the same */
};

/* Packets of one way between hosts. */
struct way {
	uint64_t packets, again, often; /* all; seen a second time; seen more
					 * than TWINS_SIGHTS times */
};

struct count {
	uint32_t lane;
	struct tally near;     /* twins within TWINS_NEAR_NS, and routed ones */
	struct tally far;      /* of packets where it is certain */
	struct way way[2];     /* of these, near ones */
	struct gaps gap_ns;    /* of far twins; owned */
	uint64_t inner, plain; /* packets in tunnels; those of them seen
			        * without, too */
};

struct bare { /* a packet that was seen, in a tunnel or not */
	uint32_t print;
	bool seen, inner;
	int64_t time_ns;
};

struct judge {
	struct reader *reader;
	struct decoder *decoder;
	struct twins *near, *far; /* each by its own time */
	struct sides *sides;      /* NULL: not looked for */
	struct passage *passage;
	struct bare bare[PLACES];
	struct count at[LANES_MAX];
	unsigned n, packets;
};

static bool is_file(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && !stat(path, &st) &&
	       S_ISREG(st.st_mode);
}

static struct count *count_of(struct judge *j, uint32_t lane)
{
	for (unsigned i = 0; i < j->n; i++)
		if (j->at[i].lane == lane)
			return &j->at[i];
	if (j->n == LANES_MAX)
		return NULL;
	j->at[j->n].lane = lane;
	return &j->at[j->n++];
}

/* Was it seen just now inside a tunnel, if this one is plain, or the
 * reverse? */
static bool has_bare_twin(struct judge *j, const struct packet *p)
{
	uint64_t h = twins_print_inner(p);
	struct bare *b = &j->bare[h % PLACES];
	bool inner = p->key.tunnel != 0;

	if (b->seen && b->print == h >> 32 && b->inner != inner &&
	    time_apart(p->rec.time_ns, b->time_ns) <= TWINS_FAR_NS) {
		b->seen = false;
		return true;
	}
	*b = (struct bare){ (uint32_t)(h >> 32), true, inner, p->rec.time_ns };
	return false;
}

static void count_sight(struct tally *t, enum twin twin,
			const struct twins_sight *sight)
{
	unsigned nth = sight->nth;

	t->routed += twin == TWIN_ROUTED;
	if (nth <= TWINS_MANY + 1)
		t->sights[nth]++;
	if (nth > 1 && nth <= TWINS_SIGHTS)
		t->links[sight->same_link]++;
}

static void count_way(struct count *c, const struct packet *p,
		      const struct twins_sight *sight)
{
	struct way *w = &c->way[net_addr_cmp(&p->key.src, &p->key.dst) < 0];

	w->packets += sight->nth == 1;
	w->again += sight->nth == 2;
	w->often += sight->nth == TWINS_SIGHTS + 1;
}

static void look_at(struct judge *j, const struct frame *f, bool one_point)
{
	static const struct twins_rule near = { .within_ns = TWINS_NEAR_NS };
	static const struct twins_rule far = { .within_ns = TWINS_FAR_NS };
	int linktype = reader_iface(j->reader, f->iface)->linktype;
	uint8_t link = twins_link(f, linktype);
	struct packet p;
	struct count *c;
	struct twins_sight sight;
	enum twin twin;

	if (decode_frame(j->decoder, f, linktype, &p) != DECODE_OK)
		return;
	if (one_point)
		p.key.lane = 0;
	if (j->sides)
		sides_learn(j->sides, f, linktype, &p);
	passage_learn(j->passage, &p);
	twin = twins_see(j->near, &p, link, &near, &sight);
	c = twins_sure(&p) ? count_of(j, p.key.lane) : NULL;
	if (!c)
		return;
	j->packets++;
	count_sight(&c->near, twin, &sight);
	if (!twins_sure_far(&p))
		return;
	count_way(c, &p, &sight);
	twin = twins_see(j->far, &p, link, &far, &sight);
	count_sight(&c->far, twin == TWIN_SAME ? twin : TWIN_NONE, &sight);
	if (twin == TWIN_SAME && sight.nth <= TWINS_SIGHTS)
		*VEC_PUSH(&c->gap_ns) = (uint32_t)sight.gap_ns;
	c->inner += p.key.tunnel != 0;
	c->plain += has_bare_twin(j, &p);
}

/* Does the capture show everything more than TWINS_SIGHTS times? */
static bool is_everything(const struct count *c)
{
	for (int i = 0; i < 2; i++) {
		const struct way *w = &c->way[i];

		if (w->packets < TWINS_ENOUGH ||
		    w->again * 10 < w->packets * 9 || w->often * 2 < w->packets)
			return false;
	}
	return true;
}

/* Packets and their twins, without those that are seen more than @sights times
 * and so were sent repeatedly. */
struct twin_count {
	uint64_t packets, twins;
};

static struct twin_count twin_count(const struct tally *t, unsigned sights)
{
	uint64_t often = t->sights[sights + 1];
	struct twin_count n = { .packets = t->sights[1] - often,
				.twins = t->routed };

	for (unsigned i = 2; i <= sights; i++) {
		n.packets += t->sights[i] - often;
		n.twins += t->sights[i] - often;
	}
	return n;
}

static bool is_nearly_each(const struct twin_count *n)
{
	return n->twins >= TWINS_ALL && n->twins * 9 >= n->packets * 4;
}

/* Nearly all of a few, or a share of many. */
static bool is_habit(const struct twin_count *n)
{
	return is_nearly_each(n) || (n->twins >= TWINS_ENOUGH &&
				     n->twins * TWINS_SHARE >= n->packets);
}

/* How many copies of a packet there are, up to @sights: the most that a share of
 * packets has. */
static unsigned copies_of(const struct tally *t, unsigned sights)
{
	uint64_t often = t->sights[sights + 1];
	unsigned most = sights;

	while (most > 2 &&
	       (t->sights[most] - often) * TWINS_SHARE < t->sights[1] - often)
		most--;
	return most;
}

/* Does hardly any copy with the same TTL come by the same link addresses? */
static bool are_apart(const struct tally *t)
{
	return t->links[true] * TWINS_SHARE <= t->links[false];
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Within what time twins of the lane come, and how many. */
static void judge_lane(struct count *c, struct doubled *out)
{
	unsigned sights = is_everything(c) ? TWINS_MANY : TWINS_SIGHTS;
	struct twin_count near = twin_count(&c->near, sights);
	struct twin_count far = twin_count(&c->far, sights);
	struct gaps *g = &c->gap_ns;
	uint64_t most;

	if (!is_nearly_each(&far)) {
		out->within_ns = is_habit(&near) ? TWINS_NEAR_NS : 0;
		out->copies = copies_of(&c->near, sights);
		out->apart = are_apart(&c->near);
		return;
	}
	qsort(g->at, g->n, sizeof *g->at, by_size);
	most = 2 * (uint64_t)g->at[g->n - 1 - g->n / ODD_ONES];
	out->within_ns = most < TWINS_NEAR_NS ? TWINS_NEAR_NS : most;
	out->copies = copies_of(&c->far, sights);
	out->apart = are_apart(&c->far);
}

/* Except for those lost at the tunnel's end. */
static bool is_plain_too(const struct count *c)
{
	return c->plain >= TWINS_ALL && c->plain * 9 >= c->inner * 8;
}

/* With several interfaces each is a point already. */
static struct sides *take_sides(struct judge *j)
{
	struct sides *s = j->sides;

	j->sides = NULL;
	if (s && j->reader && reader_ifaces(j->reader) == 1 && sides_found(s))
		return s;
	sides_free(s);
	return NULL;
}

size_t index_doubled(const char *path, bool one_point,
		     struct doubled lanes[static LANES_MAX],
		     struct sides **sides, struct passage *passage)
{
	struct judge *j;
	struct err err = { 0 };
	struct frame f;
	size_t n = 0;

	*sides = NULL;
	if (!is_file(path))
		return 0;
	j = mem_zalloc(1, sizeof *j);
	j->reader = reader_open(path, &err);
	j->decoder = decoder_new();
	j->near = twins_new(PLACES);
	j->far = twins_new(PLACES);
	j->sides = one_point ? NULL : sides_new();
	j->passage = passage;
	for (unsigned i = 0; j->reader && i < FRAMES_MAX; i++) {
		if (j->packets == TWINS_JUDGE)
			break;
		if (reader_next(j->reader, &f, &err) <= 0)
			break;
		look_at(j, &f, one_point);
	}
	*sides = take_sides(j);
	for (unsigned i = 0; i < j->n; i++) {
		struct count *c = &j->at[i];
		struct doubled x = {
			.lane = c->lane,
			.inner = is_plain_too(c),
		};

		if (!*sides)
			judge_lane(c, &x);
		if (x.within_ns || x.inner)
			lanes[n++] = x;
		VEC_FREE(&c->gap_ns);
	}
	reader_close(j->reader);
	decoder_free(j->decoder);
	twins_free(j->near);
	twins_free(j->far);
	free(j);
	return n;
}
