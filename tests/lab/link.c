/* The long link: frames between two TAP devices, each in a network namespace.
 *
 *   link LOG SEED SECONDS NS_A TAP_A NS_B TAP_B [a.KEY=N | b.KEY=N]...
 *
 * a.* is what happens to frames read at A, b.* to those read at B.  A frame
 * goes through, in this order:
 *
 *   above=BYTES           dropped if its IP packet is larger
 *   burst_in=PPM          Gilbert's model: each frame enters the bad state with
 *   burst_out=PPM         this chance, leaves it with that; bad loses it
 *   loss=PPM              dropped by chance
 *   police=BIT/S          token bucket of police_burst=BYTES; dropped if empty
 *   rate=BIT/S            serialised; waits in a queue of queue=BYTES, dropped
 *                         if that is full
 *   delay=US jitter=US    waits delay and an exponential time of that mean, as
 *                         behind the traffic of others, in order
 *   reorder=PPM           held back reorder_by=US more, others may pass it
 *   dup=PPM               sent twice
 *
 * Only IP has troubles: ARP and ICMPv6 (neighbours) are merely delayed.
 *
 * THE LOG IS THE TRUTH.  Per frame read, `r WAY N TIME LENGTH CRC FATE`, per
 * frame written `w WAY N TIME`, in the order of reads and writes; WAY is a or
 * b, N counts the frames read that way, times are CLOCK_REALTIME in ns, FATE
 * is `pass` or what dropped it.  All chance follows from SEED.  The program
 * ends by SIGTERM or after SECONDS.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <math.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define SEC INT64_C(1000000000)
#define FRAME_MAX 9216
#define WAITING_MAX 65536
#define ETH_LEN 14
#define SPIN 50000 /* ns before a frame is due: too short to sleep */

static const char *const keys[] = {
	"above",   "burst_in",   "burst_out", "loss",   "police",
	"rate",    "queue",      "delay",     "jitter", "police_burst",
	"reorder", "reorder_by", "dup",
};
enum key {
	ABOVE,
	BURST_IN,
	BURST_OUT,
	LOSS,
	POLICE,
	RATE,
	QUEUE,
	DELAY,
	JITTER,
	POLICE_BURST,
	REORDER,
	REORDER_BY,
	DUP,
	N_KEYS
};

/* One way through the link. */
struct way {
	char name;
	int from, to; /* TAP devices */
	int64_t set[N_KEYS];
	uint64_t rng;
	uint64_t n;         /* frames read */
	bool bad;           /* Gilbert's state */
	int64_t tokens_at;  /* policer: time of the last sum */
	int64_t tokens;     /* in bits times SEC */
	int64_t busy_until; /* serialiser */
	int64_t last_due;
};

struct waiting {
	int64_t due;
	uint64_t order; /* of equal times */
	uint64_t n;
	struct way *way;
	size_t len;
	uint8_t *bytes;
};

static struct waiting heap[WAITING_MAX];
static size_t n_waiting;
static uint64_t n_pushed;
static FILE *logfile;
static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "link: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

/* xorshift64* */
static uint64_t draw(struct way *w)
{
	w->rng ^= w->rng >> 12;
	w->rng ^= w->rng << 25;
	w->rng ^= w->rng >> 27;
	return w->rng * UINT64_C(2685821657736338717) >> 16;
}

static bool chance(struct way *w, enum key k)
{
	return w->set[k] && (int64_t)(draw(w) % 1000000) < w->set[k];
}

/* --- frames that wait, by time --- */

