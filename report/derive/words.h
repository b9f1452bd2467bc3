/* Phrases that several rule groups use.
 */
#pragma once

#include "base/text.h"
#include "report/rules.h"

#define WORDS 160
/* "10.1.1.1:1098 -> 172.16.1.1:80 (tcp)" as seen by flow @i.  Return: @out. */
char *words_session(const struct session_view *v, size_t i,
		    char out[static WORDS]);
/* "client to server" or the reverse, by the sender. */
const char *words_dir(int dir);
/* "SYN", "seq 282, 1460 bytes", "ACK 283", "datagram of 8 bytes".
 * Return: @out. */
char *words_packet(const struct session_view *v, const struct fact *k,
		   char out[static WORDS]);
/* What shows that @k is lost, "ACK 283 with SACK of later bytes shows the hole", or
 * that it arrived, "ACK 383 acknowledges it".  Return: @out; empty if nothing
 * does. */
char *words_proof(const struct session_view *v, const struct fact *k,
		  char out[static WORDS]);
/* Adds @k at its near end as evidence with @note, and as its far end saw it. */
void words_evidence(struct draft *f, const struct session_view *v,
		    const struct fact *k, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Names the point at each end of the fact's hop. */
const struct point_row *fact_from(const struct session_view *v,
				  const struct fact *k);
const struct point_row *fact_to(const struct session_view *v,
				const struct fact *k);
/* "3 of 120 packets (2.5 %)", for a @what of "packet".  Return: @out. */
char *words_share(uint64_t part, uint64_t whole, const char *what,
		  char out[static WORDS]);
/* An ISO 8601 time without trailing zeros.  Return: @out. */
char *words_time(int64_t ns, char out[static TEXT_UNIT]);
/* Why a packet's fate is what it is, "the far capture has a gap there".
 * Return: NULL if there is nothing to say. */
const char *words_reason(enum fate_reason why);
const char *plural(uint64_t n); /* "" or "s" */
/* Counts one more for @end in @counts, by its address and port; once there are
 * WORDS_ENDS new ones are left out. */
#define WORDS_ENDS 1000
void words_count_end(json_t *counts, const struct net_end *end);
/* "all with 10.0.0.1:80", "with 3 servers".  Return: @out. */
char *words_servers(const json_t *counts, char out[static WORDS]);
