/* tracepair: dispatch.  The first word is a subcommand, or else the whole job
 * runs on the words as captures.
 */
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/version.h"
#include "cli/commands.h"

static const struct command {
	const char *name, *usage, *help;
	int (*run)(int argc, char **argv, struct err *err);
} commands[] = {
	{ "index", "CASE [POINT=]FILE ...",
	  "captures into a case; again later: more files, more points",
	  command_index },
	{ "pair", "CASE", "pair, fit clocks, decide fates, derive findings",
	  command_pair },
	{ "report", "CASE", "what was found", command_report },
	{ "sessions", "CASE", "the sessions and how they were paired",
	  command_sessions },
	{ "packets", "CASE", "every transmission and its fate on every hop",
	  command_packets },
	{ "show", "CASE SESSION", "a session as a ladder over all points",
	  command_show },
	{ "export", "CASE -o FILE",
	  "the packets for Wireshark, clocks put right", command_export },
	{ "merge", "CASE CASE ... -o CASE",
	  "several cases into one, without the captures", command_merge },
	{ "exchanges", "CASE",
	  "every request and its answer, and who took how long",
	  command_exchanges },
	{ "around", "CASE POINT:FRAME",
	  "all that a frame's host did around it, at all points",
	  command_around },
	{ "sql", "CASE 'SELECT ...'", "ask the case in SQL", command_sql },
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

static void print_usage(FILE *out)
{
	fprintf(out,
		"tracepair %s: where packets vanished and which hop adds "
		"latency\n\n"
		"  tracepair [POINT=]FILE [POINT=]FILE ... [options]   the "
		"whole job\n",
		TRACEPAIR_VERSION);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  tracepair %-9s %-24s %s\n", commands[i].name,
			commands[i].usage, commands[i].help);
	fprintf(out,
		"\nFILE is a capture (pcap, pcapng; gzip, zstd and lz4 are "
		"unpacked), or '-'; FILE#IFACE\ntakes one interface.\n"
		"Give the points in path order, the client's first.  'tracepair "
		"help COMMAND' and\n'tracepair help job' list options.\n");
}

static const struct command *command_of(const char *word)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(word, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static bool asks_for_usage(int argc, char **argv)
{
	return strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	       (strcmp(argv[1], "help") == 0 && argc == 2);
}

static int dispatch(int argc, char **argv, struct err *err)
{
	const struct command *c = command_of(argv[1]);

	return c ? c->run(argc - 1, argv + 1, err)
		 : command_job(argc, argv, err);
}

/* "help COMMAND" is "COMMAND --help"; the whole job is "job". */
static int help_on(char *word, struct err *err)
{
	static char help[] = "--help";
	char *argv[] = { word, help, NULL };

	if (strcmp(word, "job") != 0 && !command_of(word))
		return err_set(err, ERR_USAGE,
			       "%s: no such command; 'tracepair help' lists "
			       "them",
			       word);
	return command_of(word) ? command_of(word)->run(2, argv, err)
				: command_job(2, argv, err);
}

int main(int argc, char **argv)
{
	static char job[] = "job";
	struct err err = { 0 };
	int code;

	mem_tune();
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_DFL);
	if (argc < 2) {
		print_usage(stderr);
		return ERR_USAGE;
	}
	if (asks_for_usage(argc, argv)) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("tracepair %s\n", TRACEPAIR_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--help-job") == 0)
		code = help_on(job, &err);
	else if (strcmp(argv[1], "help") == 0)
		code = help_on(argv[2], &err);
	else
		code = dispatch(argc, argv, &err);
	if (err.code == ERR_NONE)
		return code;
	fprintf(stderr, "tracepair: %s\n", err.text);
	return (int)err.code;
}
