/* Findings: a group of rules is one struct; rules see a read-only model.
 *
 * reads:  struct model, struct session_view, struct session_facts
 * writes: struct draft (a finding being written), by draft_new()
 *
 * The driver (derive.c) passes each session of interest to every group, with
 * the facts of one sweep over its fates; groups collect, and write their
 * findings in finish().
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/mem.h"
#include "report/derive/facts.h"
#include "report/model.h"

struct derive; /* the run: model and drafts */

const struct model *derive_model(const struct derive *d);

struct rule_group {
	const char *name;
	void *(*begin)(struct derive *d);
	/* @facts is NULL if the session was not swept (its figures and rows are
	 * available all the same). */
	void (*session)(void *state, struct derive *d,
			const struct session_view *v,
			const struct session_facts *facts);
	void (*finish)(void *state, struct derive *d); /* frees the state */
};

extern const struct rule_group rules_loss, rules_stop, rules_cut, rules_reset,
	rules_change, rules_damage, rules_marks, rules_reroute, rules_reply,
	rules_delay, rules_app, rules_order, rules_capture, rules_clock,
	rules_pairing, rules_relay, rules_related, rules_remap, rules_missing,
	rules_silent, rules_half, rules_flood, rules_hole, rules_ping,
	rules_held, rules_stall;

/* Is this one of the findings' names? */
bool rule_name_known(const char *name);

/* --- what other groups explain --- */
/* This session's losses are part of a stop.* finding: loss.path leaves them
 * out.  Call in session(). */
void derive_claim_losses(struct derive *d, int64_t session);
bool derive_losses_claimed(const struct derive *d, int64_t session);
/* The first of the ICMP errors that quote a packet of the session; *flow_index gets
 * the flow that it quotes.  Return: NULL if there is none. */
const struct message_row *derive_icmp(const struct derive *d,
				      const struct session_view *v,
				      int *flow_index);
/* The first of them that quotes the session's flow @flow_index, a packet of @dir
 * (-1: any), and has @status (MESSAGE_ICMP_STATUS), or NULL. */
const struct message_row *derive_icmp_at(const struct derive *d,
					 const struct session_view *v,
					 int flow_index, int64_t status,
					 int dir);

/* What ARP and neighbour discovery say (report/derive/resolve.h). */
struct resolve;
const struct resolve *derive_resolve(const struct derive *d);
/* What points see of the hosts of sessions that they lack; made on the first
 * call.  Only within session() and finish(). */
struct witness;
struct witness *derive_witness(struct derive *d);
/* Records of one direction of a flow.  *@file gets the record's file row; NULL: not
 * asked for.  Where nothing is found, neither *@out nor *@file is touched.
 *
 * The first record of the flow's direction @dir that has one of @flags (TCP);
 * with @flags 0, the first of all.  Return: false if there is none. */
bool derive_record(const struct derive *d, const struct flow_row *f, int dir,
		   unsigned flags, struct record *out, int64_t *file);
/* The last record of the flow's direction up to @until_ns that has one of
 * @flags; with @flags 0, that has data.
 * Return: false if there is none near the end. */
bool derive_last(const struct derive *d, const struct flow_row *f, int dir,
		 unsigned flags, int64_t until_ns, struct record *out,
		 int64_t *file);
/* The first record of the flow's direction with data after @from_ns, up to @until_ns.
 * Return: false if there is none near the end. */
bool derive_after(const struct derive *d, const struct flow_row *f, int dir,
		  int64_t from_ns, int64_t until_ns, struct record *out,
		  int64_t *file);
/* Did the flow speak a protocol (1 << enum message_proto) of @protos? */
bool derive_speaks(const struct derive *d, const struct flow_row *f,
		   uint32_t protos);
/* Evidence that the client's datagrams ask for an answer. */
enum asks {
	ASKS_NOTHING,
	ASKS_AGAIN,   /* a few, with one of them repeated */
	ASKS_REQUEST, /* by a known protocol */
};
enum asks derive_asks(const struct derive *d, const struct flow_row *f);

