/* What the server's reset ended, in a session that the server had answered before.
 *
 * forgotten  it answers data of a session that neither side has closed, within
 *            INSTEAD_NS, with the number that the data acknowledges and no ACK of its own
 *            (RFC 9293 3.10.7.1): its host does not know the session, as after a restart
 *            (half open)
 * instead    it comes instead of an answer to a request, within INSTEAD_NS of it or as
 *            the first packet that acknowledges it; not one that left before the
 *            request was there
 * unread     it comes behind an answer that left while the client was still sending, as
 *            a close with data unread does (RFC 1122 4.2.2.13); no packet proves that
 *            it was not read.  The stack resets at once: then nothing of the client
 *            lies between answer and reset, and what shows that it was sending are
 *            bytes that the answer does not acknowledge, sent before the client had
 *            it: under way when it came (the client's side), or arriving behind the
 *            reset (the server's).  If the program had read just all that was there, a
 *            FIN goes before the reset.
 * crossed    the server closed the session by a FIN after a pause of REST_NS, and
 *            that acknowledges nothing of the request: it left before that arrived,
 *            and the request does not acknowledge it.  A client that closes then, too,
 *            does so since it has the FIN, which its own acknowledges; else this was
 *            its goodbye: both sides give up what rests, each by itself.  The same with
 *            a reset in place of the FIN
 * closed     the same, but the client's host had acknowledged the FIN when it asked
 *
 * What is shorter than LEAST is a farewell, and so is a short piece of TLS or SSH;
 * more than RESET_REQUEST_MOST is a stream, no request.
 *
 * Cost: the last records of both directions.
 */
#include "report/derive/reset_killed.h"

#include "base/seq.h"
#include "base/time.h"

#define LEAST 16        /* bytes of a request */
#define LEAST_SEALED 64 /* TLS's alert and SSH's DISCONNECT have less */
#define INSTEAD_NS 1000000000LL
#define PORT_SSH 22

static uint32_t end_of(const struct record *r)
{
	return (uint32_t)r->seq64 + r->pay_len;
}

/* @x->asked is the client's last data before the reset. */
static bool is_forgotten(const struct derive *d, const struct flow_view *f,
			 const struct fact *k, const struct reset_last *x)
{
	int64_t at = k->near.time_ns;
	struct record ack;

	return f->dir[1].data_packets > 0 && !f->dir[1].fin &&
	       !(k->near.tcp_flags & REC_ACK) &&
	       time_sub(at, x->asked.time_ns) <= INSTEAD_NS &&
	       (uint32_t)k->near.seq64 == (uint32_t)x->asked.ack64 &&
	       derive_last(d, &f->row, 1, REC_ACK, at, &ack, NULL) &&
	       seq_diff(end_of(&x->asked), (uint32_t)ack.ack64) > 0;
}

/* Bytes up to the end of @asked that @told does not acknowledge. */
static int64_t not_told(const struct reset_last *x)
{
	return seq_diff(end_of(&x->asked), (uint32_t)x->told.ack64);
}

/* Was the client still sending when the answer left?  Then what follows it is no new
 * request: it was not acknowledged there, or does not acknowledge it. */
static bool sends_on(const struct derive *d, const struct flow_view *f,
		     const struct reset_last *x)
{
	struct record first = x->asked, r;
	int64_t file;

	derive_after(d, &f->row, 0, x->told.time_ns, x->asked.time_ns, &first,
		     &file);
	if (seq_diff((uint32_t)first.ack64, end_of(&x->told)) < 0)
		return true;
	return derive_last(d, &f->row, 0, 0, x->told.time_ns, &r, NULL) &&
	       seq_diff(end_of(&r), (uint32_t)x->told.ack64) > 0;
}

/* Is the reset the first to acknowledge what came after @told, the packet before it?
 * Then it is the answer to that, however late. */
static bool has_read(const struct fact *k, const struct record *told)
{
	uint32_t end = (uint32_t)(told->seq64 + rec_seq_len(told));

	return k->near.tcp_flags & REC_ACK && (uint32_t)k->near.seq64 == end &&
	       seq_diff((uint32_t)k->near.ack64, (uint32_t)told->ack64) > 0;
}

static bool is_request(const struct derive *d, const struct flow_view *f,
		       int64_t bytes)
{
	return bytes >= LEAST && bytes <= RESET_REQUEST_MOST &&
	       (bytes >= LEAST_SEALED ||
		(f->row.server.port != PORT_SSH &&
		 !derive_speaks(d, &f->row, 1U << MESSAGE_TLS)));
}

/* Nothing of the client lies between answer and reset.  @x->asked becomes what shows
 * that the client was sending. */
static enum reset_how right_behind(const struct derive *d,
				   const struct flow_view *f,
				   const struct fact *k, struct reset_last *x)
{
	int64_t at = k->near.time_ns;

	if (f->dir[1].fin || time_sub(at, x->told.time_ns) > INSTEAD_NS)
		return RESET_NOT;
	if (is_request(d, f, not_told(x)))
		return RESET_UNREAD;
	return derive_after(d, &f->row, 0, at, at + INSTEAD_NS, &x->asked,
			    &x->asked_file) &&
			       seq_diff((uint32_t)x->asked.ack64,
					end_of(&x->told)) < 0 &&
			       is_request(d, f, not_told(x))
		       ? RESET_UNREAD
		       : RESET_NOT;
}

