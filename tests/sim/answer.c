/* Runs tracepair as a user would and reads its answers with jansson: the whole
 * job into a case, then packets and sessions as ndjson and the report as JSON.
 */
#include "tests/sim/judge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOOL_SECONDS 120

/* Return: the exit code, 128 + signal, or -1. */
static int spawn(char *const argv[], const char *out, const char *errs)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
		int fe = open(errs, O_WRONLY | O_CREAT | O_APPEND, 0666);

		if (fd < 0 || fe < 0)
			_exit(126);
		dup2(fd, 1);
		dup2(fe, 2);
		alarm(TOOL_SECONDS);
		execv(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int point_of(const struct sim *s, const json_t *name)
{
	const char *text = json_string_value(name);

	for (int i = 0; text && i < s->n_points; i++)
		if (!strcmp(s->point[i].name, text))
			return i;
	return -1;
}

static int word_of(const char *const words[], int n, const json_t *v)
{
	const char *text = json_string_value(v);

	for (int i = 0; text && i < n; i++)
		if (!strcmp(words[i], text))
			return i;
	return -1;
}

static int64_t integer(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* --- packets --- */

static bool read_line(struct judge *j, const json_t *o, struct line *l)
{
	static const char *const claims[CLAIMS] = { "delivered", "lost",
						    "unseen",    "outside",
						    "undecided", "injected" };
	static const char *const kinds[KINDS_N] = { "data", "ack", "syn",
						    "fin",  "rst", "datagram" };
	static const char *const keys[] = {
		"tx",       "session",   "dir",         "way",     "fate",
		"basis",    "reason",    "marks",       "from",    "to",
		"point",    "file",      "frame",       "time_ns", "seq",
		"far_file", "far_frame", "far_time_ns", "far_seq", "missed_at",
		"proto",    "kind",      "flags",       "rel_seq", "len",
		"copy",
	};
	int claim = word_of(claims, CLAIMS, json_object_get(o, "fate"));
	int kind = word_of(kinds, KINDS_N, json_object_get(o, "kind"));
	const json_t *rel = json_object_get(o, "rel_seq"), *mark;
	const char *why = json_string_value(json_object_get(o, "reason"));
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!json_object_get(o, keys[i])) {
			judge_complain(j, "packets: key %s is missing",
				       keys[i]);
			return false;
		}
	*l = (struct line){
		.session = integer(o, "session"),
		.from = point_of(j->s, json_object_get(o, "from")),
		.to = point_of(j->s, json_object_get(o, "to")),
		.frame = (uint32_t)integer(o, "frame"),
		.far_frame = (uint32_t)integer(o, "far_frame"),
		.len = (uint32_t)integer(o, "len"),
		.rel_known = json_is_integer(rel),
		.rel_seq = json_integer_value(rel),
		.claim = (uint8_t)claim,
		.kind = (uint8_t)kind,
	};
	snprintf(l->reason, sizeof l->reason, "%s", why ? why : "");
	json_array_foreach(json_object_get(o, "marks"), i, mark)
		l->duplicated |= !strcmp(json_string_value(mark), "duplicated");
	l->way = l->from > l->to;
	if (claim < 0 || kind < 0 || l->from < 0 || l->to < 0 ||
	    l->from == l->to) {
		judge_complain(j, "packets: a line has an unknown word");
		return false;
	}
	return true;
}

static int by_place(const void *x, const void *y)
{
	const struct line *a = x, *b = y;

	if (a->from != b->from)
		return a->from - b->from;
	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	if (a->to != b->to)
		return a->to - b->to;
	return a->rel_seq < b->rel_seq ? -1 : a->rel_seq > b->rel_seq;
}

/* --- sessions --- */

static bool is_relayed(const json_t *pairing)
{
	const char *kind = json_string_value(json_object_get(pairing, "kind"));

	return kind && !strcmp(kind, "relayed");
}

static void read_relays(const json_t *pairing, struct got_session *g)
{
	const json_t *o;
	size_t i;

	json_array_foreach(json_object_get(pairing, "relays"), i, o)
	{
		const char *side = json_string_value(
			json_object_get(o, "side"));

		*VEC_PUSH(&g->relay) = (struct got_relay){
			.session = integer(o, "session"),
			.goes_on = side && !strcmp(side, "back"),
			.exchanges = (uint64_t)integer(o, "exchanges"),
		};
	}
}

static bool read_session(struct judge *j, const json_t *o,
			 struct got_session *g)
{
	static const char *const verdicts[] = { "paired", "ambiguous",
						"alone" };
	const json_t *flows = json_object_get(o, "flows"), *f;
	const json_t *pairing = json_object_get(o, "pairing");
	const char *proto = json_string_value(json_object_get(o, "proto"));
	const json_t *time = json_object_get(o, "time_ns");
	size_t i;

	*g = (struct got_session){
		.id = integer(o, "id"),
		.relayed = is_relayed(pairing),
		.verdict = word_of(verdicts, 3,
				   json_object_get(pairing, "verdict")),
		.first_point = point_of(j->s,
					json_object_get(o, "first_point")),
		.first_ns = integer(o, "first_ns"),
		.time = { .client = integer(time, "client"),
			  .path = integer(time, "path"),
			  .server = integer(time, "server"),
			  .recovery = integer(time, "recovery"),
			  .nagle = integer(time, "nagle"),
			  .unattributed = integer(time, "unattributed"),
			  .total = integer(time, "total") },
		.proto = !proto                   ? 0
			 : !strcmp(proto, "tcp")  ? 6
			 : !strcmp(proto, "udp")  ? 17
			 : !strcmp(proto, "icmp") ? 1
						  : 58,
	};
	read_relays(pairing, g);
	if (g->verdict < 0 || !json_array_size(flows)) {
		judge_complain(j, "sessions: no verdict or no flows");
		return false;
	}
	json_array_foreach(flows, i, f)
	{
		struct got_flow w = {
			.point = point_of(j->s, json_object_get(f, "point"))
		};
		const char *c = json_string_value(json_object_get(f, "client"));
		const char *v = json_string_value(json_object_get(f, "server"));

		if (w.point < 0 || !c || !v || net_end_parse(c, &w.client) ||
		    net_end_parse(v, &w.server)) {
			judge_complain(j, "sessions: a flow cannot be read");
			return false;
		}
		*VEC_PUSH(&g->flow) = w;
	}
	json_array_foreach(json_object_get(time, "path_between"), i, f) *
		VEC_PUSH(&g->stretch) = (struct got_stretch){
		.from = point_of(j->s, json_object_get(f, "from")),
		.to = point_of(j->s, json_object_get(f, "to")),
		.ns = integer(f, "ns"),
	};
	return true;
}

/* Each line of @path through @take.  Return: 0, -1 on bad JSON. */
static int each_line(struct judge *j, const char *path,
		     bool (*take)(struct judge *, const json_t *))
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;
	ssize_t n;
	int bad = !f;

	while (!bad && (n = getline(&text, &room, f)) > 0) {
		json_t *o = json_loadb(text, (size_t)n, 0, NULL);

		if (!o) {
			judge_complain(j, "%s: a line is no JSON", path);
			j->t->shape++;
			bad = 1;
			break;
		}
		bad = !take(j, o);
		json_decref(o);
	}
	free(text);
	if (f)
		fclose(f);
	return bad ? -1 : 0;
}

