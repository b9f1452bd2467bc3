/* change.payload of packets that arrive damaged.
 *
 * A packet whose checksum was right and is wrong at the next point was damaged
 * between them.  A host throws it away, so this is loss that no hop shows.  But
 * a capture may have wrong checksums for reasons of its own (merged packets, a
 * capture inside a device), and then hosts take them.  So of TCP's packets only
 * those count that were sent again, and datagrams unless they are most of a
 * session that is answered; the others were accepted.  Where as many were
 * accepted nothing is said.
 *
 * Of a stream that nobody answers, most of which is so, nothing tells: what is
 * damaged so often is less likely than a capture that shows it so.
 */
#include "report/derive/damage.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "correlate/hop.h"
#include "report/derive/words.h"

struct damaged_way {
	int from_pos, to_pos;
	uint64_t packets, again, accepted;
	uint64_t untold;     /* of packets: it may as well be the capture */
	bool more;           /* some of a session were not kept as facts */
	struct draft *draft; /* NULL: all were accepted */
};

struct damage VEC(struct damaged_way);

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct damage));
}

/* Is what goes in direction @dir answered, by what any point has? */
static bool is_answered(const struct session_view *v, int dir)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.packets[!dir])
			return true;
	return false;
}

/* Are they most of what the far point has? */
static bool is_most(const struct session_view *v, const struct fact *k,
		    uint64_t n)
{
	return 2 * n > v->flow[k->to].row.packets[k->dir];
}

static bool is_thrown_away(const struct session_view *v, const struct fact *k,
			   uint64_t n)
{
	if (v->row.proto == IPPROTO_TCP)
		return k->again || k->e.copy > 1;
	return !is_most(v, k, n) || !is_answered(v, k->dir);
}

/* Most of a stream that nobody answers? */
static bool is_untold(const struct session_view *v, const struct fact *k,
		      uint64_t n)
{
	return v->row.proto != IPPROTO_TCP && is_most(v, k, n) &&
	       !is_answered(v, k->dir);
}

/* Where not all facts were kept, those of which the payload or its checksum differs
 * in a hop's figures are the most that may be damaged. */
void damage_count(const struct session_view *v,
		  const struct session_facts *facts, uint64_t n[2])
{
	const int bit = __builtin_ctz(CHANGE_PAYLOAD_BYTES);

	n[0] = n[1] = 0;
	for (size_t i = 0; facts && i < facts->changed.n; i++)
		n[facts->changed.at[i].dir] += fact_spoilt(
			&facts->changed.at[i]);
	if (!facts || facts->changed.n < FACTS_KEPT)
		return;
	for (int d = 0; d < 2; d++)
		for (size_t k = 0; n[d] && k < v->figures.n; k++) {
			uint64_t all = v->figures.hop[k].way[d].changed[bit];

			n[d] = all > n[d] ? all : n[d];
		}
}

bool damage_explains(const struct session_view *v, const struct fact *k,
		     uint64_t n)
{
	return fact_spoilt(k) && (is_thrown_away(v, k, n) ||
				  record_content_agrees(&k->near, &k->far));
}

static struct damaged_way *
way_of(struct damage *s, const struct session_view *v, const struct fact *k)
{
	int from = v->row.flows[k->from].point_pos;
	int to = v->row.flows[k->to].point_pos;
	struct damaged_way *w;

	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].from_pos == from && s->at[i].to_pos == to)
			return &s->at[i];
	w = VEC_PUSH(s);
	*w = (struct damaged_way){ .from_pos = from, .to_pos = to };
	return w;
}

static void open_draft(struct damaged_way *w, struct derive *d,
		       const struct session_view *v)
{
	const struct model *m = derive_model(d);

	w->draft = draft_new(d, "change.payload", SEV_MEDIUM, 92);
	w->draft->damage = true;
	draft_hop(w->draft, m, w->from_pos, w->to_pos);
	draft_place(w->draft,
		    "between %s and %s: a device that edits packets and leaves "
		    "their checksums as they were, or whose memory or card is "
		    "faulty (what a cable damages Ethernet itself drops)",
		    model_point_name(m, w->from_pos),
		    model_point_name(m, w->to_pos));
	draft_session_filters(w->draft, v);
}