/* Has a finding of high severity been written whose rule begins with
 * @prefix? */
bool derive_found_high(const struct derive *d, const char *prefix);
/* Has a finding been written of packets of the session that arrived damaged? */
bool derive_found_damage(const struct derive *d, int64_t session);
/* A flow by its id; a point's flows have consecutive ids, in order of time. The
 * caller releases @out (flow_row_release).  Return: false if there is none. */
bool derive_flow(const struct derive *d, int64_t id, struct flow_row *out);
/* The client's direction of a part, for its SYN.  Return: false if there is no
 * such part. */
bool derive_part_syn(const struct derive *d, int64_t part,
		     struct part_dir *out);

/* --- writing a finding --- */
struct draft {
	struct finding_row row;
	json_t *measure;      /* object; owned */
	double weight;        /* within a severity: larger comes first */
	bool session_filters; /* its filters name a session, not frames */
	bool beside;          /* some frames are not what such a filter shows */
	bool damage;          /* it is of packets that arrived damaged */
	bool dropped;         /* merged into another finding, or disproved */
};

struct drafts VEC(struct draft *); /* owned; drafts_release() */

/* A finding without words, evidence or measure; @l owns it. */
struct draft *drafts_add(struct drafts *l, const char *rule,
			 enum severity severity, double weight);
/* Is there one of high severity whose rule begins with @prefix? */
bool drafts_have_high(const struct drafts *l, const char *prefix);
/* Is there one of damage that may have the session?  Past DRAFT_SESSIONS its list
 * does not tell. */
bool drafts_have_damage(const struct drafts *l, int64_t session);
/* For qsort_r() over drafts: severity, weight, then along the path, by how many
 * sessions, and by title.  @model: struct model. */
int draft_order(const void *a, const void *b, void *model);
/* Frees those that were dropped. */
void drafts_sweep(struct drafts *l);
void drafts_release(struct drafts *l);

/* What proxied.h keeps of this run.  Not to be freed. */
struct proxies;
struct proxies *derive_proxies(struct derive *d);

/* The same in this run's list, for a rule to write.  Larger weights come first among
 * those of a severity. */
struct draft *draft_new(struct derive *d, const char *rule,
			enum severity severity, double weight);
/* Sets the title, one line without a full stop. */
void draft_title(struct draft *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Appends a paragraph. */
void draft_text(struct draft *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Appends to what speaks against it, to the places where it may be, and to what is to be
 * done next. */
void draft_against(struct draft *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void draft_place(struct draft *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The likeliest place, before those that there are. */
void draft_place_first(struct draft *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void draft_next(struct draft *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Past DRAFT_SESSIONS none is listed, nor is the newest one again. */
void draft_session(struct draft *f, int64_t session);
/* Between the points at two positions, in any order. */
void draft_hop(struct draft *f, const struct model *m, int pos_a, int pos_b);
/* A frame (0: the file as a whole), as captured, with a note; past DRAFT_EVIDENCE
 * nothing. */
void draft_evidence(struct draft *f, int64_t point, int64_t file,
		    uint64_t frame, int64_t time_ns, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* A display filter for a file of a point. */
void draft_filter(struct draft *f, int64_t point, int64_t file, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));
/* The display filter of each point's flow of the session. */
void draft_session_filters(struct draft *f, const struct session_view *v);
/* Filters for each file's evidence frames. */
void draft_frame_filters(struct draft *f);
/* Once all evidence is collected: a session's filters do not show the evidence
 * of others, or what lies in another file of its point. */
void draft_finish_filters(struct draft *f);
/* @from is the same as @to: moves what it lists, and drops it. */
void draft_join(struct draft *to, struct draft *from);
/* The places between two points, in words: two captures prove that it happened
 * between them, not at which device. */
void draft_between(struct draft *f, const struct model *m, int from_pos,
		   int to_pos);

#define DRAFT_EVIDENCE 60 /* frames listed at most */
#define DRAFT_SESSIONS 1000
