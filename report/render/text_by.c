/* Tables of groups (by server, client, command) as text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/render/text.h"

static const char *quantile(const struct hist *h, double q,
			    char out[static TEXT_UNIT])
{
	return h->n ? text_duration(hist_quantile(h, q), out) : "-";
}

static void put_row(const struct page *p, const char *key,
		    const struct group *g)
{
	char n[TEXT_UNIT], a[TEXT_UNIT], b[TEXT_UNIT], c[TEXT_UNIT];
	int64_t total = group_total(g);

	fprintf(p->out, "  %-28.28s %8s %9s %9s %9s ", *key ? key : "others",
		text_count(g->exchanges, n), quantile(&g->total, 0.5, a),
		quantile(&g->total, 0.95, b), quantile(&g->server, 0.5, c));
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
		fprintf(p->out, "  %llu error%s", (unsigned long long)g->errors,
			g->errors == 1 ? "" : "s");
	fputc('\n', p->out);
}

static const char *const by_word[] = { [GROUP_SERVER] = "server",
				       [GROUP_CLIENT] = "client",
				       [GROUP_COMMAND] = "command" };

void text_by(const struct page *p, const struct model *m, enum group_kind kind,
	     size_t most)
{
	size_t n;
	const struct group *g = model_groups(m, kind, &n);

	fprintf(p->out, "  %-28s %8s %9s %9s %9s  %6s %6s %6s %6s\n",
		by_word[kind], "requests", "median", "95 %", "at server",
		"client", "path", "server", "rest");
	for (size_t i = 0; i < n && i < most; i++) {
		char *key = text_clean(g[i].key, strlen(g[i].key));

		put_row(p, key, &g[i]);
		free(key);
	}
	if (n > most)
		fprintf(p->out, "  and %zu more: --by %s\n", n - most,
			by_word[kind]);
}
