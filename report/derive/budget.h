/* Where each session's time went, and its exchanges: computed while the sweep
 * over the fates has its records at hand.
 *
 * reads:  struct fate_seen, part point     writes: exchange, time_group
 */
#pragma once

#include "correlate/fate.h"

struct budgets;

/* For fate_options.observer: valid until budgets_free(). */
struct budgets *budgets_new(struct store *s);
const struct fate_observer *budgets_observer(const struct budgets *b);
/* Writes the sums.  Return: 0 or -1. */
int budgets_store(struct budgets *b, struct store *s, struct err *err);
void budgets_free(struct budgets *b);
