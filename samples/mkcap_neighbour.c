/* mkcap: who asks for a hardware address, and who has it: ARP, and what IPv6 has for it.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "samples/mkcap.h"

#define OTHERS_CARD 0xfd /* whose answer it is */

void mkcap_neighbour_word(struct neighbour_words *x, const char *word)
{
	const char *p;

	if (mkcap_takes(word, "from=", &p) || mkcap_takes(word, "to=", &p)) {
		x->has_other = true;
		if (net_end_parse(p, &x->other) != 0)
			mkcap_fail("not an address", p);
	} else if (mkcap_takes(word, "mac=", &p)) {
		x->mac = (uint32_t)strtoul(p, NULL, 16);
	} else if (mkcap_takes(word, "vlan=", &p)) {
		x->vlan = (uint32_t)mkcap_number(p);
	} else if (strcmp(word, "all") == 0) {
		x->to_all = true;
	} else if (x->has_about || net_end_parse(word, &x->about) != 0) {
		mkcap_fail("not understood", word);
	} else {
		x->has_about = true;
	}
}

static void put_mac(uint8_t *p, uint32_t mac)
{
	memcpy(p, (uint8_t[]){ 2, 0, 0, 0, (uint8_t)(mac >> 8), (uint8_t)mac },
	       6);
}

static size_t put_arp(const struct neighbour_words *x, uint8_t *p)
{
	const struct net_end *from = x->asks ? &x->other : &x->about;
	const struct net_end *to = x->asks || !x->has_other ? &x->about
							    : &x->other;

	memcpy(p, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, 2 }, 8);
	p[7] = x->asks ? 1 : 2;
	put_mac(p + 8, x->mac);
	memcpy(p + 14, from->addr.b + 12, 4);
	memset(p + 18, 0, 6);
	memcpy(p + 24, to->addr.b + 12, 4);
	return 28;
}

static size_t put_discovery(const struct neighbour_words *x, uint8_t *p)
{
	const struct net_end *from = x->asks ? &x->other : &x->about;
	uint8_t *icmp = p + 40;
	uint32_t sum = IPPROTO_ICMPV6 + 32;

	memset(p, 0, 72);
	p[0] = 0x60;
	p[5] = 32;
	p[6] = IPPROTO_ICMPV6;
	p[7] = 255;
	memcpy(p + 8, from->addr.b, 16);
	if (x->has_other && !x->asks)
		memcpy(p + 24, x->other.addr.b, 16);
	else
		memcpy(p + 24, (uint8_t[]){ 0xff, 2, [15] = 1 }, 16);
	icmp[0] = x->asks ? 135 : 136;
	icmp[4] = x->asks ? 0 : x->has_other ? 0x60 : 0x20;
	memcpy(icmp + 8, x->about.addr.b, 16);
	icmp[24] = x->asks ? 1 : 2;
	icmp[25] = 1;
	put_mac(icmp + 26, x->mac);
	for (size_t i = 8; i < 72; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (uint8_t)(~sum >> 8);
	icmp[3] = (uint8_t)~sum;
	return 72;
}

size_t mkcap_neighbour(const struct neighbour_words *x, uint8_t *f)
{
	bool v6 = !net_addr_is_v4(&x->about.addr);
	size_t n = 12;

	if (!x->has_about || (x->asks && !x->has_other))
		mkcap_fail("write ask ADDRESS from=ADDRESS", "");
	if (x->asks || x->to_all || !x->has_other)
		memset(f, 0xff, 6);
	else
		put_mac(f, OTHERS_CARD);
	put_mac(f + 6, x->mac);
	if (x->vlan) {
		memcpy(f + n,
		       (uint8_t[]){ 0x81, 0, (uint8_t)(x->vlan >> 8),
				    (uint8_t)x->vlan },
		       4);
		n += 4;
	}
	memcpy(f + n, v6 ? (uint8_t[]){ 0x86, 0xdd } : (uint8_t[]){ 8, 6 }, 2);
	n += 2;
	n += v6 ? put_discovery(x, f + n) : put_arp(x, f + n);
	for (; n < 60; n++)
		f[n] = 0;
	return n;
}
