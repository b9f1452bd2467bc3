/* Looks up records, messages and rows, for rules that concern few sessions.
 *
 * reads:  record message session flow     writes: nothing
 */
#pragma once

#include "report/rules.h"

/* See derive_record(), derive_last() and so on in rules.h. */
bool look_record(struct store *s, const struct flow_row *f, int dir,
		 unsigned flags, struct record *out, int64_t *file);
bool look_last(struct store *s, const struct flow_row *f, int dir,
	       unsigned flags, int64_t until_ns, struct record *out,
	       int64_t *file);
bool look_after(struct store *s, const struct flow_row *f, int dir,
		int64_t from_ns, int64_t until_ns, struct record *out,
		int64_t *file);
/* Have two datagrams the same contents, as far as both captures have them? */
bool look_same(const struct record *a, const struct record *b);
/* Has @f a message of which @is_it is true?  @ctx is for that. */
bool look_message(struct store *s, const struct flow_row *f,
		  bool (*is_it)(const void *ctx, const struct message *m),
		  const void *ctx);
bool look_speaks(struct store *s, const struct flow_row *f, uint32_t protos);
enum asks look_asks(struct store *s, const struct flow_row *f);
struct witness *look_witness(const struct model *m);
