/* Evidence, in bits, that two flows are the same session.
 *
 * reads:  struct flow       writes: struct score
 */
#pragma once

#include "correlate/coarse.h"
#include "correlate/pair_int.h"

enum evidence {
	EV_ISN,
	EV_CONTENT,
	EV_SAMPLE,
	EV_SEQ,
	EV_TS,
	EV_OPTIONS,
	EV_IPID,
	EV_TURNS,
	EV_ENDS,
	EV_CLIENT,
	EV_SERVER,
	EV_PORT,
	EV_MAP,
	EV_TIME,
	EV_TOTAL,
	EV_NAMED,
	EV_AGAINST,
	EV_KINDS
};

/* The right end that a left server end mostly went with (majority vote). */
struct server_map {
	uint64_t right;
	uint32_t votes;
};

/* Sure pairs of two points with numbers of both ways moved. */
struct custom {
	size_t relays, moved; /* over relays, and others */
};

/* Two counts that may be of the same pairs: in doubt fewer relays, and more
 * others. */
static inline struct custom custom_both(struct custom a, struct custom b)
{
	return (struct custom){ a.relays > b.relays ? a.relays : b.relays,
				a.moved + b.moved };
}

/* What sure pairs of these two points have shown; helps, never vetoes. */
struct habits {
	/* by hash of (left value, right value): pairs that showed them, HABIT
	 * of them, or one at least */
	struct htab habit, once;
	struct htab servers; /* left server end -> place in server */
	struct VEC(struct server_map) server;
	size_t isn_pairs, isn_same; /* sure pairs with both SYNs */
	size_t ts_pairs, ts_same;
	struct htab relays; /* hash of two server ends -> in relay */
	struct VEC(uint32_t) relay;
	struct custom here;           /* what this pass learns */
	struct custom known;          /* from other hops and passes before; may
				       * be of the same pairs */
	size_t port_pairs, port_same; /* of the client */
	struct htab fresh;            /* since habits_watch(): hashes of two
				       * values that became a habit */
};

/* What is learnt of one pair; made by any thread, heeded by one. */
struct lesson {
	uint64_t ends, addrs; /* of both sides together: servers', clients' */
	uint64_t server[2];
	uint8_t isn_pairs, isn_same, ts_pairs, ts_same;
	bool moved, port_same;
};

/* What scores heed of all pairs together. */
struct habits_sum {
	bool keep_isn, keep_ts, change_ports;
	int custom; /* of those with other numbers: 1 relays, -1 rewritten */
};

#define RELAY_CUSTOM 2 /* proven ones that stand for the others */
#define HABIT                                                                  \
	2 /* pairs that show the same two values; no more and no
			* less: habits.c has them seen once, or again */

struct score_model {
	const struct point *l, *r;
	struct coarse coarse;
	struct habits habits;
	double log_n;  /* log2 of the larger point's flows */
	size_t n_maps; /* --map, as numbers of addresses */
	const uint32_t (*maps)[2];
};

enum rests {
	RESTS_ISN = 1,
	RESTS_TS = 2,
	RESTS_PORTS = 4,
	RESTS_CUSTOM = 8,
	RESTS_HABITS = 16, /* asked whether two values are a HABIT */
};

struct score {
	double bits;     /* weighed by how common values are here */
	double possible; /* as if no other flow here had the values: what
			      * twins share still makes them candidates */
	float part[EV_KINDS];
	uint8_t rests; /* enum rests: what of the habits it rests on */
	bool veto;
	bool contradicts;  /* vetoed by what they show, not for lack of it */
	bool relayed;      /* two connections, of a relay between the points:
			    * all of the above is about that */
	int client_side;   /* relayed: 0 the left's, 1 the right's, -1 */
	bool sure_relay;   /* relayed, and would be without what others show */
	bool swap;         /* right's directions are exchanged */
	bool sampled;      /* content of two or more segments agreed */
	bool isn_equal[2]; /* by left dir */
	bool delta_known[2], ts_known[2];
	uint32_t delta[2], ts_delta[2]; /* right's minus left's */
};

void score_flows(const struct score_model *m, const struct flow *l,
		 const struct flow *r, struct score *out);
/* The same; what cannot have @least bits in `possible`, whatever the rest of its
 * evidence is, may be vetoed before that is looked at. */
void score_candidate(const struct score_model *m, const struct flow *l,
		     const struct flow *r, double least, struct score *out);
/* Are they of two protocols, or datagrams of no content in common, whose ends and
 * times cannot bring @least bits?  Then score_candidate() gives no more. */
bool score_is_idle(const struct score_model *m, const struct flow *l,
		   const struct flow *r, double least);
/* Lines "what: n bits", joined by \n.  Caller frees. */
char *score_text(const struct score *s);

/* Bits below which two flows are not even candidates. */
double score_threshold(const struct score_model *m);

/* --- habits.c --- */
/* Of a pair: @swap and @relayed as in its score. */
struct lesson habits_lesson(const struct flow *l, const struct flow *r,
			    bool swap, bool relayed);
void habits_heed(struct habits *h, const struct lesson *x);
/* Asks for what heeding it looks at. */
void habits_fetch(const struct habits *h, const struct lesson *x);
/* Both at once. */
void habits_learn(struct score_model *m, const struct flow *l,
		  const struct flow *r, bool swap, bool relayed);
struct habits_sum habits_sum(const struct habits *h);
/* From here on, what becomes a habit is remembered; but not of relays. */
void habits_watch(struct habits *h);
/* What of the sum has changed: enum rests. */
unsigned habits_changed(const struct habits_sum *was,
			const struct habits_sum *is);
/* May two flows score otherwise than before, as far as it rests on no sum? */
bool habits_fresh(const struct habits *h, const struct flow *l,
		  const struct flow *r);
/* Is it a habit that @left at one point goes with @right at the other? */
bool habits_has(const struct habits *h, uint64_t left, uint64_t right);
/* Key of the server's end at the right for a left one; itself if unknown.
 * @ctx: the habits. */
uint64_t habits_server(void *ctx, uint64_t left);
/* Pairs of these two servers' ends that times prove to be relayed. */
void habits_learn_relay(struct habits *h, uint64_t left, uint64_t right);
uint32_t habits_relayed(const struct habits *h, uint64_t left, uint64_t right);
void habits_release(struct habits *h);
