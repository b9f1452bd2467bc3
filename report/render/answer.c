/* Findings are in order of importance, so the answer is the titles of the first
 * grave ones; if there are none, a sentence says what that means.  If the
 * points are not in the order of the path, that comes before everything else.
 */
#include "report/render/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/path_order.h"

#define MOST 0.5     /* share of the time that is mentioned */
#define DOUBTED 0.01 /* undecided share of a hop's packets that is mentioned */
#define DOUBTED_LEAST 2

const char answer_limits[] =
	"A packet in a sender's own capture may still never have reached the "
	"wire, one missing from a receiver's capture may have reached the "
	"machine, and one that was captured there may never have reached the "
	"program.";

static const char one_side[] =
	"One side cannot tell loss on the path from loss elsewhere; a capture "
	"of the other side at the same time can.";

/* Was most of the time spent on sending again?  Then something was wrong, though no
 * finding says what. */
static bool recovers(const struct model *m)
{
	size_t n;
	const struct group *g = model_groups(m, GROUP_CASE, &n);

	return n &&
	       (double)g->part[TIME_RECOVERY] >=
		       MOST * (double)group_total(g) &&
	       g->part[TIME_RECOVERY] > 0;
}

static const char *nothing_found(const struct model *m, bool undecided)
{
	bool doubtful = undecided || recovers(m);

	if (doubtful && m->n_points > 1)
		return "Nothing is proven to be wrong between these points.";
	if (doubtful)
		return "Nothing is proven to be wrong by this one capture.";
	if (m->n_points == 1)
		return "Nothing wrong stands out in this one capture.";
	return "Nothing wrong was found between these points.";
}

/* Without a session there is nothing to judge. */
static char *nothing_to_judge(const struct model *m, uint64_t packets)
{
	bool filtered = false;
	const char *here = m->n_points == 1 ? "this capture" : "these captures";

	for (size_t i = 0; i < m->n_files; i++)
		filtered |= m->files[i].filtered;
	if (!packets)
		return mem_printf("There is no packet in %s, so nothing can be "
				  "said.  Was the capture filter right, and "
				  "the interface?",
				  here);
	return mem_printf(
		"There is no session in %s, so nothing can be said: %s.", here,
		filtered ? "--filter, --host, --from or --to leaves out what "
			   "could be"
			 : "no packet can be read as IP with its addresses and "
			   "ports");
}

/* Such sessions failed; it is their place that is not known. */
static bool has_failed(const struct model *m)
{
	return strncmp(m->findings[0].rule, "stop.", 5) == 0;
}

static char *nothing_grave(const struct model *m, uint64_t packets,
			   bool undecided)
{
	if (!m->n_sessions)
		return nothing_to_judge(m, packets);
	if (m->n_findings && m->findings[0].severity == SEV_LOW)
		return m->n_points > 1
			       ? mem_printf("Nothing serious %s between these "
					    "points; the main finding: %s.",
					    undecided || has_failed(m)
						    ? "is proven"
						    : "was found",
					    m->findings[0].title)
			       : mem_printf("The most that this one capture "
					    "shows: %s.",
					    m->findings[0].title);
	return mem_strdup(nothing_found(m, undecided));
}

static bool is_worse(const struct counts *a, const struct counts *b)
{
	return a->n[FATE_UNDECIDED] > b->n[FATE_UNDECIDED];
}

/* "Nothing wrong" means less if much is undecided: names the hop and way with
 * the largest share. */
static char *most_undecided(const struct model *m)
{
	static const struct counts none;
	const struct counts *most = &none;
	int from = 0, to = 0;
	char n[TEXT_UNIT], of[TEXT_UNIT];
	uint64_t all = 0;

	for (size_t i = 0; i < m->figures.n; i++)
		for (int w = 0; w < 2; w++) {
			const struct hop_figures *h = &m->figures.hop[i];

			if (!is_worse(&h->way[w].tx, most))
				continue;
			most = &h->way[w].tx;
			from = w ? h->to_pos : h->from_pos;
			to = w ? h->from_pos : h->to_pos;
		}
	for (int f = FATE_DELIVERED; f <= FATE_UNDECIDED; f++)
		all += most->n[f];
	if (most->n[FATE_UNDECIDED] < DOUBTED_LEAST ||
	    (double)most->n[FATE_UNDECIDED] < DOUBTED * (double)all)
		return NULL;
	return mem_printf("Of %s of %s packets from %s to %s nothing tells "
			  "whether they arrived: the capture at %s lacks them, "
			  "and may only have missed them, or it shows them "
			  "otherwise than they were.",
			  text_count(most->n[FATE_UNDECIDED], n),
			  text_count(all, of), model_point_name(m, from),
			  model_point_name(m, to), model_point_name(m, to));
}

