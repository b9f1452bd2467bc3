/* Writing findings, and the words that rules share. */
#include "tests/report/derive/desk.h"

#include "report/derive/words.h"

static void paragraphs_are_joined_by_lines(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);

	(void)state;
	draft_text(f, "one %d", 1);
	draft_text(f, "two");
	draft_against(f, "but");
	draft_title(f, "first");
	draft_title(f, "second");
	assert_string_equal(f->row.text, "one 1\ntwo");
	assert_string_equal(f->row.against, "but");
	assert_string_equal(f->row.title, "second");
	desk_free(d);
}

static void lists_have_their_limits(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);

	(void)state;
	for (int i = 1; i <= DRAFT_SESSIONS + 10; i++) {
		draft_session(f, i);
		draft_session(f, i);
	}
	for (unsigned i = 0; i < DRAFT_EVIDENCE + 10; i++)
		draft_evidence(f, 1, 256, i, T0, "frame %u", i);
	assert_int_equal(f->row.n_sessions, DRAFT_SESSIONS);
	assert_int_equal(f->row.sessions[1], 2);
	assert_int_equal(f->row.n_evidence, DRAFT_EVIDENCE);
	desk_free(d);
}

static void a_hop_is_in_path_order(void **state)
{
	struct derive *d = desk_new(3, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);

	(void)state;
	draft_hop(f, &d->model, 3, 2);
	assert_int_equal(f->row.hop_from, 2);
	assert_int_equal(f->row.hop_to, 3);
	desk_free(d);
}

static void filters_say_the_session_as_each_point_has_it(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);

	(void)state;
	d->view.flow[1].row.client.port = 50000;
	draft_session_filters(f, &d->view);
	assert_int_equal(f->row.n_filters, 2);
	assert_string_equal(f->row.filters[0].filter,
			    "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.9 && "
			    "tcp.port == 40000 && tcp.port == 443");
	assert_non_null(strstr(f->row.filters[1].filter, "50000"));
	desk_free(d);
}

/* Else every packet with that port on one side would do (NTP, IKE, SIP). */
static void filters_of_equal_ports_ask_for_both(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);

	(void)state;
	d->view.flow[0].row.client.port = 443;
	draft_session_filters(f, &d->view);
	assert_non_null(strstr(f->row.filters[0].filter,
			       "tcp.srcport == 443 && tcp.dstport == 443"));
	desk_free(d);
}

/* One session's filter would hide what is evidence of another's. */
static void filters_of_several_sessions_are_of_frames(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);
	static const unsigned frame[] = { 9, 4, 5, 6, 20, 21, 9 };

	(void)state;
	draft_session_filters(f, &d->view);
	draft_session(f, 1);
	draft_session(f, 2);
	for (size_t i = 0; i < sizeof frame / sizeof *frame; i++)
		draft_evidence(f, 1, 256, frame[i], T0, "it");
	draft_evidence(f, 2, 512, 7, T0, "it");
	draft_evidence(f, 2, 512, 0, T0, "missed");
	draft_finish_filters(f);
	assert_int_equal(f->row.n_filters, 2);
	assert_string_equal(f->row.filters[0].filter,
			    "frame.number in {4..6, 9, 20, 21}");
	assert_string_equal(f->row.filters[1].filter, "frame.number in {7}");
	assert_int_equal(f->row.filters[1].file, 512);
	desk_free(d);
}

static void a_filter_is_for_all_files_of_its_point(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);
	int64_t point = d->view.flow[0].row.point;

	(void)state;
	draft_session_filters(f, &d->view);
	draft_session(f, 1);
	for (int i = 0; i < 2; i++)
		draft_evidence(f, point, 4096, 7, T0, "in the next file");
	draft_finish_filters(f);
	assert_int_equal(f->row.n_filters, 3);
	assert_int_equal(f->row.filters[2].file, 4096);
	assert_string_equal(f->row.filters[2].filter, f->row.filters[0].filter);
	desk_free(d);
}

static void times_end_in_no_zeros(void **state)
{
	char out[TEXT_UNIT];

	(void)state;
	assert_string_equal(words_time(T0, out), "2023-11-14T22:13:20Z");
	assert_string_equal(words_time(T0 + 500400000, out),
			    "2023-11-14T22:13:20.5004Z");
	assert_string_equal(words_time(T0 + 1, out),
			    "2023-11-14T22:13:20.000000001Z");
}

