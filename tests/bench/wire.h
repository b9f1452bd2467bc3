/* Packets of the benchmark as bytes, in classic pcap files. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum app { APP_TLS, APP_HTTP, APP_DNS };

/* A packet as it passes one point.  Contents follow from `key`, `way` and the
 * position in the stream, so that a copy, and the other point, have the same. */
struct wire {
	int64_t time_ns;   /* the point's own clock */
	uint64_t key;      /* of the session's contents */
	uint64_t pos;      /* of the payload in the stream, from 0 */
	uint32_t src, dst; /* IPv4, host order */
	uint32_t seq, ack;
	uint32_t tsval, tsecr;
	uint32_t sack_from, sack_to; /* equal: none */
	uint32_t turn_off;           /* payload's place in its turn */
	uint32_t turn_len;
	uint16_t sport, dport, len, ip_id, window;
	uint8_t ttl, flags, app, way;
	bool udp;
};

enum { W_FIN = 1, W_SYN = 2, W_RST = 4, W_PSH = 8, W_ACK = 16 };

struct pcap_out {
	FILE *f;
	uint32_t snap;
	uint64_t packets, bytes;
};

/* Return: false where the file cannot be made; perror() knows. */
bool pcap_out_open(struct pcap_out *o, const char *path, uint32_t snap);
void pcap_out_put(struct pcap_out *o, const struct wire *w);
bool pcap_out_close(struct pcap_out *o);

/* splitmix64: a stateless scrambler, and by counting a generator. */
static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}
