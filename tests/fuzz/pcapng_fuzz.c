/* Fuzz target: the pcapng reader (and whatever the magic makes of it). */
#include "tests/fuzz/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return reading_all(data, size);
}
