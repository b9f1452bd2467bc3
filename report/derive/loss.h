/* Losses of one hop and way, collected over sessions, and how they are
 * reported.
 *
 * reads:  struct session_facts, figures     writes: struct draft
 */
#pragma once

#include "base/mem.h"
#include "report/derive/icmp.h"
#include "report/derive/outage.h"
#include "report/derive/resolve.h"
#include "report/derive/runs.h"
#include "report/derive/split.h"
#include "report/derive/words.h"

struct kept_loss { /* a frame to be shown */
	struct fact fact;
	int64_t session, flow, from_point;
	uint32_t copies; /* copies lost of this range */
	char what[WORDS], who[WORDS];
	int64_t proof_point;
	char proof[WORDS]; /* what shows it; empty: nothing */
};

enum syn_sort { /* what a SYN has that some devices do not let in */
		SYN_PLAIN,
		SYN_ECN,
		SYN_DATA,
		SYN_SORTS
};

struct syn_sent {
	int64_t t_ns; /* at the near point */
	bool lost;
};

struct lost_way {             /* one hop and way */
	int from_pos, to_pos; /* in the direction of travel */
	uint64_t by_kind[KINDS][FATES];
	uint64_t
		joined_lost; /* more segments of the wire than frames; 0 where shares
			       * are of frames (hop_wire()) */
	uint64_t by_basis[4];
	uint64_t quoted;            /* those of BASIS_EFFECT shown by ICMP
				     * errors */
	uint64_t sessions, injured; /* with loss; with a range that was never
				     * delivered */
	uint32_t max_delivered, min_lost, max_lost; /* IP total length, data */
	/* sessions whose first lost reset leaves its receiver unaware: it goes on for
	 * UNAWARE_NS or more; the longest of these */
	uint64_t unaware;
	int64_t unaware_ns, unaware_last; /* last: the last such session */
	struct VEC(struct kept_loss) kept;
	/* sessions of datagrams that pass the other way only, and what they
	 * lost */
	uint64_t one_way, one_way_lost;
	uint64_t astray; /* lost on it or behind it (loss_astray.c) */
	struct VEC(struct kept_loss) strays;
	uint64_t ranges; /* different data ranges lost */
	/* of the sessions swept: all losses; those of sessions that lose like
	 * a token bucket; their rates and bursts; delays before losses */
	uint64_t swept_lost, policed_lost, policed;
	int64_t rate_bps, burst;   /* sum; largest */
	uint64_t judged, inflated; /* of all sessions */
	uint64_t policed_judged, policed_inflated;
	struct runs losses;
	struct run_facts runs;
	struct outage_seen gone;
	bool out; /* for a while nothing got through, of which `outage` tells */
	struct outage outage;
	struct VEC(struct split_lossy) lossy; /* by session, LOSSY_MOST */
	struct split split;                   /* by: told, if not NONE */
	/* fragmented datagrams (fragments.h), in the sessions swept */
	uint64_t datagrams, datagrams_lost, pieces_lost, overlapping;
	uint64_t rest_lost, rests;
	struct VEC(struct lost_datagram) broken;
	/* "fragmentation needed" that was captured; NULL: none */
	const struct message_row *told;
	const struct point_row *told_at;
	bool told_near;         /* the point nearest to the sender saw it */
	uint64_t told_sessions; /* of those with loss, of which it did */
	uint32_t
		insisted; /* largest IP total length of data that was sent a third
			    * time and lost again; 0: none */
	/* SYNs without ACK of the sessions looked at, lost and delivered */
	uint64_t syn_lost[SYN_SORTS], syn_passed[SYN_SORTS];
	struct VEC(struct syn_sent) syns; /* some of them */
	unsigned
		syn_turns; /* how often some are lost after others passed, or first */
};

/* From the case's figures of all sessions: what entered the way. */
uint64_t loss_entered(const struct model *m, const struct lost_way *w,
		      enum fate_kind kind);
uint64_t loss_lost(const struct lost_way *w, enum fate_kind k);
uint64_t loss_all(const struct lost_way *w); /* of all kinds */
/* How many more segments than frames of the captures, in which cards join them, entered
 * the way in all.  Shares of loss are of what the wire has; what rests on frames counts
 * these. */
uint64_t loss_joined(const struct model *m, const struct lost_way *w);
/* words_share() of packets of all kinds, as the wire has them.  Return: @out. */
const char *loss_share(const struct model *m, const struct lost_way *w,
		       char out[static WORDS]);
/* The case's figures of the way; NULL: none. */
const struct hop_way *loss_all_of(const struct model *m,
				  const struct lost_way *w);
