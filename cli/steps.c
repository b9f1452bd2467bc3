/* Shared steps of the subcommands.
 */
#include "cli/steps.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "correlate/clock.h"
#include "correlate/fate.h"
#include "correlate/halves.h"
#include "correlate/pair.h"
#include "report/derive/budget.h"
#include "report/report.h"
#include "store/index.h"

#define COLUMNS_LEAST 60
#define COLUMNS_MOST 100

static char guarded[PATH_MAX]; /* path of the temporary case; "": none */

/* Signals that end the process from outside: also when the reader of the output
 * quits (| head), and a resource limit. */
static const int ends[] = { SIGINT,  SIGTERM, SIGHUP, SIGPIPE,
			    SIGQUIT, SIGXCPU, SIGXFSZ };

static void on_signal(int sig)
{
	/* only async-signal-safe calls; journals share the case's name */
	if (guarded[0])
		(void)unlink(guarded);
	_exit(128 + sig);
}

void step_guard_temporary(const struct store *s)
{
	struct sigaction act = { .sa_handler = on_signal }, was;

	snprintf(guarded, sizeof guarded, "%s", store_path(s));
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		/* a signal ignored by nohup or a script stays ignored */
		if (sigaction(ends[i], NULL, &was) == 0 &&
		    was.sa_handler == SIG_IGN)
			continue;
		sigaction(ends[i], &act, NULL);
	}
}

static void print_notice(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "tracepair: %s\n", text);
}

static void print_progress(void *ctx, const char *path, uint64_t bytes,
			   uint64_t packets)
{
	char size[TEXT_UNIT], count[TEXT_UNIT];

	(void)ctx;
	fprintf(stderr, "\r\033[K%s: %s, %s packets", path,
		text_bytes(bytes, size), text_count(packets, count));
}

static bool on_terminal(bool quiet)
{
	const char *term = getenv("TERM");

	return !quiet && isatty(STDERR_FILENO) &&
	       !(term && strcmp(term, "dumb") == 0);
}

/* Parses the operands; standard input can be read only once. */
static int parse_inputs(const struct option_list *words, struct index_input *in,
			struct err *err)
{
	bool stdin_taken = false;

	for (size_t i = 0; i < words->n; i++) {
		if (index_input_parse(words->at[i], &in[i], err) != 0)
			return -1;
		if (strcmp(in[i].path, "-") != 0)
			continue;
		if (stdin_taken)
			return err_set(err, ERR_USAGE,
				       "%s: standard input can be read only "
				       "once; name files for the others",
				       words->at[i]);
		stdin_taken = true;
	}
	return 0;
}

int step_index(struct store *s, const struct index_args *a,
	       const struct option_list *words, struct err *err)
{
	struct index_input *in = mem_zalloc(words->n ? words->n : 1,
					    sizeof *in);
	struct index_options o = {
		.filter = a->filter,
		.host = a->host,
		.from_ns = a->from_ns,
		.to_ns = a->to_ns,
		.no_names = a->no_names,
		.one_point = a->one_point,
		.notice = a->quiet ? NULL : print_notice,
		.progress = on_terminal(a->quiet) ? print_progress : NULL,
	};
	int ret = 0;

	if (a->from_ns > a->to_ns)
		ret = err_set(err, ERR_USAGE,
			      "--from is later than --to; exchange them");
	if (ret == 0)
		ret = parse_inputs(words, in, err);
	if (ret == 0)
		ret = index_files(s, in, words->n, &o, err);
	if (o.progress)
		fprintf(stderr, "\r\033[K");
	for (size_t i = 0; i < words->n; i++)
		index_input_release(&in[i]);
	free(in);
	return ret;
}

struct point_row *step_find_point(struct point_row *p, size_t n,
				  const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(p[i].name) == len &&
		    strncmp(p[i].name, name, len) == 0)
			return &p[i];
	return NULL;
}

