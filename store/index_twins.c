/* Does a capture hold each packet twice?
 *
 * A mirror port that copies what enters and what leaves, or a capture on all
 * interfaces of a bridge, has every packet twice.  To take the second for a
 * transmission would make losses and retransmissions of it.  A network may
 * double a packet, too, but not one in TWINS_SHARE of all: so the beginning of
 * the file is read ahead, by a reader of its own, and judged lane by lane.  What
 * can be read only once (a pipe) is not judged.
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
#include "capture/twins.h"
#include "store/index_int.h"

#define FRAMES_MAX (16 * TWINS_JUDGE) /* of any kind, looking for packets */

struct count {
	uint32_t lane;
	uint64_t packets, twins;
};

struct judge {
	struct reader *reader;
	struct decoder *decoder;
	struct twins *twins;
	struct sides *sides; /* NULL: not looked for */
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

static void look_at(struct judge *j, const struct frame *f, bool one_point)
{
	int linktype = reader_iface(j->reader, f->iface)->linktype;
	struct packet p;
	struct count *c;
	enum twin twin;

	if (decode_frame(j->decoder, f, linktype, &p) != DECODE_OK)
		return;
	if (one_point)
		p.key.lane = 0;
	if (j->sides)
		sides_learn(j->sides, f, linktype, &p);
	twin = twins_see(j->twins, &p);
	c = twins_sure(&p) ? count_of(j, p.key.lane) : NULL;
	if (!c)
		return;
	j->packets++;
	c->packets++;
	c->twins += twin == TWIN_SAME || twin == TWIN_ROUTED;
}

/* All of a few, or a share of many. */
static bool is_habit(const struct count *c)
{
	if (c->twins >= TWINS_ALL && c->twins * 9 >= c->packets * 4)
		return true;
	return c->twins >= TWINS_ENOUGH && c->twins * TWINS_SHARE >= c->packets;
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
		     uint32_t lanes[static LANES_MAX], struct sides **sides)
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
	j->twins = twins_new();
	j->sides = one_point ? NULL : sides_new();
	for (unsigned i = 0; j->reader && i < FRAMES_MAX; i++) {
		if (j->packets == TWINS_JUDGE)
			break;
		if (reader_next(j->reader, &f, &err) <= 0)
			break;
		look_at(j, &f, one_point);
	}
	*sides = take_sides(j);
	for (unsigned i = 0; i < j->n && !*sides; i++)
		if (is_habit(&j->at[i]))
			lanes[n++] = j->at[i].lane;
	reader_close(j->reader);
	decoder_free(j->decoder);
	twins_free(j->twins);
	free(j);
	return n;
}
