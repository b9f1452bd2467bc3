/* report/derive/asked.c: exchanges of protocols whose messages are known. */
#include "tests/report/derive/account.h"

#include "capture/message.h"
#include "store/message_window.h"

#define PORT 445
#define FILE_ID 256
#define PART ((int64_t)FILE_ID << 32 | 1)
#define MESSAGES 24

/* A session and its messages, in the order of near's frames. */
struct told {
	struct wire *w;
	struct message m[MESSAGES];
	size_t n;
};

/* A message of one packet that leaves its host at @t. */
static struct message *tell(struct told *b, int dir, int64_t t, unsigned kind,
			    unsigned proto, int64_t id)
{
	struct message *m = &b->m[b->n++];
	const struct record *r;

	*m = (struct message){ .off = b->w->next[dir],
			       .len = dir ? 200 : 100,
			       .msg_id = id,
			       .part = 1,
			       .dir = (uint8_t)dir,
			       .proto = (uint8_t)proto,
			       .kind = (uint8_t)kind };
	says(b->w, dir, t, (uint32_t)m->len, 0);
	r = &b->w->rec[0][dir][b->w->n[0][dir] - 1];
	m->first_frame = m->last_frame = r->frame;
	m->first_ns = m->last_ns = r->time_ns;
	return m;
}

static void put_block(void *ctx, uint8_t lane,
		      const struct message_block_row *row, struct buf *bytes)
{
	struct message_block_row r = *row;

	(void)lane;
	r.file = FILE_ID;
	store_messages_put(ctx, &r, bytes);
}

static void account_told(struct account *a, struct told *b)
{
	struct flow_part part = { .part = PART };
	struct message_window *w;
	struct err err = { 0 };

	account(a, PORT);
	store_begin(a->store);
	w = message_window_new(put_block, a->store);
	for (size_t i = 0; i < b->n; i++)
		message_window_add(w, &b->m[i], 0);
	message_window_flush(w);
	message_window_free(w);
	assert_int_equal(store_commit(a->store, &err), 0);
	a->flow[0].parts = &part;
	a->flow[0].n_parts = 1;
	account_wire(a, b->w);
	a->flow[0].parts = NULL;
	a->flow[0].n_parts = 0;
}

/* Two requests are open at a time; the second is answered first. */
static void answers_belong_to_their_ids(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;
	const struct group *g;

	tell(&b, C, 30 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 0);
	tell(&b, S, 40 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 0);
	tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 1)->name =
		"READ a";
	tell(&b, C, 101 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 2)->name =
		"CREATE b";
	tell(&b, S, 150 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 2);
	tell(&b, S, 200 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 1);
	ACK(b.w, C, 210 * MS);
	account_told(&a, &b);
	assert_int_equal(a.b.exchanges, 3);
	assert_int_equal(a.n_x, 4);
	assert_int_equal(a.x[2].at_ns, 101 * MS);
	assert_int_equal(a.x[2].in_flight, 2);
	assert_int_equal(exchange_total(&a.x[2]), 59 * MS);
	assert_int_equal(a.x[2].bytes[0], 100);
	assert_int_equal(a.x[2].bytes[1], 200);
	assert_int_equal(a.x[3].at_ns, 100 * MS);
	assert_int_equal(a.x[3].in_flight, 1);
	assert_int_equal(exchange_total(&a.x[3]), 110 * MS);
	/* records: SYN, ACK, the requests; SYN,ACK, the answers */
	assert_int_equal(a.x[3].near[0], 3);
	assert_int_equal(a.x[3].near[2], 3);
	assert_int_equal(a.x[2].near[0], 4);
	assert_int_equal(a.x[2].near[2], 2);
	assert_int_equal(a.x[2].far[0], 4);
	assert_int_equal(a.x[2].far[1], 2);
	g = account_group(&a, GROUP_COMMAND, "smb2 READ");
	assert_non_null(g);
	assert_int_equal(g->exchanges, 1);
	assert_int_equal(g->total.max, 110 * MS);
	assert_non_null(account_group(&a, GROUP_COMMAND, "smb2 CREATE"));
	account_close(&a);
}

/* What only the second was sent for is no time of it. */
static void a_request_behind_a_slow_one_begins_when_it_is_sent(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;

	tell(&b, C, 30 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 0);
	tell(&b, S, 40 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 0);
	tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 1);
	ACK(b.w, S, 110 * MS);
	tell(&b, C, 9 * SEC, MESSAGE_REQUEST, MESSAGE_SMB2, 2);
	tell(&b, S, 9 * SEC + 10 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 2);
	tell(&b, S, 10 * SEC, MESSAGE_RESPONSE, MESSAGE_SMB2, 1);
	ACK(b.w, C, 10 * SEC + 10 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 4);
	assert_int_equal(a.x[2].at_ns, 9 * SEC);
	assert_int_equal(exchange_total(&a.x[2]), 20 * MS);
	account_close(&a);
}

