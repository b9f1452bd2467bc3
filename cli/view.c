/* What report, sessions and packets share: a paired case, shown by one function
 * of a renderer.
 */
#include "cli/view.h"

#include <stdlib.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"

/* Says which formats the command has. */
static int no_such_form(const struct view *v, struct err *err)
{
	static const struct renderer *const all[] = {
		&render_text, &render_json, &render_ndjson, &render_html
	};
	struct text names = { 0 };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (v->pick(all[i]))
			text_add(&names, "%s%s", names.n ? " or " : "",
				 all[i]->name);
	err_set(err, ERR_USAGE, "--format %s: '%s' has no such form; take %s",
		v->format, v->usage, names.at);
	text_release(&names);
	return -1;
}

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
	const struct renderer *r;
	render_fn *fn;

	if (!renderer_find(v->format))
		return no_such_form(v, err);
	r = step_format(v->format, err);
	fn = r ? v->pick(r) : NULL;
	if (!r || fail_on_check(&v->fail_on, err) != 0 ||
	    (!v->out_path && step_not_to_terminal(r, stdout, err) != 0))
		return -1;
	if (!fn)
		return no_such_form(v, err);
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
