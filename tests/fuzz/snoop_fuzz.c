/* Fuzz target: snoop's captures, fw monitor's places among them. */
#include "tests/fuzz/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return reading_all(data, size);
}