static void add(struct damaged_way *w, struct derive *d,
		const struct session_view *v, const struct fact *k)
{
	char what[WORDS];

	if (!w->draft)
		open_draft(w, d, v);
	w->packets++;
	w->again += k->again;
	draft_session(w->draft, v->row.id);
	words_evidence(w->draft, v, k,
		       "%s: its checksum is right at %s and wrong at %s",
		       words_packet(v, k, what), fact_from(v, k)->name,
		       fact_to(v, k)->name);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct damage *s = state;
	uint64_t n[2];

	if (v->row.verdict != PAIR_PAIRED)
		return;
	damage_count(v, facts, n);
	for (size_t i = 0; n[0] + n[1] && i < facts->changed.n; i++) {
		const struct fact *k = &facts->changed.at[i];
		struct damaged_way *w;

		if (!fact_spoilt(k))
			continue;
		w = way_of(s, v, k);
		w->more |= facts->changed.n >= FACTS_KEPT;
		w->untold += is_untold(v, k, n[k->dir]);
		if (is_thrown_away(v, k, n[k->dir]))
			add(w, d, v, k);
		else
			w->accepted++;
	}
}

static void tell(const struct model *m, struct damaged_way *w)
{
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	char n[TEXT_UNIT], again[TEXT_UNIT];
	bool one = w->packets == 1;

	draft_title(w->draft,
		    "%s%s packet%s %s damaged between %s and %s: %s wrong at "
		    "%s",
		    w->more ? "At least " : "", text_count(w->packets, n),
		    plural(w->packets), one ? "is" : "are", from, to,
		    one ? "its checksum is" : "their checksums are", to);
	draft_text(w->draft,
		   "%s checksum is right at %s, or left to the sender's card, "
		   "and wrong at %s.  A host throws such a packet away without "
		   "a word: it counts as arrived here, but for its sender it "
		   "is lost.",
		   one ? "Its" : "The", from, to);
	if (w->again && one)
		draft_text(w->draft, "It was sent again.");
	else if (w->again)
		draft_text(w->draft, "%s of them %s sent again.",
			   text_count(w->again, again),
			   w->again == 1 ? "was" : "were");
	draft_against(w->draft,
		      "a capture at %s that shows packets other than as they "
		      "were on the wire (a driver that merges or edits them) "
		      "looks the same%s",
		      to,
		      w->again ? ", if they were sent again for another reason"
			       : "");
	draft_next(w->draft,
		   "bypass the devices between %s and %s one by one, offload "
		   "functions of cards and hypervisors included; the "
		   "receiver's counters of checksum errors (netstat -s) must "
		   "have risen",
		   from, to);
	if (w->again > 2)
		w->draft->row.severity = SEV_HIGH;
	if (w->untold == w->packets) {
		w->draft->row.severity = SEV_LOW;
		draft_against(w->draft,
			      "they are most of a stream that nobody answers, "
			      "so nothing shows that who gets them throws them "
			      "away");
	}
	if (w->more)
		json_object_set_new(w->draft->measure, "at_least", json_true());
	json_object_set_new(w->draft->measure, "packets",
			    json_integer((json_int_t)w->packets));
	json_object_set_new(w->draft->measure, "sent_again",
			    json_integer((json_int_t)w->again));
}

static void finish(void *state, struct derive *d)
{
	struct damage *s = state;

	for (size_t i = 0; i < s->n; i++) {
		struct damaged_way *w = &s->at[i];

		if (w->draft && w->accepted >= w->packets)
			w->draft->dropped = true;
		else if (w->draft)
			tell(derive_model(d), w);
	}
	VEC_FREE(s);
	free(s);
}

const struct rule_group rules_damage = { "damage", begin, session, finish };
