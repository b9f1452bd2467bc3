/* mkcap: a readable text into captures, one a point.
 *
 *   mkcap CASE.txt OUTPUT-FOLDER [CASE.txt OUTPUT-FOLDER ...]
 *
 * The text has one line a packet: what it is, then where it was captured.
 *
 *   point NAME zero=TIME [tick=1/64] [resolution=6]
 *                                        a capture; its times count from TIME;
 *                                        resolution: digits of a second kept
 *   session NAME tcp|udp|esp|ping C=END S=END isn=C,S [ttl=C,S] [spi=C,S]
 *   at POINT C=END S=END [ttl=C,S] [offload=C|S] [isn=C,S]
 *                                        how that point sees the session
 *   idle POINT FRAME TIME                goes on capturing until then
 *   ask ADDRESS from=ADDRESS mac=HEX [vlan=N] @POINT FRAME TIME @POINT ...
 *                                        who has it?  ARP, or IPv6's
 *   tell ADDRESS to=ADDRESS mac=HEX [vlan=N] [all] @POINT ...
 *                                        an answer (all: to every card); without
 *                                        to=, an announcement
 *   [SESSION:]C>S WHAT ... @POINT FRAME TIME [WHAT ...] @POINT ...
 *
 * WHAT: SYN FIN RST ACK ECE CWR (joined by commas), A..B (payload, relative to the
 * initial sequence number, the first byte is 1), ack=N (relative; 0 is a raw
 * zero; default: all in order that this point saw from the other side),
 * seq=N (relative; of a ping its number), sack=A-B, mss=N ws=N win=N ts=V/E sackok, text=WORD
 * (payload's first bytes; \s a space, \n the end of a line, CR LF, \\ a
 * backslash), hex=BYTES (the payload, or with A..B its first
 * bytes), tail=HEX (bytes behind it), id=N, ttl=N, len0 (IP total length 0),
 * nopush (payload without PSH), pad (to 60 bytes), csum=zero|N, frag=K (of the packet only its K-th
 * fragment, from 1, for an MTU of 1500), tos=N,
 * cap=N (bytes captured), icmp=TYPE/CODE[/MTU] from=ADDRESS (an error about what
 * the point saw last of the other way; nothing else holds then).
 * mac=HEX: the last two bytes of the sender's hardware address, 02:00:00:00:00:00
 * otherwise.
 * What stands behind @POINT holds there only.  FRAME is a number or '-' (the
 * next); TIME is seconds after zero, or +seconds after the point's last line.
 *
 * Payload is made from (session, direction, offset), so that a byte is the
 * same wherever and however often it is sent.  Frame numbers that no line has
 * are filled with ARP requests that mean nothing.  Lines of a point stand in
 * frame order.
 *
 * Known to the reader of a sample, so errors stop with the line's number.
 */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "samples/mkcap.h"

static struct point points[MAX_POINTS];
static struct session sessions[MAX_SESSIONS];
static size_t n_points, n_sessions;
static int line_number;
static const char *source;

void mkcap_fail(const char *what, const char *word)
{
	fprintf(stderr, "%s:%d: %s: %s\n", source, line_number, what, word);
	exit(1);
}

static struct point *point_named(const char *name)
{
	for (size_t i = 0; i < n_points; i++)
		if (strcmp(points[i].name, name) == 0)
			return &points[i];
	mkcap_fail("no such point", name);
	return NULL;
}

static struct session *session_named(const char *name)
{
	for (size_t i = 0; i < n_sessions; i++)
		if (strcmp(sessions[i].name, name) == 0)
			return &sessions[i];
	mkcap_fail("no such session", name);
	return NULL;
}

static void parse_view_word(struct view *v, const char *word)
{
	const char *p;
	uint32_t two[2];

	if (mkcap_takes(word, "C=", &p) || mkcap_takes(word, "S=", &p)) {
		if (net_end_parse(p, &v->end[word[0] == 'S']) != 0)
			mkcap_fail("not an address and port", p);
	} else if (mkcap_takes(word, "isn=", &p)) {
		mkcap_two_numbers(p, v->isn);
	} else if (mkcap_takes(word, "spi=", &p)) {
		mkcap_two_numbers(p, v->spi);
	} else if (mkcap_takes(word, "ttl=", &p)) {
		mkcap_two_numbers(p, two);
		v->ttl[0] = (int)two[0];
		v->ttl[1] = (int)two[1];
	} else if (mkcap_takes(word, "offload=", &p)) {
		v->offload = *p == 'S';
	} else {
		mkcap_fail("not understood", word);
	}
}

