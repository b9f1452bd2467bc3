/* tracepair export CASE -o merged.pcapng
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/steps.h"
#include "report/render/pcapng.h"

struct args {
	struct export_options out;
	struct option_list sessions, findings, words;
	bool quiet;
};

struct ids VEC(int64_t);

static int parse_id(const char *option, const char *text, int64_t *id,
		    struct err *err)
{
	char *end = NULL;

	errno = 0;
	*id = strtoll(text, &end, 10);
	if (*id > 0 && end != text && !*end && errno == 0)
		return 0;
	return err_set(err, ERR_USAGE,
		       "--%s %s: not the number of one; 'tracepair report "
		       "CASE' has the numbers",
		       option, text);
}

static int add_finding(struct ids *ids, const struct model *m, int64_t id,
		       struct err *err)
{
	for (size_t i = 0; i < m->n_findings; i++) {
		const struct finding_row *f = &m->findings[i];

		if (f->id != id)
			continue;
		if (!f->n_sessions)
			return err_set(err, ERR_USAGE,
				       "--finding %lld: is about no session; "
				       "choose some with --session",
				       (long long)id);
		for (size_t k = 0; k < f->n_sessions; k++)
			*VEC_PUSH(ids) = f->sessions[k];
		return 0;
	}
	return err_set(err, ERR_USAGE,
		       "--finding %lld: no such finding; 'tracepair report "
		       "CASE' lists them",
		       (long long)id);
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The chosen sessions, each once; none: all. */
static int choose(const struct args *a, const struct model *m, struct ids *ids,
		  struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < a->sessions.n; i++)
		if (parse_id("session", a->sessions.at[i], VEC_PUSH(ids), err))
			return -1;
	for (size_t i = 0; i < a->findings.n; i++) {
		int64_t id;

		if (parse_id("finding", a->findings.at[i], &id, err) ||
		    add_finding(ids, m, id, err))
			return -1;
	}
	if (ids->n)
		qsort(ids->at, ids->n, sizeof *ids->at, by_id);
	for (size_t i = 0; i < ids->n; i++)
		if (!n || ids->at[n - 1] != ids->at[i])
			ids->at[n++] = ids->at[i];
	ids->n = n;
	return 0;
}

static void say_written(void *ctx, const char *path, uint64_t packets)
{
	const struct args *a = ctx;
	char n[TEXT_UNIT];

	if (a->quiet)
		return;
	fprintf(stderr, "%s: %s packets\n", path, text_count(packets, n));
	if (!a->out.split)
		fprintf(stderr,
			"Each packet is in it once for each point: filter by "
			"frame.interface_name, and use --split for Wireshark's "
			"TCP analysis and graphs.\n");
}

static int export_case(struct args *a, struct err *err)
{
	struct store *s = store_open(a->words.at[0], STORE_READ, err);
	struct model m = { 0 };
	struct notes notes = { 0 };
	struct ids ids = { 0 };
	int ret = -1;

	if (s && step_is_paired(s, err) && model_load(&m, s, err) == 0 &&
	    choose(a, &m, &ids, err) == 0 &&
	    notes_load(&notes, &m, ids.at, ids.n, err) == 0)
		ret = export_write(&notes, &m, &a->out, err);
	VEC_FREE(&ids);
	notes_release(&notes);
	model_release(&m);
	store_close(s);
	return ret;
}

static int run(struct args *a, struct err *err)
{
	if (a->words.n != 1 || !a->out.path)
		return err_set(err, ERR_USAGE,
			       "usage: tracepair export CASE -o "
			       "merged.pcapng");
	return export_case(a, err);
}

int command_export(int argc, char **argv, struct err *err)
{
	struct args a = { .out = { .written = say_written } };
	const struct option_row rows[] = {
		{ "output", 'o', OPTION_TEXT, "FILE", "the pcapng file to make",
		  &a.out.path },
		{ "session", 0, OPTION_LIST, "N",
		  "only this session; may be repeated", &a.sessions },
		{ "finding", 0, OPTION_LIST, "N",
		  "only the sessions of this finding; may be repeated",
		  &a.findings },
		{ "split", 0, OPTION_FLAG, NULL,
		  "a file for each point, NAME-POINT.pcapng", &a.out.split },
		{ "captures", 0, OPTION_TEXT, "FOLDER",
		  "the captures are in this folder now", &a.out.captures },
		{ "quiet", 'q', OPTION_FLAG, NULL,
		  "do not say what was written", &a.quiet },
	};
	size_t n = sizeof rows / sizeof *rows;
	int ret;

	a.out.ctx = &a;
	if (options_begin(argc, argv, "tracepair export CASE -o FILE", rows, n,
			  &a.words, &ret, err))
		ret = run(&a, err);
	free(a.sessions.at);
	free(a.findings.at);
	free(a.words.at);
	return ret;
}