/* IP bytes: what no link in use refuses for its size, as every host takes 576 (RFC 791,
 * 3.1); who sends smaller packets meets no limit on it. */
#define LOSS_MTU_LEAST 576
/* Is all data lost there, every packet of it large, and nothing that carries none? */
bool loss_of_large_alone(const struct hop_way *all);
/* Are the losses due to a limit on packet size? */
bool loss_is_mtu(const struct model *m, const struct lost_way *w);

/* ---- each adds a paragraph, and its figures to the measure ---- */

/* How many were lost of each kind. */
void loss_kinds_text(struct draft *f, const struct model *m,
		     const struct lost_way *w);
/* How many are proven, how many rest on absence. */
void loss_basis_text(struct draft *f, const struct lost_way *w);
/* Lost resets that leave their receivers waiting; w->unaware. */
void loss_unaware_text(struct draft *f, const struct lost_way *w);
/* Sizes that suggest a limit but do not prove one. */
void loss_size_text(struct draft *f, const struct lost_way *w);
/* Sets the title, too. */
void loss_policer_text(struct draft *f, const struct model *m,
		       const struct lost_way *w);
void loss_burst_text(struct draft *f, const struct lost_way *w);
/* Is all that is lost of datagrams that had lost some before? */
bool loss_of_rests(const struct lost_way *w);
void loss_rests_title(struct draft *f, const struct model *m,
		      const struct lost_way *w);
void loss_fragments_text(struct draft *f, const struct lost_way *w);
/* Do the datagrams of a session vanish in @dir of a hop, while those of the other
 * direction arrive?  @way: of that session, by direction. */
bool loss_is_one_way(const struct hop_way way[static 2], int dir);
/* Are most losses of the way such sessions'? */
bool loss_one_way_mostly(const struct lost_way *w);
void loss_one_way_title(struct draft *f, const struct model *m,
			const struct lost_way *w);
void loss_one_way_text(struct draft *f, const struct model *m,
		       const struct lost_way *w);
/* For w->out. */
void loss_outage_title(struct draft *f, const struct model *m,
		       const struct lost_way *w);
/* For how long nothing got through, and between which frames; for w->out. */
void loss_outage_text(struct draft *f, const struct model *m,
		      const struct lost_way *w);

/* Who asked in vain for the hardware address of those that most of the losses shown
 * were for, at that time.  (loss_unresolved.c) */
void loss_unresolved_text(struct draft *f, const struct derive *d,
			  const struct lost_way *w);

/* Sets w->split, which is to be released: after loss_find_outage(). */
void loss_find_split(const struct model *m, struct lost_way *w);
/* For w->split.by. */
void loss_split_title(struct draft *f, const struct model *m,
		      const struct lost_way *w);
void loss_split_text(struct draft *f, const struct model *m,
		     const struct lost_way *w);

/* A fact of @v to be shown. */
struct kept_loss loss_kept(const struct session_view *v, const struct fact *k);
/* The frame that shows it, as evidence, if there is one. */
void loss_proof(struct draft *f, const struct kept_loss *x);
/* The frame, as evidence; @who: and of what session. */
void loss_frame(struct draft *f, const struct kept_loss *x, bool who,
		const char *to);
/* The best proven first; in order if they are of one session. */
void loss_frames_sort(struct lost_way *w);
/* The frames, as evidence and as filters. */
void loss_frames(struct draft *f, const struct lost_way *w,
		 const struct model *m);
void loss_write_mtu(struct derive *d, const struct lost_way *w);
/* A sentence on those astray, if any. */
void loss_astray_text(struct draft *f, const struct model *m,
		      const struct lost_way *w);
/* loss.path, where nothing else is lost. */
void loss_write_astray(struct derive *d, const struct lost_way *w);
/* Do most of the losses follow a token bucket? */
bool loss_is_policed(const struct lost_way *w);
/* Sets w->out and w->outage, which is to be released. */
void loss_find_outage(const struct model *m, struct lost_way *w);
/* Counts a SYN; one with ACK is none. */
void loss_syn_add(struct lost_way *w, const struct record *syn, bool lost);
/* When all are counted: sets w->syn_turns. */
void loss_syn_turns(struct lost_way *w);
/* Of which sort are all SYNs that are lost, and none that are not, at several times?
 * SYN_PLAIN: of none. */
enum syn_sort loss_syn_sort(const struct model *m, const struct lost_way *w);
void loss_syn_text(struct draft *f, const struct lost_way *w,
		   enum syn_sort sort);
/* Writes loss.policer, loss.burst, loss.path or loss.ack. */
void loss_write(struct derive *d, const struct lost_way *w);