int step_no_such_point(const char *option, const char *name, size_t len,
		       const struct point_row *p, size_t n, struct err *err)
{
	struct text names = { 0 };

	for (size_t i = 0; i < n; i++)
		text_add(&names, "%s%s", i ? ", " : "", p[i].name);
	err_set(err, ERR_USAGE, "%s%.*s: no such point; the points are %s",
		option, (int)len, name, names.at ? names.at : "none");
	text_release(&names);
	return -1;
}

static int set_clock(struct point_row *p, size_t n, const char *word,
		     struct err *err)
{
	size_t len = strcspn(word, "=");
	struct point_row *row = step_find_point(p, n, word, len);

	if (!row)
		return step_no_such_point("--clock ", word, len, p, n, err);
	free(row->clock);
	row->clock = mem_strdup(word + len + 1);
	return 0;
}

/* Overrides are stored in the point rows, so that a case keeps them. */
static int set_points(struct store *s, const struct pair_args *a,
		      struct err *err)
{
	size_t n;
	struct point_row *p = store_points(s, &n);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < a->on_hosts.n; i++) {
		const char *name = a->on_hosts.at[i];
		size_t len = strlen(name);
		struct point_row *row = step_find_point(p, n, name, len);

		if (row)
			row->on_host = true;
		else
			ret = step_no_such_point("--on-host ", name, len, p, n,
						 err);
	}
	for (size_t i = 0; ret == 0 && i < a->clocks.n; i++)
		ret = set_clock(p, n, a->clocks.at[i], err);
	if (ret == 0 && (a->on_hosts.n || a->clocks.n)) {
		store_begin(s);
		for (size_t i = 0; i < n; i++)
			store_point_put(s, &p[i]);
		ret = store_commit(s, err);
	}
	point_rows_free(p, n);
	return ret;
}

static int parse_maps(const struct option_list *l, struct pair_map *out,
		      struct err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		char near[NET_END_TEXT];
		size_t len = strcspn(l->at[i], "=");

		snprintf(near, sizeof near, "%.*s",
			 (int)(len < sizeof near ? len : sizeof near - 1),
			 l->at[i]);
		if (!l->at[i][len] || net_addr_parse(near, &out[i].near) != 0 ||
		    net_addr_parse(l->at[i] + len + 1, &out[i].far) != 0)
			return err_set(err, ERR_USAGE,
				       "--map %s: write two addresses, as in "
				       "10.1.1.7=192.168.200.148",
				       l->at[i]);
	}
	return 0;
}

/* Tells which captures the derived rows are based on: the count of complete
 * files, which only grows.  "" while pairing, so that an interrupted run is
 * noticed. */
static void paired_now(struct store *s, char out[static 24])
{
	size_t n, complete = 0;
	struct file_row *f = store_files(s, &n);

	for (size_t i = 0; i < n; i++)
		complete += f[i].complete;
	file_rows_free(f, n);
	snprintf(out, 24, "%zu", complete);
}

bool step_has_captures(struct store *s)
{
	char now[24];

	paired_now(s, now);
	return strcmp(now, "0") != 0;
}

static int mark_paired(struct store *s, const char *value, struct err *err)
{
	store_begin(s);
	store_meta_set(s, "paired", value);
	return store_commit(s, err);
}

bool step_is_paired(struct store *s, struct err *err)
{
	char now[24], *then = store_meta_get(s, "paired");

	paired_now(s, now);
	if (!*then)
		err_set(err, ERR_CASE,
			"%s: the case is not paired, or not to the end; run "
			"'tracepair pair %s' first",
			store_path(s), store_path(s));
	else if (strcmp(then, now) != 0)
		err_set(err, ERR_CASE,
			"%s: captures were added since the case was paired; "
			"run 'tracepair pair %s' again",
			store_path(s), store_path(s));
	free(then);
	return err->code == 0;
}

