/* Inside the stop rules: what was found, and how it is reported.
 *
 * reads:  sessions     writes: a draft for each server, hop and kind
 */
#pragma once

#include "report/derive/missed.h"
#include "report/derive/resolve.h"
#include "report/derive/sources.h"
#include "report/derive/witness.h"
#include "report/derive/words.h"

enum stop_place {
	STOP_HOST,     /* all requests arrive: stop.host */
	STOP_REFUSED,  /* so do these, and the host says that nobody listens */
	STOP_PATH,     /* all are lost on a hop: stop.path */
	STOP_MISSING,  /* not at the next point, which sees other sessions of
		        * that host: stop.path, high if that is certain */
	STOP_UNPROVEN, /* not at the next point, which may not see such traffic
		        * at all: stop.path of low severity, one per hop */
};

#define SPOILT_LOOKED 4096
#define STOP_SOURCES 1000 /* of a group; a flood has as many as it likes */

struct stop_kind { /* what sessions of one finding have in common */
	enum stop_place place;
	enum severity severity;
	int from_pos, to_pos;
	bool datagrams;   /* not TCP */
	bool pings;       /* of these, ICMP echoes; whatever their identifier */
	bool asked_again; /* that is all that says that they want an answer */
	bool either_way;  /* it is not known which side the client is on */
	bool beyond;      /* to_pos is farther, but has nothing of that time */
	bool ended;       /* STOP_REFUSED: they had been answered before */
	bool one_way;     /* the point never has what the server sends */
};

struct stop_group { /* unanswered sessions of one server at one place */
	struct stop_kind kind;
	struct net_end server; /* as seen at the last point; of the first
			        * session */
	uint64_t sessions, opens, ports, servers;
	uint64_t spoilt; /* sessions whose first packet's checksum is wrong at
			  * the last point; looked at are SPOILT_LOOKED */
	uint64_t extra;  /* sessions whose SYN has an option beyond the usual
			  * ones, as signatures are */
	uint64_t again; /* sessions of which a point has more than one packet */
	uint64_t early; /* sessions begun before all that the next point has */
	uint64_t before; /* sessions of a time of which the next point has
			  * nothing; folded in, with their packets: */
	uint64_t before_opens;
	uint32_t beside; /* STOP_MISSING: sessions of the host at both points */
	struct spread spread; /* STOP_MISSING */
	bool missed;    /* and the capture there may have missed them all */
	bool overflow;  /* for services without a group of their own, */
	bool mixed;     /* and not all on one host */
	bool joined;    /* merged into another group */
	bool on_host;   /* STOP_HOST: the point is on the server, */
	bool at_client; /* or on the client */
	bool near; /* STOP_REFUSED: a point that is beside the server shows it */
	/* the ICMP error of the first session that has one, not owned, whether
	 * it says where to look, and how many sessions have the same */
	const struct message_row *error;
	bool error_where;
	uint64_t quoted;
	/* sessions of QUIC, as far as looked at, those whose client goes on over
	 * TCP, and others of datagrams, whose client does not */
	uint64_t quic_looked, over_tcp, goes_on_not;
	/* questions in vain for the hardware address of the host, and for how many
	 * of those kept; or by it, perhaps for the client's */
	struct unresolved unresolved, asks;
	uint64_t unresolved_of;
	bool asks_client;
	bool there; /* it sends meanwhile: it is there all the same */
	struct draft *draft;
	json_t *sources; /* address at the last point: count; owned; of the
			  * first STOP_SOURCES, and sessions of others: */
	uint64_t of_others;
	int64_t point; /* of stop.host */
	struct VEC(struct unanswered) kept;
};

struct stop {
	unsigned quic_looked;
	struct VEC(struct stop_group) groups;
};

/* The group for @server; a new one has no draft. */
struct stop_group *stop_group_of(struct stop *s, const struct stop_kind *kind,
				 const struct net_end *server);
/* What @n of its packets are called, and those that open a session. */
const char *stop_packets(const struct stop_group *g, uint64_t n);
const char *stop_opening(const struct stop_group *g, uint64_t n);
const char *stop_server_text(const struct stop_group *g,
			     char out[static NET_END_TEXT]);
/* "10.0.0.9:443", "10.0.0.9 (20 ports)", "20 services". */
char *stop_whom(const struct stop_group *g, char out[static WORDS]);
/* Could no other point show more?  Then whether they get there, and answers leave, is
 * not known. */
bool stop_alone(const struct stop_group *g, const struct model *m);
/* Who does not answer; one capture @alone only knows that no answer comes. */
char *stop_nobody(const struct stop_group *g, bool alone,
		  char out[static 2 * WORDS]);