static bool sooner(const struct waiting *a, const struct waiting *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void swap(size_t a, size_t b)
{
	struct waiting t = heap[a];

	heap[a] = heap[b];
	heap[b] = t;
}

static void push(struct way *w, int64_t due, const uint8_t *bytes, size_t len)
{
	size_t i = n_waiting;
	uint8_t *copy = malloc(len);

	if (!copy || n_waiting == WAITING_MAX) {
		errno = ENOMEM;
		die("too many frames wait");
	}
	memcpy(copy, bytes, len);
	heap[n_waiting++] = (struct waiting){
		.due = due,
		.order = n_pushed++,
		.n = w->n,
		.way = w,
		.len = len,
		.bytes = copy,
	};
	for (; i && sooner(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static struct waiting pop(void)
{
	struct waiting top = heap[0];
	size_t i = 0;

	heap[0] = heap[--n_waiting];
	for (;;) {
		size_t c = 2 * i + 1;

		if (c + 1 < n_waiting && sooner(&heap[c + 1], &heap[c]))
			c++;
		if (c >= n_waiting || !sooner(&heap[c], &heap[i]))
			return top;
		swap(i, c);
		i = c;
	}
}

/* --- what happens to a frame --- */

static bool has_troubles(const uint8_t *frame, size_t len)
{
	int type = len < ETH_LEN ? 0 : frame[12] << 8 | frame[13];

	if (type == 0x86dd)
		return len > ETH_LEN + 6 && frame[ETH_LEN + 6] != 58;
	return type == 0x0800;
}

static bool policed(struct way *w, int64_t at, size_t len)
{
	int64_t full = w->set[POLICE_BURST] * 8 * SEC;
	int64_t need = (int64_t)len * 8 * SEC;
	int64_t since = at - w->tokens_at;

	if (!w->set[POLICE])
		return false;
	w->tokens_at = at;
	if (since > full / w->set[POLICE])
		w->tokens = full;
	else
		w->tokens += since * w->set[POLICE];
	if (w->tokens > full)
		w->tokens = full;
	if (w->tokens < need)
		return true;
	w->tokens -= need;
	return false;
}

/* Time at which the frame has left the serialiser, or -1 if the queue is
 * full. */
static int64_t serialised(struct way *w, int64_t at, size_t len)
{
	int64_t begin = w->busy_until > at ? w->busy_until : at;
	int64_t held;

	if (!w->set[RATE])
		return at;
	held = (begin - at) / 1000 * w->set[RATE] / 8 / 1000000;
	if (held + (int64_t)len > w->set[QUEUE])
		return -1;
	w->busy_until = begin + (int64_t)len * 8 * SEC / w->set[RATE];
	return w->busy_until;
}

static const char *dropped(struct way *w, int64_t at, size_t len)
{
	if (w->set[ABOVE] && (int64_t)len - ETH_LEN > w->set[ABOVE])
		return "above";
	if (chance(w, w->bad ? BURST_OUT : BURST_IN))
		w->bad = !w->bad;
	if (w->bad)
		return "burst";
	if (chance(w, LOSS))
		return "loss";
	if (policed(w, at, len))
		return "police";
	return NULL;
}

/* ns; -ln of a number in (0, 1] is exponential of mean 1 */
static int64_t queued(struct way *w)
{
	double u = ((double)(draw(w) & 0xffffffff) + 1) / 4294967296.0;

	return (int64_t)(-log(u) * (double)w->set[JITTER] * 1000);
}

static const char *enter(struct way *w, int64_t at, const uint8_t *frame,
			 size_t len)
{
	bool troubled = has_troubles(frame, len);
	const char *drop = troubled ? dropped(w, at, len) : NULL;
	int64_t due;

	if (drop)
		return drop;
	due = serialised(w, at, len);
	if (due < 0)
		return "queue";
	due += w->set[DELAY] * 1000;
	if (w->set[JITTER])
		due += queued(w);
	if (due < w->last_due)
		due = w->last_due;
	w->last_due = due;
	if (troubled && chance(w, REORDER))
		due += w->set[REORDER_BY] * 1000;
	push(w, due, frame, len);
	if (troubled && chance(w, DUP))
		push(w, due, frame, len);
	return "pass";
}

/* Return: was there a frame? */
static bool take(struct way *w)
{
	uint8_t frame[FRAME_MAX];
	ssize_t len = read(w->from, frame, sizeof(frame));
	int64_t at = now();
	const char *fate;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len <= 0)
		die("read from TAP");
	w->n++;
	fate = enter(w, at, frame, (size_t)len);
	fprintf(logfile, "r %c %" PRIu64 " %" PRId64 " %zd %08lx %s\n", w->name,
		w->n, at, len, crc32(0, frame, (uInt)len), fate);
	return true;
}

static void give(void)
{
	struct waiting f = pop();
	int64_t at = now();

	/* EIO: the device is not up yet; what is not written is not logged */
	if (write(f.way->to, f.bytes, f.len) == (ssize_t)f.len)
		fprintf(logfile, "w %c %" PRIu64 " %" PRId64 "\n", f.way->name,
			f.n, at);
	else if (errno != EIO)
		die("write to TAP");
	free(f.bytes);
}

static void run(struct way way[2], int64_t end)
{
	struct pollfd fds[2] = { { .fd = way[0].from, .events = POLLIN },
				 { .fd = way[1].from, .events = POLLIN } };

	while (!stopped && now() < end) {
		int64_t wait = SEC / 5, at = now();
		struct timespec ts;

		while (n_waiting && heap[0].due <= at)
			give();
		if (n_waiting && heap[0].due - at < wait + SPIN)
			wait = heap[0].due - at - SPIN;
		if (wait < 0)
			wait = 0;
		ts = (struct timespec){ .tv_nsec = wait };
		if (ppoll(fds, 2, &ts, NULL) < 0 && errno != EINTR)
			die("ppoll");
		for (int i = 0; i < 2; i++)
			for (int k = 0; k < 16 && take(&way[i]); k++)
				;
	}
}

/* --- setting up --- */

static int open_tap(const char *ns, const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		die("/dev/net/tun");
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &r))
		die("TUNSETIFF");
	return fd;
}

/* Frames wait as long as is set, not until this program gets its turn: it goes
 * before all others, its timers are not put off to be batched, and while it
 * runs no processor sleeps so deep that waking takes long (Linux' PM QoS: holds
 * as long as the file is open).  Else the least delay hung on the load, by some
 * 100 us and not the same both ways: over seconds that passes for a drift of
 * the clocks.  Where that is refused frames are later, as the log shows. */
static void be_prompt(void)
{
	struct sched_param p = { .sched_priority = 1 };
	int32_t latency_us = 0;
	int fd = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, &latency_us, sizeof(latency_us)) < 0)
		perror("link: processors awake");
	if (sched_setscheduler(0, SCHED_FIFO, &p))
		perror("link: first in line");
	if (prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0))
		perror("link: timers");
}

