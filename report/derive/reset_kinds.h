/* What is said of each kind of reset.
 *
 * reads: nothing
 */
#pragma once

#include "report/derive/reset_tell.h"

/* "SERVER [itself] does N whats how", "SERVERS [themselves] do N whats how" */
struct reset_title {
	const char *does, *do_many, *what, *how;
	bool itself;
};

/* Of those that reset_tell.c writes itself (RESET_STRAY), none. */
const struct reset_title *reset_title(enum reset_how how);
const char *reset_next_step(enum reset_how how);
/* Of a single one that was seen where it was sent. */
enum severity reset_severity(enum reset_how how);