static bool take_packet(struct judge *j, const json_t *o)
{
	return read_line(j, o, VEC_PUSH(&j->a.line));
}

static bool take_session(struct judge *j, const json_t *o)
{
	return read_session(j, o, VEC_PUSH(&j->a.session));
}

/* --- report --- */

static void read_clock(struct judge *j, const json_t *point)
{
	int i = point_of(j->s, json_object_get(point, "name"));
	const json_t *c = json_object_get(point, "clock");
	const json_t *steps = json_object_get(c, "steps");
	int64_t by = 0;
	const char *status = json_string_value(json_object_get(c, "status"));

	if (i < 0 || !status)
		return;
	for (size_t k = 0; k < json_array_size(steps); k++)
		by += integer(json_array_get(steps, k), "by_ns");
	j->a.clock[i] = (struct got_clock){
		.fitted = !strcmp(status, "fitted"),
		.low = integer(c, "offset_low_ns"),
		.high = integer(c, "offset_high_ns"),
		.drift_low = json_number_value(
			json_object_get(c, "drift_low_ppm")),
		.drift_high = json_number_value(
			json_object_get(c, "drift_high_ppm")),
		.steps = (int)json_array_size(steps),
		.step_by = by,
	};
}

static void read_hop(struct judge *j, const json_t *hop)
{
	const json_t *rtt = json_object_get(hop, "round_trip_ns");
	struct got_hop h = {
		.from = point_of(j->s, json_object_get(hop, "from")),
		.to = point_of(j->s, json_object_get(hop, "to")),
		.rtt_min = integer(rtt, "min"),
		.rtt_max = integer(rtt, "max"),
		.n = integer(rtt, "n"),
	};

	if (h.from >= 0 && h.to >= 0)
		*VEC_PUSH(&j->a.hop) = h;
}