/* Is it of ICMP?  Only echoes make sessions of that. */
bool stop_is_ping(const struct session_view *v);
struct stop_kind stop_kind_of(enum stop_place place, enum severity severity,
			      const struct session_view *v, int from, int to);
/* Adds a session all of whose opening packets are lost on the hop of @t. */
void stop_add_path(struct stop *s, struct derive *d,
		   const struct session_view *v,
		   const struct session_facts *facts, const struct hop_tail *t);
/* Adds one whose opening packets got to flow @last, and no further point should have
 * them; @kind: STOP_HOST or STOP_REFUSED. */
void stop_add_host(struct stop *s, struct derive *d,
		   const struct session_view *v,
		   const struct session_facts *facts, int last,
		   const struct stop_kind *kind);
/* Adds one whose opening packets got to flow @last and are not at the next point,
 * which ran; @t: what other sessions show of that point. */
void stop_add_missing(struct stop *s, struct derive *d,
		      const struct session_view *v, int last,
		      const struct sight *t);
/* The end of the path at which the client of flow @i, the only flow, is; -1:
 * not known. */
int stop_client_side(struct derive *d, const struct session_view *v, int i);
/* Does it come from a service's port, as answers do, at some point? */
bool stop_from_service(const struct session_view *v);
/* Counts an ICMP error that quotes the session; the first is told.  Return:
 * whether this was it. */
bool stop_quote(struct stop_group *g, struct derive *d,
		const struct session_view *v);
/* Is the same error known of both, or none? */
bool stop_same_error(const struct stop_group *a, const struct stop_group *b);
/* Does the error say of all sessions where to look? */
bool stop_is_told(const struct stop_group *g);
/* Is it of most sessions that a point lacks?  Then it is certain that something
 * dropped them: of high severity. */
void stop_quoted_weigh(struct stop_group *g);
/* Is the point of flow @last, which has the error that refuses the session, beside the
 * server? */
bool stop_refused_near(const struct derive *d, const struct session_view *v,
		       int last);
/* Says of how many it is, if not of all. */
void stop_quoted_say(struct stop_group *g);
/* Do the first packets of all arrive with a wrong checksum, as far as looked at?  Have
 * all SYNs an option beyond the usual ones? */
bool stop_all_spoilt(const struct stop_group *g);
bool stop_all_extra(const struct stop_group *g);
void stop_tell_spoilt(struct stop_group *g, const char *at);
void stop_tell_extra(struct stop_group *g);
/* Finds who asks in vain for the host's hardware address, and says where the cause is
 * then. */
void stop_unresolved_find(struct stop_group *g, struct derive *d);
/* Is it certain that all of them are not at the next point for that? */
bool stop_is_unresolved(const struct stop_group *g);
/* Says who did, and weighs it: after the title. */
void stop_unresolved_tell(struct stop_group *g, struct derive *d);
/* Says so where the sessions are DNS over TCP after answers that were cut short. */
void stop_tell_truncated(struct stop_group *g, struct derive *d);
/* Keeps a session of the group to look at what else was there then. */
void stop_keep(struct stop_group *g, const struct flow_row *f);
/* Counts a session, flow @f at the last point, if it is one of QUIC. */
void stop_quic(struct stop *s, struct stop_group *g, const struct derive *d,
	       const struct flow_row *f);
/* Says how many there are, and whether their clients go on over TCP: if all do it is
 * medium at most. */
void stop_quic_say(struct stop_group *g);
#define SCAN_LEAST 20 /* services that one source tries */
/* Of polls of NTP a few without an answer are of low severity. */
void stop_poll_weigh(struct stop_group *g);
/* Can times at the two points of the group be compared? */
bool stop_clocks_known(const struct stop_group *g, const struct model *m);
/* May the next point's capture have paused while they passed?  To be called before
 * anything is told; lowers the severity. */
void stop_missed_weigh(struct stop_group *g, const struct model *m);
/* Lowers the severity of what was tried once, or of which no other capture shows how
 * far it comes; to be called when it is known who else was answered. */
void stop_outside_weigh(struct stop_group *g, const struct model *m);
/* Says who gets through meanwhile, where that tells why others do not. */
void stop_beside(struct stop_group *g, struct derive *d);
/* Of what looks for services that may not be there all is of low severity. */
void stop_probe_weigh(struct stop_group *g);
/* Says so if it may be a flood of SYNs; that is of medium severity at most. */
void stop_tell_flood(struct stop_group *g);
/* Says so if it may be a scan; that is of low severity. */
void stop_tell_scan(struct stop_group *g);
/* Is it of polls of NTP? */
bool stop_is_polls(const struct stop_group *g);
/* Merges groups of one host, and small ones of many. */
void stop_join(struct stop *s);
/* Joins them, then writes titles, texts and measures.  Frees what the groups
 * own. */
void stop_tell(struct stop *s, struct derive *d);
