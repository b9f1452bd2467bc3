/* What losses have in common, in words: a policed rate, bursts, datagrams that
 * lack a fragment.
 *
 * References: token buckets, RFC 2697; fragments, RFC 791, 3.2.
 */
#include "report/derive/loss.h"

#include <stdio.h>

#include "base/text.h"

bool loss_is_policed(const struct lost_way *w)
{
	return w->policed && w->policed_lost * 2 >= w->swept_lost;
}

void loss_policer_text(struct draft *f, const struct model *m,
		       const struct lost_way *w)
{
	char share[WORDS], n[TEXT_UNIT];
	double mbit = (double)w->rate_bps / 1e6;

	draft_title(f,
		    "A policer between %s and %s drops what comes faster than "
		    "about %.2g Mbit/s: %s",
		    model_point_name(m, w->from_pos),
		    model_point_name(m, w->to_pos), mbit,
		    loss_share(m, w, share));
	draft_text(
		f,
		"%s session%s lose%s like a token bucket: a packet is dropped "
		"just when more was sent than %.3g Mbit/s (of payload) "
		"allows, and passes as soon as that has been waited for.  "
		"Up to %lld bytes passed at once.",
		text_count(w->policed, n), plural(w->policed),
		w->policed == 1 ? "s" : "", mbit, (long long)w->burst);
	if (w->policed_judged)
		draft_text(f,
			   "Delay had grown before %llu of %llu losses: a full "
			   "queue would have held packets up first.",
			   (unsigned long long)w->policed_inflated,
			   (unsigned long long)w->policed_judged);
	else
		draft_against(f, "the delay before the losses is not known, as "
				 "the two clocks cannot be compared: a short "
				 "queue that overflows is not excluded");
	draft_against(f,
		      "the rate is what these sessions got: others that share "
		      "the limit and were not captured make it larger");
	json_object_set_new(f->measure, "rate_bps", json_integer(w->rate_bps));
	json_object_set_new(f->measure, "burst_bytes", json_integer(w->burst));
	json_object_set_new(f->measure, "policed_sessions",
			    json_integer((json_int_t)w->policed));
}

void loss_burst_text(struct draft *f, const struct lost_way *w)
{
	const struct run_facts *r = &w->runs;
	char a[TEXT_UNIT], b[TEXT_UNIT], c[TEXT_UNIT], ns[TEXT_UNIT];
	char shared[80] = "";

	if (r->shared)
		snprintf(shared, sizeof shared,
			 ", and %llu run%s hit%s more than one session",
			 (unsigned long long)r->shared, plural(r->shared),
			 r->shared == 1 ? "s" : "");
	draft_text(
		f,
		"They come in bursts: %s of %s are in %s run%s of neighbours, "
		"the longest of %llu within %s%s.  %.0f %% of the losses "
		"follow another within three frames; by chance it would be "
		"%.0f %%.",
		text_count(r->losses, a), text_count(w->losses.at.n, b),
		text_count(r->runs, c), plural(r->runs),
		(unsigned long long)r->longest,
		text_duration(r->longest_ns, ns), shared, 100 * r->neighbours,
		100 * r->by_chance);
	if (w->judged && w->inflated * 2 >= w->judged)
		draft_text(
			f,
			"Delay had grown before %llu of %llu losses: a queue "
			"that overflows.",
			(unsigned long long)w->inflated,
			(unsigned long long)w->judged);
	else if (w->judged)
		draft_text(
			f,
			"Delay had grown before %llu of %llu losses only: "
			"rather a line or device that fails for moments than "
			"a queue that overflows.",
			(unsigned long long)w->inflated,
			(unsigned long long)w->judged);
	json_object_set_new(f->measure, "runs",
			    json_integer((json_int_t)r->runs));
	json_object_set_new(f->measure, "in_runs",
			    json_integer((json_int_t)r->losses));
	json_object_set_new(f->measure, "longest_run",
			    json_integer((json_int_t)r->longest));
}