static bool set_key(struct way way[2], const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct way *w = arg[0] == 'a' ? &way[0] : &way[1];

	if (!eq || (arg[0] != 'a' && arg[0] != 'b') || arg[1] != '.')
		return false;
	for (int k = 0; k < N_KEYS; k++) {
		if (strlen(keys[k]) == (size_t)(eq - arg - 2) &&
		    !strncmp(arg + 2, keys[k], (size_t)(eq - arg - 2))) {
			w->set[k] = strtoll(eq + 1, NULL, 10);
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	struct way way[2] = { { .name = 'a' }, { .name = 'b' } };
	struct sigaction act = { .sa_handler = on_signal };
	uint64_t seed;

	if (argc < 8) {
		fprintf(stderr, "usage: link LOG SEED SECONDS NS_A TAP_A NS_B "
				"TAP_B [a.KEY=N | b.KEY=N]...\n");
		return 2;
	}
	for (int i = 8; i < argc; i++) {
		if (!set_key(way, argv[i])) {
			fprintf(stderr, "link: %s: no such setting\n", argv[i]);
			return 2;
		}
	}
	logfile = fopen(argv[1], "we");
	if (!logfile)
		die(argv[1]);
	seed = strtoull(argv[2], NULL, 10);
	way[0].rng = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	way[1].rng = way[0].rng ^ UINT64_C(0x5851f42d4c957f2d);
	way[0].from = way[1].to = open_tap(argv[4], argv[5]);
	way[1].from = way[0].to = open_tap(argv[6], argv[7]);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	be_prompt();
	puts("ready");
	fflush(stdout);
	run(way, now() + strtoll(argv[3], NULL, 10) * SEC);
	if (fclose(logfile))
		die(argv[1]);
	return 0;
}
