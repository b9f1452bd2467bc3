/* Fuzz target: what is said of cases of any bytes.
 *
 * The first byte says what the rest is: odd, packed columns, even, patches, as
 * for the target of cases.  What can be loaded is written in all formats that
 * list sessions, frames and exchanges, to nowhere.
 *
 * Then findings are derived of it anew, unless bit 1 is set.
 */
#include <stdlib.h>
#include <string.h>

#include "report/ladder.h"
#include "report/notes.h"
#include "report/render.h"
#include "report/report.h"
#include "tests/fuzz/sound_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *nowhere(void)
{
	static FILE *f;

	if (!f)
		f = fopen("/dev/null", "w");
	if (!f)
		abort();
	return f;
}

static void render(const struct model *m, const struct renderer *r)
{
	int (*const all[])(const struct model *, const struct render_options *,
			   FILE *, struct err *) = { r->report, r->sessions,
						     r->packets, r->exchanges };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct render_options o = { 0 };
		struct err err = { 0 };

		if (all[i])
			all[i](m, &o, nowhere(), &err);
		m->store->err = (struct err){ 0 };
	}
}

static void ladders(const struct model *m)
{
	struct session_view v;
	struct ladder l;

	if (!session_view_load(&v, m, 1))
		return;
	ladder_load(&l, m, &v, INT64_MIN);
	ladder_release(&l);
	session_view_release(&v);
	m->store->err = (struct err){ 0 };
}

static void report(struct store *s)
{
	struct err err = { 0 };
	struct model m;

	if (!model_load(&m, s, &err)) {
		render(&m, &render_text);
		render(&m, &render_json);
		render(&m, &render_ndjson);
		ladders(&m);
	}
	model_release(&m);
}

static void derive(struct store *s)
{
	struct err err = { 0 };

	s->err = err;
	store_begin(s); /* if it has not begun */
	store_exec(s, "DELETE FROM finding; DELETE FROM finding_session;"
		      "DELETE FROM finding_line; DELETE FROM finding_filter;"
		      "DELETE FROM evidence");
	if (!store_commit(s, &err))
		derive_run(s, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { 0 };
	struct buf file = { 0 };
	struct store *s;

	if (size < 2)
		return 0;
	sound_patched(data + 1, data[0] & 1 ? 0 : size - 1, &file);
	s = store_open_bytes(file.at, file.n, STORE_WRITE, &err);
	if (s && data[0] & 1) {
		store_begin(s);
		sound_put(s, data + 1, size - 1);
	}
	if (s)
		report(s);
	if (s && !(data[0] & 2))
		derive(s);
	store_close(s);
	buf_release(&file);
	return 0;
}
