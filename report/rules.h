/* Findings: a rule is one struct; rules see a read-only model.
 *
 * reads:  struct model, struct session_view, struct fate_row
 * writes: struct finding_row, by finding_add()
 */
#pragma once

#include <stdbool.h>

/* Is this one of the findings' names of design.md? */
bool rule_name_known(const char *name);
