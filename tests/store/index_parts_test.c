/* Parts on their way: they wait for their neighbours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "store/index_parts.h"
#include "store/shelf.h"

struct seen {
	size_t shelves, parts, by_lane[3];
	uint32_t last_first;
	bool rising;
	bool kept; /* shelves are where they stay */
	struct zip *zip;
};

static void see(void *ctx, uint8_t lane, uint32_t first, struct buf *data,
		bool kept)
{
	struct seen *x = ctx;
	struct shelf s = { 0 };

	assert_int_equal(kept, x->kept);
	assert_int_equal(shelf_unpack(&s, x->zip, data->at, data->n), 0);
	assert_int_equal(s.row.at[0].key, first);
	assert_int_equal(s.row.at[s.row.n - 1].key / PART_BUCKET,
			 first / PART_BUCKET);
	x->shelves++;
	x->parts += s.row.n;
	x->by_lane[lane] += s.row.n;
	x->rising &= first >= x->last_first;
	x->last_first = first;
	shelf_release(&s);
}

static struct part part_number(uint32_t number)
{
	struct part p = { .number = number, .proto = 6 };

	p.first_ns = p.last_ns = number;
	p.dir[0].packets = 1;
	return p;
}

static void parts_wait_for_their_bucket(void **state)
{
	struct seen x = { .rising = true, .zip = zip_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	/* the first of each bucket lasts longest */
	for (uint32_t i = 1; i < 3 * PART_BUCKET; i++) {
		struct part p = part_number(i);

		if (i % PART_BUCKET)
			part_rack_add(r, 0, &p);
	}
	assert_int_equal(x.shelves, 0);
	for (uint32_t i = PART_BUCKET; i < 3 * PART_BUCKET; i += PART_BUCKET) {
		struct part p = part_number(i);

		part_rack_add(r, 0, &p);
		assert_int_equal(x.shelves, i / PART_BUCKET);
	}
	assert_int_equal(x.parts, 2 * PART_BUCKET);
	part_rack_flush(r);
	assert_int_equal(x.shelves, 3);
	assert_int_equal(x.parts, 3 * PART_BUCKET - 1);
	part_rack_free(r);
	zip_free(x.zip);
}

static void lanes_have_shelves_of_their_own(void **state)
{
	struct seen x = { .rising = true, .zip = zip_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	for (uint32_t i = 0; i < PART_BUCKET; i++) {
		struct part p = part_number(PART_BUCKET - 1 - i);

		part_rack_add(r, (uint8_t)(i % 3), &p);
	}
	assert_int_equal(x.shelves, 3);
	assert_int_equal(x.parts, PART_BUCKET);
	assert_int_equal(x.by_lane[1], (PART_BUCKET + 1) / 3);
	part_rack_free(r);
	zip_free(x.zip);
}

static void shelves_of_a_temporary_case_stay_where_they_are_made(void **state)
{
	struct seen x = { .rising = true, .kept = true, .zip = zip_new() };
	struct kept_place place = { .kept = kept_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	part_rack_keep(r, &place);
	for (uint32_t i = 0; i < 10 * PART_BUCKET; i++) {
		struct part p = part_number(i);

		part_rack_add(r, 0, &p);
	}
	assert_int_equal(x.shelves, 10);
	assert_int_equal(x.parts, 10 * PART_BUCKET);
	part_rack_free(r);
	kept_free(place.kept);
	zip_free(x.zip);
}

static void they_do_not_wait_for_ever(void **state)
{
	struct seen x = { .rising = true, .zip = zip_new() };
	struct part_rack *r = part_rack_new(see, &x);

	(void)state;
	for (uint32_t i = 1; i < 2000 * PART_BUCKET; i++) {
		struct part p = part_number(i);

		if (i % PART_BUCKET != 1)
			part_rack_add(r, 0, &p);
	}
	assert_true(x.shelves > 100 && x.shelves < 2000);
	assert_true(x.rising);
	part_rack_flush(r);
	assert_int_equal(x.parts, 2000 * PART_BUCKET - 1 - 2000);
	part_rack_free(r);
	zip_free(x.zip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_wait_for_their_bucket),
		cmocka_unit_test(lanes_have_shelves_of_their_own),
		cmocka_unit_test(
			shelves_of_a_temporary_case_stay_where_they_are_made),
		cmocka_unit_test(they_do_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
