/* Keys: values that the same session should show at two points.
 *
 * reads:  struct flow
 *
 * key_counts.h says how common they are, key_lookup.h which flow has one,
 * keys_join.h which flows of two points share one.
 */
#pragma once

#include "correlate/pair_int.h"

enum key_kind {
	KEY_ISN_PAIR,  /* both initial sequence numbers */
	KEY_ISN,       /* either one */
	KEY_HEAD,      /* first bytes of a direction */
	KEY_SAMPLE,    /* content of a segment or datagram, and its length */
	KEY_TSVAL,     /* time stamp of a SYN */
	KEY_SEQ_END,   /* where the numbers ended, for flows without a SYN */
	KEY_TURNS,     /* bytes of the first turns */
	KEY_TUPLE,     /* both ends */
	KEY_SYN_PRINT, /* options and window of a SYN that got no answer */
	KEY_SERVER,    /* the server's end */
	KEY_CLIENT,    /* the client's */
	KEY_KINDS
};

/* A key of a flow: at most KEY_MAX of a kind. */
#define KEY_MAX (2 * FLOW_SAMPLES)
struct key {
	uint64_t hash;
	int64_t time_ns; /* when this point saw what it stands for; INT64_MIN:
			   * not known */
	int dir;
};

/* Was of its content too little captured to know it again? */
bool flow_is_cut(const struct flow *f);

size_t flow_keys(const struct point *p, const struct flow *f,
		 enum key_kind kind, struct key *out);

/* Single keys, for weighing how common a value is.  Inline, since pairing computes
 * some thirty for each flow. */

static inline uint64_t key_of(enum key_kind kind, uint64_t a, uint64_t b)
{
	return key_mix(key_mix(0x70616972u + (unsigned)kind, a), b);
}

static inline uint64_t key_isn(const struct flow_dir *d)
{
	return key_of(KEY_ISN, (uint32_t)d->seq_first, 0);
}

static inline uint64_t key_head(const struct flow_dir *d)
{
	return key_of(KEY_HEAD, d->head, d->head_len);
}

static inline uint64_t key_sample(const struct sample *s)
{
	return key_of(KEY_SAMPLE, s->digest, s->len);
}

static inline uint64_t key_tsval(const struct flow_dir *d)
{
	return key_of(KEY_TSVAL, d->syn_tsval, 0);
}

static inline uint64_t key_syn_print(const struct flow_dir *d, bool with_mss)
{
	uint64_t a = (uint64_t)d->window << 24 | (uint64_t)d->opts << 8 |
		     (uint8_t)d->wscale;
	uint64_t b = with_mss ? (uint64_t)d->order << 16 | d->mss : 0;

	return key_of(KEY_SYN_PRINT, a, b);
}

static inline uint64_t key_ip_id(const struct flow_dir *d)
{
	return key_mix(0x69706964, d->ip_id);
}

static inline uint64_t key_turns(const struct flow *f, int k)
{
	return key_of(KEY_TURNS, f->turn_hash[k], (uint64_t)k);
}

static inline uint64_t key_end(const struct flow *f, int e)
{
	return key_of(KEY_SERVER, (uint64_t)f->addr[e] << 16 | f->port[e],
		      f->proto);
}

static inline uint64_t key_tuple(const struct flow *f)
{
	return key_mix(7, key_end(f, 0) + key_end(f, 1));
}

static inline uint64_t key_addr(const struct flow *f, int e)
{
	return key_mix(0x61646472, f->addr[e]);
}

static inline uint64_t key_port(const struct flow *f, int e)
{
	return key_mix(0x706f7274, (uint64_t)f->port[e] << 8 | f->proto);
}

/* What TCP flows of the same content have in common however it is cut: the first
 * bytes both ways, and the turns or, in a whole flow, the numbers of bytes.
 * 0: too little is known. */
uint64_t key_twins(const struct flow *f);
/* The lengths of the first turns, in the same table; 0: not known. */
uint64_t key_first_turns(const struct flow *f);
/* key_tuple() of the flow whose ends a header or a trailer names. */
uint64_t key_named_tuple(const struct flow_preface *x);
