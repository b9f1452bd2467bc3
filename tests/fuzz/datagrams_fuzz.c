/* Fuzz target: parsers of datagrams alone (capture/proto_quic.c, proto_sealed.c,
 * proto_ntp.c, proto_dhcp.c, proto_radius.c, proto_snmp.c, proto_sip.c, proto_coap.c), by any talk
 * (tests/fuzz/talking.h), on a port that helps and on one that does not.
 * The second byte chooses the port. */
#include "tests/fuzz/talking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t port[] = { 443, 1194, 51820, 4000, 123, 67,
					 547, 1812, 161,   5060, 5683 };
	uint8_t *said;

	if (size < 2)
		return 0;
	said = malloc(size - 1);
	if (!said)
		abort();
	said[0] = data[0] | 1;
	memcpy(said + 1, data + 2, size - 2);
	talking_run(port[data[1] % (sizeof port / sizeof *port)], said,
		    size - 1);
	free(said);
	return 0;
}
