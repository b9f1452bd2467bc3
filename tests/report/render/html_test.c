/* The blocks of the HTML page: what is written comes out again, and nothing
 * that comes from outside can end its element. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report/render/html.h"
#include "report/render/html_block.h"
#include "report/render/html_frames.h"
#include "report/render/html_packets.h"
#include "report/render/html_rows.h"
#include "report/render/html_sessions.h"
#include "tests/store/sample_case.h"

/* --- a page in memory --- */
struct page {
	char *text;
	size_t n;
	FILE *out;
};

static void page_open(struct page *p)
{
	p->out = open_memstream(&p->text, &p->n);
	assert_non_null(p->out);
}

static void page_close(struct page *p)
{
	assert_int_equal(fclose(p->out), 0);
}

static int digit(char c)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(all, c) : NULL;

	return at ? (int)(at - all) : -1;
}

/* Element @id of the page, out of base64 and gzip; NUL behind. */
static char *element(const char *page, const char *id, size_t *n)
{
	char *head = mem_printf("id=\"%s\">", id);
	const char *at = strstr(page, head);
	unsigned char *packed;
	z_stream z = { 0 };
	size_t len = 0, cap = 1 << 20;
	uint32_t bits = 0;
	char *out;

	assert_non_null(at);
	at += strlen(head);
	free(head);
	packed = mem_alloc(strlen(at));
	for (int have = 0; digit(*at) >= 0; at++) {
		bits = bits << 6 | (uint32_t)digit(*at);
		have += 6;
		if (have >= 8) {
			have -= 8;
			packed[len++] = (unsigned char)(bits >> have);
		}
	}
	out = mem_zalloc(1, cap);
	z.next_in = packed;
	z.avail_in = (uInt)len;
	z.next_out = (unsigned char *)out;
	z.avail_out = (uInt)cap - 1;
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	*n = z.total_out;
	inflateEnd(&z);
	free(packed);
	return out;
}

/* --- a case --- */
static void put_figures(struct store *s)
{
	struct hop_figures hop = { .from_pos = 1, .to_pos = 2 };
	struct figures f = { 1, &hop, 1 };
	struct buf b = { 0 };

	hop.way[0].able = hop.way[1].able = true;
	hop.way[0].tx.n[FATE_DELIVERED] = 5;
	hop.way[0].tx.n[FATE_LOST] = 1;
	hop.way[1].tx.n[FATE_DELIVERED] = 4;
	figures_pack(&f, &b);
	store_begin(s);
	store_stat_put(s, 0, &b);
	store_stat_put(s, 1, &b);
	buf_release(&b);
}

static void put_finding(struct store *s)
{
	int64_t session = 1;
	char rule[] = "loss.path", text[] = "one\ntwo", none[] = "";
	char title[] = "</script><!-- <b>gone";
	struct evidence_row e = {
		.point = 1, .file = SAMPLE_FILE(1), .frame = 7, .note = none
	};
	struct finding_row f = { .id = 1,
				 .rule = rule,
				 .severity = SEV_HIGH,
				 .title = title,
				 .text = text,
				 .against = none,
				 .n_sessions = 1,
				 .sessions = &session,
				 .n_evidence = 1,
				 .evidence = &e };

	store_finding_put(s, &f);
}

struct desk {
	struct store *store;
	struct model model;
};

static int set_up(void **state)
{
	struct desk *d = mem_zalloc(1, sizeof *d);
	struct err err = { 0 };

	d->store = store_open(NULL, STORE_CREATE, &err);
	assert_non_null(d->store);
	assert_int_equal(sample_fill(d->store, &err), 0);
	put_figures(d->store);
	put_finding(d->store);
	assert_int_equal(store_commit(d->store, &err), 0);
	assert_int_equal(model_load(&d->model, d->store, &err), 0);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;

	model_release(&d->model);
	store_close(d->store);
	free(d);
	return 0;
}

