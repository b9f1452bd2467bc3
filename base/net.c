/* Addresses and ports: one 16-byte form, IPv4 as ::ffff:a.b.c.d (RFC 4291
 * 2.5.5.2), so that every comparison and hash has one code path.
 *
 * A capture may hold a real IPv6 packet with a mapped address (it should not,
 * but captures are not to be trusted); it then prints as IPv4.  Flows keep the
 * IP version beside the addresses, so nothing is confused by that.  Text of
 * IPv6 is RFC 5952 (inet_ntop of glibc follows it).
 */
#include "base/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const uint8_t v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255 };

struct net_addr net_addr_v6(const uint8_t b[static 16])
{
	struct net_addr a;

	memcpy(a.b, b, 16);
	return a;
}

bool net_addr_is_v4(const struct net_addr *a)
{
	return !memcmp(a->b, v4_prefix, 12);
}

bool net_addr_is_local_group(const struct net_addr *a)
{
	const uint8_t *v4 = a->b + 12;

	if (!net_addr_is_v4(a))
		return a->b[0] == 0xff && (a->b[1] & 15) <= 5;
	return (v4[0] == 224 && !v4[1] && !v4[2]) ||
	       (v4[0] == 239 && v4[1] == 255) ||
	       (v4[0] & v4[1] & v4[2] & v4[3]) == 255;
}

bool net_addr_may_be_group(const struct net_addr *a)
{
	if (net_addr_is_v4(a))
		return a->b[12] >= 224 || a->b[15] == 255;
	return a->b[0] == 0xff;
}

bool net_addr_is_loopback(const struct net_addr *a)
{
	static const uint8_t v6[16] = { [15] = 1 };

	if (net_addr_is_v4(a))
		return a->b[12] == 127;
	return !memcmp(a->b, v6, sizeof v6);
}

int net_addr_cmp(const struct net_addr *a, const struct net_addr *b)
{
	return memcmp(a->b, b->b, 16);
}

int net_end_cmp(const struct net_end *a, const struct net_end *b)
{
	int c = net_addr_cmp(&a->addr, &b->addr);

	return c ? c : (a->port > b->port) - (a->port < b->port);
}

/* Return: the end of the text. */
static char *v4_text(const uint8_t b[static 4], char *out)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*out++ = '.';
		out = text_decimal(b[i], out);
	}
	return out;
}

char *net_addr_text(const struct net_addr *a, char out[static NET_END_TEXT])
{
	if (net_addr_is_v4(a))
		v4_text(a->b + 12, out);
	else
		inet_ntop(AF_INET6, a->b, out, NET_END_TEXT);
	return out;
}

char *net_end_text(const struct net_end *e, char out[static NET_END_TEXT])
{
	char addr[NET_END_TEXT], *to;

	if (net_addr_is_v4(&e->addr)) {
		to = v4_text(e->addr.b + 12, out);
		*to++ = ':';
		text_decimal(e->port, to);
	} else {
		snprintf(out, NET_END_TEXT, "[%.45s]:%u",
			 net_addr_text(&e->addr, addr), (unsigned)e->port);
	}
	return out;
}

char *net_side_text(uint8_t proto, const struct net_end *client,
		    const struct net_end *server, bool is_server,
		    char out[static NET_END_TEXT])
{
	const struct net_end *e = is_server ? server : client;
	char addr[NET_END_TEXT];

	if (proto == IPPROTO_ESP && is_server)
		snprintf(out, NET_END_TEXT, "%.45s SPI 0x%08x",
			 net_addr_text(&e->addr, addr),
			 (unsigned)client->port << 16 | server->port);
	else if (proto == IPPROTO_ESP ||
		 (!e->port && proto != IPPROTO_TCP && proto != IPPROTO_UDP))
		net_addr_text(&e->addr, out);
	else
		net_end_text(e, out);
	return out;
}

int net_addr_parse(const char *text, struct net_addr *out)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		*out = net_addr_v4(b);
	else if (inet_pton(AF_INET6, text, b) == 1)
		*out = net_addr_v6(b);
	else
		return -1;
	return 0;
}

/* Decimal digits only, up to 65535. */
static int parse_port(const char *s, uint16_t *out)
{
	unsigned v = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (unsigned)(*s - '0');
		if (v > UINT16_MAX)
			return -1;
	}
	*out = (uint16_t)v;
	return 0;
}

int net_end_parse(const char *text, struct net_end *out)
{
	char addr[NET_END_TEXT];
	struct net_end e = { .port = 0 };
	const char *from = text, *end, *port = NULL;

	if (*text == '[') {
		from = text + 1;
		end = strchr(from, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -1;
		if (end[1])
			port = end + 2;
	} else {
		/* More than one colon without brackets is a bare IPv6. */
		end = strchr(text, ':');
		if (end && !strchr(end + 1, ':'))
			port = end + 1;
		else
			end = text + strlen(text);
	}
	if ((size_t)(end - from) >= sizeof addr)
		return -1;
	memcpy(addr, from, (size_t)(end - from));
	addr[end - from] = '\0';
	if (net_addr_parse(addr, &e.addr))
		return -1;
	if (*text == '[' && net_addr_is_v4(&e.addr) && !strchr(addr, ':'))
		return -1;
	if (port && parse_port(port, &e.port))
		return -1;
	*out = e;
	return 0;
}
