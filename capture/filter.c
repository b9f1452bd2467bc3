/* BPF filters and link type names, by libpcap.
 *
 * pcap_compile() keeps state of its parser outside its arguments in some
 * releases and asks name services: one at a time, under a mutex.  Matching
 * only reads the program and needs none.
 *
 * Files hold LINKTYPE_ numbers, libpcap's calls take DLT_ numbers: they differ
 * only where systems disagreed, and of these only raw IP matters here.
 */
#include "capture/reader.h"

#include <pcap/pcap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LINKTYPE_RAW 101
#define FILTER_SNAPLEN 262144

struct filter {
	struct bpf_program program; /* owned by libpcap */
};

static pthread_mutex_t compiling = PTHREAD_MUTEX_INITIALIZER;

static int dlt_of(int linktype)
{
	return linktype == LINKTYPE_RAW ? DLT_RAW : linktype;
}

char *linktype_name(int linktype, char out[static 64])
{
	const char *name = pcap_datalink_val_to_name(dlt_of(linktype));
	const char *text = pcap_datalink_val_to_description(dlt_of(linktype));

	if (name && text)
		snprintf(out, 64, "%s (%s)", name, text);
	else
		snprintf(out, 64, "link type %d", linktype);
	return out;
}

struct filter *filter_compile(const char *bpf, int linktype, struct err *err)
{
	struct filter *f = mem_zalloc(1, sizeof *f);
	pcap_t *p = pcap_open_dead(dlt_of(linktype), FILTER_SNAPLEN);
	char name[64];
	int failed;

	if (!p)
		mem_exhausted();
	pthread_mutex_lock(&compiling);
	failed = pcap_compile(p, &f->program, bpf, 1, PCAP_NETMASK_UNKNOWN);
	pthread_mutex_unlock(&compiling);
	if (failed) {
		err_set(err, ERR_USAGE,
			"filter '%s' for %s: %s; write it as for tcpdump ('man "
			"pcap-filter')",
			bpf, linktype_name(linktype, name), pcap_geterr(p));
		free(f);
		f = NULL;
	}
	pcap_close(p);
	return f;
}

bool filter_match(const struct filter *f, const struct frame *frame)
{
	struct pcap_pkthdr h = { .caplen = frame->cap_len,
				 .len = frame->wire_len };

	return pcap_offline_filter(&f->program, &h, frame->data) != 0;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	pcap_freecode(&f->program);
	free(f);
}
