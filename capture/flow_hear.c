/* Hands a living part's payload to its talk (capture/talk.h).
 *
 * What a part keeps for its talk stands in the part itself, in lines that each
 * packet needs anyway: in a table beside, it would be on one more page, and pages
 * are what packets of many flows wait for.
 */
#include "base/seq.h"
#include "capture/flow_int.h"

static struct talk_ref ref_of(const struct live *f)
{
	return (struct talk_ref){ .talk = f->talk,
				  .looked = f->looked,
				  .datagrams = f->datagrams };
}

static void ref_keep(struct live *f, const struct talk_ref *ref)
{
	f->talk = ref->talk;
	f->looked = ref->looked;
	f->datagrams = ref->datagrams;
}

void flow_hear_end(struct flowtab *t, struct live *f)
{
	struct talk_ref ref = ref_of(f);

	if (!ref.talk)
		return;
	talk_end(t->talks, &ref);
	ref_keep(f, &ref);
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

/* Where the capture, or this part, begins with an answer, he who spoke first is the
 * server. */
static void hear_datagram(struct flowtab *t, struct live *f,
			  struct talk_ref *ref, const struct talk_in *in)
{
	bool answer = talk_datagram(t->talks, ref, in);

	if (f->side[0].data_packets + f->side[1].data_packets == 1)
		f->answers_first = answer;
}

void flow_hear(struct flowtab *t, struct live *f, unsigned dir,
	       const struct packet *p)
{
	const struct record *r = &p->rec;
	struct talk_in in = { .p = p, .part = f->number, .dir = (uint8_t)dir };
	struct talk_ref ref = ref_of(f);

	if (p->key.proto == IPPROTO_TCP) {
		if (r->tcp_flags & REC_RST) {
			talk_end(t->talks, &ref);
			ref.looked = TALK_DEAF;
		} else if (r->pay_len && flow_has_sequence(p)) {
			hear_stream(t, f, &ref, &in);
			if (ref.granted)
				flow_begin_streams(t, f, dir, p, ref.stream);
		}
	} else if (p->key.proto == IPPROTO_UDP) {
		if (r->pay_len && !(r->marks & REC_FRAG && r->frag_off)) {
			in.off = r->seq64;
			hear_datagram(t, f, &ref, &in);
		}
	} else {
		ref.looked = TALK_DEAF;
	}
	ref_keep(f, &ref);
}