/* Without ids answers come in the order of requests. */
static void without_ids_the_oldest_is_answered(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;

	tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_HTTP, -1);
	tell(&b, C, 130 * MS, MESSAGE_REQUEST, MESSAGE_HTTP, -1);
	tell(&b, S, 150 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, -1)->status = 200;
	tell(&b, S, 200 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, -1)->status = 503;
	ACK(b.w, C, 210 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 3);
	assert_int_equal(a.x[1].at_ns, 100 * MS);
	assert_int_equal(exchange_total(&a.x[1]), 60 * MS);
	assert_int_equal(a.x[1].status, 200);
	assert_int_equal(a.x[2].at_ns, 130 * MS);
	assert_int_equal(exchange_total(&a.x[2]), 80 * MS);
	assert_int_equal(a.x[2].status, 503);
	assert_int_equal(account_group(&a, GROUP_CASE, "all")->errors, 1);
	assert_null(account_group(&a, GROUP_STATUS, "0 200"));
	account_close(&a);
}

/* What the client thinks between an answer and its next request is its own; what it
 * sends ahead of one, it did not think about. */
static void thinking_ends_with_the_request(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;

	tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 1);
	tell(&b, S, 110 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 1);
	tell(&b, C, 170 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 2);
	tell(&b, C, 171 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 3);
	tell(&b, S, 190 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 2);
	tell(&b, S, 195 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 3);
	ACK(b.w, C, 205 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 4);
	assert_int_equal(a.x[1].think_ns, 80 * MS);
	assert_int_equal(a.x[2].think_ns, 50 * MS);
	assert_true(a.x[3].think_ns <= 51 * MS);
	account_close(&a);
}

/* @q is complete only with the client's newest packet, after the answers told since. */
static void ends_here(struct told *b, struct message *q)
{
	size_t i = (size_t)(q - b->m);
	const struct wire *w = b->w;
	const struct record *r = &w->rec[0][C][w->n[0][C] - 1];
	struct message m = *q;

	m.len = w->next[C] - m.off;
	m.last_frame = r->frame;
	m.last_ns = r->time_ns;
	memmove(q, q + 1, (b->n - i - 1) * sizeof *q);
	b->m[b->n - 1] = m;
}

/* A refusal that comes before the request is complete belongs to it all the same, and is
 * no turn of its own. */
static void an_answer_may_come_before_its_request_ends(void **state)
{
	struct told b = { .w = opened(state) };
	const struct exchange *x;
	struct account a;
	struct message *q;

	tell(&b, C, 50 * MS, MESSAGE_REQUEST, MESSAGE_HTTP, -1);
	tell(&b, S, 60 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, -1)->status = 200;
	q = tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_HTTP, -1);
	tell(&b, S, 120 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, -1)->status = 417;
	says(b.w, C, 140 * MS, 400, 0);
	ends_here(&b, q);
	ACK(b.w, S, 150 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 3);
	x = &a.x[2];
	assert_int_equal(x->status, 417);
	assert_int_equal(x->at_ns, 100 * MS);
	assert_int_equal(x->bytes[0], 500);
	assert_int_equal(exchange_total(x), 30 * MS);
	/* of the request the server had the first packet when it answered */
	assert_int_equal(x->far[0], 3);
	assert_int_equal(x->part[TIME_SERVER], 10 * MS);
	account_close(&a);
}

/* The client does not stop for an answer that comes in pieces, either. */
static void an_early_answer_in_pieces_is_one(void **state)
{
	struct told b = { .w = opened(state) };
	struct message *q, *m;
	struct account a;

	q = tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_HTTP, 0);
	m = tell(&b, S, 120 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, 0);
	says(b.w, C, 140 * MS, 400, 0);
	says(b.w, S, 150 * MS, 300, 0);
	m->len += 300;
	m->last_frame = b.w->rec[0][S][b.w->n[0][S] - 1].frame;
	m->last_ns = b.w->rec[0][S][b.w->n[0][S] - 1].time_ns;
	says(b.w, C, 170 * MS, 400, 0);
	ends_here(&b, q);
	tell(&b, C, 200 * MS, MESSAGE_REQUEST, MESSAGE_HTTP, 1);
	tell(&b, S, 220 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, 1);
	ACK(b.w, C, 240 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 3);
	assert_int_equal(a.x[1].at_ns, 100 * MS);
	assert_int_equal(a.x[1].bytes[0], 900);
	assert_int_equal(a.x[1].bytes[1], 500);
	assert_int_equal(exchange_total(&a.x[1]), 60 * MS);
	assert_int_equal(a.x[2].at_ns, 200 * MS);
	account_close(&a);
}

/* An answer whose request is not in the capture leaves the turns as they are. */
static void an_answer_to_what_was_missed_is_a_turn(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;

	says(b.w, C, 100 * MS, 100, 0);
	tell(&b, S, 120 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, -1);
	tell(&b, C, 200 * MS, MESSAGE_REQUEST, MESSAGE_HTTP, 1);
	tell(&b, S, 220 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, 1);
	says(b.w, C, 300 * MS, 100, 0);
	tell(&b, S, 320 * MS, MESSAGE_RESPONSE, MESSAGE_HTTP, -1);
	says(b.w, C, 400 * MS, 100, 0);
	says(b.w, S, 420 * MS, 100, 0);
	ACK(b.w, C, 440 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 5);
	for (size_t i = 1; i < 5; i++) {
		assert_int_equal(a.x[i].at_ns, (int64_t)i * 100 * MS);
		assert_int_equal(exchange_total(&a.x[i]), 30 * MS);
	}
	account_close(&a);
}

