/* Fuzz target: capture/proto_socks.c, by any talk (tests/fuzz/talking.h). */
#include "tests/fuzz/talking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return talking_run(1080, data, size);
}
