/* Hands a living part's payload to its talk (capture/talk.h).
 *
 * Talks are kept beside the parts, in a table of their own with the same
 * indexes: most parts stop parsing after a few segments, and their packets
 * never touch it.
 */
#include <stdlib.h>

#include "base/seq.h"
#include "capture/flow_int.h"
#include "capture/talk.h"

static struct talk_ref *ref_at(const struct flowtab *t, uint32_t i)
{
	return &t->talk[i / FLOW_PAGE][i % FLOW_PAGE];
}

void flow_hear_page(struct flowtab *t)
{
	if (!t->talks)
		return;
	t->talk = mem_grow(t->talk, &t->cap_talk, t->n_pages, sizeof *t->talk);
	t->talk[t->n_pages - 1] = mem_zalloc(FLOW_PAGE, sizeof *t->talk[0]);
}

void flow_hear_end(struct flowtab *t, uint32_t i)
{
	if (!t->talks)
		return;
	talk_end(t->talks, ref_at(t, i));
	*ref_at(t, i) = (struct talk_ref){ 0 };
}

void flow_hear_free(struct flowtab *t)
{
	for (size_t i = 0; t->talks && i < t->n_pages; i++) {
		for (size_t k = 0; k < FLOW_PAGE; k++)
			talk_end(t->talks, &t->talk[i][k]);
		free(t->talk[i]);
	}
	free(t->talk);
}

void flow_hear_fetch(const struct flowtab *t, uint32_t i)
{
	fetch_line(ref_at(t, i));
}

void flow_hear_fetch_talk(const struct flowtab *t, uint32_t i, unsigned dir)
{
	if (ref_at(t, i)->talk)
		talk_fetch(ref_at(t, i)->talk, dir);
}

void flow_hear_fetch_end(const struct flowtab *t, uint32_t i)
{
	if (ref_at(t, i)->talk)
		talk_fetch_end(ref_at(t, i)->talk);
}

static void hear_stream(struct flowtab *t, const struct live *f,
			struct talk_ref *ref, struct talk_in *in)
{
	const struct record *r = &in->p->rec;
	const struct side *s = &f->side[in->dir];

	in->off = r->seq64 + (r->tcp_flags & REC_SYN ? 1 : 0);
	in->acked = f->side[!in->dir].ack_max;
	in->started = s->syn;
	if (s->syn)
		in->start = seq_unwrap(s->ref, s->isn + 1) +
			    (s->preface ? s->preface->len : 0u);
	talk_stream(t->talks, ref, in);
}

void flow_hear(struct flowtab *t, uint32_t i, unsigned dir,
	       const struct packet *p)
{
	const struct record *r = &p->rec;
	struct live *f = live_at(t, i);
	struct talk_in in = { .p = p, .part = f->number, .dir = (uint8_t)dir };
	struct talk_ref *ref;

	ref = ref_at(t, i);
	if (p->key.proto == IPPROTO_TCP) {
		if (r->tcp_flags & REC_RST) {
			talk_end(t->talks, ref);
			f->deaf = true;
			return;
		}
		if (!r->pay_len || !flow_has_sequence(p))
			return;
		hear_stream(t, f, ref, &in);
	} else if (p->key.proto == IPPROTO_UDP) {
		if (!r->pay_len || (r->marks & REC_FRAG && r->frag_off))
			return;
		in.off = r->seq64;
		talk_datagram(t->talks, ref, &in);
	} else {
		f->deaf = true;
		return;
	}
	f->deaf = talk_deaf(ref);
}
