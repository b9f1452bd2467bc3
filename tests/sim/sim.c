/* sim: proves tracepair on simulated paths.
 *
 *   SEED=n sim                 one seed; complaints in full
 *   sim --seeds A-B            many, two at a time; then the table of figures
 *   --scenario NAME            that family instead of the seed's own
 *   --keep DIR                 keep captures, case and truth in DIR/seed-N
 *   --generate-only DIR        only write captures and truth
 *   --jobs N  --verbose N      processes; complaints printed per seed
 *   (nothing)                  seeds 0-29 and some of the later families with
 *                              --floor 97, as `make test` does; with TEST_BRIEF
 *                              set, one seed of each family, --floor 50
 *   --floor P                  precision and recall must reach P percent only,
 *                              as a guard against going back
 *   --list  --selftest
 *
 * The tool is $TRACEPAIR or build/tracepair.  Each seed runs in a process of
 * its own, so that nothing of one can leak into another.  Exit: 0; 1 where a
 * limit is violated; 2 wrong usage.
 */
#include "tests/sim/judge.h"
#include "tests/sim/selftest.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct args {
	uint64_t from, to;
	const char *family, *keep, *tool;
	bool generate, given;
	int jobs, verbose;
	double limit; /* percent, of precision and recall */
};

static void make_dir(const char *path)
{
	if (mkdir(path, 0777) && errno != EEXIST) {
		fprintf(stderr, "sim: cannot make %s\n", path);
		exit(2);
	}
}

static void remove_dir(const struct sim *s)
{
	static const char *const files[] = { "case.tpair", "out", "stderr" };
	char *path;

	for (int i = 0; i < s->n_points; i++) {
		path = tap_path(s, i);
		unlink(path);
		free(path);
	}
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		path = mem_printf("%s/%s", s->dir, files[i]);
		unlink(path);
		free(path);
	}
	rmdir(s->dir);
}

static void write_truth(const struct sim *s)
{
	char *path = mem_printf("%s/truth.txt", s->dir);
	FILE *f = fopen(path, "w");

	if (f) {
		truth_dump(s, f);
		fclose(f);
	}
	free(path);
}

static void run_seed(const struct args *a, uint64_t seed, struct tally *t,
		     FILE *out)
{
	static struct sim s;
	char *top = a->keep ? mem_printf("%s", a->keep)
			    : mem_printf("/tmp/tracepair-sim-%d",
					 (int)getpid());
	char *dir = mem_printf("%s/seed-%llu", top, (unsigned long long)seed);

	make_dir(top);
	make_dir(dir);
	memset(&s, 0, sizeof s);
	s.dir = dir;
	scenario_make(&s, seed, a->family);
	sim_run(&s);
	if (a->keep)
		write_truth(&s);
	if (!a->generate)
		judge_run(&s, a->tool, t, out, a->verbose);
	if (!a->keep) {
		remove_dir(&s);
		rmdir(top);
	}
	sim_release(&s);
	free(dir);
	free(top);
}

/* --- processes --- */

struct child {
	uint64_t seed;
	FILE *said; /* its complaints */
	pid_t pid;
	int pipe; /* its tally comes here */
};

static struct child start(const struct args *a, uint64_t seed)
{
	struct child c = { .seed = seed, .said = tmpfile() };
	int fd[2];

	if (!c.said || pipe(fd))
		exit(2);
	fflush(stdout);
	c.pid = fork();
	c.pipe = fd[0];
	if (c.pid)
		close(fd[1]);
	if (c.pid)
		return c;
	struct tally t = { 0 };

	run_seed(a, seed, &t, c.said);
	fflush(c.said);
	_exit(write(fd[1], &t, sizeof t) == sizeof t ? 0 : 2);
}

static void finish(struct child *c, struct tally *all)
{
	struct tally t;
	char part[4096];
	size_t n;

	if (read(c->pipe, &t, sizeof t) == sizeof t) {
		tally_add(all, &t);
	} else {
		printf("seed %llu: the simulator itself failed\n",
		       (unsigned long long)c->seed);
		all->failed++;
	}
	close(c->pipe);
	rewind(c->said);
	while ((n = fread(part, 1, sizeof part, c->said)) > 0)
		fwrite(part, 1, n, stdout);
	fclose(c->said);
	fflush(stdout);
	c->pid = 0;
}

#define MAX_JOBS 16

/* Seeds of one family, or of the family that each seed chooses (NULL). */
struct span {
	const char *family;
	uint64_t from, to;
};

/* The next seed of spans [*at, n), started; false if there is none left. */
static bool start_next(const struct args *a, struct span *spans, size_t n,
		       size_t *at, struct child *child)
{
	struct args one = *a;

	while (*at < n && spans[*at].from > spans[*at].to)
		(*at)++;
	if (*at == n)
		return false;
	one.family = spans[*at].family;
	*child = start(&one, spans[*at].from++);
	return true;
}

