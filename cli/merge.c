/* tracepair merge CASE CASE ... -o CASE
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/steps.h"
#include "store/merge.h"

struct args {
	const char *out;
	bool join, quiet;
	struct option_list cases;
};

static void print_notice(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "tracepair: %s\n", text);
}

static int merge_all(const struct args *a, struct store *into, struct err *err)
{
	struct merge_options o = { .join = a->join,
				   .notice = a->quiet ? NULL : print_notice };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < a->cases.n; i++) {
		struct store *from = store_open(a->cases.at[i], STORE_READ,
						err);

		ret = from ? store_merge(into, from, &o, err) : -1;
		store_close(from);
	}
	return ret;
}

/* Its captures would be refused one by one, without a word of the case. */
static int check_twice(const struct option_list *cases, struct err *err)
{
	struct stat a, b;

	for (size_t i = 1; i < cases->n; i++)
		for (size_t k = 0; k < i; k++)
			if (stat(cases->at[i], &a) == 0 &&
			    stat(cases->at[k], &b) == 0 &&
			    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
				return err_set(err, ERR_USAGE,
					       "%s: is given twice; leave one "
					       "out",
					       cases->at[i]);
	return 0;
}

static int run(const struct args *a, struct err *err)
{
	struct store *into;
	struct stat st;
	int ret;

	if (a->cases.n < 2)
		return err_set(err, ERR_USAGE,
			       "usage: tracepair merge CASE CASE ... -o CASE");
	if (!a->out)
		return err_set(err, ERR_USAGE,
			       "name the merged case: tracepair merge CASE "
			       "CASE ... -o CASE");
	if (check_twice(&a->cases, err) != 0)
		return -1;
	if (stat(a->out, &st) == 0)
		return err_set(err, ERR_USAGE,
			       "%s: exists; remove it, or choose another name",
			       a->out);
	into = store_open(a->out, STORE_CREATE, err);
	if (!into)
		return -1;
	ret = merge_all(a, into, err);
	store_close(into);
	if (ret != 0)
		unlink(a->out); /* made by this call; half a case is of no
				 * use */
	return ret;
}

int command_merge(int argc, char **argv, struct err *err)
{
	struct args a = { 0 };
	const struct option_row rows[] = {
		{ "output", 'o', OPTION_TEXT, "CASE", "the case to make",
		  &a.out },
		{ "join", 0, OPTION_FLAG, NULL,
		  "points of the same name become one point", &a.join },
		{ "quiet", 'q', OPTION_FLAG, NULL, "no notices", &a.quiet },
	};
	size_t n = sizeof rows / sizeof *rows;
	int ret;

	if (options_begin(argc, argv, "tracepair merge CASE CASE ... -o CASE",
			  rows, n, &a.cases, &ret, err))
		ret = run(&a, err);
	free(a.cases.at);
	return ret;
}