/* What is asked after a rest, behind the server's @fin? */
static enum reset_how behind_close(const struct derive *d,
				   const struct flow_view *f,
				   const struct reset_last *x,
				   const struct record *fin)
{
	struct record own;
	int64_t file;

	if (seq_diff((uint32_t)x->asked.seq64, (uint32_t)fin->ack64) < 0)
		return RESET_NOT;
	if (seq_diff((uint32_t)x->asked.ack64, end_of(fin)) > 0)
		return RESET_CLOSED;
	if (f->dir[0].fin &&
	    (!derive_record(d, &f->row, 0, REC_FIN, &own, &file) ||
	     seq_diff((uint32_t)own.ack64, end_of(fin)) <= 0))
		return RESET_NOT;
	return RESET_CROSSED;
}

/* The last data that the server sent before the reset, or with it.  What a reset has, or
 * a SYN, is no answer: a text about the reset, or padding that something took for data. */
static bool last_told(const struct derive *d, const struct flow_view *f,
		      int64_t at, struct reset_last *x)
{
	if (!derive_last(d, &f->row, 1, 0, at, &x->told, &x->told_file))
		return false;
	if (x->told.tcp_flags & REC_RST &&
	    !derive_last(d, &f->row, 1, 0, time_sub(at, 1), &x->told,
			 &x->told_file))
		return false;
	return !(x->told.tcp_flags & (REC_RST | REC_SYN));
}

bool reset_answered(const struct derive *d, const struct flow_view *f,
		    const struct fact *k)
{
	struct reset_last x = { .told.frame = 0 };

	return f->dir[1].bytes > 0 && (last_told(d, f, k->near.time_ns, &x) ||
				       !(x.told.tcp_flags & REC_SYN ||
					 (x.told.tcp_flags & REC_RST &&
					  x.told.pay_len == f->dir[1].bytes)));
}

/* Did the reset leave the server before the request was there, of which it acknowledges
 * nothing?  Then it is not about that. */
static bool was_under_way(const struct flow_view *f, const struct fact *k,
			  const struct reset_last *x)
{
	int64_t trip = time_sub(f->dir[1].syn_ns, f->dir[0].syn_ns);

	return f->dir[0].syn && f->dir[1].syn && k->near.tcp_flags & REC_ACK &&
	       seq_diff((uint32_t)k->near.ack64, (uint32_t)x->asked.seq64) <=
		       0 &&
	       time_sub(k->near.time_ns, x->asked.time_ns) < trip - trip / 5;
}

static enum reset_how killed(const struct derive *d, const struct flow_view *f,
			     const struct fact *k, struct reset_last *x)
{
	int64_t at = k->near.time_ns;
	struct record fin;

	if (!last_told(d, f, at, x))
		return RESET_NOT;
	if (x->asked.time_ns <= x->told.time_ns)
		return right_behind(d, f, k, x);
	if ((time_sub(at, x->asked.time_ns) > INSTEAD_NS &&
	     !has_read(k, &x->told)) ||
	    /* what had not arrived when the server last answered */
	    !is_request(d, f, not_told(x)))
		return RESET_NOT;
	if (!derive_last(d, &f->row, 1, REC_FIN, at, &fin, NULL))
		return sends_on(d, f, x)         ? RESET_UNREAD
		       : !was_under_way(f, k, x) ? RESET_INSTEAD
		       : time_sub(at, x->told.time_ns) >= REST_NS
			       ? RESET_CROSSED
			       : RESET_NOT;
	if (fin.time_ns - x->told.time_ns >= REST_NS)
		return behind_close(d, f, x, &fin);
	return sends_on(d, f, x) ? RESET_UNREAD : RESET_NOT;
}

enum reset_how reset_killed(const struct derive *d, const struct flow_view *f,
			    const struct fact *k, struct reset_last *x)
{
	if (!derive_last(d, &f->row, 0, 0, k->near.time_ns, &x->asked,
			 &x->asked_file))
		return RESET_NOT;
	return is_forgotten(d, f, k, x) ? RESET_FORGOTTEN : killed(d, f, k, x);
}

void reset_asked_text(struct draft *f, enum reset_how how)
{
	if (how == RESET_UNREAD)
		draft_text(f, "The answer does not acknowledge all that the "
			      "client sent before it had it.  A close with "
			      "data unread resets so, which is the likely "
			      "reason.");
	if (how == RESET_BARE)
		draft_text(f,
			   "No host sends such a packet for a connection: it "
			   "is a probe (FIN, NULL or Xmas scan), and the "
			   "reset says that the port is closed.");
	if (how != RESET_UNHEARD)
		return;
	draft_text(f, "A host that gets a request acknowledges it, even if it "
		      "refuses it.  This one says to the end that it has "
		      "nothing: what was sent may have been lost or dropped "
		      "before it came to the host, which gave up waiting.");
	draft_place(f, "the way to the server, or a filter on it, that drops "
		       "what the client sends");
}

void reset_asked_frames(struct draft *f, const struct flow_view *w,
			const struct reset_last *x, enum reset_how how,
			bool far)
{
	if (how != RESET_INSTEAD && how != RESET_CROSSED &&
	    how != RESET_CLOSED && how != RESET_UNREAD)
		return;
	if (how == RESET_UNREAD)
		draft_evidence(f, w->row.point, x->told_file, x->told.frame,
			       x->told.time_ns,
			       "an answer, while the client still sends");
	draft_evidence(f, w->row.point, x->asked_file, x->asked.frame,
		       x->asked.time_ns, "%s",
		       how == RESET_UNREAD ? "from the client, not answered"
		       : far ? "the request, and nothing of an answer comes "
			       "back"
			     : "the request arrives, and nothing of "
			       "an answer leaves");
}