static void the_stretch_between_points_begins_at_the_hosts(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);

	(void)state;
	draft_between(f, &d->model, 1, 2);
	assert_int_equal(f->row.n_places, 3);
	assert_non_null(strstr(f->row.places[1], "between client and server"));
	desk_free(d);
}

static const char *words_of(enum fate_kind kind, uint16_t flags)
{
	static char out[WORDS];
	struct derive *d = desk_new(2, &rules_loss);
	struct fact *k = desk_fact(&d->facts.lost, 0, 1, kind, FATE_LOST);

	k->near.tcp_flags = flags;
	k->near.pay_len = 100;
	words_packet(&d->view, k, out);
	desk_free(d);
	return out;
}

static void packets_are_named_by_what_they_are(void **state)
{
	(void)state;
	assert_string_equal(words_of(KIND_SYN, REC_SYN), "SYN");
	assert_string_equal(words_of(KIND_SYN, REC_SYN | REC_ACK), "SYN,ACK");
	assert_string_equal(words_of(KIND_RST, REC_RST), "RST");
	assert_string_equal(words_of(KIND_ACK, REC_ACK), "ACK 1");
	assert_string_equal(words_of(KIND_DATA, REC_ACK),
			    "data 1..101 (100 bytes)");
	assert_string_equal(words_of(KIND_DATAGRAM, 0),
			    "datagram of 100 bytes");
}

static void numbers_are_raw_where_no_syn_was_seen(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	struct fact *k = desk_fact(&d->facts.lost, 0, 1, KIND_DATA, FATE_LOST);
	char out[WORDS];

	(void)state;
	d->view.flow[0].dir[0].syn = false;
	assert_string_equal(words_packet(&d->view, k, out),
			    "data 1001..1101 (100 bytes)");
	desk_free(d);
}

static void shares_name_both_numbers(void **state)
{
	char out[WORDS];

	(void)state;
	assert_string_equal(words_share(3, 120, "packet", out),
			    "3 of 120 packets (2.5 %)");
	assert_string_equal(words_share(1, 1, "SYN", out),
			    "1 of 1 SYN (100 %)");
	assert_string_equal(words_share(0, 0, "packet", out),
			    "0 of 0 packets (0 %)");
}

/* Of the same weight. */
static struct draft *drafted(struct derive *d, const char *title, int from,
			     int sessions)
{
	struct draft *f = draft_new(d, "x", SEV_LOW, 1);

	draft_title(f, "%s", title);
	if (from)
		draft_hop(f, &d->model, from, from + 1);
	for (int i = 1; i <= sessions; i++)
		draft_session(f, i);
	return f;
}

static void the_same_weight_goes_along_the_path(void **state)
{
	struct derive *d = desk_new(3, &rules_loss);
	struct draft *order[] = {
		drafted(d, "a", 0, 9), drafted(d, "b", 2, 1),
		drafted(d, "c", 2, 3), drafted(d, "d", 1, 1),
		drafted(d, "e", 2, 1),
	};

	(void)state;
	qsort_r(order, 5, sizeof *order, draft_order, &d->model);
	assert_string_equal(order[0]->row.title, "d");
	assert_string_equal(order[1]->row.title, "c");
	assert_string_equal(order[2]->row.title, "b");
	assert_string_equal(order[3]->row.title, "e");
	assert_string_equal(order[4]->row.title, "a");
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs_are_joined_by_lines),
		cmocka_unit_test(lists_have_their_limits),
		cmocka_unit_test(a_hop_is_in_path_order),
		cmocka_unit_test(filters_say_the_session_as_each_point_has_it),
		cmocka_unit_test(filters_of_equal_ports_ask_for_both),
		cmocka_unit_test(filters_of_several_sessions_are_of_frames),
		cmocka_unit_test(a_filter_is_for_all_files_of_its_point),
		cmocka_unit_test(times_end_in_no_zeros),
		cmocka_unit_test(
			the_stretch_between_points_begins_at_the_hosts),
		cmocka_unit_test(packets_are_named_by_what_they_are),
		cmocka_unit_test(numbers_are_raw_where_no_syn_was_seen),
		cmocka_unit_test(shares_name_both_numbers),
		cmocka_unit_test(the_same_weight_goes_along_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
