/* Candidates: which records of a point may be matched, and which are first copies.
 *
 * A candidate is known by its key: its kind, and its place in the stream (of a pure
 * ACK what it acknowledges, of a datagram its content and length).  It is a first if
 * it goes beyond everything before it.  clock_match.c tells what firsts are good for.
 *
 * SYN, FIN and RST are matched by their place and flags, whatever payload they
 * seem to carry: devices that pad a frame and count the padding change it.  A
 * device between the points may itself send a RST to both hosts, so RSTs match
 * by token only.
 *
 * If the server's numbers are rewritten a device may have answered the SYN
 * itself (SYN cookies): its SYN,ACK left before the server's, which has the
 * same place and flags.  There SYNs are no candidates (no_opening).
 *
 * Across a relay (only_data) the packets differ but the bytes are the same, and
 * no byte leaves it before it arrived: firsts of data bound the clock as any
 * packet does, less tightly by the time that the relay keeps them.
 *
 * Datagrams have to be the only ones of the flow with their content and length, at
 * both points, or to have a token.  Fragments and empty datagrams are left out.
 *
 * Cost: O(1) a record.
 */
#include "correlate/clock_match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/seq.h"

void match_begin(struct match_list *l, unsigned warm)
{
	l->n = 0;
	l->warm = warm;
	l->begun = l->acked = false;
}

static void push(struct match_list *l, const struct record *r, int64_t file,
		 enum match_key kind, uint32_t what, bool first)
{
	struct match_rec *m;

	l->at = mem_grow(l->at, &l->cap, l->n + 1, sizeof *l->at);
	m = &l->at[l->n++];
	*m = (struct match_rec){
		.key = (uint64_t)kind << 56 | what,
		.time_ns = r->time_ns,
		.file = file,
		.frame = r->frame,
		.pay_len = r->pay_len,
		.head_digest = r->head_digest,
		.full_digest = r->full_digest,
		.tsval = r->tsval,
		.marks = r->marks,
		.pay_sum = r->pay_sum,
		.ip_id = l->only_data ? 0 : r->ip_id,
		.window = r->window,
		.opts = r->opts,
		.n_sack = r->n_sack,
		.flags = (uint8_t)r->tcp_flags,
		.first = first,
	};
	if (kind == KEY_DATAGRAM)
		m->key |= (uint64_t)(r->pay_len & 0xffffff) << 32;
}

/* Updates progress.  Return: did the record's own begin at or after its end? */
static bool is_first(struct match_list *l, const struct record *r, uint32_t seq)
{
	uint32_t end = seq + rec_seq_len(r);
	bool first = l->begun && seq_diff(seq, l->end) >= 0;

	if (!l->begun || seq_diff(end, l->end) > 0)
		l->end = end;
	l->begun = true;
	return first;
}

static bool is_more(struct match_list *l, const struct record *r, uint32_t ack)
{
	bool more;

	if (!(r->tcp_flags & REC_ACK))
		return false;
	more = l->acked && seq_diff(ack, l->ack) > 0;
	if (!l->acked || more)
		l->ack = ack;
	l->acked = true;
	return more;
}

static void add_segment(struct match_list *l, const struct record *r,
			int64_t file, uint32_t seq, uint32_t ack)
{
	bool first, more;

	if (l->only_data && r->tcp_flags & REC_RST)
		return;
	if (r->tcp_flags & REC_RST) {
		push(l, r, file, KEY_RST, seq, false);
		return;
	}
	first = is_first(l, r, seq);
	more = is_more(l, r, ack);
	if (r->tcp_flags & REC_SYN) {
		/* nothing comes before it: progress begins here */
		l->warm = 0;
		if (!l->no_opening && !l->only_data)
			push(l, r, file, KEY_SYN, seq, true);
		return;
	}
	if (l->warm > 0) {
		l->warm--;
		first = more = false;
	}
	if (l->only_data && !r->pay_len)
		return;
	if (r->tcp_flags & REC_FIN && !r->pay_len)
		push(l, r, file, KEY_FIN, seq, first);
	else if (r->pay_len)
		push(l, r, file, KEY_DATA, seq, first);
	else
		push(l, r, file, KEY_ACK, ack, more);
}

void match_add(struct match_list *l, const struct record *r, int64_t file,
	       bool tcp, uint32_t seq, uint32_t ack)
{
	if (r->marks & REC_FRAG)
		return;
	if (tcp)
		add_segment(l, r, file, seq, ack);
	else if (r->marks & REC_HEAD && r->pay_len)
		push(l, r, file, KEY_DATAGRAM, r->head_digest, true);
}

void match_release(struct match_list *l)
{
	free(l->at);
	*l = (struct match_list){ 0 };
}
