/* Kerberos messages, as bytes: DER, and the few fields that are read.
 *
 * The bytes may be only the beginning of a message, as far as it was captured; what
 * is not there, or contradicts itself, makes the cursor bad.
 */
#pragma once

#include "base/cursor.h"
#include "capture/message.h"

enum kerberos_tag { /* application class, constructed */
		    KRB_AS_REQ = 0x6a,
		    KRB_AS_REP = 0x6b,
		    KRB_TGS_REQ = 0x6c,
		    KRB_TGS_REP = 0x6d,
		    KRB_AP_REQ = 0x6e,
		    KRB_AP_REP = 0x6f,
		    KRB_ERROR = 0x7e,
};

#define KERBEROS_FIELD(n) (0xa0 | (n)) /* context class, constructed */

struct krb {
	int64_t code;            /* of a KRB-ERROR; else 0 */
	char name[MESSAGE_NAME]; /* the service's, n bytes */
	size_t n;
};

/* "AS-REQ"; NULL: no message begins with this tag. */
const char *kerberos_command(uint8_t tag);
enum message_kind kerberos_kind(uint8_t tag);
/* Moves the cursor to the tag where padata or the body of a KDC-REQ begin.
 * Return: whether it is a KDC-REQ. */
bool kerberos_enter_request(struct cursor *in, uint8_t tag);
/* Fields of a KDC-REQ-BODY, whose field @sname is the service's name, or of a KRB-ERROR
 * (@error), as far as captured. */
void kerberos_read_fields(struct cursor in, uint8_t sname, bool error,
			  struct krb *out);
/* A whole message, or its beginning.  @out begins as zeroes. */
void kerberos_read(const uint8_t *p, size_t n, struct krb *out);
