/* tracepair pair CASE
 */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/steps.h"

static int run(struct pair_args *a, bool quiet, struct option_list *words,
	       struct err *err)
{
	struct store *s;
	int ret;

	if (words->n != 1)
		return err_set(err, ERR_USAGE, "usage: tracepair pair CASE");
	if (step_check_pair(a, err) != 0)
		return -1;
	s = store_open(words->at[0], STORE_WRITE, err);
	if (!s)
		return -1;
	ret = step_pair(s, a, quiet, err);
	store_close(s);
	return ret;
}

int command_pair(int argc, char **argv, struct err *err)
{
	struct pair_args a = PAIR_ARGS_INIT;
	struct option_list words = { 0 };
	bool quiet = false;
	const struct option_row rows[] = {
		PAIR_ROWS(&a),
		{ "quiet", 'q', OPTION_FLAG, NULL, "no progress", &quiet },
	};
	size_t n = sizeof rows / sizeof *rows;
	int ret;

	if (options_begin(argc, argv, "tracepair pair CASE", rows, n, &words,
			  &ret, err))
		ret = run(&a, quiet, &words, err);
	free(words.at);
	free(a.maps.at);
	free(a.clocks.at);
	free(a.on_hosts.at);
	return ret;
}
