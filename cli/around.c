/* tracepair around CASE POINT[/FILE]:FRAME
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/steps.h"
#include "report/around.h"

#define WINDOW_NS 5000000000

struct place {
	int64_t point, file;
	uint64_t frame;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Splits "POINT/FILE", @n bytes: names of points have no slash. */
static int find_file(const struct model *m, const char *word, size_t n,
		     struct place *p, struct err *err)
{
	for (size_t i = 0; i < m->n_files; i++) {
		const struct file_row *f = &m->files[i];

		if (f->point == p->point &&
		    ((strlen(f->path) == n && !strncmp(f->path, word, n)) ||
		     (strlen(base_name(f->path)) == n &&
		      !strncmp(base_name(f->path), word, n))))
			p->file = f->id;
	}
	if (p->file)
		return 0;
	return err_set(err, ERR_USAGE,
		       "%.*s: no such file at that point; 'tracepair report "
		       "--format json' lists them",
		       (int)n, word);
}

static int parse_place(const struct model *m, const char *word, struct place *p,
		       struct err *err)
{
	const char *colon = strrchr(word, ':');
	size_t n = strcspn(word, "/:");
	const struct point_row *row;
	char *end = NULL;

	*p = (struct place){ 0 };
	p->frame = colon ? strtoull(colon + 1, &end, 10) : 0;
	if (!p->frame || *end)
		return err_set(err, ERR_USAGE,
			       "'%s' names no frame: write POINT:FRAME or "
			       "POINT/FILE:FRAME, as in client:1921",
			       word);
	row = step_find_point(m->points, m->n_points, word, n);
	if (!row)
		return step_no_such_point("", word, n, m->points, m->n_points,
					  err);
	p->point = row->id;
	if (word + n == colon)
		return 0;
	return find_file(m, word + n + 1, (size_t)(colon - word) - n - 1, p,
			 err);
}

static void print(const struct around *a, int64_t window)
{
	char host[NET_END_TEXT], w[TEXT_UNIT], t[TEXT_UNIT], slack[TEXT_UNIT];

	printf("%s, %s around %s: %llu session%s.  Times are of the first "
	       "point's clock; '>' is the frame's own session, '!' what went "
	       "wrong.\n\n",
	       net_addr_text(&a->host, host), text_duration(window, w),
	       text_time(a->at_ns, t), (unsigned long long)a->sessions,
	       a->sessions == 1 ? "" : "s");
	for (size_t i = 0; i < a->n; i++) {
		const struct around_line *l = &a->line[i];

		printf("%c%c %s ", l->here ? '>' : ' ', l->bad ? '!' : ' ',
		       text_time(l->at_ns, t) + 11);
		if (l->slack_ns == INT64_MAX)
			printf("%-11s ", "(own clock)");
		else if (l->slack_ns)
			printf("+-%-9s ", text_duration(l->slack_ns, slack));
		else
			printf("%-11s ", "");
		printf("session %lld  %s\n", (long long)l->session, l->text);
	}
	if (a->more)
		printf("\nThe %d lines nearest to it; take a smaller "
		       "--window.\n",
		       AROUND_LINES);
}

static int run(const struct option_list *words, int64_t window, struct err *err)
{
	struct store *s;
	struct model m = { 0 };
	struct around a = { 0 };
	struct place p;

	if (words->n != 2)
		return err_set(err, ERR_USAGE,
			       "usage: tracepair around CASE POINT:FRAME");
	s = store_open(words->at[0], STORE_READ, err);
	if (s && step_is_paired(s, err) && model_load(&m, s, err) == 0 &&
	    parse_place(&m, words->at[1], &p, err) == 0 &&
	    around_load(&a, &m, p.point, p.file, p.frame, window, err) == 0)
		print(&a, window);
	around_release(&a);
	model_release(&m);
	store_close(s);
	return EXIT_DONE;
}

int command_around(int argc, char **argv, struct err *err)
{
	struct option_list words = { 0 };
	int64_t window = WINDOW_NS;
	const struct option_row rows[] = {
		{ "window", 0, OPTION_DURATION, "T",
		  "so long before and after the frame (5s)", &window },
	};
	size_t n = sizeof rows / sizeof *rows;
	int ret;

	if (options_begin(argc, argv,
			  "tracepair around CASE POINT[/FILE]:FRAME", rows, n,
			  &words, &ret, err))
		ret = run(&words, window, err);
	free(words.at);
	return ret;
}