/* --- blocks --- */
static void a_block_comes_out_as_it_went_in(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 4, 1000, 300000 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct page p = { 0 };
		struct html_block *b;
		char *in = mem_alloc(sizes[i] + 1), *out;
		uint32_t noise = 12345;
		size_t n;

		page_open(&p);
		b = html_block_open(p.out, "x-1");
		for (size_t k = 0; k < sizes[i]; k++) {
			noise = noise * 1664525 + 1013904223;
			in[k] = (char)(noise >> 24);
		}
		html_block_put(b, in, sizes[i] / 2);
		html_block_put(b, in + sizes[i] / 2, sizes[i] - sizes[i] / 2);
		html_block_close(b);
		page_close(&p);
		out = element(p.text, "x-1", &n);
		assert_int_equal(n, sizes[i]);
		assert_memory_equal(in, out, n);
		free(in);
		free(out);
		free(p.text);
	}
}

static void json_cannot_end_its_element(void **state)
{
	struct page p = { 0 };

	page_open(&p);
	(void)state;
	html_json(p.out, "x",
		  json_pack("{s:s}", "</script>", "<!--<script>]]>"));
	page_close(&p);
	assert_string_equal(p.text,
			    "<script type=\"application/json\" id=\"x\">"
			    "{\"\\u003c/script>\":\"\\u003c!--\\u003cscript>]]>"
			    "\"}</script>\n");
	free(p.text);
}

/* --- rows --- */
struct seen {
	size_t groups, rows;
	struct html_row row[16];
};

static void see_group(void *ctx, int dir, int from, int to)
{
	struct seen *s = ctx;

	assert_int_equal(from, dir);
	assert_int_equal(to, !dir);
	s->groups++;
}

static void see_row(void *ctx, const struct html_row *r)
{
	struct seen *s = ctx;

	assert_true(s->rows < 16);
	s->row[s->rows++] = *r;
}

static void rows_are_the_entries_of_the_session(void **state)
{
	struct desk *d = *state;
	struct html_origin o = { 0 };
	struct seen s = { 0 };
	const struct html_sink sink = { see_group, see_row, &s };
	struct session_view v;

	assert_true(session_view_load(&v, &d->model, 1));
	html_rows(&d->model, &v, &o, &sink);
	assert_int_equal(s.groups, 2);
	assert_int_equal(s.rows, 10);
	for (size_t i = 0; i < 6; i++) {
		const int64_t *at = s.row[i].at;

		assert_int_equal(at[HTML_COUNT], 1);
		assert_int_equal(at[HTML_FATE],
				 i == 3 ? FATE_LOST : FATE_DELIVERED);
		assert_int_equal(at[HTML_HAS], i == 3 ? 1 : 3);
		assert_int_equal(at[HTML_NEAR_FRAME], 1 + 2 * i);
		/* from the initial sequence number, SYN at 0 */
		assert_int_equal(at[HTML_SEQ], i ? 1 + 100 * (i - 1) : 0);
		assert_int_equal(at[HTML_ACK], 1 + i);
		assert_int_equal(at[HTML_FAR_SEQ], 0);
		assert_int_equal(at[HTML_FAR_TTL], i == 3 ? 0 : -1);
	}
	html_origin_release(&o);
	session_view_release(&v);
}

/* Figures that promise a million entries make rows be thinned. */
static void a_long_session_is_thinned_and_counts_stay(void **state)
{
	struct desk *d = *state;
	struct html_origin o = { 0 };
	struct seen s = { 0 };
	const struct html_sink sink = { see_group, see_row, &s };
	struct session_view v;
	int64_t total = 0, lost = 0;

	assert_true(session_view_load(&v, &d->model, 1));
	v.figures.hop[0].way[0].tx.n[FATE_DELIVERED] = 1000000;
	html_rows(&d->model, &v, &o, &sink);
	assert_true(s.rows < 10);
	for (size_t i = 0; i < s.rows; i++) {
		total += s.row[i].at[HTML_COUNT];
		if (s.row[i].at[HTML_FATE] == FATE_LOST)
			lost += s.row[i].at[HTML_COUNT];
	}
	assert_int_equal(total, 10);
	assert_int_equal(lost, 1);
	html_origin_release(&o);
	session_view_release(&v);
}

