/* Tags and lengths of ASN.1's binary form, for Kerberos (DER) and SNMP (BER).
 *
 * The bytes may be only the beginning, as far as captured; what is not there, or
 * contradicts itself, makes the cursor bad.
 */
#pragma once

#include "base/cursor.h"

#define DER_INTEGER 0x02
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_SEQUENCE 0x30

/* A length; the long form of up to four bytes.  Others: bad. */
uint64_t der_length(struct cursor *in);
/* Enters a value of this tag.  Return: its length; else bad. */
uint64_t der_enter(struct cursor *in, uint8_t tag);
/* The next value: its tag, and a cursor over as much of it as was captured.
 * Return: false at the end. */
bool der_next(struct cursor *in, uint8_t *tag, struct cursor *value);
/* An INTEGER of up to four bytes, with its sign; 0 if it is none. */
int64_t der_integer(struct cursor in);
