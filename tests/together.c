/* The unit tests of a folder in one program, as linking each of hundreds apart takes
 * as long as running them:
 *
 *   together NAME     runs NAME.c, as the program NAME does
 *
 * The Makefile calls the main() of NAME.c main_of_NAME(), and writes TEST_LIST: a line
 * TEST(NAME) for each. */
#include <stdio.h>
#include <string.h>

#define TEST(name) int main_of_##name(void);
#include TEST_LIST
#undef TEST

static const struct {
	const char *name;
	int (*run)(void);
} tests[] = {
#define TEST(name) { #name, main_of_##name },
#include TEST_LIST
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		if (argc == 2 && strcmp(argv[1], tests[i].name) == 0)
			return tests[i].run();
	fprintf(stderr, "usage: %s NAME, a test of this folder\n", argv[0]);
	return 2;
}
