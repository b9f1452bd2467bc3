/* A pager is a child that reads a pipe: sh -c "$PAGER", since $PAGER may have
 * options.  Nothing from a capture or case gets into that command.
 */
#include "cli/pager.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_PAGER "less -FRX"

static void be_pager(int in)
{
	const char *command = getenv("PAGER");

	if (!command || !*command)
		command = DEFAULT_PAGER;
	if (dup2(in, STDIN_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

struct pager pager_start(bool wanted)
{
	struct pager p = { stdout, 0 };
	int ends[2];
	FILE *out;

	if (!wanted || !isatty(STDOUT_FILENO) || pipe(ends) != 0)
		return p;
	out = fdopen(ends[1], "w");
	p.pid = out ? fork() : -1;
	if (p.pid == 0) {
		close(ends[1]);
		be_pager(ends[0]);
	}
	close(ends[0]);
	if (p.pid > 0) {
		p.out = out;
		return p;
	}
	if (out)
		fclose(out);
	else
		close(ends[1]);
	p.pid = 0;
	return p;
}

void pager_end(struct pager *p)
{
	int status;

	if (!p->pid)
		return;
	fclose(p->out);
	waitpid(p->pid, &status, 0);
}