static int run_stages(struct store *s, const struct pair_args *a,
		      const struct pair_options *po, bool show, struct err *err)
{
	struct clock_options co = { .max_transit_ns = a->max_transit_ns };
	struct fate_options fo = { .max_transit_ns = a->max_transit_ns,
				   .halves = po->halves };
	struct budgets *budgets;
	char now[24];
	int ret;

	paired_now(s, now);
	if (show)
		fprintf(stderr, "\r\033[Kpairing sessions");
	if (pair_run(s, po, err) != 0)
		return -1;
	if (show)
		fprintf(stderr, "\r\033[Kfitting clocks");
	if (clock_run(s, &co, err) != 0)
		return -1;
	if (show)
		fprintf(stderr, "\r\033[Kdeciding fates");
	budgets = budgets_new(s);
	fo.observer = budgets_observer(budgets);
	ret = fate_run(s, &fo, err);
	if (ret == 0)
		ret = budgets_store(budgets, s, err);
	budgets_free(budgets);
	if (ret != 0 || derive_run(s, err) != 0)
		return -1;
	return mark_paired(s, now, err);
}

static int check_clock(const char *word, struct err *err)
{
	size_t len = strcspn(word, "=");
	char *point;
	int ret;

	if (!word[len] || !word[len + 1])
		return err_set(err, ERR_USAGE,
			       "--clock %s: write POINT=same:POINT, "
			       "POINT=synced:T or POINT=offset:T",
			       word);
	point = mem_printf("%.*s", (int)len, word);
	ret = clock_check(word + len + 1, point, err);
	free(point);
	return ret;
}

int step_check_pair(const struct pair_args *a, struct err *err)
{
	struct pair_map *maps = mem_zalloc(a->maps.n + 1, sizeof *maps);
	int ret = parse_maps(&a->maps, maps, err);

	for (size_t i = 0; ret == 0 && i < a->clocks.n; i++)
		ret = check_clock(a->clocks.at[i], err);
	if (ret == 0 && a->max_transit_ns == 0)
		ret = err_set(err, ERR_USAGE,
			      "--max-transit 0: every packet takes some time; "
			      "give the longest that one may, as in 2s");
	free(maps);
	return ret;
}

int step_pair(struct store *s, const struct pair_args *a, bool quiet,
	      struct err *err)
{
	struct pair_map *maps = mem_zalloc(a->maps.n ? a->maps.n : 1,
					   sizeof *maps);
	struct halves halves = { 0 };
	struct pair_options po = { .n_maps = a->maps.n,
				   .maps = maps,
				   .halves = &halves };
	bool show = on_terminal(quiet);
	int ret = parse_maps(&a->maps, maps, err);

	if (ret == 0)
		ret = set_points(s, a, err);
	if (ret == 0)
		ret = mark_paired(s, "", err);
	if (ret == 0)
		ret = run_stages(s, a, &po, show, err);
	if (show)
		fprintf(stderr, "\r\033[K");
	VEC_FREE(&halves);
	free(maps);
	return ret;
}

const struct renderer *step_format(const char *format, struct err *err)
{
	const struct renderer *r = renderer_find(format);

	if (!r)
		err_set(err, ERR_USAGE,
			"--format %s: no such format; a report is text, json "
			"or html",
			format);
	return r && r->ready && r->ready(err) != 0 ? NULL : r;
}

int step_not_to_terminal(const struct renderer *r, FILE *out, struct err *err)
{
	if (!r->for_files || !isatty(fileno(out)))
		return 0;
	return err_set(err, ERR_USAGE,
		       "--format %s: is not for a terminal; append "
		       "'> report.%s'",
		       r->name, r->name);
}

int step_columns(FILE *out)
{
	struct winsize w;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &w) != 0 ||
	    w.ws_col == 0 || w.ws_col > COLUMNS_MOST)
		return 0;
	return w.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : w.ws_col;
}

bool step_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(out)) && !(no && *no) &&
	       !(term && strcmp(term, "dumb") == 0);
}