/* Findings that a route or marks changed. */
static void read_change(struct judge *j, const json_t *o)
{
	static const char *const marks[MARKS] = { "dscp",
						  "congestion-experienced",
						  "ecn" };
	const char *rule = json_string_value(json_object_get(o, "rule"));
	const json_t *hop = json_object_get(o, "hop");
	const json_t *m = json_object_get(o, "measure");
	const json_t *at = json_array_get(json_object_get(o, "evidence"), 0);
	struct got_change c = {
		.from = point_of(j->s, json_object_get(hop, "from")),
		.to = point_of(j->s, json_object_get(hop, "to")),
		.by_ttl = integer(m, "sessions_by_ttl"),
		.by_floor = integer(m, "sessions_by_round_trip"),
		.before = integer(m, "before_ns"),
		.after = integer(m, "after_ns"),
		.at = { point_of(j->s, json_object_get(at, "point")),
			(uint32_t)integer(at, "frame") },
	};
	bool marked = false;

	if (!rule || c.from < 0 || c.to < 0)
		return;
	c.route = !strcmp(rule, "change.route");
	for (int k = 0; k < MARKS && !strcmp(rule, "change.header"); k++) {
		c.n[k] = integer(m, marks[k]);
		marked |= c.n[k] > 0;
	}
	c.split = json_object_get(m, "split") != NULL;
	marked |= c.split;
	if (marked && c.at.point == c.to) { /* evidence is in travel order */
		c.to = c.from;
		c.from = c.at.point;
	}
	if (marked || c.route)
		*VEC_PUSH(&j->a.change) = c;
}

static int read_report(struct judge *j, const char *path)
{
	json_error_t e;
	json_t *o = json_load_file(path, 0, &e);
	const json_t *p;
	size_t i;

	if (!o) {
		judge_complain(j, "report: no JSON: line %d: %s", e.line,
			       e.text);
		j->t->shape++;
		return -1;
	}
	json_array_foreach(json_object_get(o, "points"), i, p) read_clock(j, p);
	json_array_foreach(json_object_get(o, "hops"), i, p) read_hop(j, p);
	j->t->findings += json_array_size(json_object_get(o, "findings"));
	json_array_foreach(json_object_get(o, "findings"), i, p)
		read_change(j, p);
	shape_check(j, o);
	json_decref(o);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int run_job(struct judge *j, char *tool, char *box, const char *out,
		   const char *errs)
{
	char *argv[SIM_POINTS + 4] = { tool };
	int n = 1, code;
	int64_t from = now_ms();

	for (int i = 0; i < j->s->n_points; i++) {
		char *path = tap_path(j->s, i);
		const char *name = j->s->point[i].name;

		if (j->s->point[i].port != 2)
			argv[n++] = mem_printf(
				"%.*s=%s", (int)strcspn(name, "#"), name, path);
		free(path);
	}
	argv[n++] = mem_printf("-o");
	argv[n++] = box;
	code = spawn(argv, out, errs);
	j->t->tool_ms += now_ms() - from;
	for (int i = 1; i < n - 1; i++)
		free(argv[i]);
	return code;
}

static int ask(struct judge *j, char *tool, const char *what,
	       const char *format, char *box, const char *out, const char *errs)
{
	char *w = mem_printf("%s", what), *f = mem_printf("%s", format);
	char *flag = mem_printf("--format");
	char *argv[] = { tool, w, box, flag, f, NULL };
	int code = spawn(argv, out, errs);

	if (code)
		judge_complain(j, "tracepair %s ended with %d", what, code);
	free(w);
	free(f);
	free(flag);
	return code ? -1 : 0;
}

int answer_get(struct judge *j, const char *tool, const char *dir)
{
	char *exe = mem_printf("%s", tool);
	char *box = mem_printf("%s/case.tpair", dir);
	char *out = mem_printf("%s/out", dir);
	char *errs = mem_printf("%s/stderr", dir);
	int code, bad = -1;

	unlink(box);
	unlink(errs);
	code = run_job(j, exe, box, out, errs);
	if (code)
		judge_complain(j, "tracepair ended with %d, see stderr", code);
	else if (!ask(j, exe, "packets", "ndjson", box, out, errs) &&
		 !each_line(j, out, take_packet) &&
		 !ask(j, exe, "sessions", "ndjson", box, out, errs) &&
		 !each_line(j, out, take_session) &&
		 !ask(j, exe, "report", "json", box, out, errs) &&
		 !read_report(j, out))
		bad = 0;
	if (bad)
		j->t->failed++;
	if (j->a.line.n)
		qsort(j->a.line.at, j->a.line.n, sizeof *j->a.line.at,
		      by_place);
	free(exe);
	free(box);
	free(out);
	free(errs);
	return bad;
}

void answer_release(struct answer *a)
{
	for (size_t i = 0; i < a->session.n; i++) {
		VEC_FREE(&a->session.at[i].flow);
		VEC_FREE(&a->session.at[i].stretch);
		VEC_FREE(&a->session.at[i].relay);
	}
	VEC_FREE(&a->session);
	VEC_FREE(&a->line);
	VEC_FREE(&a->hop);
	VEC_FREE(&a->change);
}
