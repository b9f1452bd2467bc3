/* Shared by the files of the clock stage.  Private to correlate/clock*. */
#pragma once

#include "correlate/clock.h"
#include "correlate/clock_cloud.h"

#define CLOCK_TRANSIT 30000000000 /* ns: default of max_transit_ns */

/* a + b, saturating. */
static inline int64_t clock_add(int64_t a, int64_t b)
{
	int64_t r;

	if (__builtin_add_overflow(a, b, &r))
		return b > 0 ? INT64_MAX : INT64_MIN;
	return r;
}

static inline int64_t clock_sub(int64_t a, int64_t b)
{
	int64_t r;

	if (__builtin_sub_overflow(a, b, &r))
		return b < 0 ? INT64_MAX : INT64_MIN;
	return r;
}

/* --- clock_time.c: an offset at an instant --- */
struct clock_at {
	int64_t mid, low, high; /* offset, ns; a side that is not known is
				 * INT64_MIN or INT64_MAX */
};
/* By one piece, extrapolated beyond its ends by its drift bounds. */
struct clock_at clock_piece_at(const struct clock_piece *p, int64_t t_ns);
/* By all pieces that may apply at @t_ns.  The row has at least one piece. */
struct clock_at clock_row_at(const struct clock_row *c, int64_t t_ns);
/* Time of knot @i of a piece. */
int64_t clock_knot_ns(const struct clock_piece *p, unsigned i);

/* --- clock_fit.c: a row from a cloud --- */
struct clock_span {
	int64_t first_ns, last_ns; /* of a point's captures, its own clock */
};
/* The far point's clock against the near one's: status, slack, pieces.  Cuts
 * and reorders the cloud.  @out zeroed; caller frees out->piece. */
void clock_fit(struct cloud *c, const struct clock_span *near,
	       const struct clock_span *far, int64_t max_transit_ns,
	       struct clock_row *out);

/* --- clock_net.c: more than two points --- */
/* Inverts a row: the first clock against the second becomes the second against
 * the first. */
void clock_invert(const struct clock_row *c, struct clock_row *out);
/* @outer against @inner's reference: outer's pieces are against inner's clock,
 * on outer's time. */
void clock_compose(const struct clock_row *outer, const struct clock_row *inner,
		   struct clock_row *out);
/* Narrows @c by @other, of the same two clocks; copies it if @c has no bounds.
 * Return: false, with nothing changed, if they contradict each other by more
 * than @slack_ns. */
bool clock_narrow(struct clock_row *c, const struct clock_row *other,
		  int64_t slack_ns);
/* One piece over the given span, with constant bounds and no more known about
 * drift than these imply. */
void clock_constant(const struct clock_span *span, int64_t low_ns,
		    int64_t high_ns, struct clock_row *out);

/* --- clock_override.c: --clock --- */
enum clock_override_kind { OVERRIDE_NONE, OVERRIDE_SAME, OVERRIDE_BOUNDS };

struct clock_override {
	enum clock_override_kind kind;
	const char *same;        /* point name, within the text */
	int64_t low_ns, high_ns; /* bounds of the offset */
};
/* @text: "same:POINT", "synced:T", "synced:±T", "synced:+-T", "offset:T";
 * @point for the message.  Return: 0 or -1 (ERR_USAGE). */
int clock_override_parse(const char *text, const char *point,
			 struct clock_override *out, struct err *err);

/* --- clock_sample.c: packets that two points share --- */
struct clock_sample;
/* Loads a bounded number of sessions. */
struct clock_sample *clock_sample_open(struct store *s,
				       const struct point_row *points,
				       size_t n_points,
				       const struct file_row *files,
				       size_t n_files);
/* The cloud of points[near] and points[far] (near < far). @out zeroed; caller
 * frees out->at. */
void clock_sample_cloud(struct clock_sample *m, size_t near, size_t far,
			struct cloud *out);
void clock_sample_close(struct clock_sample *m);