static void evidence_finds_its_session(void **state)
{
	struct desk *d = *state;
	struct html_frames f;
	struct session_view v;
	struct page p = { 0 };

	page_open(&p);
	html_frames_make(&f, &d->model);
	assert_int_equal(html_frames_session(&f, SAMPLE_FILE(1), 7), 0);
	assert_true(session_view_load(&v, &d->model, 1));
	assert_true(html_packets(&d->model, &v, &f, p.out) > 0);
	assert_int_equal(html_frames_session(&f, SAMPLE_FILE(1), 7), 1);
	assert_int_equal(html_frames_session(&f, SAMPLE_FILE(2), 7), 0);
	assert_int_equal(html_frames_session(&f, SAMPLE_FILE(1), 9), 0);
	session_view_release(&v);
	html_frames_release(&f);
	page_close(&p);
	free(p.text);
}

/* A column out of its bytes: differences as zigzag varints. */
static size_t read_column(const uint8_t *p, size_t n, int64_t *out, size_t rows)
{
	struct cursor c = cursor_of(p, n);
	int64_t value = 0;

	for (size_t i = 0; i < rows; i++) {
		uint64_t z = cursor_varint(&c);

		value += (int64_t)(z >> 1) ^ -(int64_t)(z & 1);
		out[i] = value;
	}
	return n - cursor_left(&c);
}

static void packed_columns_come_out_again(void **state)
{
	struct desk *d = *state;
	struct html_frames f;
	struct session_view v;
	struct page p = { 0 };
	json_t *head, *columns, *name;
	int64_t at[HTML_COLUMNS][10];
	size_t n, i, from;
	char *block;

	page_open(&p);
	html_frames_make(&f, &d->model);
	assert_true(session_view_load(&v, &d->model, 1));
	html_packets(&d->model, &v, &f, p.out);
	page_close(&p);
	block = element(p.text, "packets-1", &n);
	from = 4 + ((size_t)(uint8_t)block[0] | (size_t)(uint8_t)block[1] << 8);
	head = json_loadb(block + 4, from - 4, 0, NULL);
	assert_non_null(head);
	assert_int_equal(json_integer_value(json_object_get(head, "rows")), 10);
	columns = json_object_get(head, "columns");
	assert_int_equal(json_array_size(columns), HTML_COLUMNS + 1);
	for (i = 0; i < HTML_COLUMNS; i++) {
		json_t *pair = json_array_get(columns, i);
		size_t len = (size_t)json_integer_value(
			json_array_get(pair, 1));

		name = json_array_get(pair, 0);
		assert_string_equal(json_string_value(name),
				    html_column_name[i]);
		assert_int_equal(read_column((uint8_t *)block + from, len,
					     at[i], 10),
				 len);
		from += len;
	}
	assert_int_equal(at[HTML_NEAR_FRAME][3], 7);
	assert_int_equal(at[HTML_FATE][3], FATE_LOST);
	assert_int_equal(at[HTML_NEAR_FRAME][6], 2);
	assert_int_equal(at[HTML_FAR_FRAME][9], 8);
	json_decref(head);
	free(block);
	free(p.text);
	session_view_release(&v);
	html_frames_release(&f);
}