/* Not that the client is to blame: a person may read, or a stream keep its pace. */
static char *client_waits(double share)
{
	return mem_printf("For %.0f %% of the time nothing shows that the "
			  "client waited for anyone: a user's pause, or the "
			  "pace of a program or a stream, is no fault by "
			  "itself.",
			  100 * share);
}

/* If nothing is wrong, where most of the time went is the news. */
static char *most_of_the_time(const struct model *m)
{
	static const char nagle[] = "small data that waited for an "
				    "acknowledgement (Nagle, delayed ACK)";
	static const char *const to[TIME_PARTS] = {
		[TIME_PATH] = "the path",
		[TIME_TRANSFER] = "sending the data",
		[TIME_RECOVERY] = "recovery from loss",
		[TIME_WINDOW] = "waiting for the receiver's window",
		[TIME_NAGLE] = nagle,
		[TIME_CWND] = "the congestion window",
		[TIME_QUEUE] = "queues on the path",
	};
	size_t n;
	const struct group *g = model_groups(m, GROUP_CASE, &n);
	int64_t total = n ? group_total(g) : 0;

	for (int p = 0; p < TIME_PARTS && total > 0; p++) {
		double share = (double)g->part[p] / (double)total;
		const char *who = to[p];

		if (p == TIME_CLIENT && share >= MOST)
			return client_waits(share);
		if (p == TIME_SERVER)
			who = m->n_points > 1 ? "the server"
					      : "the server's side";
		if (who && share >= MOST)
			return mem_printf("%.0f %% of the time went to %s.",
					  100 * share, who);
	}
	return NULL;
}

/* Files in another order than the path's make everything else doubtful. */
static const char *doubt(const struct model *m)
{
	for (size_t i = 0; i < m->n_qualities; i++)
		if (!strcmp(m->qualities[i].what, QUALITY_PATH_ORDER))
			return m->qualities[i].text;
	return NULL;
}

/* Frames that are not IP are said apart: a reader who sees ten thousand packets
 * and one session of ten asks what became of the others. */
static char *extent(const struct model *m, uint64_t packets)
{
	char n[TEXT_UNIT], other[TEXT_UNIT], sessions[TEXT_UNIT];
	struct text t = { 0 };
	uint64_t not_ip = 0;

	for (size_t i = 0; i < m->n_files; i++)
		not_ip += m->files[i].not_ip;
	text_add(&t, "%zu point%s, %s packet%s", m->n_points,
		 m->n_points == 1 ? "" : "s", text_count(packets, n),
		 packets == 1 ? "" : "s");
	if (not_ip)
		text_add(&t, " (%s not IP)", text_count(not_ip, other));
	text_add(&t, ", %s session%s.",
		 text_count((uint64_t)m->n_sessions, sessions),
		 m->n_sessions == 1 ? "" : "s");
	return t.at;
}

void answer_make(struct answer *a, const struct model *m)
{
	const char *first = doubt(m);
	uint64_t packets = 0;
	char *more;

	*a = (struct answer){ 0 };
	for (size_t i = 0; i < m->n_files; i++)
		packets += m->files[i].packets;
	a->extent = extent(m, packets);
	if (first)
		a->line[a->n++] = mem_printf("%s.", first);
	for (size_t i = 0; i < m->n_findings && a->n < ANSWER_LINES; i++) {
		if (m->findings[i].severity < SEV_MEDIUM)
			break;
		a->line[a->n++] = mem_printf("%s.", m->findings[i].title);
	}
	a->grave = a->n > 0;
	if (a->n > (first ? 1 : 0))
		return;
	more = most_undecided(m);
	a->line[a->n++] = nothing_grave(m, packets, more != NULL);
	if (more && a->n < ANSWER_LINES)
		a->line[a->n++] = more;
	else
		free(more);
	more = a->n < ANSWER_LINES ? most_of_the_time(m) : NULL;
	if (more)
		a->line[a->n++] = more;
	if (m->n_points == 1 && m->n_sessions && a->n < ANSWER_LINES)
		a->line[a->n++] = mem_strdup(one_side);
}

void answer_release(struct answer *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->line[i]);
	free(a->extent);
	*a = (struct answer){ 0 };
}
