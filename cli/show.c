/* tracepair show CASE SESSION
 *
 * The session as a ladder over all points, through the pager on a terminal.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/pager.h"
#include "cli/steps.h"
#include "report/render/ladder.h"

#define COLUMNS 100
#define COLUMNS_LEAST 60
#define COLUMNS_MOST 400
#define ROWS_AROUND 30

struct args {
	const char *around;
	int64_t rows;
	bool ascii, no_pager;
};

static int columns(void)
{
	struct winsize w;
	const char *set = getenv("COLUMNS");
	long asked = set ? strtol(set, NULL, 10) : 0;
	int n = COLUMNS;

	if (isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col)
		n = w.ws_col;
	else if (asked > 0 && asked < COLUMNS_MOST)
		n = (int)asked;
	if (n < COLUMNS_LEAST)
		return COLUMNS_LEAST;
	return n > COLUMNS_MOST ? COLUMNS_MOST : n;
}

/* As setlocale() would decide: the first of these that is set. */
static bool terminal_is_utf8(void)
{
	static const char *const name[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		const char *v = getenv(name[i]);

		if (v && *v)
			return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
	}
	return false;
}

/* "POINT:FRAME".  Return: 0 or -1 with @err. */
static int parse_around(const char *text, const struct model *m, int64_t *point,
			uint64_t *frame, struct err *err)
{
	const char *colon = strrchr(text, ':');
	const struct point_row *row;
	char *end = NULL;

	*frame = colon ? strtoull(colon + 1, &end, 10) : 0;
	if (!colon || !*frame || *end)
		return err_set(err, ERR_USAGE,
			       "--around %s: write POINT:FRAME, as in "
			       "client:1921",
			       text);
	row = step_find_point(m->points, m->n_points, text,
			      (size_t)(colon - text));
	if (!row)
		return step_no_such_point("--around ", text,
					  (size_t)(colon - text), m->points,
					  m->n_points, err);
	*point = row->id;
	return 0;
}

static int show(const struct args *a, const struct model *m,
		const struct session_view *v, struct err *err)
{
	struct ladder_look look = {
		.columns = columns(),
		.colour = step_colour(stdout),
		.ascii = a->ascii || !terminal_is_utf8(),
		.mark_ns = INT64_MIN,
		.rows = a->rows ? (size_t)a->rows : ROWS_AROUND,
	};
	struct ladder l = { 0 };
	int64_t point = 0;
	uint64_t frame = 0;
	struct pager p;

	if (a->around) {
		if (parse_around(a->around, m, &point, &frame, err) != 0)
			return -1;
		if (!ladder_find(m, v, point, frame, &look.mark_ns))
			return err_set(err, ERR_USAGE,
				       "--around %s: session %lld has no such "
				       "frame there; 'tracepair show CASE "
				       "%lld' has its frames",
				       a->around, (long long)v->row.id,
				       (long long)v->row.id);
	}
	ladder_load(&l, m, v, look.mark_ns);
	p = pager_start(!a->no_pager);
	ladder_print(&l, m, v, &look, p.out);
	ladder_release(&l);
	pager_end(&p);
	return output_close(stdout, NULL, err);
}

static int show_session(const struct args *a, const char *path, int64_t id,
			struct err *err)
{
	struct store *s = store_open(path, STORE_READ, err);
	struct model m = { 0 };
	struct session_view v;
	int ret = -1;

	if (s && step_is_paired(s, err) && model_load(&m, s, err) == 0) {
		if (session_view_load(&v, &m, id)) {
			ret = show(a, &m, &v, err);
			session_view_release(&v);
		} else {
			err_set(err, ERR_USAGE,
				"no session %lld; 'tracepair sessions %s' "
				"lists them",
				(long long)id, path);
		}
	}
	model_release(&m);
	store_close(s);
	return ret;
}

static int run(const struct args *a, const struct option_list *words,
	       struct err *err)
{
	char *end = NULL;
	long long id;

	errno = 0;
	id = words->n == 2 ? strtoll(words->at[1], &end, 10) : 0;
	if (words->n != 2 || id < 1 || *end)
		return err_set(err, ERR_USAGE,
			       "usage: tracepair show CASE SESSION, a number "
			       "that 'tracepair sessions CASE' lists");
	if (a->rows && !a->around)
		return err_set(err, ERR_USAGE,
			       "--rows: is for --around POINT:FRAME; without "
			       "it, the whole session is shown");
	if (errno == ERANGE)
		return err_set(err, ERR_USAGE,
			       "no session %s; 'tracepair sessions %s' lists "
			       "them",
			       words->at[1], words->at[0]);
	return show_session(a, words->at[0], id, err);
}

int command_show(int argc, char **argv, struct err *err)
{
	struct args a = { 0 };
	struct option_list words = { 0 };
	const struct option_row rows[] = {
		{ "around", 0, OPTION_TEXT, "POINT:FRAME",
		  "only what is around this frame", &a.around },
		{ "rows", 0, OPTION_NUMBER, "N",
		  "with --around: rows before and after (30)", &a.rows },
		{ "ascii", 0, OPTION_FLAG, NULL, "no line drawing beyond ASCII",
		  &a.ascii },
		{ "no-pager", 0, OPTION_FLAG, NULL,
		  "write at once, not through $PAGER", &a.no_pager },
	};
	size_t n = sizeof rows / sizeof *rows;
	int ret;

	if (options_begin(argc, argv, "tracepair show CASE SESSION", rows, n,
			  &words, &ret, err))
		ret = run(&a, &words, err);
	free(words.at);
	return ret;
}
