/* Check Point's fw monitor: each packet at up to four places and more, with the
 * place instead of hardware addresses.
 *
 *	frame	point 1 (i I o O e E), position in the chain 1, interface 10,
 *		type 2; with -u or -s: interface 6, UUID 4
 *
 *		network | i  firewall, NAT  I | routing | o  firewall, NAT  O |
 *
 * So i and O of an interface are one place, on the network's side, and I and o
 * another; they become points of their own, and what the firewall drops or
 * translates is between two of them.
 *
 * A header is taken for one if its first byte is one of those letters and the
 * name is text padded with zeros.  As a hardware address it would be that of a
 * group (all six letters have the bit set), of no range that is in use.
 *
 * Reference: "How to use fw monitor" (Check Point); the field order as
 * Wireshark shows it with "Interpret as FireWall-1 monitor file".
 */
#include "capture/fw_monitor.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "capture/reader_int.h"

#define HEADER 14
#define NAME_AT 2
#define NAME 10      /* bytes of the interface's name */
#define NAME_SHORT 6 /* beside a UUID */

/* The length of a name in @n bytes, or 0. */
static size_t name_len(const uint8_t *p, size_t n)
{
	size_t len = 0;

	if (!isalpha(p[0]))
		return 0;
	while (len < n &&
	       (isalnum(p[len]) || (p[len] && strchr("._:/-", p[len]))))
		len++;
	for (size_t i = len; i < n; i++)
		if (p[i])
			return 0;
	return len < 2 ? 0 : len;
}

static const char *side_of(uint8_t point)
{
	switch (point) {
	case 'i':
	case 'O':
		return "iO";
	case 'I':
	case 'o':
		return "Io";
	case 'e':
		return "e";
	case 'E':
		return "E";
	default:
		return NULL;
	}
}

bool fw_monitor_place(const struct frame *f, char name[static FW_MONITOR_NAME])
{
	const char *side = f->cap_len < HEADER ? NULL : side_of(f->data[0]);
	const uint8_t *p = f->data + NAME_AT;
	size_t len;

	if (!side || !isprint(f->data[1]))
		return false;
	len = name_len(p, NAME);
	if (!len)
		len = name_len(p, NAME_SHORT);
	if (!len)
		return false;
	snprintf(name, FW_MONITOR_NAME, "%.*s:%s", (int)len, (const char *)p,
		 side);
	return true;
}

uint32_t reader_port_named(struct reader *r, uint32_t like, const char *name)
{
	struct reader_iface *old = &reader_port(r, like)->pub;
	struct reader_port *p;

	for (size_t i = 0; i < reader_ifaces(r); i++) {
		const struct reader_iface *x = reader_iface(r, i);

		if (x->name && x->linktype == old->linktype &&
		    !strcmp(x->name, name))
			return (uint32_t)i;
	}
	if (!old->name && !reader_port(r, like)->seen) {
		old->name = mem_strdup(name);
		return like;
	}
	p = reader_add_port(r);
	if (!p)
		return like;
	p->pub.linktype = old->linktype;
	p->pub.snaplen = old->snaplen;
	p->pub.resolution_ns = old->resolution_ns;
	p->pub.name = mem_strdup(name);
	return (uint32_t)reader_ifaces(r) - 1;
}