static void read_session(char **save)
{
	struct session *s = &sessions[n_sessions++];
	char *word = strtok_r(NULL, " ", save);
	struct view v = { .ttl = { 64, 64 },
			  .offload = -1,
			  .isn = { 1000, 5000 } };

	if (n_sessions > MAX_SESSIONS || !word)
		mkcap_fail("session needs a name, and there is a limit", "");
	snprintf(s->name, sizeof s->name, "%s", word);
	s->proto = IPPROTO_TCP;
	s->number = (uint32_t)(s - sessions);
	s->next_id[0] = (uint16_t)(1000 + 77 * n_sessions);
	s->next_id[1] = (uint16_t)(9000 + 131 * n_sessions);
	while ((word = strtok_r(NULL, " ", save)) != NULL) {
		if (strcmp(word, "udp") == 0)
			s->proto = IPPROTO_UDP;
		else if (strcmp(word, "esp") == 0)
			s->proto = IPPROTO_ESP;
		else if (strcmp(word, "ping") == 0)
			s->proto = IPPROTO_ICMP;
		else if (strcmp(word, "tcp") != 0)
			parse_view_word(&v, word);
	}
	for (size_t i = 0; i < MAX_POINTS; i++)
		s->view[i] = v;
}

static void read_at(char **save)
{
	char *word = strtok_r(NULL, " ", save);
	struct point *p = point_named(word ? word : "");
	struct session *s;

	if (n_sessions == 0)
		mkcap_fail("no session yet whose packets are seen", "at");
	s = &sessions[n_sessions - 1];
	while ((word = strtok_r(NULL, " ", save)) != NULL)
		parse_view_word(&s->view[p - points], word);
}

static void read_point(char **save, const char *folder)
{
	struct point *p = &points[n_points++];
	struct err err = { 0 };
	char path[512], *word = strtok_r(NULL, " ", save);
	uint8_t resolution = 6; /* as the analysers of these studies stored */
	const char *v, *rest;

	if (n_points > MAX_POINTS || !word)
		mkcap_fail("point needs a name, and there is a limit", "");
	*p = (struct point){ .tick_ns = 1 };
	snprintf(p->name, sizeof p->name, "%s", word);
	while ((word = strtok_r(NULL, " ", save)) != NULL) {
		struct tm tm = { 0 };

		if (mkcap_takes(word, "zero=", &v) &&
		    (rest = strptime(v, "%Y-%m-%dT%H:%M:%S", &tm)) != NULL)
			p->zero_ns = timegm(&tm) * NS_PER_S +
				     mkcap_seconds(rest);
		else if (mkcap_takes(word, "resolution=", &v))
			resolution = (uint8_t)mkcap_number(v);
		else if (mkcap_takes(word, "tick=1/", &v))
			p->tick_ns = NS_PER_S / strtol(v, NULL, 10);
		else
			mkcap_fail("not understood", word);
	}
	p->last_ns = p->zero_ns;
	snprintf(path, sizeof path, "%s/%s.pcapng", folder, p->name);
	p->out = pcapng_writer_open(path, &err);
	if (!p->out)
		mkcap_fail(err.text, path);
	p->iface = pcapng_writer_iface(p->out, 1, 65535, resolution, p->name);
}

/* --- frames that fill the numbers between --- */
static void put_arp(struct point *p, int64_t time_ns)
{
	uint8_t f[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 1,
			  1,    8,    6,    0,    1,    8,    0, 6, 4, 0, 1 };

	time_ns -= (time_ns - p->zero_ns) % p->tick_ns;
	pcapng_writer_packet(p->out, p->iface, time_ns, f, sizeof f, sizeof f,
			     NULL);
}

static void fill_to(struct point *p, uint64_t frame, int64_t time_ns)
{
	uint64_t gap = frame - p->frames; /* frames to come, the line's too */
	int64_t from = p->last_ns;

	for (uint64_t i = 1; i < gap; i++)
		put_arp(p, from + (time_ns - from) * (int64_t)i / (int64_t)gap);
	p->frames = frame;
}

/* The frame number that a line gives, which has to rise, within reason: all
 * before it is filled. */
static uint64_t frame_after(const struct point *p, const char *number)
{
	uint64_t n = strtoull(number, NULL, 10);

	if (n <= p->frames)
		mkcap_fail("frame numbers must rise", number);
	if (n - p->frames > MAX_FILL)
		mkcap_fail("too many frames to fill up to", number);
	return n;
}

static int64_t time_at(const struct point *p, const char *time)
{
	return *time == '+' ? p->last_ns + mkcap_seconds(time + 1)
			    : p->zero_ns + mkcap_seconds(time);
}

/* The frame at @number, '-' or a number, of that time. */
static void put_frame(struct point *p, const uint8_t *frame, size_t len,
		      size_t cap, const char *number, int64_t t)
{
	fill_to(p,
		strcmp(number, "-") == 0 ? p->frames + 1
					 : frame_after(p, number),
		t);
	pcapng_writer_packet(p->out, p->iface, t, frame, (uint32_t)cap,
			     (uint32_t)len, NULL);
	p->last_ns = t;
}

