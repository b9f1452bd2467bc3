/* Phrases that several rules share: sessions, packets, shares.
 *
 * Sequence and acknowledgement numbers are relative to the SYN where the point
 * saw one (data starts at 1, as in Wireshark), else raw.
 */
#include "report/derive/words.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

char *words_session(const struct session_view *v, size_t i,
		    char out[static WORDS])
{
	char a[NET_END_TEXT], b[NET_END_TEXT], p[16];
	const struct flow_row *f = &v->flow[i].row;

	snprintf(out, WORDS, "%s -> %s (%s)",
		 net_side_text(f->proto, &f->client, &f->server, false, a),
		 net_side_text(f->proto, &f->client, &f->server, true, b),
		 proto_name(f->proto, p));
	return out;
}

const char *words_dir(int dir)
{
	return dir ? "server to client" : "client to server";
}

static unsigned long long relative(const struct session_view *v,
				   const struct fact *k, int dir, uint64_t seq)
{
	return flow_relative(&v->flow[k->has_near ? k->from : k->to], dir, seq);
}

/* Its number stands for TCP's window. */
static bool is_ping(const struct session_view *v, const struct record *r)
{
	return r->window &&
	       (v->row.proto == IPPROTO_ICMP || v->row.proto == IPPROTO_ICMPV6);
}

char *words_packet(const struct session_view *v, const struct fact *k,
		   char out[static WORDS])
{
	const struct record *r = k->has_near ? &k->near : &k->far;
	unsigned long long seq = relative(v, k, k->dir, r->seq64 + k->e.off);
	const char *ack = r->tcp_flags & REC_ACK ? ",ACK" : "";

	switch ((enum fate_kind)k->e.kind) {
	case KIND_SYN:
		snprintf(out, WORDS, "SYN%s", ack);
		break;
	case KIND_FIN:
		if (k->e.len)
			snprintf(out, WORDS, "FIN%s, %u bytes", ack, k->e.len);
		else
			snprintf(out, WORDS, "FIN%s", ack);
		break;
	case KIND_RST:
		snprintf(out, WORDS, "RST%s", ack);
		break;
	case KIND_ACK:
		snprintf(out, WORDS, "ACK %llu",
			 relative(v, k, !k->dir, r->ack64));
		break;
	case KIND_DATA:
		snprintf(out, WORDS, "data %llu..%llu (%u bytes)", seq,
			 seq + k->e.len, k->e.len);
		break;
	default:
		if (r->marks & REC_FRAG)
			snprintf(out, WORDS,
				 "fragment at %u (%u bytes) of datagram %u",
				 r->frag_off, r->pay_len, r->frag_id);
		else if (is_ping(v, r))
			snprintf(out, WORDS, "%s %u (%u bytes)",
				 k->dir ? "answer to ping" : "ping", r->window,
				 r->pay_len);
		else
			snprintf(out, WORDS, "datagram of %u bytes",
				 r->pay_len);
		break;
	}
	return out;
}

char *words_proof(const struct session_view *v, const struct fact *k,
		  char out[static WORDS])
{
	const struct flow_view *at = &v->flow[k->proof.flow];
	char ack[32] = "ACK";

	out[0] = '\0';
	if (!k->proof.frame)
		return out;
	/* else its number would not be of the sequence that is shown */
	if (at->dir[k->dir].syn || !v->flow[k->from].dir[k->dir].syn)
		snprintf(ack, sizeof ack, "ACK %llu",
			 (unsigned long long)flow_relative(at, k->dir,
							   k->proof.ack64));
	if (k->e.fate == FATE_UNSEEN)
		snprintf(out, WORDS, "%s%s acknowledges it", ack,
			 k->e.reason == WHY_SACKED ? " with SACK" : "");
	else if (k->e.basis == BASIS_EFFECT && k->proof.rst)
		snprintf(out, WORDS, "RST,%s: the end, still without it", ack);
	else if (k->e.basis == BASIS_EFFECT)
		snprintf(out, WORDS, "%s: long after, still without it", ack);
	else
		snprintf(out, WORDS, "%s%s", ack,
			 k->proof.sack
				 ? " with SACK of later bytes shows the hole"
				 : " again shows the hole");
	return out;
}