/* The last request is never answered; an earlier one shows that they are. */
static void a_request_without_an_answer_is_told(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;

	tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 1);
	tell(&b, S, 110 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 1);
	tell(&b, C, 200 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 2)->name = "READ";
	ACK(b.w, S, 210 * MS);
	says(b.w, C, 9 * SEC, 0, REC_FIN);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 3);
	assert_int_equal(a.x[2].near[2], EXCHANGE_NONE);
	assert_int_equal(a.x[2].at_ns, 200 * MS);
	assert_true(a.b.part[TIME_SERVER] >= 8 * SEC);
	assert_non_null(account_group(&a, CAUSE_UNANSWERED, "10.0.0.9:445"));
	assert_int_equal(account_group(&a, GROUP_CASE, "all")->exchanges, 1);
	account_close(&a);
}

/* Bytes that look like requests, none of which ever is answered, are turns. */
static void what_is_never_answered_is_no_request(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;

	for (int i = 0; i < 3; i++) {
		tell(&b, C, (100 + 50 * i) * MS, MESSAGE_REQUEST, MESSAGE_SMB2,
		     i);
		says(b.w, S, (110 + 50 * i) * MS, 200, 0);
	}
	ACK(b.w, C, 230 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 4);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(exchange_total(&a.x[i]), 20 * MS);
	account_close(&a);
}

/* A directory watch is answered `pending`: it holds nobody up. */
static void what_is_deferred_is_not_in_flight(void **state)
{
	struct told b = { .w = opened(state) };
	struct account a;

	tell(&b, C, 100 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 1);
	tell(&b, S, 110 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 1);
	tell(&b, C, 150 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 2);
	tell(&b, S, 160 * MS, MESSAGE_INTERIM, MESSAGE_SMB2, 2);
	tell(&b, C, 300 * MS, MESSAGE_REQUEST, MESSAGE_SMB2, 3);
	tell(&b, S, 310 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 3);
	tell(&b, S, 900 * MS, MESSAGE_RESPONSE, MESSAGE_SMB2, 2);
	ACK(b.w, C, 910 * MS);
	account_told(&a, &b);
	assert_int_equal(a.n_x, 4);
	assert_int_equal(a.x[2].at_ns, 300 * MS);
	assert_int_equal(a.x[2].in_flight, 1);
	assert_int_equal(a.x[3].at_ns, 150 * MS);
	assert_int_equal(exchange_total(&a.x[3]), 760 * MS);
	account_close(&a);
}

/* A fatal alert ends TLS's handshake; a goodbye is none. */
static void an_alert_refuses_the_handshake(void **state)
{
	static const struct {
		int64_t status;
		const char *key;
	} of[] = { { 0x228, "1 552 10.0.0.9:445" }, /* fatal */
		   { 0x128, NULL },                 /* a warning */
		   { 0x200, NULL } };               /* close_notify */
	struct told b;
	struct account a;
	void *room;

	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		b = (struct told){ .w = opened(&room) };
		tell(&b, C, 30 * MS, MESSAGE_HANDSHAKE, MESSAGE_TLS, -1)->name =
			"ClientHello";
		tell(&b, S, 50 * MS, MESSAGE_NOTICE, MESSAGE_TLS, -1)->status =
			of[i].status;
		says(b.w, S, 50 * MS, 0, REC_FIN);
		account_told(&a, &b);
		if (of[i].key)
			assert_non_null(
				account_group(&a, CAUSE_ALERT, of[i].key));
		else
			assert_null(account_group(&a, CAUSE_ALERT,
						  "1 552 10.0.0.9:445"));
		account_close(&a);
		done(&room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(answers_belong_to_their_ids, done),
		cmocka_unit_test_teardown(
			a_request_behind_a_slow_one_begins_when_it_is_sent,
			done),
		cmocka_unit_test_teardown(without_ids_the_oldest_is_answered,
					  done),
		cmocka_unit_test_teardown(thinking_ends_with_the_request, done),
		cmocka_unit_test_teardown(
			an_answer_may_come_before_its_request_ends, done),
		cmocka_unit_test_teardown(an_early_answer_in_pieces_is_one,
					  done),
		cmocka_unit_test_teardown(
			an_answer_to_what_was_missed_is_a_turn, done),
		cmocka_unit_test_teardown(a_request_without_an_answer_is_told,
					  done),
		cmocka_unit_test_teardown(what_is_never_answered_is_no_request,
					  done),
		cmocka_unit_test_teardown(what_is_deferred_is_not_in_flight,
					  done),
		cmocka_unit_test(an_alert_refuses_the_handshake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