/* --- sessions --- */
static void the_table_has_the_figures_of_the_objects(void **state)
{
	struct desk *d = *state;
	struct html_listed listed;
	struct html_ids ids;
	struct page p = { 0 };
	json_t *table, *objects;
	char *text;
	size_t n;

	page_open(&p);
	html_sessions_pick(&d->model, HTML_SESSIONS, &ids);
	assert_int_equal(ids.n, 1);
	html_sessions(&d->model, &ids, p.out, &listed);
	page_close(&p);
	assert_int_equal(listed.n, 1);
	assert_int_equal(listed.slow[0].session, 1);
	text = element(p.text, "table", &n);
	table = json_loads(text, 0, NULL);
	free(text);
	text = element(p.text, "sessions-0", &n);
	objects = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(table);
	assert_int_equal(json_array_size(objects), 1);
#define CELL(key) json_array_get(json_object_get(table, key), 0)
	assert_int_equal(json_integer_value(CELL("id")), 1);
	assert_int_equal(json_integer_value(CELL("lost")), 1);
	assert_int_equal(json_integer_value(CELL("worst")), 166666);
	assert_int_equal(json_integer_value(CELL("points")), 2);
	assert_string_equal(json_string_value(CELL("client")),
			    "10.0.0.1:40000");
	assert_string_equal(json_string_value(CELL("also")),
			    "10.0.0.2:40000 → 10.0.0.9:443");
	assert_true(json_is_null(CELL("rtt")));
	json_decref(table);
	json_decref(objects);
	html_listed_release(&listed);
	html_ids_release(&ids);
	free(p.text);
}

static void of_too_many_sessions_the_worst_stay(void **state)
{
	struct desk *d = *state;
	struct html_ids ids;

	html_sessions_pick(&d->model, 0, &ids);
	assert_int_equal(ids.n, 0);
	html_ids_release(&ids);
	d->model.n_sessions = 5; /* of which there is one */
	html_sessions_pick(&d->model, 2, &ids);
	assert_int_equal(ids.n, 1);
	assert_int_equal(ids.at[0], 1);
	html_ids_release(&ids);
}

/* --- the page --- */
static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void the_page_takes_the_data(void **state)
{
	static const char frame[] = "<b>before</b>\n<!--data-->\n<i>after</i>";
	struct desk *d = *state;
	struct err err = { 0 };
	struct page p = { 0 };

	page_open(&p);
	assert_int_equal(
		html_write(&d->model, frame, sizeof frame - 1, p.out, &err), 0);
	page_close(&p);
	assert_ptr_equal(strstr(p.text, "<b>before</b>\n<script"), p.text);
	assert_non_null(strstr(p.text, "</script>\n\n<i>after</i>"));
	assert_int_equal(occurrences(p.text, "<script"),
			 occurrences(p.text, "</script>"));
	assert_int_equal(occurrences(p.text, "<!--"), 0);
	assert_int_equal(occurrences(p.text, "<b>"), 1);
	assert_non_null(strstr(p.text, "\\u003c/script>\\u003c!-- "
				       "\\u003cb>gone"));
	assert_non_null(strstr(p.text, "\"evidence_sessions\":[[1]]"));
	assert_non_null(strstr(p.text, "\"text\":\"one\\ntwo\""));
	free(p.text);
}

static void a_page_without_a_place_for_data_is_an_error(void **state)
{
	struct desk *d = *state;
	struct err err = { 0 };
	struct page p = { 0 };

	page_open(&p);
	assert_int_equal(html_write(&d->model, "<b>", 3, p.out, &err), -1);
	assert_non_null(strstr(err.text, "make web"));
	page_close(&p);
	free(p.text);
}

static void a_build_without_the_page_says_what_to_run(void **state)
{
	struct err err = { 0 };

	(void)state;
	if (html_page_size > 0) {
		assert_int_equal(render_html.ready(&err), 0);
		return;
	}
	assert_int_equal(render_html.ready(&err), -1);
	assert_non_null(strstr(err.text, "make web"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_comes_out_as_it_went_in),
		cmocka_unit_test(json_cannot_end_its_element),
		cmocka_unit_test_setup_teardown(
			rows_are_the_entries_of_the_session, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_long_session_is_thinned_and_counts_stay, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(evidence_finds_its_session,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(packed_columns_come_out_again,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_table_has_the_figures_of_the_objects, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			of_too_many_sessions_the_worst_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_page_takes_the_data, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			a_page_without_a_place_for_data_is_an_error, set_up,
			tear_down),
		cmocka_unit_test(a_build_without_the_page_says_what_to_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
