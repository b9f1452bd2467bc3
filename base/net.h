/* Addresses and ports: one type for both families (IPv4 as ::ffff:a.b.c.d). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct net_addr {
	uint8_t b[16];
};

struct net_end {
	struct net_addr addr;
	uint16_t port; /* host order; for ICMP echo the identifier; of ESP half
			* of the SPI, the upper one at the sender; else 0 */
};

#define NET_END_TEXT 64 /* room for any "[addr]:port" with its NUL */

static inline struct net_addr net_addr_v4(const uint8_t b[static 4])
{
	struct net_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

	memcpy(a.b + 12, b, 4);
	return a;
}
struct net_addr net_addr_v6(const uint8_t b[static 16]);
bool net_addr_is_v4(const struct net_addr *a);
/* Is it a group whose packets no router or NAT passes on with another sender:
 * multicast of at most a site's scope (RFC 5771, 4; RFC 2365, 6.1; RFC 4291, 2.7),
 * or 255.255.255.255? */
bool net_addr_is_local_group(const struct net_addr *a);
/* May it be asked of many hosts, so that each answers from its own address:
 * multicast, 255.255.255.255, or what looks like a network's broadcast (its last
 * byte is 255; masks are not in captures)? */
bool net_addr_may_be_group(const struct net_addr *a);
/* 127.0.0.0/8 or ::1 */
bool net_addr_is_loopback(const struct net_addr *a);
int net_addr_cmp(const struct net_addr *a, const struct net_addr *b);
int net_end_cmp(const struct net_end *a, const struct net_end *b);

/* "10.0.0.1" or "2001:db8::1".  Return: @out. */
char *net_addr_text(const struct net_addr *a, char out[static NET_END_TEXT]);
/* "10.0.0.1:80" or "[2001:db8::1]:80".  Return: @out. */
char *net_end_text(const struct net_end *e, char out[static NET_END_TEXT]);
/* Text of the client's end of a flow of IP protocol @proto, or of its server's.
 * Protocols without ports give the address alone; ESP gives the receiver's
 * security parameter index, which is kept in place of the ports: "10.0.0.2 SPI
 * 0xc0ffee01".  Return: @out. */
char *net_side_text(uint8_t proto, const struct net_end *client,
		    const struct net_end *server, bool is_server,
		    char out[static NET_END_TEXT]);
/* Return: 0, or -1 where @text is no address. */
int net_addr_parse(const char *text, struct net_addr *out);
/* "addr:port", "[v6]:port"; port optional (0). Return: 0 or -1. */
int net_end_parse(const char *text, struct net_end *out);
