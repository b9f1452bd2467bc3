/* Keys: values that the same session should show at two points.
 *
 * reads:  struct flow       writes: point.seen, posting lists, pairs
 */
#pragma once

#include "correlate/coarse.h"
#include "correlate/pair_int.h"

enum key_kind {
	KEY_ISN_PAIR,  /* both initial sequence numbers */
	KEY_ISN,       /* either one */
	KEY_HEAD,      /* first bytes of a direction */
	KEY_SAMPLE,    /* content of a segment or datagram, and its length */
	KEY_TSVAL,     /* time stamp of a SYN */
	KEY_SEQ_END,   /* where the numbers ended, for flows caught in midst */
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

size_t flow_keys(const struct point *p, const struct flow *f,
		 enum key_kind kind, struct key *out);

/* Single keys, for weighing how common a value is. */
uint64_t key_isn(const struct flow_dir *d);
uint64_t key_head(const struct flow_dir *d);
uint64_t key_sample(const struct sample *s);
uint64_t key_tsval(const struct flow_dir *d);
uint64_t key_syn_print(const struct flow_dir *d, bool with_mss);
uint64_t key_ip_id(const struct flow_dir *d);
uint64_t key_turns(const struct flow *f, int k);
/* First bytes of a TCP flow, both ways, and its turns, else the bytes of a whole
 * one: what flows of one content have in common however it is cut; 0: not enough of
 * it is known. */
uint64_t key_twins(const struct flow *f);
uint64_t key_tuple(const struct flow *f);
uint64_t key_end(const struct flow *f, int e);
uint64_t key_addr(const struct flow *f, int e);
uint64_t key_port(const struct flow *f, int e);
/* Of the ends that a header or a trailer names: key_tuple() of what has them. */
uint64_t key_named_tuple(const struct flow_preface *x);

/* Counts all flows' keys in p->seen, and notes in each flow how common its own
 * are.  Once, after roles are known. */
void point_count_keys(struct point *p);
/* Asks for the samples of some flows; then for what weighing the first of them
 * looks at. */
void point_fetch_samples(const struct point *p, const struct flow *const *f,
			 size_t n);
void point_fetch_weights(const struct point *p, const struct flow *const *f,
			 size_t n);
/* Exact look-ups: flows by their ends, and TCP ones by key_twins(). */
void point_index_tuples(struct point *p);
void point_index_twins(struct point *p);
/* Has @p, beside its flow @f, another one with the key_tuple() @name?  0: no. */
bool point_has_other(const struct point *p, const struct flow *f,
		     uint64_t name);
/* @named, by the case's number of each of its flows: what it names; else as is. */
void point_note_names(const struct point *p, uint64_t *named);
/* Does any flow name the ends of another? */
bool point_names(const struct point *p);
/* In how many flows of the point a value is: never less, up to 255. */
static inline unsigned point_seen(const struct point *p, uint64_t key)
{
	return p->seen[key >> 7 & p->seen_mask];
}

/* --- joining two points on one kind --- */
struct side_set { /* flows of a point that take part */
	const struct point *p;
	const uint32_t *flow;
	size_t n;
};

struct pair_list { /* left flow << 32 | right flow */
	struct VEC(uint64_t) pair;
};

struct vote_list {
	struct VEC(struct vote) strong; /* of values seen once at each point */
	struct VEC(struct vote) weak;   /* of values seen a few times */
};

/* Adds to @out the pairs that share a key of @kind, to @votes (NULL: not
 * wanted) what their times say of the clock.  Values that many flows have are
 * narrowed to neighbours in time where @coarse knows the clock, else left out.
 * @map: for KEY_SERVER, the right key for a left one (NULL: itself). */
void keys_join(const struct side_set *left, const struct side_set *right,
	       enum key_kind kind, const struct coarse *coarse,
	       uint64_t (*map)(void *ctx, uint64_t key), void *map_ctx,
	       struct pair_list *out, struct vote_list *votes);
