/* What indexing ends with: points, and files that are complete.
 *
 * Steps: refuse a capture that the case has already, or that is given twice
 * (refuse_copies); make points in path order, one for each lane of an input, and
 * set the files' rows complete (make_points); write what was found wrong with the
 * files (write_quality).  It all belongs to the last transaction of a call.
 */
#include "store/index_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_int.h"

int index_refuse_copy(const struct file_row *a, const char *point_a,
		      const struct file_row *b, const char *point_b,
		      struct err *err)
{
	if (!strcmp(point_a, point_b))
		return err_set(err, ERR_INPUT,
			       "%s: is the same capture as %s, which point %s "
			       "has already; leave it out",
			       b->path, a->path, point_a);
	return err_set(err, ERR_INPUT,
		       "%s: is the same capture as %s: one capture cannot be "
		       "from both point %s and point %s; give each point its "
		       "own",
		       b->path, a->path, point_a, point_b);
}

/* A file that holds no packet is but its header, which any two captures may
 * share. */
bool index_same_capture(const struct file_row *a, const struct file_row *b)
{
	return a->packets && !strcmp(a->digest, b->digest) &&
	       (!a->iface || !b->iface || !strcmp(a->iface, b->iface));
}

struct named {
	const struct file_row *row;
	const char *point;
};

/* A file's names made up for being given twice would say nothing.  @old: the case
 * has @a already. */
static int refuse(const struct named *a, const struct named *b, bool old,
		  struct err *err)
{
	bool same = !strcmp(a->row->path, b->row->path);

	if (same && !old)
		return err_set(err, ERR_INPUT,
			       "%s: is given twice; leave one out",
			       b->row->path);
	return index_refuse_copy(a->row, a->point, b->row,
				 same ? a->point : b->point, err);
}

static const char *point_name(const struct point_row *p, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].id == id)
			return p[i].name;
	return "";
}

/* The point names of all lanes, by input. */
static char **lane_names(const struct index_job *j, char *const *names)
{
	struct VEC(char *) v = { 0 };

	for (size_t i = 0; i < j->n; i++)
		for (size_t k = 0; k < j->result[i].lanes.n; k++)
			*VEC_PUSH(
				&v) = j->result[i].lanes.n == 1
					      ? mem_strdup(names[i])
					      : mem_printf("%s#%s", names[i],
							   j->result[i]
								   .lanes.at[k]
								   .label);
	*VEC_PUSH(&v) = NULL;
	return v.at;
}

static void names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int refuse_copies(const struct index_job *j, char *const *lane_name,
			 const struct point_row *points, size_t n_points,
			 struct err *err)
{
	struct VEC(struct named) seen = { 0 };
	size_t n_old, n_new = 0, total;
	struct file_row *old = store_files(j->s, &n_old);
	int ret = 0;

	for (size_t i = 0; i < n_old; i++)
		if (old[i].complete)
			*VEC_PUSH(&seen) = (struct named){
				&old[i],
				point_name(points, n_points, old[i].point)
			};
	total = seen.n;
	for (size_t i = 0; i < j->n; i++)
		for (size_t k = 0; k < j->result[i].lanes.n; k++)
			*VEC_PUSH(&seen) =
				(struct named){ &j->result[i].lanes.at[k].row,
						lane_name[n_new++] };
	for (size_t b = total; !ret && b < seen.n; b++)
		for (size_t a = 0; !ret && a < b; a++)
			if (index_same_capture(seen.at[a].row, seen.at[b].row))
				ret = refuse(&seen.at[a], &seen.at[b],
					     a < total, err);
	VEC_FREE(&seen);
	file_rows_free(old, n_old);
	return ret;
}

/* @clock_of: the point whose clock it shares; NULL: its own. */
static int64_t point_of(struct store *s, char *name, const char *clock_of)
{
	size_t n;
	struct point_row *p = store_points(s, &n);
	struct point_row new = { .name = name, .pos = 1 };
	int64_t id = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i].pos >= new.pos)
			new.pos = p[i].pos + 1;
		if (!strcmp(p[i].name, name))
			id = p[i].id;
	}
	if (!id && clock_of)
		new.clock = mem_printf("same:%s", clock_of);
	if (!id)
		id = store_point_put(s, &new);
	free(new.clock);
	point_rows_free(p, n);
	return id;
}

static void notice_interfaces(const struct index_job *j, size_t input,
			      char *const *lane_name)
{
	const struct indexed *x = &j->result[input];
	char *list = mem_strdup(lane_name[0]), *text;

	for (size_t k = 1; k < x->lanes.n; k++) {
		char *longer = mem_printf("%s, %s", list, lane_name[k]);

		free(list);
		list = longer;
	}
	if (x->sides)
		text = mem_printf("%s: shows both sides of a router, which "
				  "become points of their own: %s (--one-point "
				  "takes the first sight of each packet)",
				  j->in[input].path, list);
	else
		text = mem_printf("%s: has packets of %zu interfaces, which "
				  "become points of their own: %s (--one-point "
				  "keeps them together)",
				  j->in[input].path, x->lanes.n, list);
	index_notice(j, text);
	free(text);
	free(list);
}

static void make_points(struct index_job *j, char **lane_name)
{
	for (size_t i = 0; i < j->n; i++) {
		struct indexed *x = &j->result[i];

		for (size_t k = 0; k < x->lanes.n; k++) {
			struct indexed_lane *l = &x->lanes.at[k];

			l->row.id = index_file_id(j, i, l->place);
			l->row.point = point_of(j->s, lane_name[k],
						x->sides && k ? lane_name[0]
							      : NULL);
			l->row.complete = true;
			store_file_put(j->s, &l->row);
		}
		if (x->lanes.n > 1)
			notice_interfaces(j, i, lane_name);
		lane_name += x->lanes.n;
	}
}

static void write_quality(struct index_job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct indexed *x = &j->result[i];

		for (size_t k = 0; k < x->quality.n; k++) {
			struct quality_row q = x->quality.at[k];
			const struct indexed_lane *l =
				&x->lanes.at[(size_t)q.file];

			q.file = index_file_id(j, i, l->place);
			store_quality_put(j->s, &q);
		}
	}
}

int index_finish(struct index_job *j, struct err *err)
{
	size_t n_points, n_lanes = 0;
	struct point_row *points = store_points(j->s, &n_points);
	char **names = input_names(j->in, j->n, points, n_points);
	char **lane_name = lane_names(j, names);
	int ret = refuse_copies(j, lane_name, points, n_points, err);

	if (!ret) {
		make_points(j, lane_name);
		write_quality(j);
	}
	while (lane_name[n_lanes])
		n_lanes++;
	names_free(lane_name, n_lanes);
	names_free(names, j->n);
	point_rows_free(points, n_points);
	return ret;
}
