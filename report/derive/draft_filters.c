/* Filters for Wireshark that show what a finding is about.
 *
 * What: a finding on one session has filters for all of it, by its addresses and ports
 * as each point has them.  One on more, or on single packets, has filters for the frames
 * of its evidence, one a file.
 *
 * Cost: evidence and filters squared, which are a few dozens.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/rules.h"

void draft_session_filters(struct draft *f, const struct session_view *v)
{
	f->session_filters = true;
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_view *w = &v->flow[i];
		bool v6 = !net_addr_is_v4(&w->row.client.addr);
		char a[NET_END_TEXT], b[NET_END_TEXT], p[16];
		const char *ip = v6 ? "ipv6" : "ip";
		/* each of two equal ones would be met by either end's */
		bool same = w->row.client.port == w->row.server.port;

		if (!session_has_packets(v, i))
			continue;
		net_addr_text(&w->row.client.addr, a);
		net_addr_text(&w->row.server.addr, b);
		proto_name(w->row.proto, p);
		if (w->row.proto == 6 || w->row.proto == 17)
			draft_filter(f, w->row.point, w->first_file,
				     "%s.addr == %s && %s.addr == %s && "
				     "%s.%s == %u && %s.%s == %u",
				     ip, a, ip, b, p, same ? "srcport" : "port",
				     w->row.client.port, p,
				     same ? "dstport" : "port",
				     w->row.server.port);
		else if (w->row.proto == IPPROTO_ESP)
			draft_filter(f, w->row.point, w->first_file,
				     "%s.dst == %s && esp.spi == 0x%08x", ip, b,
				     (unsigned)w->row.client.port << 16 |
					     w->row.server.port);
		else
			draft_filter(f, w->row.point, w->first_file,
				     "%s.addr == %s && %s.addr == %s && "
				     "%s.%s == %u",
				     ip, a, ip, b, ip, v6 ? "nxt" : "proto",
				     w->row.proto);
	}
}

/* "5, 7..9": Wireshark's sets allow ranges. */
static void frames_add(struct text *t, uint64_t from, uint64_t to)
{
	text_add(t, "%s%llu", t->n ? ", " : "", (unsigned long long)from);
	if (to > from)
		text_add(t, "%s%llu", to > from + 1 ? ".." : ", ",
			 (unsigned long long)to);
}

static int by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* The evidence frames in @file, each once.  Return: how many. */
static size_t frames_in(const struct draft *f, int64_t file,
			uint64_t at[static DRAFT_EVIDENCE])
{
	size_t n = 0, out = 0;

	for (size_t i = 0; i < f->row.n_evidence; i++)
		if (f->row.evidence[i].file == file && f->row.evidence[i].frame)
			at[n++] = f->row.evidence[i].frame;
	qsort(at, n, sizeof *at, by_number);
	for (size_t i = 0; i < n; i++)
		if (!out || at[i] != at[out - 1])
			at[out++] = at[i];
	return out;
}

void draft_frame_filters(struct draft *f)
{
	for (size_t i = 0; i < f->row.n_evidence; i++) {
		const struct evidence_row *e = &f->row.evidence[i];
		uint64_t at[DRAFT_EVIDENCE] = { 0 }, from;
		struct text t = { 0 };
		bool seen = false;
		size_t n;

		for (size_t k = 0; k < i; k++)
			seen |= f->row.evidence[k].file == e->file;
		n = seen ? 0 : frames_in(f, e->file, at);
		for (size_t k = 0; k < n; k++) {
			from = at[k];
			while (k + 1 < n && at[k + 1] == at[k] + 1)
				k++;
			frames_add(&t, from, at[k]);
		}
		if (t.n)
			draft_filter(f, e->point, e->file,
				     "frame.number in {%s}", t.at);
		text_release(&t);
	}
}

/* Is it one of what ARP or neighbour discovery say of an address?  It shows more than
 * the frames that were told. */
static bool is_of_neighbours(const struct filter_row *w)
{
	return strncmp(w->filter, "arp.", 4) == 0 ||
	       strncmp(w->filter, "icmpv6.nd.", 10) == 0;
}

static void filters_clear(struct draft *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->row.n_filters; i++)
		if (is_of_neighbours(&f->row.filters[i]))
			f->row.filters[n++] = f->row.filters[i];
		else
			free(f->row.filters[i].filter);
	f->row.n_filters = n;
}

/* A session may be in several files of its point, typically of a ring buffer: a
 * filter for one of them serves the others. */
static void filter_other_files(struct draft *f)
{
	size_t n = f->row.n_filters;

	for (size_t i = 0; i < f->row.n_evidence; i++) {
		const struct evidence_row *e = &f->row.evidence[i];
		const char *like = NULL;
		bool has = false;

		for (size_t k = 0; k < f->row.n_filters; k++) {
			const struct filter_row *x = &f->row.filters[k];

			if (is_of_neighbours(x))
				continue;
			has |= x->file == e->file;
			if (k < n && x->point == e->point)
				like = x->filter;
		}
		if (!has && like)
			draft_filter(f, e->point, e->file, "%s", like);
	}
}

void draft_finish_filters(struct draft *f)
{
	if (!f->session_filters)
		return;
	if ((f->row.n_sessions > 1 || f->beside) && f->row.n_evidence) {
		filters_clear(f);
		draft_frame_filters(f);
	} else {
		filter_other_files(f);
	}
}
