/* SMB, all versions: the transport's units, SMB2's commands, encrypted ones.
 * SMB1's commands are in proto_smb1.c, names of files in smb_files.c.
 *
 * Transport: four bytes, type and length ([MS-SMB2] 2.1; RFC 1002 4.3.1 over
 * port 139).  A unit holds one SMB1 message or a chain of SMB2 commands, or is
 * encrypted (0xFD 'S' 'M' 'B', 2.2.41) or compressed (0xFC, 2.2.42), so that
 * only its size is known.
 *
 * A command: the first half of its header has all that is needed (2.2.1):
 * command, status, flags, offset of the chain's next command, MessageId.  For
 * some the name is read as well, at the offset that the command's body gives.
 * A chain's first command takes the transport's four bytes, so that messages
 * cover the stream without gaps.
 *
 * Async (3.3.4.2): STATUS_PENDING is an interim answer; the final one has the
 * same MessageId.
 *
 * References: [MS-SMB2] 2.1, 2.2.1, 2.2.9, 2.2.13, 2.2.14, 2.2.31, 2.2.41,
 * 2.2.42, 3.3.4.2, 3.3.5.2.7 (compounds), 3.3.5.3.1 (a NEGOTIATE of SMB1
 * answered by SMB2 has MessageId 0).
 */
#include <stdlib.h>
#include <string.h>

#include "capture/smb_int.h"

#define HEADER 64
#define HALF 32 /* bytes of the header that are read */
#define SMB1_HEADER 32
#define UNIT_MAX (16u << 20) /* 8 MiB of data and some, 24 bits at most */
#define STATUS_PENDING 0x103u
#define TO_REDIR 0x01u
#define ASYNC 0x02u
#define RELATED 0x04u

enum command {
	CREATE = 5,
	CLOSE = 6,
	FLUSH = 7,
	READ = 8,
	WRITE = 9,
	LOCK = 10,
	IOCTL = 11,
	CANCEL = 12,
	QUERY_DIRECTORY = 14,
	CHANGE_NOTIFY = 15,
	QUERY_INFO = 16,
	SET_INFO = 17,
	OPLOCK_BREAK = 18,
	TREE_CONNECT = 3,
};

static const struct {
	const char *name;
	uint8_t file; /* of a request: offset of its FileId from the header's
		       * start; 0: none */
} commands[] = {
	{ "NEGOTIATE", 0 },
	{ "SESSION_SETUP", 0 },
	{ "LOGOFF", 0 },
	{ "TREE_CONNECT", 0 },
	{ "TREE_DISCONNECT", 0 },
	{ "CREATE", 0 },
	{ "CLOSE", 64 + 8 },
	{ "FLUSH", 64 + 8 },
	{ "READ", 64 + 16 },
	{ "WRITE", 64 + 16 },
	{ "LOCK", 64 + 8 },
	{ "IOCTL", 64 + 8 },
	{ "CANCEL", 0 },
	{ "ECHO", 0 },
	{ "QUERY_DIRECTORY", 64 + 8 },
	{ "CHANGE_NOTIFY", 64 + 8 },
	{ "QUERY_INFO", 64 + 24 },
	{ "SET_INFO", 64 + 16 },
	{ "OPLOCK_BREAK", 64 + 8 },
};
#define COMMANDS (sizeof commands / sizeof *commands)

static bool is_magic(const uint8_t *p)
{
	return p[0] >= 0xfc && !memcmp(p + 1, "SMB", 3);
}

static bool smb_probe(const struct probe *p)
{
	return p->stream && p->n >= 8 && !p->p[0] && is_magic(p->p + 4);
}

static void smb_resume(struct talk *t, unsigned dir)
{
	talk_cut(t, dir);
	t->side[dir].state = SMB_UNIT;
	talk_want(t, dir, 0, 4);
}

/* Skips the rest of the command, or of the unit. */
static void command_rest(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	s->state = SMB_COMMAND_END;
	talk_want(t, dir, t->smb.next[dir] - s->next, 0);
}

/* Wants bytes at an offset from the command's header; nothing if that is not
 * within the command and after what was read. */
void smb_at(struct talk *t, unsigned dir, uint8_t state, uint64_t at,
	    uint32_t want)
{
	struct talk_side *s = &t->side[dir];
	uint64_t off = t->smb.begin[dir] + at;

	if (off < s->next || !want || off + want > t->smb.next[dir]) {
		command_rest(t, dir);
		return;
	}
	s->state = state;
	talk_want(t, dir, off - s->next, want);
}

/* ---- SMB2 ---- */

static const char *command_name(unsigned command)
{
	return command < COMMANDS ? commands[command].name : "COMMAND";
}

