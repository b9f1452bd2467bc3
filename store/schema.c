/* The tables of a case.
 *
 * A million flows of five packets are the measure: items of which there may be
 * a million are on shelves, hundreds to a row (store/shelf.h), and no table has
 * a secondary index.  So ids encode what would need one (parts, blocks and
 * messages: file << 32 | number; match and exchange: session << 20 | chunk),
 * and what people want to read is in generated columns and views that take no
 * space.  SQLite computes generated columns on every INSERT, too: what is
 * expensive to compute is a view.  The views part, flow, session and
 * session_flow need this program's functions (store/functions.c) and virtual
 * tables (store/vtab.h): another program gets them from store/extension.c;
 * everything else works anywhere.
 *
 * The text below is compared, byte by byte, with what a case holds when it is
 * opened: with a table that differs from ours, statements could mean anything.
 * So any change requires another STORE_SCHEMA.
 */
#include "store/store_int.h"

#include <stdio.h>
#include <string.h>

#define TABLE(name, body)                                                      \
	{                                                                      \
		name, "CREATE TABLE " name body                                \
	}
#define VIEW(name, body)                                                       \
	{                                                                      \
		name, "CREATE VIEW " name " AS " body                          \
	}

static const struct {
	const char *name, *sql;
} tables[] = {
	/* --- indexing --- */
	TABLE("meta", "(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID"),
	TABLE("point",
	      "(id INTEGER PRIMARY KEY, pos INT, name TEXT, on_host INT,"
	      " clock TEXT)"),
	TABLE("file",
	      "(id INTEGER PRIMARY KEY, point INT, path TEXT, iface TEXT,"
	      " digest TEXT, size INT, packets INT, kept INT, bytes INT,"
	      " not_ip INT, first_ns INT, last_ns INT, snaplen INT,"
	      " linktype INT, resolution_ns INT, dropped INT, filtered INT,"
	      " complete INT)"),
	TABLE("quality",
	      "(id INTEGER PRIMARY KEY, file INT, what TEXT, text TEXT,"
	      " count INT, first_frame INT, from_ns INT, to_ns INT)"),
	TABLE("part_shelf", "(id INTEGER PRIMARY KEY, data BLOB)"),
	VIEW("part",
	     "SELECT id, data, id >> 32 AS file, id & 4294967295 AS number,"
	     " tp_part(data, 'proto') AS proto, tp_part(data, 'a') AS a,"
	     " tp_part(data, 'b') AS b, tp_part(data, 'packets') AS packets,"
	     " tp_part(data, 'bytes') AS bytes,"
	     " tp_part(data, 'first_ns') AS first_ns,"
	     " tp_part(data, 'last_ns') AS last_ns,"
	     " tp_part(data, 'first_frame') AS first_frame,"
	     " tp_part(data, 'last_frame') AS last_frame FROM part_data"),
	TABLE("block",
	      "(id INTEGER PRIMARY KEY, part_min INT, part_max INT, dir INT,"
	      " n INT, frame_min INT, frame_max INT, time_min INT,"
	      " time_max INT, seq_min INT, seq_max INT, data BLOB,"
	      " file INT AS (id >> 32))"),
	TABLE("message_block",
	      "(id INTEGER PRIMARY KEY, part_min INT, part_max INT, n INT,"
	      " protos INT, data BLOB, file INT AS (id >> 32))"),
	TABLE("anchor", "(part INT, dir INT, off INT, hash INT,"
			" PRIMARY KEY (part, dir, off)) WITHOUT ROWID"),
	/* --- derived --- */
	/* shelves: the id is the first key; what is on them is in the virtual
	 * tables flow_data, session_data (store/vtab_shelf.c) */
	TABLE("flow_shelf", "(id INTEGER PRIMARY KEY, data BLOB)"),
	VIEW("flow",
	     "SELECT f.id AS id, f.point AS point, CASE f.role_id"
	     " WHEN 0 THEN 'syn' WHEN 1 THEN 'fan-in' WHEN 2 THEN 'payload'"
	     " WHEN 3 THEN 'port' ELSE 'unknown' END AS role,"
	     " tp_flow_row(f.own, p.data, 'proto') AS proto,"
	     " tp_flow_row(f.own, p.data, 'tunnel') AS tunnel,"
	     " tp_flow_row(f.own, p.data, 'client') AS client,"
	     " tp_flow_row(f.own, p.data, 'server') AS server,"
	     " tp_flow_row(f.own, p.data, 'first_ns') AS first_ns,"
	     " tp_flow_row(f.own, p.data, 'last_ns') AS last_ns,"
	     " tp_flow_row(f.own, p.data, 'duration_ns') AS duration_ns,"
	     " tp_flow_row(f.own, p.data, 'packets_c2s') AS packets_c2s,"
	     " tp_flow_row(f.own, p.data, 'packets_s2c') AS packets_s2c,"
	     " tp_flow_row(f.own, p.data, 'bytes_c2s') AS bytes_c2s,"
	     " tp_flow_row(f.own, p.data, 'bytes_s2c') AS bytes_s2c,"
	     " f.part AS part FROM flow_data f LEFT JOIN part_data p"
	     " ON p.id = f.part"),
	TABLE("session_shelf", "(id INTEGER PRIMARY KEY, data BLOB)"),
	VIEW("session",
	     "SELECT id, proto, CASE verdict_id WHEN 0 THEN 'paired'"
	     " WHEN 1 THEN 'ambiguous' ELSE 'alone' END AS verdict,"
	     " CASE kind_id WHEN 0 THEN 'same' WHEN 1 THEN 'resequenced'"
	     " ELSE 'relayed' END AS kind,"
	     " CASE role_id WHEN 0 THEN 'syn' WHEN 1 THEN 'fan-in'"
	     " WHEN 2 THEN 'payload' WHEN 3 THEN 'port'"
	     " ELSE 'unknown' END AS role,"
	     " CASE client_end_id WHEN 0 THEN 'first' WHEN 1 THEN 'last'"
	     " ELSE 'unknown' END AS client_end, tp_float(bits32) AS bits,"
	     " tp_float(margin32) AS margin, tp_phrases(phrases) AS evidence"
	     " FROM session_data"),
	VIEW("session_flow",
	     "SELECT s.id AS session, j.key AS n,"
	     " tp_flow(s.flows, j.key, 0) AS flow,"
	     " tp_flow(s.flows, j.key, 1) AS point_pos,"
	     " tp_flow(s.flows, j.key, 2) AS seq_delta_c2s,"
	     " tp_flow(s.flows, j.key, 3) AS seq_delta_s2c,"
	     " tp_flow(s.flows, j.key, 4) AS ts_delta_c2s,"
	     " tp_flow(s.flows, j.key, 5) AS ts_delta_s2c"
	     " FROM session_data s, json_each(tp_flows(s.flows)) j"),
	TABLE("relay",
	      "(front INT, back INT, exchanges INT, bits REAL, sure INT, form INT,"
	      " added_min INT, added_median INT, added_p95 INT, added_max INT,"
	      " front_pos INT, front_exchanges INT, front_part INT,"
	      " front_frame INT, front_ns INT,"
	      " back_pos INT, back_exchanges INT, back_part INT,"
	      " back_frame INT, back_ns INT,"
	      " PRIMARY KEY (front, back)) WITHOUT ROWID"),
	TABLE("phrase", "(id INTEGER PRIMARY KEY, text TEXT)"),
	TABLE("clock",
	      "(point INT, piece INT, status_id INT, resolution_ns INT,"
	      " slack_ns INT, low_known INT, high_known INT, from_ns INT,"
	      " to_ns INT, at_ns INT, offset_ns INT, offset_low_ns INT,"
	      " offset_high_ns INT, drift_ppm REAL, drift_low_ppm REAL,"
	      " drift_high_ppm REAL, joined INT, knots BLOB,"
	      " place_first INT, place_last INT, first_point_place_first INT,"
	      " first_point_place_last INT,"
	      " status TEXT AS (CASE status_id WHEN 0 THEN 'reference'"
	      " WHEN 1 THEN 'fitted' WHEN 2 THEN 'one-way' ELSE 'none' END),"
	      " PRIMARY KEY (point, piece)) WITHOUT ROWID"),
	/* shelves, store/shelf_rows.h: the id is the first key */
	TABLE("match", "(id INTEGER PRIMARY KEY, data BLOB,"
		       " session INT AS (id >> 20))"),
	TABLE("hop_stat", "(id INTEGER PRIMARY KEY, data BLOB)"),
	TABLE("exchange", "(id INTEGER PRIMARY KEY, data BLOB,"
			  " session INT AS (id >> 20))"),
	TABLE("time_group", "(id INTEGER PRIMARY KEY, kind INT, key TEXT,"
			    " data BLOB)"),
	TABLE("finding",
	      "(id INTEGER PRIMARY KEY, rule TEXT, severity_id INT,"
	      " title TEXT, text TEXT, hop_from INT, hop_to INT,"
	      " against TEXT, measure TEXT,"
	      " severity TEXT AS (CASE severity_id WHEN 0 THEN 'info'"
	      " WHEN 1 THEN 'low' WHEN 2 THEN 'medium' ELSE 'high' END))"),
	TABLE("finding_session",
	      "(finding INT, n INT, session INT, PRIMARY KEY (finding, n))"
	      " WITHOUT ROWID"),
	TABLE("finding_line", "(finding INT, what TEXT, n INT, text TEXT,"
			      " PRIMARY KEY (finding, what, n)) WITHOUT ROWID"),
	TABLE("finding_filter",
	      "(finding INT, n INT, point INT, file INT, filter TEXT,"
	      " PRIMARY KEY (finding, n)) WITHOUT ROWID"),
	TABLE("evidence", "(finding INT, n INT, point INT, file INT, frame INT,"
			  " time_ns INT, note TEXT, PRIMARY KEY (finding, n))"
			  " WITHOUT ROWID"),
};

