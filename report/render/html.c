/* The page is built from report/web/ (`make web`) and only lacks its data:
 *
 *   report        JSON: members of the JSON report except sessions, and what
 *                 only the page needs (page_object())
 *   table         all listed sessions by column       (html_table.c)
 *   sessions-K    their objects, HTML_CHUNK to a block
 *   packets-ID    ladder and plots of a session       (html_packets.c)
 *
 * Packets are written for the sessions of findings and for the slowest, as long
 * as the page does not get too large: first one session of each finding, then a
 * second of each, and so on.
 *
 * The session of an evidence frame is known once all sessions are written, so
 * "report" comes last.
 */
#include "report/render/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/version.h"
#include "report/render/answer.h"
#include "report/render/html_block.h"
#include "report/render/html_frames.h"
#include "report/render/html_packets.h"
#include "report/render/html_sessions.h"
#include "report/render/objects.h"

#define SLOWEST 200
/* The most bytes of the page that packets may take. */
#define FINDING_BYTES (8u << 20)
#define SLOW_BYTES (4u << 20)

static const char mark[] = "<!--data-->";

/* --- packets --- */
struct detailed {
	const struct model *m;
	FILE *out;
	bool *done;                /* by session id */
	struct html_frames frames; /* evidence of the findings */
	size_t sessions;           /* number with packets in the page */
	size_t left;               /* bytes that may still be written */
};

static void write_packets(struct detailed *d, int64_t id)
{
	struct session_view v;
	size_t n;

	if (id < 1 || id > d->m->n_sessions || d->done[id] || d->left == 0 ||
	    !session_view_load(&v, d->m, id))
		return;
	n = html_packets(d->m, &v, &d->frames, d->out);
	d->left -= n < d->left ? n : d->left;
	d->done[id] = true;
	d->sessions += n > 0;
	session_view_release(&v);
}

static void write_findings_packets(struct detailed *d)
{
	bool more = true;

	d->left = FINDING_BYTES;
	for (size_t k = 0; more && d->left; k++) {
		more = false;
		for (size_t i = 0; i < d->m->n_findings; i++) {
			const struct finding_row *f = &d->m->findings[i];

			if (k >= f->n_sessions)
				continue;
			write_packets(d, f->sessions[k]);
			more = true;
		}
	}
}

static void write_all_packets(struct detailed *d,
			      const struct html_listed *listed)
{
	html_frames_make(&d->frames, d->m);
	d->done = mem_zalloc((size_t)d->m->n_sessions + 1, sizeof *d->done);
	write_findings_packets(d);
	d->left = SLOW_BYTES;
	for (size_t i = 0; i < listed->n && i < SLOWEST; i++)
		write_packets(d, listed->slow[i].session);
	free(d->done);
}

/* --- report --- */
static json_t *answer_object(const struct model *m)
{
	json_t *o = json_object(), *lines = json_array();
	struct answer a;

	answer_make(&a, m);
	for (size_t i = 0; i < a.n; i++)
		json_array_append_new(lines, object_text(a.line[i]));
	json_object_set_new(o, "grave", json_boolean(a.grave));
	json_object_set_new(o, "lines", lines);
	json_object_set_new(o, "extent", object_text(a.extent));
	answer_release(&a);
	return o;
}

/* By finding and evidence: the frame's session, or null. */
static json_t *evidence_sessions(const struct detailed *d)
{
	json_t *all = json_array();

	for (size_t i = 0; i < d->m->n_findings; i++) {
		const struct finding_row *f = &d->m->findings[i];
		json_t *one = json_array();

		for (size_t k = 0; k < f->n_evidence; k++) {
			const struct evidence_row *e = &f->evidence[k];
			int64_t s = html_frames_session(&d->frames, e->file,
							e->frame);

			json_array_append_new(one, s ? json_integer(s)
						     : json_null());
		}
		json_array_append_new(all, one);
	}
	return all;
}

static json_t *page_object(const struct model *m, const struct html_ids *ids,
			   const struct html_listed *listed,
			   const struct detailed *d)
{
	return json_pack("{s:o,s:s,s:I,s:I,s:I,s:I,s:o,s:I,s:O,s:o}", "answer",
			 answer_object(m), "limits", answer_limits, "sessions",
			 (json_int_t)m->n_sessions, "listed",
			 (json_int_t)ids->n, "chunk", (json_int_t)HTML_CHUNK,
			 "detailed", (json_int_t)d->sessions,
			 "evidence_sessions", evidence_sessions(d), "budgets",
			 (json_int_t)listed->budgets, "time_ns",
			 listed->time_ns, "slowest", slowest_array(m));
}

static void write_data(const struct model *m, FILE *out)
{
	struct detailed d = { .m = m, .out = out };
	struct html_listed listed;
	struct html_ids ids;
	json_t *o = json_object();

	html_sessions_pick(m, HTML_SESSIONS, &ids);
	html_sessions(m, &ids, out, &listed);
	write_all_packets(&d, &listed);
	json_object_set_new(o, "schema", json_string("tracepair.report/1"));
	json_object_set_new(o, "tool",
			    json_string("tracepair " TRACEPAIR_VERSION));
	json_object_set_new(o, "points", object_points(m));
	json_object_set_new(o, "hops", object_hops(m));
	json_object_set_new(o, "findings", object_findings(m));
	json_object_set_new(o, "quality", object_quality(m));
	json_object_set_new(o, "page", page_object(m, &ids, &listed, &d));
	html_json(out, "report", o);
	html_frames_release(&d.frames);
	html_listed_release(&listed);
	html_ids_release(&ids);
}

int html_write(const struct model *m, const char *page, size_t n, FILE *out,
	       struct err *err)
{
	const char *at = memmem(page, n, mark, sizeof mark - 1);
	size_t before = at ? (size_t)(at - page) : 0;

	if (!at)
		return err_set(err, ERR_USAGE,
			       "--format html: the page in this build takes no "
			       "data; run 'make web', then 'make'");
	fwrite(page, 1, before, out);
	write_data(m, out);
	fwrite(at + sizeof mark - 1, 1, n - before - (sizeof mark - 1), out);
	return 0;
}

static int html_ready(struct err *err)
{
	if (html_page_size > 0)
		return 0;
	return err_set(err, ERR_USAGE,
		       "--format html: this tracepair was built without its "
		       "page; run 'make web' (it needs npm), then 'make'");
}

static int html_report(const struct model *m, const struct render_options *o,
		       FILE *out, struct err *err)
{
	(void)o;
	return html_write(m, html_page, html_page_size, out, err);
}

const struct renderer render_html = {
	.name = "html",
	.for_files = true,
	.ready = html_ready,
	.report = html_report,
};
