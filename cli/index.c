/* tracepair index CASE [POINT=]FILE ...
 */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/steps.h"

static int run(struct index_args *a, struct option_list *words, struct err *err)
{
	struct option_list files;
	struct store *s;
	int ret;

	if (words->n < 2)
		return err_set(err, ERR_USAGE,
			       "usage: tracepair index CASE [POINT=]FILE ...");
	files = (struct option_list){ words->n - 1, words->at + 1 };
	s = store_open(words->at[0], STORE_CREATE, err);
	if (!s)
		return -1;
	ret = step_index(s, a, &files, err);
	store_close(s);
	return ret;
}

int command_index(int argc, char **argv, struct err *err)
{
	struct index_args a = INDEX_ARGS_INIT;
	struct option_list words = { 0 };
	const struct option_row rows[] = { INDEX_ROWS(&a) };
	size_t n = sizeof rows / sizeof *rows;
	int ret;

	if (options_begin(argc, argv, "tracepair index CASE [POINT=]FILE ...",
			  rows, n, &words, &ret, err))
		ret = run(&a, &words, err);
	free(words.at);
	return ret;
}
