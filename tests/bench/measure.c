/* Runs a command and says what it took.
 *
 *   measure OUT COMMAND ...     appends "seconds peak-kB exit" to file OUT
 *
 * The peak is that of the largest process among the command and its children
 * (getrusage), as the kernel counts resident pages.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double begin = now();
	int status, code;
	pid_t pid;
	FILE *out;

	if (argc < 3)
		return 2;
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	getrusage(RUSAGE_CHILDREN, &usage);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	out = fopen(argv[1], "a");
	if (!out)
		return 2;
	fprintf(out, "%.3f %ld %d\n", now() - begin, usage.ru_maxrss, code);
	return fclose(out) ? 2 : code;
}
