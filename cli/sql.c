/* tracepair sql CASE 'select ...': tab-separated, a header line first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/steps.h"

static void print_row(void *ctx, bool is_header, int n,
		      const char *const *values)
{
	(void)ctx;
	(void)is_header;
	for (int i = 0; i < n; i++) {
		const char *v = values[i] ? values[i] : "";
		char *clean = text_clean(v, strlen(v));

		printf("%s%s", i ? "\t" : "", clean);
		free(clean);
	}
	putchar('\n');
}

int command_sql(int argc, char **argv, struct err *err)
{
	struct option_list words = { 0 };
	int ret = options_parse(argc, argv, NULL, 0, &words, err);
	struct store *s = NULL;

	if (ret == 1) {
		printf("tracepair sql CASE 'select ...'\n\n"
		       "Read-only; tab-separated, a line of names first.\n"
		       "  session flow part point file clock quality "
		       "finding evidence\n"
		       "  packet    each record; 'where flow = N' unpacks "
		       "only that flow\n"
		       "  fate      each transmission on each hop; 'where "
		       "session = N' is quick\n"
		       "  message   what known protocols said\n"
		       "\"pragma table_info(fate)\" lists the columns of one."
		       "\n");
		ret = EXIT_DONE;
	} else if (ret == 0 && words.n != 2) {
		ret = err_set(err, ERR_USAGE,
			      "usage: tracepair sql CASE 'select ...'");
	} else if (ret == 0) {
		s = store_open(words.at[0], STORE_READ, err);
		ret = s ? store_sql(s, words.at[1], print_row, NULL, err) : -1;
		if (ret == 0)
			ret = output_close(stdout, NULL, err);
	}
	store_close(s);
	free(words.at);
	return ret;
}
