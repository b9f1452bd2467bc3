#include "tests/sim/sim.h"
#include <stdlib.h>
#include <sys/stat.h>
int main(int argc, char **argv)
{
	static struct sim s;
	uint64_t seed = strtoull(argv[1], NULL, 0);
	(void)argc;
	s.dir = argv[2];
	mkdir(s.dir, 0777);
	if (scenario_make(&s, seed, NULL))
		return 2;
	sim_run(&s);
	char *p = mem_printf("%s/truth.txt", s.dir);
	FILE *f = fopen(p, "w");
	truth_dump(&s, f);
	fclose(f);
	free(p);
	printf("%s %zu sessions %llu packets now %.3f heap %zu\n", s.family, s.n_sess, (unsigned long long)s.packets, (double)s.now / 1e9, s.n_heap);
	sim_release(&s);
	return 0;
}
