/* The whole job: index, pair, report, in a temporary case or that of -o.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/steps.h"

struct job {
	struct index_args index;
	struct pair_args pair;
	const char *case_path, *format;
	struct option_list fail_on, files;
};

/* On a terminal only: output for programs stays unchanged. */
static void say_next(const struct job *j)
{
	if (j->case_path || j->index.quiet || !isatty(STDOUT_FILENO))
		return;
	printf("\n-o CASE keeps what was found, for 'tracepair show', 'around', "
	       "'export'\nand 'report CASE --format html'.\n");
}

static int job_report(struct job *j, const struct renderer *r, struct store *s,
		      struct err *err)
{
	struct render_options ro = { .colour = step_colour(stdout),
				     .columns = step_columns(stdout) };
	struct model m;
	int code = EXIT_DONE;

	if (model_load(&m, s, err) == 0 &&
	    r->report(&m, &ro, stdout, err) == 0) {
		code = fail_on_all(&m, &j->fail_on);
		say_next(j);
	}
	model_release(&m);
	output_close(stdout, NULL, err);
	return code;
}

/* Here -o names the case, with 'report' the report and with 'export' the packets:
 * easily mixed up. */
static int check_case_name(const char *path, const char *format,
			   struct err *err)
{
	static const struct {
		const char *end, *format; /* none: packets */
	} other[] = { { ".html", "html" }, { ".htm", "html" },
		      { ".json", "json" }, { ".txt", "text" },
		      { ".pcapng", NULL }, { ".pcap", NULL } };
	const char *end = path ? strrchr(path, '.') : NULL;

	for (size_t i = 0; end && i < sizeof other / sizeof *other; i++) {
		bool given = other[i].format &&
			     !strcmp(format, other[i].format);

		if (strcasecmp(end, other[i].end) ||
		    (!other[i].format && access(path, F_OK) == 0))
			continue;
		if (!other[i].format)
			return err_set(err, ERR_USAGE,
				       "-o %s: keeps the case here, not "
				       "packets: name the case (-o case.tpc); "
				       "'tracepair export case.tpc -o %s' "
				       "writes its packets then",
				       path, path);
		return err_set(err, ERR_USAGE,
			       "-o %s: keeps the case here, not the report: "
			       "name the case (-o case.tpc), and append "
			       "'%s%s%s> %s' for the report",
			       path, given ? "" : "--format ",
			       given ? "" : other[i].format, given ? "" : " ",
			       path);
	}
	return 0;
}

/* Whether @path may be a case, or the empty file that became none.  What else is
 * there is somebody's: nobody is told to remove it. */
static bool may_be_case(const char *path, const struct stat *st)
{
	static const char magic[] = "SQLite format 3"; /* with its zero */
	char head[sizeof magic] = "";
	FILE *f = S_ISREG(st->st_mode) ? fopen(path, "rb") : NULL;
	bool is = f && (st->st_size == 0 ||
			(fread(head, 1, sizeof head, f) == sizeof head &&
			 memcmp(head, magic, sizeof magic) == 0));

	if (f)
		fclose(f);
	return is;
}

static int check_new_case(const char *path, struct err *err)
{
	struct stat st;

	if (!path || stat(path, &st) != 0)
		return 0;
	if (!may_be_case(path, &st))
		return err_set(err, ERR_USAGE,
			       "-o %s: exists, and is no case: choose another "
			       "name, such as case.tpc",
			       path);
	return err_set(err, ERR_USAGE,
		       "%s: exists; remove it, or go on with it: 'tracepair "
		       "index' adds captures, 'tracepair pair' pairs what it "
		       "has",
		       path);
}

static int job_run(struct job *j, struct err *err)
{
	const struct renderer *r = step_format(j->format, err);
	struct store *s;
	int code = EXIT_DONE;
	bool left_empty;

	if (!r || fail_on_check(&j->fail_on, err) != 0 ||
	    step_check_pair(&j->pair, err) != 0 ||
	    check_case_name(j->case_path, j->format, err) != 0 ||
	    step_not_to_terminal(r, stdout, err) != 0)
		return -1;
	if (!r->report)
		return err_set(err, ERR_USAGE,
			       "--format %s: is for 'sessions' and 'packets'; "
			       "a report is text, json or html",
			       j->format);
	if (check_new_case(j->case_path, err) != 0)
		return -1;
	s = store_open(j->case_path, STORE_CREATE, err);
	if (!s)
		return -1;
	if (!j->case_path)
		step_guard_temporary(s);
	if (step_index(s, &j->index, &j->files, err) == 0 &&
	    step_pair(s, &j->pair, j->index.quiet, err) == 0)
		code = job_report(j, r, s, err);
	left_empty = j->case_path && err->code && !step_has_captures(s);
	store_close(s);
	if (left_empty)
		unlink(j->case_path);
	return code;
}

static int run(struct job *j, struct err *err)
{
	if (j->files.n == 0)
		return err_set(err, ERR_USAGE,
			       "no captures given; name one file for each "
			       "point, the client's first");
	return job_run(j, err);
}

int command_job(int argc, char **argv, struct err *err)
{
	struct job j = { .index = INDEX_ARGS_INIT,
			 .pair = PAIR_ARGS_INIT,
			 .format = "text" };
	const struct option_row rows[] = {
		{ "output", 'o', OPTION_TEXT, "CASE",
		  "keep the case file here (default: temporary)",
		  &j.case_path },
		{ "format", 0, OPTION_TEXT, "FORMAT",
		  "text (default), json or html", &j.format },
		{ "fail-on", 0, OPTION_LIST, "CONDITION",
		  "exit 1 on FINDING, loss>P%, rtt>T, severity>=LEVEL",
		  &j.fail_on },
		INDEX_ROWS(&j.index),
		PAIR_ROWS(&j.pair),
	};
	size_t n = sizeof rows / sizeof *rows;
	int ret;

	if (options_begin(argc, argv, "tracepair [POINT=]FILE [POINT=]FILE ...",
			  rows, n, &j.files, &ret, err))
		ret = run(&j, err);
	free(j.files.at);
	free(j.fail_on.at);
	free(j.pair.maps.at);
	free(j.pair.clocks.at);
	free(j.pair.on_hosts.at);
	return ret;
}
