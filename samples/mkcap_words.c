/* The words of a line of mkcap's text: numbers, times, and what a packet is. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples/mkcap.h"

int mkcap_number(const char *p)
{
	char *end;
	long n = strtol(p, &end, 10);

	if (end == p || *end || n < INT_MIN || n > INT_MAX)
		mkcap_fail("no number", p);
	return (int)n;
}

int64_t mkcap_seconds(const char *p)
{
	int64_t whole = strtoll(p, (char **)(uintptr_t)&p, 10), part = 0;
	int64_t unit = NS_PER_S / 10;

	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			part += (*p - '0') * unit;
	if (*p)
		mkcap_fail("not a time", p);
	return whole * NS_PER_S + part;
}

static size_t parse_hex(const char *p, uint8_t *out, size_t room)
{
	size_t n = 0;
	unsigned byte;

	for (; *p; p += 2) {
		if (n == room || sscanf(p, "%2x", &byte) != 1)
			mkcap_fail("bad hex bytes", p);
		out[n++] = (uint8_t)byte;
	}
	return n;
}

/* Return: whether all of @p had room, with a zero behind it. */
static bool parse_text(const char *p, char *out, size_t room)
{
	size_t n = 0;

	for (; *p && n + 2 < room; p++) {
		if (*p != '\\') {
			out[n++] = *p;
			continue;
		}
		switch (*++p) {
		case 's':
			out[n++] = ' ';
			break;
		case 'n':
			out[n++] = '\r';
			out[n++] = '\n';
			break;
		case '\\':
			out[n++] = '\\';
			break;
		default:
			return false;
		}
	}
	out[n] = '\0';
	return !*p;
}

bool mkcap_takes(const char *word, const char *key, const char **value)
{
	size_t n = strlen(key);

	if (strncmp(word, key, n) != 0)
		return false;
	*value = word + n;
	return true;
}

void mkcap_two_numbers(const char *p, uint32_t out[2])
{
	if (sscanf(p, "%u,%u", &out[0], &out[1]) != 2)
		mkcap_fail("write two numbers, C,S", p);
}

static unsigned parse_flags(const char *word)
{
	static const char *const name[] = { "FIN", "SYN", "RST", "PSH",
					    "ACK", "URG", "ECE", "CWR" };
	const size_t all = sizeof name / sizeof *name;
	unsigned flags = 0;

	while (*word) {
		size_t n = strcspn(word, ","), i;

		for (i = 0; i < all; i++)
			if (n == 3 && strncmp(name[i], word, 3) == 0)
				break;
		if (i == all)
			return 0;
		flags |= 1u << i;
		word += n + (word[n] ? 1 : 0);
	}
	return flags;
}

static void parse_icmp(struct what *w, const char *p)
{
	w->icmp = true;
	if (sscanf(p, "%u/%u/%u", &w->icmp_type, &w->icmp_code, &w->icmp_mtu) <
	    2)
		mkcap_fail("write icmp=TYPE/CODE[/MTU]", p);
}

static void parse_option(struct what *w, const char *word)
{
	const char *p;

	if (mkcap_takes(word, "mss=", &p))
		w->mss = mkcap_number(p);
	else if (mkcap_takes(word, "ws=", &p))
		w->ws = mkcap_number(p);
	else if (mkcap_takes(word, "win=", &p))
		w->win = mkcap_number(p);
	else if (mkcap_takes(word, "id=", &p))
		w->id = (int)strtol(p, NULL, 0);
	else if (mkcap_takes(word, "ttl=", &p))
		w->ttl = mkcap_number(p);
	else if (mkcap_takes(word, "tos=", &p))
		w->tos = (int)strtol(p, NULL, 0);
	else if (mkcap_takes(word, "cap=", &p))
		w->cap = (uint32_t)mkcap_number(p);
	else if (mkcap_takes(word, "icmp=", &p))
		parse_icmp(w, p);
	else if (mkcap_takes(word, "from=", &p)) {
		if (net_end_parse(p, &w->icmp_from) != 0)
			mkcap_fail("not an address", p);
	} else if (mkcap_takes(word, "frag=", &p))
		w->frag = mkcap_number(p);
	else if (strcmp(word, "sackok") == 0)
		w->sackok = true;
	else if (strcmp(word, "len0") == 0)
		w->len0 = true;
	else if (strcmp(word, "nopush") == 0)
		w->no_push = true;
	else if (strcmp(word, "pad") == 0)
		w->pad = true;
	else if (mkcap_takes(word, "text=", &p)) {
		if (!parse_text(p, w->text, sizeof w->text))
			mkcap_fail("text too long, or a strange escape", p);
	} else if (mkcap_takes(word, "hex=", &p))
		w->has_hex = (w->n_hex = parse_hex(p, w->hex, sizeof w->hex)) >
			     0;
	else if (mkcap_takes(word, "tail=", &p))
		w->n_tail = parse_hex(p, w->tail, sizeof w->tail);
	else if (mkcap_takes(word, "csum=", &p)) {
		w->csum = (uint16_t)strtol(p, NULL, 0);
		w->csum_given = true;
	} else
		mkcap_fail("not understood", word);
}

void mkcap_what(struct what *w, const char *word)
{
	unsigned flags = parse_flags(word);
	const char *p;
	unsigned long long a = 0, b = 0;

	if (flags) {
		w->flags |= flags;
	} else if (mkcap_takes(word, "sack=", &p)) {
		if (w->n_sack == 4 || sscanf(p, "%llu-%llu", &a, &b) != 2)
			mkcap_fail("bad sack", word);
		w->sack[w->n_sack][0] = a;
		w->sack[w->n_sack++][1] = b;
	} else if (mkcap_takes(word, "ts=", &p)) {
		if (sscanf(p, "%u/%u", &w->tsval, &w->tsecr) != 2)
			mkcap_fail("bad ts", word);
		w->ts = true;
	} else if (mkcap_takes(word, "ack=", &p)) {
		w->ack = strtoull(p, NULL, 10);
		w->ack_given = true;
		w->flags |= 0x10;
	} else if (mkcap_takes(word, "seq=", &p)) {
		w->seq = strtoull(p, NULL, 10);
		w->seq_given = true;
	} else if (sscanf(word, "%llu..%llu", &a, &b) == 2) {
		w->has_range = true;
		w->from = a;
		w->to = b;
		/* a SYN acknowledges nothing, unless it says so */
		w->flags |= w->flags & 0x02 ? 0x08 : 0x18;
	} else {
		parse_option(w, word);
	}
}
