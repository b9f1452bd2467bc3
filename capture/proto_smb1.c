/* SMB1 (CIFS): commands within the units that proto_smb.c reads.
 *
 * The header has command, status and the ids (PID and MID) that an answer
 * repeats.  For TREE_CONNECT_ANDX, NT_CREATE_ANDX and a few others the name is
 * read, where their parameter words say.  A message with several commands
 * (AndX) counts as its first one.
 *
 * References: [MS-CIFS] 2.2.3.1 (header), 2.2.4.55 (TREE_CONNECT_ANDX),
 * 2.2.4.64 (NT_CREATE_ANDX), 2.2.2.1 (commands); [MS-SMB] 2.2.3.1.
 */
#include <string.h>

#include "capture/smb_int.h"

#define REPLY 0x80     /* flags */
#define NT_STATUS 0x40 /* flags2, upper byte */
#define UNICODE 0x80

enum {
	OPEN_ANDX = 0x2d,
	NEGOTIATE = 0x72,
	LOCKING_ANDX = 0x24,
	TREE_CONNECT_ANDX = 0x75,
	NT_CREATE_ANDX = 0xa2,
	NT_CANCEL = 0xa4,
};

static const char *command_name(unsigned command)
{
	switch (command) {
	case 0x00:
		return "CREATE_DIRECTORY";
	case 0x01:
		return "DELETE_DIRECTORY";
	case 0x04:
		return "CLOSE";
	case 0x05:
		return "FLUSH";
	case 0x06:
		return "DELETE";
	case 0x07:
		return "RENAME";
	case 0x08:
		return "QUERY_INFORMATION";
	case 0x09:
		return "SET_INFORMATION";
	case 0x0a:
		return "READ";
	case 0x0b:
		return "WRITE";
	case 0x10:
		return "CHECK_DIRECTORY";
	case LOCKING_ANDX:
		return "LOCKING_ANDX";
	case 0x25:
		return "TRANSACTION";
	case 0x26:
		return "TRANSACTION_SECONDARY";
	case 0x2b:
		return "ECHO";
	case OPEN_ANDX:
		return "OPEN_ANDX";
	case 0x2e:
		return "READ_ANDX";
	case 0x2f:
		return "WRITE_ANDX";
	case 0x32:
		return "TRANSACTION2";
	case 0x33:
		return "TRANSACTION2_SECONDARY";
	case 0x34:
		return "FIND_CLOSE2";
	case 0x71:
		return "TREE_DISCONNECT";
	case NEGOTIATE:
		return "NEGOTIATE";
	case 0x73:
		return "SESSION_SETUP_ANDX";
	case 0x74:
		return "LOGOFF_ANDX";
	case TREE_CONNECT_ANDX:
		return "TREE_CONNECT_ANDX";
	case 0xa0:
		return "NT_TRANSACT";
	case 0xa1:
		return "NT_TRANSACT_SECONDARY";
	case NT_CREATE_ANDX:
		return "NT_CREATE_ANDX";
	case NT_CANCEL:
		return "NT_CANCEL";
	case 0xa5:
		return "NT_RENAME";
	default:
		return "COMMAND";
	}
}

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static int64_t status_of(const uint8_t *p)
{
	struct cursor in = cursor_of(p + 5, 4);

	if (p[11] & NT_STATUS)
		return cursor_le32(&in);
	if (!p[5] && !le16(p + 7))
		return 0;
	return MESSAGE_SMB_DOS | (int64_t)p[5] << 16 | le16(p + 7);
}

static uint8_t kind_of(const uint8_t *p)
{
	/* an oplock break is a request that the server sends, MID -1 */
	if (p[4] == NT_CANCEL ||
	    (p[4] == LOCKING_ANDX && le16(p + 30) == 0xffff))
		return MESSAGE_NOTICE;
	return p[9] & REPLY ? MESSAGE_RESPONSE : MESSAGE_REQUEST;
}

void smb1_command(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_draft *m = &t->side[dir].m;
	bool reply = p[9] & REPLY;

	t->smb.command[dir] = p[4];
	t->smb.unicode[dir] = p[11] & UNICODE;
	m->unsure = false;
	m->proto = MESSAGE_SMB1;
	m->kind = kind_of(p);
	m->status = reply ? status_of(p) : 0;
	/* SMB2 may answer, with MessageId 0 */
	m->msg_id = p[4] == NEGOTIATE
			    ? 0
			    : (int64_t)le16(p + 26) << 16 | le16(p + 30);
	talk_name(t, dir, command_name(p[4]), NULL, 0);
	if (!reply && talk_names(t) && p[4] == TREE_CONNECT_ANDX)
		smb_at(t, dir, SMB1_WORDS, 32, 1 + 8 + 2);
	else if (!reply && talk_names(t) && p[4] == NT_CREATE_ANDX)
		smb_at(t, dir, SMB1_WORDS, 32, 1 + 48 + 2);
	else
		smb_at(t, dir, SMB_COMMAND_END, 0, 0);
}

/* Word count, words, byte count: they give the name's place in the bytes that
 * follow. */
static void words(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	uint64_t at = 32 + n;
	uint32_t bytes = le16(p + n - 2), skip = 0;

	if (t->smb.command[dir] == TREE_CONNECT_ANDX)
		skip = p[0] == 4 ? le16(p + 7) : UINT32_MAX; /* password */
	else if (p[0] != 24)
		skip = UINT32_MAX;
	if (skip > bytes || bytes > 65535) {
		smb_at(t, dir, SMB_COMMAND_END, 0, 0);
		return;
	}
	at += skip;
	bytes -= skip;
	if (t->smb.unicode[dir] && at & 1 && bytes) { /* aligned */
		at++;
		bytes--;
	}
	smb_at(t, dir, SMB1_NAME, at,
	       bytes < 2 * MESSAGE_NAME ? bytes : 2 * MESSAGE_NAME);
}

/* Up to the terminator. */
static void name(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	const char *command = command_name(t->smb.command[dir]);
	size_t len = 0;

	if (t->smb.unicode[dir]) {
		while (len + 1 < n && (p[len] || p[len + 1]))
			len += 2;
		talk_name_utf16(t, dir, command, p, len);
	} else {
		while (len < n && p[len])
			len++;
		talk_name(t, dir, command, (const char *)p, len);
	}
}

void smb1_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	if (t->side[dir].state == SMB1_WORDS) {
		words(t, dir, p, n);
		return;
	}
	name(t, dir, p, n);
	smb_at(t, dir, SMB_COMMAND_END, 0, 0);
}
