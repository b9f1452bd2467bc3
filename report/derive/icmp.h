/* ICMP errors that quote a session: wording, and which points saw them.
 *
 * reads:  struct message_row    writes: text and evidence of a draft
 */
#pragma once

#include "report/derive/words.h"

/* "fragmentation needed, MTU 1400 (type 3 code 4)".  Return: @out. */
char *icmp_words(const struct message_row *m, char out[static WORDS]);
/* Adds to a finding the error that names its cause, who sent it, and where it
 * was and was not seen; nothing if there is none. */
void icmp_say_cause(struct draft *f, const struct derive *d,
		    const struct session_view *v);
/* If that error names a device, or says what kind of thing is in the way: adds where
 * that is and what to look at.  Return: whether it did. */
bool icmp_say_where(struct draft *f, const struct derive *d,
		    const struct session_view *v);
/* The first "fragmentation needed" or "packet too big" at flow @i about what the
 * session sent in @dir, or NULL. */
const struct message_row *icmp_too_big(const struct derive *d,
				       const struct session_view *v, int i,
				       int dir);
