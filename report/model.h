/* The case as rules and renderers see it: read-only rows, no SQL.
 *
 * reads:  all rows      writes: nothing
 */
#pragma once

#include "correlate/timing.h"
#include "store/group.h"
#include "store/match.h"
#include "store/store.h"

struct model {
	struct store *store; /* not owned */
	size_t n_points, n_files, n_qualities, n_clocks, n_findings;
	struct point_row *points; /* path order: points[pos - 1] */
	struct file_row *files;
	struct quality_row *qualities;
	struct clock_row *clocks;
	struct timings *timings; /* of all points; owned; NULL: in tests */
	struct figures figures;  /* of the case */
	struct finding_row *findings;
	struct relay_row *relays; /* by front, then back */
	size_t n_relays;
	size_t *relays_by_back; /* indexes into relays, by back, then front */
	int64_t n_sessions;
	size_t n_groups;
	struct group *groups; /* by kind, heaviest first */
};

/* Loads all but sessions; there need not be findings yet.  Return: 0 or -1. */
int model_load(struct model *m, struct store *s, struct err *err);
void model_release(struct model *m);
/* Makes relays_by_back, as model_load() does itself. */
void model_sort_relays(struct model *m);

/* Groups of @kind.  Return: the first of *n. */
const struct group *model_groups(const struct model *m, enum group_kind kind,
				 size_t *n);

/* The sessions that a relay joins @session to, one at a time: first those that
 * continue it (row->front is @session), then those that it continues.  Return:
 * the @k-th; NULL: there are no more. */
const struct relay_row *model_relation(const struct model *m, int64_t session,
				       size_t k);

const struct point_row *model_point(const struct model *m, int64_t id);
const struct file_row *model_file(const struct model *m, int64_t id);
/* NULL if the point's clock has no row. */
const struct clock_row *model_clock(const struct model *m, int64_t point);
const char *model_point_name(const struct model *m,
			     int pos); /* path position */
/* What the clock of the point at @pos would have shown for the record, stamped
 * @t_ns, had it never been stepped (correlate/steady.h): for differences at one
 * point. */
int64_t model_steady_ns(const struct model *m, int pos, int64_t file,
			uint64_t frame, int64_t t_ns);

/* A session with its flows, SYN facts and figures. */
struct flow_view {
	struct flow_row row;
	const struct point_row *point;
	struct part_dir dir[2]; /* by flow dir: sums and first SYN over parts */
	uint64_t syn_seq[2];    /* of that SYN, in the flow's 64-bit numbers */
	int64_t first_file;     /* file of the first part */
};

/* A sequence number relative to the flow's SYN (data starts at 1; correct
 * beyond 4 GB, too); without a SYN, or before it, the number as captured. */
static inline uint64_t flow_relative(const struct flow_view *f, int dir,
				     uint64_t seq64)
{
	uint64_t rel = seq64 - f->syn_seq[dir];

	if (!f->dir[dir].syn)
		return (uint32_t)seq64;
	return rel <= INT64_MAX ? rel : (uint32_t)rel;
}

struct session_view {
	struct session_row row;
	struct flow_view *flow; /* one per row.flows; owned */
	struct figures figures;
	struct budget budget;
};

/* Return: false if there is no such session. */
bool session_view_load(struct session_view *v, const struct model *m,
		       int64_t id);
/* The same with row and figures only: v->flow is NULL. */
bool session_view_load_figures(struct session_view *v, const struct model *m,
			       int64_t id);
/* The same without the row's evidence and rivals, and without the budget. */
bool session_view_load_counts(struct session_view *v, const struct model *m,
			      int64_t id);
void session_view_release(struct session_view *v);

/* Are one-way delays of this hop and way known?  Not if the clocks are bounded
 * on one side only: then any delay fits. */
bool hop_delay_known(const struct hop_way *w);

/* Index into v->flow of the point nearest to the sender of @dir. */
int session_near_flow(const struct session_view *v, int dir);
/* Was anything of the session seen at flow @i's point?  If not, it was only
 * expected there (struct flow_row). */
bool session_has_packets(const struct session_view *v, size_t i);
/* For TCP: was the session's start captured, and nothing from the server? */
bool session_unanswered(const struct session_view *v);
/* Datagrams of the client that nothing came back for, and that ask for nothing: a
 * stream or a beacon, at its own pace. */
bool session_one_way(const struct session_view *v);
/* Index of the first flow with packets; 0 if there is none. */
size_t session_first_flow(const struct session_view *v);
/* "yes", "no", "unknown": is flow @i's point on a host of the session?  @end:
 * 0 client, 1 server, -1 either.  By --on-host, offloaded checksums or
 * segments; "no" by a TTL below the usual initial ones. */
const char *session_on_host(const struct session_view *v, int i, int end);

/* "tcp", "udp", "icmp", "icmpv6", "esp", "ip-89". Return: @out. */
char *proto_name(uint8_t proto, char out[static 16]);

/* What the path rewrote in a session, hop by hop. */
struct change {
	int from, to;     /* indexes into row.flows, path order */
	const char *dir;  /* "c2s", "s2c", "both" */
	const char *what; /* client-address, client-port, server-address,
			      * server-port, mss, window-scale, options,
			      * sequence, timestamp; connection: a relay ends it
			      * and opens another */
	char near[NET_END_TEXT], far[NET_END_TEXT];
};
/* Return: an array of *n, to be freed by the caller. */
struct change *session_changes(const struct session_view *v, size_t *n);