const struct point_row *fact_from(const struct session_view *v,
				  const struct fact *k)
{
	return v->flow[k->from].point;
}

const struct point_row *fact_to(const struct session_view *v,
				const struct fact *k)
{
	return v->flow[k->to].point;
}

void words_evidence(struct draft *f, const struct session_view *v,
		    const struct fact *k, const char *fmt, ...)
{
	va_list ap;
	char note[512];

	va_start(ap, fmt);
	vsnprintf(note, sizeof note, fmt, ap);
	va_end(ap);
	if (k->has_near)
		draft_evidence(f, fact_from(v, k)->id, k->near_file,
			       k->near.frame, k->near.time_ns, "%s", note);
	if (k->has_far)
		draft_evidence(f, fact_to(v, k)->id, k->far_file, k->far.frame,
			       k->far.time_ns, "%s%s", note,
			       k->has_near ? ", as it arrived" : "");
}

char *words_share(uint64_t part, uint64_t whole, const char *what,
		  char out[static WORDS])
{
	char a[TEXT_UNIT], b[TEXT_UNIT];

	snprintf(out, WORDS, "%s of %s %s%s (%.3g %%)", text_count(part, a),
		 text_count(whole, b), what, plural(whole),
		 whole ? 100.0 * (double)part / (double)whole : 0.0);
	return out;
}

char *words_time(int64_t ns, char out[static TEXT_UNIT])
{
	size_t n = strlen(text_time(ns, out));

	while (n > 2 && out[n - 2] == '0')
		n--;
	if (n > 2 && out[n - 2] == '.')
		n--;
	out[n - 1] = 'Z';
	out[n] = '\0';
	return out;
}

const char *words_reason(enum fate_reason why)
{
	static const char *const words[WHYS] = {
		[WHY_HOLE] = "acknowledgements show the hole",
		[WHY_NO_REACTION] = "the other side acted as if it never came",
		[WHY_NOT_THERE] =
			"it is absent, where that capture shows no gap",
		[WHY_ACKED] = "it was acknowledged",
		[WHY_SACKED] = "it was selectively acknowledged",
		[WHY_LATER_POINT] = "a later point has it",
		[WHY_EFFECT] = "a host reacted to it",
		[WHY_GAP] = "that capture has a gap there",
		[WHY_NOT_RUNNING] = "that capture was not running",
		[WHY_ONE_WAY] = "that capture never has this direction",
		[WHY_FILTERED] = "that capture's filter hides it",
		[WHY_ROTATION] = "between two files of a ring",
		[WHY_EDGE] = "too near the capture's end to tell",
		[WHY_CAPTURE_MAY_MISS] = "that capture may have missed it",
		[WHY_COPY_UNKNOWN] = "one of several copies, not told apart",
		[WHY_NO_CLOCK] = "the clocks share no time",
		[WHY_UNMATCHED_CONTENT] = "too little content to know it by",
		[WHY_THINNED] = "a superseded ACK, which devices may drop",
		[WHY_NOT_FROM_THERE] =
			"evidence says that it is not from there",
		[WHY_RELAY] = "across a relay that ends the connection",
		[WHY_ENDED] = "a relay ended its stream before these bytes",
		[WHY_QUOTED] = "an ICMP error quotes it",
		[WHY_LOST_HERE_OR_BEHIND] =
			"it never came: lost before or behind it",
	};

	return (size_t)why < WHYS ? words[why] : NULL;
}

const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void words_count_end(json_t *counts, const struct net_end *end)
{
	char key[NET_END_TEXT];
	json_t *n;

	net_end_text(end, key);
	n = json_object_get(counts, key);
	if (n || json_object_size(counts) < WORDS_ENDS)
		json_object_set_new(
			counts, key,
			json_integer(1 + (n ? json_integer_value(n) : 0)));
}

char *words_servers(const json_t *counts, char out[static WORDS])
{
	void *only = json_object_iter((json_t *)(uintptr_t)counts);
	size_t n = json_object_size(counts);

	if (n == 1)
		snprintf(out, WORDS, "all with %s", json_object_iter_key(only));
	else
		snprintf(out, WORDS, "with %zu servers%s", n,
			 n == WORDS_ENDS ? " or more" : "");
	return out;
}
