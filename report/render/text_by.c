/* Tables of groups (by server, client, command) as text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/exchanges.h"
#include "report/render/text.h"

static const char *quantile(const struct hist *h, double q,
			    char out[static TEXT_UNIT])
{
	return h->n ? text_duration(hist_quantile(h, q), out) : "-";
}

/* Names longer than the column have a line of their own: cut, two of a network's
 * IPv6 addresses would look the same. */
static void put_name(const struct page *p, const char *name, int width)
{
	if (strlen(name) > (size_t)width)
		fprintf(p->out, "  %s\n  %*s", name, width, "");
	else
		fprintf(p->out, "  %-*s", width, name);
}

static void put_row(const struct page *p, const char *key, int width,
		    const struct group *g)
{
	char n[TEXT_UNIT], a[TEXT_UNIT], b[TEXT_UNIT], c[TEXT_UNIT];
	int64_t total = group_total(g);

	put_name(p, *key ? key : "others", width);
	fprintf(p->out, " %8s %9s %9s %9s ", text_count(g->exchanges, n),
		quantile(&g->total, 0.5, a), quantile(&g->total, 0.95, b),
		quantile(&g->server, 0.5, c));
	for (int i = 0; i < 3; i++)
		fprintf(p->out, " %4.0f %%",
			total ? 100.0 * (double)g->part[i] / (double)total : 0);
	fprintf(p->out, " %4.0f %%",
		total ? 100.0 *
				(double)(total - g->part[TIME_CLIENT] -
					 g->part[TIME_PATH] -
					 g->part[TIME_SERVER]) /
				(double)total
		      : 0);
	if (g->errors)
		fprintf(p->out, " %6s", text_count(g->errors, n));
	fputc('\n', p->out);
}

static const char *const by_word[] = { [GROUP_SERVER] = "server",
				       [GROUP_CLIENT] = "client",
				       [GROUP_COMMAND] = "command" };

/* Only then there is a column of them: lines stay within the page. */
static bool any_errors(const struct group *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (g[i].errors)
			return true;
	return false;
}

enum far_side text_far_side(const struct model *m)
{
	size_t far = 0, n = 0, groups;
	const struct group *g = model_groups(m, GROUP_CASE, &groups);

	for (size_t i = 0; groups && i < g->n_top; i++) {
		struct session_view v;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		far += session_far_only(&v);
		n++;
		session_view_release(&v);
	}
	return !far ? FAR_SERVER : far == n ? FAR_SIDE : FAR_EITHER;
}

void text_by(const struct page *p, const struct model *m, enum group_kind kind,
	     size_t most)
{
	size_t n;
	const struct group *g = model_groups(m, kind, &n);
	bool errors = any_errors(g, n < most ? n : most);
	int width = errors ? 22 : 28;
	bool far = text_far_side(m) == FAR_SIDE; /* no point is at a server */

	fprintf(p->out, "  %-*s %8s %9s %9s %9s  %6s %6s %6s %6s%s\n", width,
		by_word[kind], "requests", "median", "95 %",
		far ? "far side" : "at server", "client", "path",
		far ? "far" : "server", "rest", errors ? " errors" : "");
	for (size_t i = 0; i < n && i < most; i++) {
		char *key = text_clean(g[i].key, strlen(g[i].key));

		put_row(p, key, width, &g[i]);
		free(key);
	}
	if (n > most)
		fprintf(p->out, "  and %zu more: --by %s\n", n - most,
			by_word[kind]);
}
