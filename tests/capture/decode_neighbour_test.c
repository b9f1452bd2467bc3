/* capture/decode_neighbour.c: ARP and neighbour discovery. */
#include "capture/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/capture/frames.h"

#define ETHERNET 1
#define ETH "ffffffffffff 020000000001 "
#define ARP "0806 0001 0800 06 04 "
#define A "020000000001 0a000001 "
#define B "020000000002 0a000002 "
#define NOBODY "000000000000 00000000 "

static void expect(const struct packet *p, unsigned kind, const char *about,
		   const char *from, unsigned mac)
{
	char text[NET_END_TEXT];

	assert_int_equal(p->neighbour.kind, kind);
	assert_string_equal(net_addr_text(&p->neighbour.about, text), about);
	assert_string_equal(net_addr_text(&p->neighbour.from, text), from);
	assert_int_equal(p->neighbour.has_mac, mac != 0);
	assert_int_equal(p->neighbour.mac[5], mac);
}

static void arp_asks_tells_and_announces(void **state)
{
	static const struct {
		const char *frame;
		unsigned kind;
		const char *about;
		unsigned vlan;
	} cases[] = {
		{ ETH ARP "0001" A "000000000000 0a000002", NEIGHBOUR_ASKS,
		  "10.0.0.2", 0 },
		{ ETH ARP "0002" A B, NEIGHBOUR_TELLS, "10.0.0.1", 0 },
		{ ETH ARP "0001" A "000000000000 0a000001", NEIGHBOUR_ANNOUNCES,
		  "10.0.0.1", 0 },
		{ ETH ARP "0002" A A, NEIGHBOUR_ANNOUNCES, "10.0.0.1", 0 },
		{ ETH "8100 e005" ARP "0002" A B, NEIGHBOUR_TELLS, "10.0.0.1",
		  5 },
		{ ETH "88a8 0002 8100 0005" ARP "0002" A B, NEIGHBOUR_TELLS,
		  "10.0.0.1", 2 << 12 | 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_hex(&b, cases[i].frame);
		assert_int_equal(frames_decode(&b, ETHERNET, &p),
				 DECODE_NEIGHBOUR);
		expect(&p, cases[i].kind, cases[i].about, "10.0.0.1", 1);
		assert_int_equal(p.neighbour.vlan, cases[i].vlan);
		assert_false(p.neighbour.v6);
		/* cut anywhere within, it tells nothing */
		for (size_t cut = 14; cut < b.n; cut++) {
			struct decoder *d = decoder_new();

			assert_int_not_equal(frames_decode_cut(d, &b, ETHERNET,
							       cut, &p),
					     DECODE_NEIGHBOUR);
			decoder_free(d);
		}
	}
}

static void link_headers_that_systems_add_have_it_too(void **state)
{
	static const struct {
		int linktype;
		const char *frame;
		bool answers;
	} cases[] = {
		{ ETHERNET, "020000000002 020000000001 " ARP "0002" A B, true },
		/* to all cards: no answer to who asked alone */
		{ ETHERNET, ETH ARP "0002" A B, false },
		{ 113, "0000 0001 0006 0200000000010000 " ARP "0002" A B,
		  true },
		{ 113, "0001 0001 0006 0200000000010000 " ARP "0002" A B,
		  false },
		{ 276,
		  "0806 0000 00000003 0001 03 06 0200000000010000 "
		  "0001 0800 06 04 0002" A B,
		  true },
		{ 276,
		  "0806 0000 00000003 0001 01 06 0200000000010000 "
		  "0001 0800 06 04 0002" A B,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frames_buf b = { 0 };
		struct net_addr to = { .b = { 0 } };
		struct packet p;

		if (cases[i].answers)
			to = net_addr_v4((const uint8_t[]){ 10, 0, 0, 2 });
		frames_hex(&b, cases[i].frame);
		assert_int_equal(frames_decode(&b, cases[i].linktype, &p),
				 DECODE_NEIGHBOUR);
		expect(&p, NEIGHBOUR_TELLS, "10.0.0.1", "10.0.0.1", 1);
		assert_int_equal(net_addr_cmp(&p.neighbour.to, &to), 0);
	}
}

static void other_arp_tells_nothing(void **state)
{
	static const char *const frames[] = {
		/* is my address free?; asks for nobody, for a group */
		ETH ARP "0001 020000000001 00000000 000000000000 0a000001",
		ETH ARP "0001" A NOBODY,
		ETH ARP "0001" A "000000000000 e0000001",
		/* by nobody's card, for what is no address; reverse ARP */
		ETH ARP "0002 000000000000 0a000001" B,
		ETH ARP "0002 020000000001 00000000" B,
		ETH ARP "0003" A B,
		/* another hardware, protocol, length */
		ETH "0806 0007 0800 06 04 0002" A B,
		ETH "0806 0001 86dd 06 04 0002" A B,
		ETH "0806 0001 0800 08 04 0002" A B,
		/* within a tunnel: of another network */
		ETH "88e7 00000007" ETH ARP "0002" A B,
	};

	(void)state;
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		struct frames_buf b = { 0 };
		struct packet p;

		frames_hex(&b, frames[i]);
		assert_int_equal(frames_decode(&b, ETHERNET, &p),
				 DECODE_NOT_IP);
	}
}

/* ICMPv6 of @type from @from about fd00::7, with @options. */
static enum decode_result discovery(unsigned type, const char *from,
				    const char *flags, const char *about,
				    const char *options, uint8_t ttl,
				    struct packet *p)
{
	struct frames_buf b = { 0 };

	frames_ip6(&b, 58, from, "ff02::1");
	b.at[7] = ttl;
	frames_icmp(&b, type, 0, 0, 0);
	b.n -= 4;
	frames_hex(&b, flags);
	frames_hex(&b, about);
	frames_hex(&b, options);
	frames_close(&b);
	return frames_decode(&b, 101, p);
}

#define FD00_7 "fd000000000000000000000000000007"

static void discovery_does_the_same(void **state)
{
	struct packet p;

	(void)state;
	assert_int_equal(discovery(135, "fd00::1", "00000000", FD00_7,
				   "0e01000000000000 0101020000000001", 255,
				   &p),
			 DECODE_NEIGHBOUR);
	expect(&p, NEIGHBOUR_ASKS, "fd00::7", "fd00::1", 1);
	assert_true(p.neighbour.v6);
	/* to a known card; no option; one of no length */
	assert_int_equal(discovery(135, "fd00::1", "00000000", FD00_7, "", 255,
				   &p),
			 DECODE_NEIGHBOUR);
	expect(&p, NEIGHBOUR_ASKS, "fd00::7", "fd00::1", 0);
	assert_int_equal(discovery(136, "fe80::7", "60000000", FD00_7,
				   "0200020000000007", 255, &p),
			 DECODE_NEIGHBOUR);
	expect(&p, NEIGHBOUR_TELLS, "fd00::7", "fd00::7", 0);
	assert_int_equal(discovery(136, "fe80::7", "20000000", FD00_7,
				   "0201020000000007", 255, &p),
			 DECODE_NEIGHBOUR);
	expect(&p, NEIGHBOUR_ANNOUNCES, "fd00::7", "fd00::7", 7);
	/* is it free?; routed, so forged; a group; cut; router discovery */
	assert_int_equal(discovery(135, "::", "00000000", FD00_7, "", 255, &p),
			 DECODE_NOT_IP);
	assert_int_equal(discovery(135, "fd00::1", "00000000", FD00_7, "", 254,
				   &p),
			 DECODE_NOT_IP);
	assert_int_equal(discovery(135, "fd00::1", "00000000",
				   "ff020000000000000000000000000007", "", 255,
				   &p),
			 DECODE_NOT_IP);
	assert_int_equal(discovery(136, "fd00::1", "00000000", "fd00", "", 255,
				   &p),
			 DECODE_NOT_IP);
	assert_int_equal(discovery(134, "fd00::1", "00000000", FD00_7, "", 255,
				   &p),
			 DECODE_NOT_IP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_asks_tells_and_announces),
		cmocka_unit_test(link_headers_that_systems_add_have_it_too),
		cmocka_unit_test(other_arp_tells_nothing),
		cmocka_unit_test(discovery_does_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
