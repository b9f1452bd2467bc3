/* Two captures, from the files to the fates: what is guessed of the first sessions
 * does not show in the end. */
#include "correlate/clock.h"
#include "correlate/fate.h"
#include "correlate/pair.h"
#include "store/match.h"
#include "tests/store/index_case.h"

#define SESSIONS 295
#define FIRST 1 /* of this one the question is lost, ... */
#define EVERY 9 /* ... and of each so many after it */
#define WAY_NS (20 * MS)
#define EVERY_NS (50 * MS)

struct shown {
	int times[SESSIONS + 1]; /* by session */
	uint64_t lost[SESSIONS + 1];
};

static void put(struct capture *c, int64_t at, int way, unsigned i)
{
	char text[40];
	uint8_t p[200];
	size_t n;

	snprintf(text, sizeof text, "%s number %u", way ? "answer" : "question",
		 i * 7919);
	n = udp_packet(p, way, (uint16_t)(1000 + i), text);
	pcapng_writer_packet(c->w, 0, START + at, p, (uint32_t)n, (uint32_t)n,
			     NULL);
}

static bool is_lost(unsigned i)
{
	return i % EVERY == FIRST;
}

/* Questions of as many clients, 50 ms apart, each answered after 2 ms, but for those
 * that never reach the far point. */
static void write_both(void)
{
	struct capture near = capture_new("near.pcapng");
	struct capture far = capture_new("far.pcapng");

	capture_iface(&near, "eth0");
	capture_iface(&far, "eth0");
	for (unsigned i = 0; i < SESSIONS; i++) {
		int64_t at = i * EVERY_NS;

		put(&near, at, 0, i);
		if (is_lost(i))
			continue;
		put(&far, at + WAY_NS, 0, i);
		put(&far, at + WAY_NS + 2 * MS, 1, i);
		put(&near, at + 2 * WAY_NS + 2 * MS, 1, i);
	}
	capture_close(&near);
	capture_close(&far);
}

static void observe(void *ctx, const struct fate_seen *x, fate_keep *keep,
		    void *keep_ctx)
{
	struct shown *w = ctx;

	(void)keep;
	(void)keep_ctx;
	w->times[x->row->id]++;
	for (size_t k = 0; k < x->fig->n; k++)
		for (int d = 0; d < 2; d++)
			w->lost[x->row->id] +=
				x->fig->hop[k].way[d].tx.n[FATE_LOST];
}

static struct store *run(struct shown *shown)
{
	struct fate_observer look = { .ctx = shown, .session = observe };
	struct fate_options o = { .observer = &look };
	struct index_options io = options();
	struct store *s = case_new();
	struct err err = { 0 };

	write_both();
	*shown = (struct shown){ 0 };
	assert_int_equal(index_words(s, &io, &err,
				     WORDS("near.pcapng", "far.pcapng")),
			 0);
	assert_int_equal(pair_run(s, NULL, &err), 0);
	assert_int_equal(clock_run(s, NULL, &err), 0);
	assert_int_equal(fate_run(s, &o, &err), 0);
	assert_int_equal(store_session_count(s), SESSIONS);
	return s;
}

/* How many transmissions of @session have the fate. */
static int fates(struct store *s, int64_t session, enum fate fate)
{
	struct fate_cursor *c = fate_cursor_open(s, session);
	struct fate_row r;
	int n = 0;

	while (fate_cursor_next(c, &r))
		n += r.e.fate == fate;
	fate_cursor_close(c);
	return n;
}

/* Transmissions with the fate, by the stored figures of @session (0: the case). */
static uint64_t figures_of(struct store *s, int64_t session, enum fate fate)
{
	struct buf data = { 0 };
	struct figures fig;
	struct cursor in;
	uint64_t n = 0;

	assert_true(store_stat_read(s, session, &data));
	in = cursor_of(data.at, data.n);
	assert_int_equal(figures_unpack(&fig, &in), 0);
	for (size_t k = 0; k < fig.n; k++)
		for (int w = 0; w < 2; w++)
			n += fig.hop[k].way[w].tx.n[fate];
	figures_release(&fig);
	buf_release(&data);
	return n;
}

static void figures_are_the_sum_of_fates(struct store *s)
{
	static const enum fate all[] = { FATE_DELIVERED, FATE_LOST,
					 FATE_UNDECIDED, FATE_UNSEEN };

	for (size_t f = 0; f < sizeof all / sizeof *all; f++) {
		uint64_t sum = 0, paired = 0;

		for (int64_t id = 1; id <= SESSIONS; id++) {
			sum += (uint64_t)fates(s, id, all[f]);
			paired += figures_of(s, id, all[f]);
		}
		assert_true(figures_of(s, 0, all[f]) == sum);
		assert_true(paired == sum);
	}
}

/* When the first of them was swept, hardly anything was known of the far capture, so
 * that it lacks the question was guessed to mean nothing. */
static void a_wrong_guess_is_swept_again(void **state)
{
	struct shown shown;
	struct store *s = run(&shown);

	(void)state;
	for (int64_t id = 1; id <= SESSIONS; id++) {
		bool gone = is_lost((unsigned)id - 1);

		assert_int_equal(fates(s, id, FATE_LOST), gone);
		assert_int_equal(fates(s, id, FATE_DELIVERED), gone ? 0 : 2);
	}
	figures_are_the_sum_of_fates(s);
	store_close(s);
}

static void each_session_is_shown_once_with_its_final_losses(void **state)
{
	struct shown shown;
	struct store *s = run(&shown);

	(void)state;
	for (int64_t id = 1; id <= SESSIONS; id++) {
		assert_int_equal(shown.times[id], 1);
		assert_true(shown.lost[id] ==
			    (uint64_t)fates(s, id, FATE_LOST));
	}
	figures_are_the_sum_of_fates(s);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_guess_is_swept_again),
		cmocka_unit_test(
			each_session_is_shown_once_with_its_final_losses),
	};

	/* one core guesses for all sessions in their order */
	setenv("TRACEPAIR_THREADS", "1", 1);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
