/* Does a capture hold each packet twice?
 *
 * A mirror port that copies what enters and what leaves, or a capture on all
 * interfaces of a bridge, has every packet twice.  To take the second for a
 * transmission would make losses and retransmissions of it.  A network may
 * double a packet, too, but not one in TWINS_SHARE of all: so the beginning of
 * the file is read ahead, by a reader of its own, and judged lane by lane.  What
 * can be read only once (a pipe) is not judged.
 *
 * The second sights come within TWINS_NEAR_NS, as a rule.  Where mirrored packets
 * go a longer way (through a device in the path, or a network), they come later:
 * if nearly each has a twin by TWINS_FAR_NS, twins are what comes within twice as
 * long as all but a few of these took.  A share of that says nothing there: a
 * sender may have repeated them.
 *
 * A capture at the end of a tunnel may show what goes through it twice: plain, and
 * within.  Where nearly all that is in tunnels is there without, too, it is left
 * out.
 *
 * Of several interfaces the beginning tells in which order packets pass them, too
 * (capture/passage.h).
 *
 * Where the second sight of nearly all is behind a router (capture/sides.h), the
 * file is two captures, and nothing in it is doubled.
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

#define FRAMES_MAX (16 * TWINS_JUDGE) /* of any kind, looking for packets */
#define PLACES 8192
#define ODD_ONES 50 /* one gap in so many is larger by chance */

struct gaps VEC(uint32_t);

struct count {
	uint32_t lane;
	uint64_t packets, twins; /* twins within TWINS_NEAR_NS, and routed */
	uint64_t far_packets;    /* those with which it is sure */
	struct gaps gap_ns;      /* of their twins; owned */
	uint64_t inner, plain;   /* in tunnels; of these without, too */
};

struct bare { /* a packet that was seen, whatever it was in */
	uint32_t print;
	bool seen, inner;
	int64_t time_ns;
};

struct judge {
	struct reader *reader;
	struct decoder *decoder;
	struct twins *twins;
	struct sides *sides; /* NULL: not looked for */
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

/* Was it seen just now within a tunnel, if it is without, or the other way? */
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

static void look_at(struct judge *j, const struct frame *f, bool one_point)
{
	int linktype = reader_iface(j->reader, f->iface)->linktype;
	struct packet p;
	struct count *c;
	enum twin twin;
	uint64_t gap_ns;

	if (decode_frame(j->decoder, f, linktype, &p) != DECODE_OK)
		return;
	if (one_point)
		p.key.lane = 0;
	if (j->sides)
		sides_learn(j->sides, f, linktype, &p);
	passage_learn(j->passage, &p);
	twin = twins_see(j->twins, &p, TWINS_FAR_NS, &gap_ns);
	c = twins_sure(&p) ? count_of(j, p.key.lane) : NULL;
	if (!c)
		return;
	j->packets++;
	c->packets++;
	c->twins += twin == TWIN_ROUTED ||
		    (twin == TWIN_SAME && gap_ns <= TWINS_NEAR_NS);
	if (!twins_sure_far(&p))
		return;
	c->far_packets++;
	if (twin == TWIN_SAME)
		*VEC_PUSH(&c->gap_ns) = (uint32_t)gap_ns;
	c->inner += p.key.tunnel != 0;
	c->plain += has_bare_twin(j, &p);
}

static bool is_nearly_each(uint64_t twins, uint64_t packets)
{
	return twins >= TWINS_ALL && twins * 9 >= packets * 4;
}

/* All of a few, or a share of many. */
static bool is_habit(const struct count *c)
{
	return is_nearly_each(c->twins, c->packets) ||
	       (c->twins >= TWINS_ENOUGH &&
		c->twins * TWINS_SHARE >= c->packets);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* By when twins of the lane come; 0: it has none. */
static uint64_t twice_within(struct count *c)
{
	struct gaps *g = &c->gap_ns;
	uint64_t most;

	if (!is_nearly_each(g->n, c->far_packets))
		return is_habit(c) ? TWINS_NEAR_NS : 0;
	qsort(g->at, g->n, sizeof *g->at, by_size);
	most = 2 * (uint64_t)g->at[g->n - 1 - g->n / ODD_ONES];
	return most < TWINS_NEAR_NS ? TWINS_NEAR_NS : most;
}

/* But for those that were lost at the tunnel's end. */
static bool is_plain_too(const struct count *c)
{
	return c->plain >= TWINS_ALL && c->plain * 9 >= c->inner * 8;
}

/* Of several interfaces each is a point already. */
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
	j->twins = twins_new(PLACES);
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
			.within_ns = *sides ? 0 : twice_within(c),
			.inner = is_plain_too(c),
		};

		if (x.within_ns || x.inner)
			lanes[n++] = x;
		VEC_FREE(&c->gap_ns);
	}
	reader_close(j->reader);
	decoder_free(j->decoder);
	twins_free(j->twins);
	free(j);
	return n;
}
