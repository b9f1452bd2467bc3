/* Sessions that nobody answers, for the desk. */
#include "tests/report/derive/desk.h"

struct derive *desk_silence(int points, unsigned n)
{
	struct derive *d = desk_new(points, &rules_stop);

	for (int i = 0; i < points; i++) {
		struct flow_view *f = &d->view.flow[i];

		f->row.packets[0] = n;
		f->row.packets[1] = 0;
		f->dir[1] = (struct part_dir){ 0 };
		f->dir[0].syn_count = n;
	}
	return d;
}

struct derive *desk_alone(void)
{
	struct derive *d = desk_silence(2, 3);

	d->view.row.n_flows = 1;
	d->view.row.verdict = PAIR_ALONE;
	desk_set_clocks(d);
	return d;
}