static void write_capture(struct session *s, struct point *p,
			  const struct what *w, uint16_t id, const char *number,
			  const char *time)
{
	static uint8_t frame[MAX_FRAME];
	size_t len = mkcap_frame(s, (size_t)(p - points), w, id, frame);

	put_frame(p, frame, len, w->cap && w->cap < len ? w->cap : len, number,
		  time_at(p, time));
}

static void read_idle(char **save)
{
	char *name = strtok_r(NULL, " ", save);
	struct point *p = point_named(name ? name : "");
	char *number = strtok_r(NULL, " ", save);
	char *time = strtok_r(NULL, " ", save);
	int64_t t;

	if (!number || !time)
		mkcap_fail("write idle POINT FRAME TIME", p->name);
	t = p->zero_ns + mkcap_seconds(time);
	fill_to(p, frame_after(p, number), t);
	put_arp(p, t);
	p->last_ns = t;
}

/* A question of ARP's, or an answer. */
static void read_neighbour(bool asks, char **save)
{
	struct neighbour_words x = { .asks = asks };
	char *word = strtok_r(NULL, " ", save);

	for (; word && word[0] != '@'; word = strtok_r(NULL, " ", save))
		mkcap_neighbour_word(&x, word);
	while (word) {
		struct point *p = point_named(word + 1);
		char *number = strtok_r(NULL, " ", save);
		char *time = strtok_r(NULL, " ", save);
		uint8_t frame[NEIGHBOUR_FRAME];
		size_t len = mkcap_neighbour(&x, frame);

		if (!number || !time)
			mkcap_fail("write @POINT FRAME TIME", word);
		put_frame(p, frame, len, len, number, time_at(p, time));
		word = strtok_r(NULL, " ", save);
	}
}

static void read_packet(char *word, char **save)
{
	struct session *s = &sessions[n_sessions ? n_sessions - 1 : 0];
	char *colon = strchr(word, ':');
	struct what all = { .ws = -1, .win = 8192, .id = -1 };
	uint16_t id;

	if (colon) {
		*colon = '\0';
		s = session_named(word);
		word = colon + 1;
	}
	if (strcmp(word, "C>S") != 0 && strcmp(word, "S>C") != 0)
		mkcap_fail("write C>S or S>C", word);
	all.dir = word[0] == 'S';
	id = s->next_id[all.dir]++;
	word = strtok_r(NULL, " ", save);
	for (; word && word[0] != '@'; word = strtok_r(NULL, " ", save))
		mkcap_what(&all, word);
	while (word) {
		struct point *p = point_named(word + 1);
		char *number = strtok_r(NULL, " ", save);
		char *time = strtok_r(NULL, " ", save);
		struct what here = all;

		if (!number || !time)
			mkcap_fail("write @POINT FRAME TIME", word);
		for (word = strtok_r(NULL, " ", save); word && word[0] != '@';
		     word = strtok_r(NULL, " ", save))
			mkcap_what(&here, word);
		write_capture(s, p, &here, id, number, time);
	}
}

/* What the case in the file `from` describes, into the folder `to`. */
static void make_case(const char *from, const char *to)
{
	char line[4096];
	FILE *in = fopen(from, "r");

	source = from;
	line_number = 0;
	if (!in)
		mkcap_fail("cannot be opened", from);
	memset(points, 0, n_points * sizeof points[0]);
	memset(sessions, 0, n_sessions * sizeof sessions[0]);
	n_points = n_sessions = 0;
	while (fgets(line, sizeof line, in)) {
		char *save, *word;

		line_number++;
		line[strcspn(line, "#\n")] = '\0';
		for (char *c = line; *c; c++)
			if (*c == '\t')
				*c = ' ';
		word = strtok_r(line, " ", &save);
		if (!word)
			continue;
		if (strcmp(word, "point") == 0)
			read_point(&save, to);
		else if (strcmp(word, "session") == 0)
			read_session(&save);
		else if (strcmp(word, "at") == 0)
			read_at(&save);
		else if (strcmp(word, "idle") == 0)
			read_idle(&save);
		else if (strcmp(word, "ask") == 0 || strcmp(word, "tell") == 0)
			read_neighbour(word[0] == 'a', &save);
		else
			read_packet(word, &save);
	}
	fclose(in);
	for (size_t i = 0; i < n_points; i++) {
		struct err err = { 0 };

		if (pcapng_writer_close(points[i].out, &err) != 0)
			mkcap_fail(err.text, points[i].name);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc % 2 == 0) {
		fprintf(stderr, "write: mkcap CASE.txt OUTPUT-FOLDER ...\n");
		return 2;
	}
	for (int i = 1; i < argc; i += 2)
		make_case(argv[i], argv[i + 1]);
	return 0;
}
