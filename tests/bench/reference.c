/* The reference for ratios: a bare single-threaded pcap_next_ex() loop.
 *
 *   reference FILE ...      prints the number of packets
 */
#include <pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	unsigned long long packets = 0, bytes = 0;
	char why[PCAP_ERRBUF_SIZE];

	for (int i = 1; i < argc; i++) {
		pcap_t *p = pcap_open_offline_with_tstamp_precision(
			argv[i], PCAP_TSTAMP_PRECISION_NANO, why);
		struct pcap_pkthdr *head;
		const unsigned char *data;

		if (!p) {
			fprintf(stderr, "%s\n", why);
			return 1;
		}
		while (pcap_next_ex(p, &head, &data) == 1) {
			packets++;
			bytes += head->caplen + data[0];
		}
		pcap_close(p);
	}
	printf("%llu packets, checksum %llu\n", packets, bytes);
	return 0;
}
