/* tracepair: dispatch.  The first word is a subcommand, or else the whole job
 * runs on the words as captures.
 */
#include <locale.h>
#include <signal.h>
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
		"COMMAND --help' and\n'tracepair --help-job' list options.\n");
}

static int dispatch(int argc, char **argv, struct err *err)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1, err);
	return command_job(argc, argv, err);
}

int main(int argc, char **argv)
{
	static char help[] = "--help";
	struct err err = { 0 };
	int code;

	mem_tune();
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_DFL);
	if (argc < 2) {
		print_usage(stderr);
		return ERR_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("tracepair %s\n", TRACEPAIR_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--help-job") == 0)
		argv[1] = help;
	code = dispatch(argc, argv, &err);
	if (err.code == ERR_NONE)
		return code;
	fprintf(stderr, "tracepair: %s\n", err.text);
	return (int)err.code;
}