/* All seeds of spans, a->jobs at a time.  Uses the spans up. */
static void run_all(const struct args *a, struct span *spans, size_t n,
		    struct tally *all)
{
	struct child child[MAX_JOBS] = { { 0 } };
	size_t at = 0;
	int busy = 0;

	for (;;) {
		for (int i = 0; i < a->jobs; i++)
			if (!child[i].pid &&
			    start_next(a, spans, n, &at, &child[i]))
				busy++;
		if (!busy)
			return;
		pid_t done = wait(NULL);

		for (int i = 0; i < a->jobs; i++)
			if (done > 0 && child[i].pid == done) {
				finish(&child[i], all);
				busy--;
			}
	}
}

/* One seed of each family: every code path, no rates. */
static void run_families(const struct args *a, struct tally *all)
{
	struct span *spans = mem_zalloc((size_t)sim_n_families(),
					sizeof *spans);

	for (int i = 0; i < sim_n_families(); i++)
		spans[i] = (struct span){ .family = sim_family(i),
					  .from = (uint64_t)i,
					  .to = (uint64_t)i };
	run_all(a, spans, (size_t)sim_n_families(), all);
	free(spans);
}

/* The fixed seeds, and some of the families that these hardly choose. */
static void run_test(const struct args *a, struct tally *all)
{
	struct span spans[] = {
		{ .family = NULL, .from = a->from, .to = a->to },
		{ .family = "time", .to = 5 },
		{ .family = "relay", .to = 5 },
		{ .family = "router", .to = 5 },
		{ .family = "route", .to = 2 },
		{ .family = "marks", .to = 2 },
		{ .family = "proxy", .to = 2 },
		{ .family = "http", .to = 2 },
		{ .family = "tls", .to = 2 },
		{ .family = "frames", .to = 2 },
	};

	run_all(a, spans, sizeof spans / sizeof *spans, all);
}

static int usage(void)
{
	fprintf(stderr, "sim [--seeds A-B] [--scenario NAME] [--keep DIR] "
			"[--generate-only DIR] [--jobs N] [--verbose N] "
			"[--floor P] [--list] [--selftest]\n");
	return 2;
}

static int parse(struct args *a, int argc, char **argv)
{
	static const struct option rows[] = {
		{ "seeds", 1, NULL, 's' },    { "scenario", 1, NULL, 'f' },
		{ "keep", 1, NULL, 'k' },     { "generate-only", 1, NULL, 'g' },
		{ "jobs", 1, NULL, 'j' },     { "verbose", 1, NULL, 'v' },
		{ "floor", 1, NULL, 'F' },    { "list", 0, NULL, 'l' },
		{ "selftest", 0, NULL, 't' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		unsigned long long x, y;
		int n;

		switch (c) {
		case 's':
			n = sscanf(optarg, "%llu-%llu", &x, &y);
			if (n < 1)
				return -1;
			a->from = x;
			a->to = n == 2 ? y : x;
			a->given = true;
			break;
		case 'f':
			a->family = optarg;
			break;
		case 'g':
			a->generate = true;
			a->keep = optarg;
			break;
		case 'k':
			a->keep = optarg;
			break;
		case 'j':
			a->jobs = atoi(optarg);
			break;
		case 'v':
			a->verbose = atoi(optarg);
			break;
		case 'F':
			a->limit = atof(optarg);
			break;
		case 'l':
			for (int i = 0; i < sim_n_families(); i++)
				puts(sim_family(i));
			exit(0);
		case 't':
			exit(selftest());
		default:
			return -1;
		}
	}
	return optind < argc || a->jobs < 1 || a->jobs > MAX_JOBS ? -1 : 0;
}

int main(int argc, char **argv)
{
	const char *seed = getenv("SEED"), *tool = getenv("TRACEPAIR");
	struct args a = { .from = 0,
			  .to = 29,
			  .jobs = 2,
			  .verbose = 4,
			  .tool = tool ? tool : "build/tracepair" };
	struct tally all = { 0 };
	bool brief = getenv("TEST_BRIEF");
	static struct sim probe;
	int bad;

	if (seed) {
		a.from = a.to = strtoull(seed, NULL, 0);
		a.verbose = 1000;
	}
	if (parse(&a, argc, argv) ||
	    (a.family && scenario_make(&probe, 0, a.family)))
		return usage();
	if (!a.generate && access(a.tool, X_OK)) {
		fprintf(stderr,
			"sim: %s: cannot be run; build it or set "
			"TRACEPAIR\n",
			a.tool);
		return 2;
	}
	if (a.limit <= 0) /* alone it is a test, else a measurement */
		a.limit = a.given || seed ? 99 : brief ? 50 : 97;
	if (a.given || seed || a.family)
		run_all(&a,
			&(struct span){ .family = a.family,
					.from = a.from,
					.to = a.to },
			1, &all);
	else if (brief)
		run_families(&a, &all);
	else
		run_test(&a, &all);
	if (a.generate)
		return 0;
	bad = tally_print(&all, a.limit, stdout);
	printf("\n%d limits violated\n", bad);
	return bad ? 1 : 0;
}