#define TABLES (sizeof tables / sizeof *tables)

int schema_create(struct store *s)
{
	char stamp[128];

	for (size_t i = 0; i < TABLES; i++)
		if (store_exec(s, tables[i].sql))
			return -1;
	snprintf(stamp, sizeof stamp,
		 "PRAGMA application_id=%d; PRAGMA user_version=%d",
		 STORE_APPLICATION, STORE_SCHEMA);
	return store_exec(s, stamp);
}

static bool table_is(sqlite3_stmt *st, const char *name, const char *sql)
{
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);

	bool same = sqlite3_step(st) == SQLITE_ROW;
	const char *have = same ? (const char *)sqlite3_column_text(st, 0)
				: NULL;

	same = have && !strcmp(have, sql);
	sqlite3_reset(st);
	return same;
}

/* Views are allowed for our own; other views could do anything. */
static bool views_are_ours(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	int64_t have = 0, want = 0;

	for (size_t i = 0; i < TABLES; i++)
		want += !strncmp(tables[i].sql, "CREATE VIEW ", 12);
	if (sqlite3_prepare_v2(db,
			       "SELECT count(*) FROM sqlite_schema"
			       " WHERE type IN ('view','trigger')",
			       -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		have = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return have == want;
}

const char *schema_check(struct store *s)
{
	const char *wrong = NULL;
	sqlite3_stmt *st = NULL;

	if (!views_are_ours(s->db) ||
	    sqlite3_prepare_v2(s->db,
			       "SELECT sql FROM sqlite_schema"
			       " WHERE type IN ('table','view') AND name=?",
			       -1, &st, NULL) != SQLITE_OK)
		return "sqlite_schema";
	for (size_t i = 0; i < TABLES && !wrong; i++)
		if (!table_is(st, tables[i].name, tables[i].sql))
			wrong = tables[i].name;
	sqlite3_finalize(st);
	return wrong;
}