/* What is wanted of the body. */
static void smb2_body(struct talk *t, unsigned dir, uint32_t status)
{
	struct smb_state *h = &t->smb;
	unsigned command = h->command[dir];

	if (!talk_names(t))
		command_rest(t, dir);
	else if (h->response[dir] && command == CREATE && !status)
		smb_at(t, dir, SMB_CREATED, 64 + 64, 16);
	else if (h->response[dir])
		command_rest(t, dir);
	else if (command == CREATE)
		smb_at(t, dir, SMB_NAME_PLACE, 64 + 44, 4);
	else if (command == TREE_CONNECT)
		smb_at(t, dir, SMB_NAME_PLACE, 64 + 4, 4);
	else if (command == IOCTL)
		smb_at(t, dir, SMB_IOCTL, 64 + 4, 20);
	else if (command < COMMANDS && commands[command].file)
		smb_at(t, dir, SMB_FILE, commands[command].file, 16);
	else
		command_rest(t, dir);
}

static uint8_t smb2_kind(const struct smb_state *h, unsigned dir,
			 uint32_t flags, uint32_t status)
{
	if (!(flags & TO_REDIR))
		return h->command[dir] == CANCEL ? MESSAGE_NOTICE
						 : MESSAGE_REQUEST;
	if (h->id[dir] == UINT64_MAX) /* 3.3.4.6: a break, unsolicited */
		return MESSAGE_NOTICE;
	return status == STATUS_PENDING && flags & ASYNC ? MESSAGE_INTERIM
							 : MESSAGE_RESPONSE;
}

/* The first half of a header. */
static bool smb2_command(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct smb_state *h = &t->smb;
	struct talk_side *s = &t->side[dir];
	struct cursor in = cursor_of(p + 8, HALF - 8);
	uint32_t status = cursor_le32(&in), word = cursor_le32(&in);
	uint32_t flags = cursor_le32(&in), next = cursor_le32(&in);
	uint64_t size = s->end - h->begin[dir];

	if (p[4] != HEADER || p[5] || size < HEADER)
		return false;
	if (next && (next < HEADER || next % 8 || next + HEADER > size))
		return false;
	h->id[dir] = cursor_le64(&in);
	h->command[dir] = (uint16_t)word;
	h->response[dir] = flags & TO_REDIR;
	h->related[dir] = flags & RELATED;
	h->next[dir] = next ? h->begin[dir] + next : s->end;
	s->m.unsure = false;
	s->m.proto = MESSAGE_SMB2;
	s->m.kind = smb2_kind(h, dir, flags, status);
	s->m.msg_id = (int64_t)h->id[dir]; /* all ones: none */
	s->m.status = h->response[dir] ? status : 0;
	talk_name(t, dir, command_name(h->command[dir]), NULL, 0);
	smb2_body(t, dir, status);
	return true;
}

static const char *fsctl_name(uint32_t code)
{
	switch (code) {
	case 0x00060194:
		return "FSCTL_DFS_GET_REFERRALS";
	case 0x000601b0:
		return "FSCTL_DFS_GET_REFERRALS_EX";
	case 0x0011400c:
		return "FSCTL_PIPE_PEEK";
	case 0x00110018:
		return "FSCTL_PIPE_WAIT";
	case 0x0011c017:
		return "FSCTL_PIPE_TRANSCEIVE";
	case 0x001440f2:
		return "FSCTL_SRV_COPYCHUNK";
	case 0x00144064:
		return "FSCTL_SRV_ENUMERATE_SNAPSHOTS";
	case 0x00140078:
		return "FSCTL_SRV_REQUEST_RESUME_KEY";
	case 0x001480f2:
		return "FSCTL_SRV_COPYCHUNK_WRITE";
	case 0x001401d4:
		return "FSCTL_LMR_REQUEST_RESILIENCY";
	case 0x001401fc:
		return "FSCTL_QUERY_NETWORK_INTERFACE_INFO";
	case 0x00140204:
		return "FSCTL_VALIDATE_NEGOTIATE_INFO";
	default:
		return NULL;
	}
}

/* CtlCode and FileId. */
static void smb2_ioctl(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct cursor in = cursor_of(p, 4);
	const char *name = fsctl_name(cursor_le32(&in));
	const char *file = smb_file_of(t, dir, p + 4);

	if (name)
		talk_name(t, dir, "IOCTL", name, strlen(name));
	else if (file)
		talk_name(t, dir, "IOCTL", file, strlen(file));
}