static void broken_text(struct text *t, const struct lost_datagram *x)
{
	text_puts(t, t->n ? "; " : "");
	if (!x->number && x->missing == 1) /* the near point lacks some, too */
		text_add(t, "the one at %u of datagram %u", x->from, x->id);
	else if (!x->number)
		text_add(t, "%u of datagram %u", x->missing, x->id);
	else if (x->missing == x->fragments)
		text_add(t, "all %u fragments of datagram %u", x->fragments,
			 x->id);
	else if (x->missing == 1)
		text_add(t, "fragment %u of %u of datagram %u (bytes %u to %u)",
			 x->number, x->fragments, x->id, x->from, x->to - 1);
	else
		text_add(t,
			 "%u of %u fragments of datagram %u, the first is "
			 "number %u",
			 x->missing, x->fragments, x->id, x->number);
}

bool loss_of_rests(const struct lost_way *w)
{
	return w->datagrams && w->rests && w->rest_lost == loss_all(w);
}

void loss_rests_title(struct draft *f, const struct model *m,
		      const struct lost_way *w)
{
	const char *from = model_point_name(m, w->from_pos);
	char n[TEXT_UNIT];

	draft_title(f,
		    "What %s has of %s incomplete datagram%s does not get to "
		    "%s",
		    from, text_count(w->rests, n), plural(w->rests),
		    model_point_name(m, w->to_pos));
}

static void rests_text(struct draft *f, const struct lost_way *w)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (!w->datagrams || !w->rests)
		return;
	draft_text(
		f,
		"%s missing fragment%s %s of %s datagram%s of which the near "
		"capture has no more than a part: a device that puts "
		"datagrams together (a firewall, a NAT) keeps what others "
		"were lost of, so these need not be another loss.",
		text_count(w->rest_lost, n), plural(w->rest_lost),
		w->rest_lost == 1 ? "is" : "are", text_count(w->rests, of),
		plural(w->rests));
	json_object_set_new(f->measure, "fragments_of_incomplete",
			    json_integer((json_int_t)w->rest_lost));
}

/* Programs send datagrams: one lost fragment loses the whole. */
void loss_fragments_text(struct draft *f, const struct lost_way *w)
{
	struct text t = { 0 };
	char share[WORDS];
	uint64_t lost = w->pieces_lost - (w->datagrams ? w->rest_lost : 0);
	const char *among;

	rests_text(f, w);
	if (!lost)
		return;
	for (size_t i = 0; i < w->broken.n; i++)
		broken_text(&t, &w->broken.at[i]);
	among = w->broken.n < w->datagrams_lost ? "Missing, among others"
						: "Missing";
	if (w->datagrams)
		draft_text(f,
			   "%s sent in fragments %s lost, by "
			   "%llu missing fragment%s: one loses the whole, and "
			   "half a minute later the receiver drops the rest.  "
			   "%s: %s.",
			   words_share(w->datagrams_lost, w->datagrams,
				       "datagram", share),
			   w->datagrams_lost == 1 ? "is" : "are",
			   (unsigned long long)lost, plural(lost), among,
			   t.at ? t.at : "");
	else
		draft_text(f,
			   "%llu fragment%s of datagrams, or of packets in a "
			   "tunnel: one loses the whole.  %s: %s.",
			   (unsigned long long)lost, plural(lost), among,
			   t.at ? t.at : "");
	if (w->overlapping)
		draft_text(f,
			   "%llu datagram%s with overlapping fragments: many "
			   "receivers drop these.",
			   (unsigned long long)w->overlapping,
			   plural(w->overlapping));
	json_object_set_new(f->measure, "datagrams_in_fragments",
			    json_pack("{s:I, s:I, s:I}", "entered",
				      (json_int_t)w->datagrams, "lost",
				      (json_int_t)w->datagrams_lost,
				      "fragments_lost",
				      (json_int_t)w->pieces_lost));
	text_release(&t);
}
