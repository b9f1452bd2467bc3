/* JSON objects that the json and ndjson formats share (jansson).
 *
 * Every function returns a new reference.  Names from captures and files go
 * through text_clean() first, because jansson takes valid UTF-8 only.
 */
#pragma once

/* How all JSON is written: a session is the same bytes in every format. */
#define OBJECT_DUMP (JSON_COMPACT | JSON_REAL_PRECISION(9))

#include <jansson.h>

#include "report/exchanges.h"

json_t *object_text(const char *s); /* null for NULL */
/* The integer @key of @o; 0 if there is none. */
json_int_t object_int(const json_t *o, const char *key);
json_t *object_duration(bool known, int64_t ns);
/* Sets "<stem>_ns" and "<stem>_time"; nulls where not known. */
void object_set_time(json_t *o, const char *stem, bool known, int64_t ns);
json_t *object_side(const struct flow_row *f, bool is_server);
json_t *object_counts(const struct counts *c);
json_t *object_round_trip(const struct hist *h);
/* The hop's points and its round trip; the caller adds its ways. */
json_t *object_hop(const struct model *m, const struct hop_figures *h);
json_t *object_session(const struct model *m, const struct session_view *v);

/* objects_packet.c */
json_t *object_packet(const struct model *m, const struct session_view *v,
		      const struct fate_row *r);

/* objects_time.c */
json_t *object_time(const struct session_view *v);
json_t *object_exchanges(const struct session_view *v); /* their figures */
json_t *object_exchange(const struct model *m, struct exchange_views *w,
			const struct exchange *x, uint64_t n);
json_t *object_case_time(const struct model *m);
json_t *slowest_array(const struct model *m); /* exchanges */

/* Members of the report, arrays (objects_case.c). */
json_t *object_points(const struct model *m);
json_t *object_hops(const struct model *m);
json_t *object_findings(const struct model *m);
json_t *object_quality(const struct model *m);