static void smb2_file(struct talk *t, unsigned dir, const uint8_t *p)
{
	const char *file = smb_file_of(t, dir, p);

	if (file)
		talk_name(t, dir, command_name(t->smb.command[dir]), file,
			  strlen(file));
	if (t->smb.command[dir] == CLOSE)
		smb_file_close(t, dir, p);
}

/* Offset and length of a name. */
static void smb2_name_place(struct talk *t, unsigned dir, const uint8_t *p)
{
	unsigned at = p[0] | (unsigned)p[1] << 8;
	uint32_t n = p[2] | (uint32_t)p[3] << 8;

	/* UTF-16: no more than fits in a name */
	smb_at(t, dir, SMB_NAME, at,
	       n < 2 * MESSAGE_NAME ? n : 2 * MESSAGE_NAME);
}

static void smb2_name(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	struct smb_state *h = &t->smb;

	talk_name_utf16(t, dir, command_name(h->command[dir]), p, n);
	if (h->command[dir] == CREATE)
		smb_file_asked(t, dir, p, n);
}

/* ---- units ---- */

static bool smb_unit(struct talk *t, unsigned dir, const uint8_t *p)
{
	struct talk_side *s = &t->side[dir];
	uint32_t n = (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

	t->smb.file[dir] = 0;
	if (p[0]) { /* RFC 1002 4.3: session request, its answer, keepalive */
		if (p[0] < 0x81 || p[0] > 0x85)
			return false;
		talk_want(t, dir, n & 0x1ffff, 4);
		return true;
	}
	if (n < SMB1_HEADER || n > UNIT_MAX)
		return false;
	s->end = s->next + n;
	t->smb.begin[dir] = s->next;
	t->smb.next[dir] = s->end;
	talk_open(t, dir, MESSAGE_REQUEST)->unsure = true;
	s->state = SMB_COMMAND;
	talk_want(t, dir, 0, HALF);
	return true;
}

/* Only its size is known. */
static void smb_opaque(struct talk *t, unsigned dir, const char *name)
{
	struct talk_draft *m = &t->side[dir].m;

	m->unsure = false;
	m->proto = MESSAGE_SMB2;
	m->kind = MESSAGE_DATA;
	talk_name(t, dir, name, NULL, 0);
	command_rest(t, dir);
}

static bool smb_command(struct talk *t, unsigned dir, const uint8_t *p)
{
	if (!is_magic(p))
		return false;
	switch (p[0]) {
	case 0xfe:
		return smb2_command(t, dir, p);
	case 0xff:
		smb1_command(t, dir, p);
		return true;
	case 0xfd:
		smb_opaque(t, dir, "encrypted");
		return true;
	default:
		smb_opaque(t, dir, "compressed");
		return true;
	}
}

/* The next command of the chain, or the next unit. */
static void command_end(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	talk_done(t, dir);
	if (s->next >= s->end) {
		smb_resume(t, dir);
		return;
	}
	t->smb.begin[dir] = s->next;
	t->smb.next[dir] = s->end;
	s->state = SMB_CHAINED;
	talk_want(t, dir, 0, HALF);
}

static bool smb_step(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	switch (t->side[dir].state) {
	case SMB_UNIT:
		return smb_unit(t, dir, p);
	case SMB_CHAINED:
		talk_open(t, dir, MESSAGE_REQUEST)->unsure = true;
		return smb_command(t, dir, p);
	case SMB_COMMAND:
		return smb_command(t, dir, p);
	case SMB_COMMAND_END:
		command_end(t, dir);
		return true;
	case SMB_NAME_PLACE:
		smb2_name_place(t, dir, p);
		return true;
	case SMB1_WORDS:
	case SMB1_NAME:
		smb1_step(t, dir, p, n);
		return true;
	case SMB_NAME:
		smb2_name(t, dir, p, n);
		break;
	case SMB_CREATED:
		smb_file_opened(t, dir, p);
		break;
	case SMB_IOCTL:
		smb2_ioctl(t, dir, p);
		break;
	default:
		smb2_file(t, dir, p);
	}
	command_rest(t, dir);
	return true;
}

/* The unit's end is known: only its own contents are missing, and the chain's
 * later commands. */
static bool smb_lost(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	if (s->state == SMB_UNIT)
		return false;
	if (s->state == SMB_COMMAND || s->state == SMB_CHAINED) {
		talk_cut(t, dir);
		t->smb.next[dir] = s->end;
	}
	command_rest(t, dir);
	return true;
}

static void smb_release(struct talk *t)
{
	free(t->smb.files);
}

const struct proto proto_smb = {
	.id = MESSAGE_SMB2,
	.probe = smb_probe,
	.resume = smb_resume,
	.step = smb_step,
	.lost = smb_lost,
	.release = smb_release,
};
