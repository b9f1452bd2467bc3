/* tracepair: dispatch.  The first word is a subcommand, or else the whole job
 * runs on the words as captures.
 */
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/guess.h"
#include "cli/output.h"

static const struct command {
	const char *name, *usage, *help;
	int (*run)(int argc, char **argv, struct err *err);
} commands[] = {
	{ "index", "CASE [POINT=]FILE ...",
	  "put captures into a case, add more", command_index },
	{ "pair", "CASE", "pair sessions, derive findings", command_pair },
	{ "report", "CASE", "what was found", command_report },
	{ "sessions", "CASE", "the sessions, and how they paired",
	  command_sessions },
	{ "packets", "CASE", "each transmission, its fate per hop",
	  command_packets },
	{ "show", "CASE SESSION", "a session as a ladder of all points",
	  command_show },
	{ "export", "CASE -o FILE", "packets for Wireshark, on one clock",
	  command_export },
	{ "merge", "CASE CASE ... -o CASE",
	  "join cases, without their captures", command_merge },
	{ "exchanges", "CASE", "each request, and who took how long",
	  command_exchanges },
	{ "around", "CASE POINT:FRAME", "what a frame's host did around it",
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
		fprintf(out, "  tracepair %-9s %-22s %s\n", commands[i].name,
			commands[i].usage, commands[i].help);
	fprintf(out,
		"\nFor instance: tracepair client.pcap server.pcap\n\n"
		"FILE is a capture (pcap, pcapng; gzip, zstd and lz4 are "
		"unpacked), or '-';\nFILE#IFACE takes one interface.  Give "
		"the points in path order, the client's\nfirst.  'tracepair "
		"help COMMAND' and 'tracepair help job' list options.\n");
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

/* Return: -1, with @err. */
static int no_command(const char *word, const char *what, struct err *err)
{
	struct guess g = { .word = word };

	for (size_t i = 0; i < N_COMMANDS; i++)
		guess_try(&g, commands[i].name);
	if (g.best)
		return err_set(err, ERR_USAGE,
			       "%s: no such command%s; did you mean '%s'? "
			       "'tracepair help' lists the commands",
			       word, what, g.best);
	return err_set(err, ERR_USAGE,
		       "%s: no such command%s; 'tracepair help' lists the "
		       "commands",
		       word, what);
}

/* A misspelt command would be taken for a capture's name. */
static bool is_file(const char *word)
{
	size_t letters = strspn(word, "abcdefghijklmnopqrstuvwxyz");

	return word[letters] || access(word, F_OK) == 0;
}

/* A command that stands behind its options would be taken for a capture, too.
 * What follows an option may be its value.  Return: NULL if there is none. */
static const struct command *late_command(int argc, char **argv)
{
	for (int i = 2; argv[1][0] == '-' && i < argc; i++) {
		const char *before = argv[i - 1];
		bool value = before[0] == '-' && strcmp(before, "-q") != 0 &&
			     strcmp(before, "--quiet") != 0;

		if (!value && command_of(argv[i]) && access(argv[i], F_OK) != 0)
			return command_of(argv[i]);
	}
	return NULL;
}

static int dispatch(int argc, char **argv, struct err *err)
{
	const struct command *c = command_of(argv[1]);

	if (c)
		return c->run(argc - 1, argv + 1, err);
	if (!is_file(argv[1]))
		return no_command(argv[1], ", and no such file", err);
	c = late_command(argc, argv);
	if (c)
		return err_set(err, ERR_USAGE,
			       "a command comes first, its options behind it: "
			       "tracepair %s %s [options]",
			       c->name, c->usage);
	return command_job(argc, argv, err);
}

/* "help COMMAND" is "COMMAND --help"; the whole job is "job". */
static int help_on(char *word, struct err *err)
{
	static char help[] = "--help";
	char *argv[] = { word, help, NULL };

	if (strcmp(word, "job") != 0 && !command_of(word))
		return no_command(word, "", err);
	return command_of(word) ? command_of(word)->run(2, argv, err)
				: command_job(2, argv, err);
}

/* Return: whether the first word asked for words about the program, which are
 * printed. */
static bool told(int argc, char **argv)
{
	if (asks_for_usage(argc, argv))
		print_usage(stdout);
	else if (strcmp(argv[1], "--version") == 0 ||
		 strcmp(argv[1], "-V") == 0)
		printf("tracepair %s\n", TRACEPAIR_VERSION);
	else
		return false;
	return true;
}

static int run(int argc, char **argv, struct err *err)
{
	static char job[] = "job";

	if (told(argc, argv))
		return EXIT_DONE;
	if (strcmp(argv[1], "--help-job") == 0)
		return help_on(job, err);
	if (strcmp(argv[1], "help") == 0)
		return help_on(argv[2], err);
	return dispatch(argc, argv, err);
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	int code;

	mem_tune();
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_DFL);
	if (argc < 2) {
		print_usage(stderr);
		return ERR_USAGE;
	}
	code = run(argc, argv, &err);
	/* reports have been closed with an error of their own by now */
	if (err.code == ERR_NONE)
		output_close(stdout, NULL, &err);
	if (err.code == ERR_NONE)
		return code;
	fprintf(stderr, "tracepair: %s\n", err.text);
	return (int)err.code;
}
