/* What report, sessions and packets share: a paired case, shown by one function
 * of a renderer.
 */
#include "cli/view.h"

#include <stdlib.h>

#include "cli/commands.h"
#include "cli/output.h"

static int view_case(struct view *v, const char *path, render_fn *fn,
		     struct err *err)
{
	struct store *s = store_open(path, STORE_READ, err);
	struct model m = { 0 };
	FILE *out = NULL;
	int code = EXIT_DONE;

	if (s && step_is_paired(s, err) && model_load(&m, s, err) == 0 &&
	    (out = output_open(v->out_path, s, err)) != NULL) {
		v->options.colour = step_colour(out);
		v->options.columns = step_columns(out);
		if (fn(&m, &v->options, out, err) == 0)
			code = fail_on_all(&m, &v->fail_on);
		output_close(out, v->out_path, err);
	}
	model_release(&m);
	store_close(s);
	return code;
}

static int view_checked(struct view *v, const struct option_list *words,
			struct err *err)
{
	const struct renderer *r = step_format(v->format, err);
	render_fn *fn = r ? v->pick(r) : NULL;

	if (!r || fail_on_check(&v->fail_on, err) != 0 ||
	    (!v->out_path && step_not_to_terminal(r, stdout, err) != 0))
		return -1;
	if (!fn)
		return err_set(err, ERR_USAGE,
			       "--format %s: not for this; see '%s --help'",
			       v->format, v->usage);
	if (words->n != 1)
		return err_set(err, ERR_USAGE, "usage: %s [options]", v->usage);
	if (v->prepare && v->prepare(v, err) != 0)
		return -1;
	return view_case(v, words->at[0], fn, err);
}

int view_run(struct view *v, int argc, char **argv,
	     const struct option_row *rows, size_t n, struct err *err)
{
	struct option_list words = { 0 };
	int ret;

	if (options_begin(argc, argv, v->usage, rows, n, &words, &ret, err))
		ret = view_checked(v, &words, err);
	free(words.at);
	free(v->fail_on.at);
	return ret;
}
