/* What proto_smb.c, proto_smb1.c and smb_files.c share.
 *
 * reads:  bytes wanted      writes: names, struct talk's smb state
 */
#pragma once

#include "capture/talk_int.h"

enum smb_step {
	SMB_UNIT,        /* the transport's four bytes */
	SMB_COMMAND,     /* half a header, the first of the unit */
	SMB_CHAINED,     /* a later one */
	SMB_COMMAND_END, /* skipping the rest */
	SMB_NAME_PLACE,
	SMB_NAME,
	SMB_CREATED, /* FileId of a CREATE's answer */
	SMB_FILE,    /* FileId of a request */
	SMB_IOCTL,
	SMB1_WORDS,
	SMB1_NAME,
};

/* Wants @want bytes at @at of the command, in @state; if not possible, its
 * end. */
void smb_at(struct talk *t, unsigned dir, uint8_t state, uint64_t at,
	    uint32_t want);

/* --- proto_smb1.c --- */
/* The header of 32 bytes. */
void smb1_command(struct talk *t, unsigned dir, const uint8_t *p);
void smb1_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n);

/* --- smb_files.c: names of open files --- */

/* A CREATE asked for a name (UTF-16LE), or its answer gave a FileId of 16
 * bytes; matched by the MessageId of @dir's command. */
void smb_file_asked(struct talk *t, unsigned dir, const uint8_t *name,
		    size_t n);
void smb_file_opened(struct talk *t, unsigned dir, const uint8_t *id);
/* The name of a FileId, or of the chain's CREATE if it is all ones; or NULL. */
const char *smb_file_of(struct talk *t, unsigned dir, const uint8_t *id);
void smb_file_close(struct talk *t, unsigned dir, const uint8_t *id);
