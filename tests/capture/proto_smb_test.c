/* SMB1 and SMB2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

#define RESPONSE 1u
#define ASYNC 2u
#define RELATED 4u

static void le16(struct buf *b, unsigned v)
{
	buf_u8(b, (uint8_t)v);
	buf_u8(b, (uint8_t)(v >> 8));
}

static void zeros(struct buf *b, size_t n)
{
	while (n--)
		buf_u8(b, 0);
}

static void utf16(struct buf *b, const char *s)
{
	for (; *s; s++)
		le16(b, (uint8_t)*s);
}

/* The transport's four bytes around what was appended since @begin. */
static size_t unit_begin(struct buf *b)
{
	zeros(b, 4);
	return b->n;
}

static void unit_end(struct buf *b, size_t begin)
{
	size_t n = b->n - begin;

	b->at[begin - 3] = (uint8_t)(n >> 16);
	b->at[begin - 2] = (uint8_t)(n >> 8);
	b->at[begin - 1] = (uint8_t)n;
}

static void header(struct buf *b, unsigned command, unsigned flags,
		   uint32_t status, uint64_t id, uint32_t next)
{
	buf_bytes(b, "\xfeSMB", 4);
	le16(b, 64);
	le16(b, 0);
	buf_u32le(b, status);
	le16(b, command);
	le16(b, 1);
	buf_u32le(b, flags);
	buf_u32le(b, next);
	buf_u64le(b, id);
	zeros(b, 8 + 8 + 16);
}

static void command(struct buf *b, unsigned number, unsigned flags,
		    uint32_t status, uint64_t id, size_t body)
{
	size_t begin = unit_begin(b);

	header(b, number, flags, status, id, 0);
	zeros(b, body);
	unit_end(b, begin);
}

/* 56 bytes, then the name. */
static void create_body(struct buf *b, const char *name)
{
	le16(b, 57);
	zeros(b, 42);
	le16(b, 64 + 56);
	le16(b, (unsigned)(2 * strlen(name)));
	zeros(b, 8);
	utf16(b, name);
}

static void create(struct buf *b, uint64_t id, const char *name)
{
	size_t begin = unit_begin(b);

	header(b, 5, 0, 0, id, 0);
	create_body(b, name);
	unit_end(b, begin);
}

static void file_id(struct buf *b, uint8_t file)
{
	for (int i = 0; i < 16; i++)
		buf_u8(b, file);
}

static void created(struct buf *b, uint64_t id, uint8_t file)
{
	size_t begin = unit_begin(b);

	header(b, 5, RESPONSE, 0, id, 0);
	le16(b, 89);
	zeros(b, 62);
	file_id(b, file);
	zeros(b, 8);
	unit_end(b, begin);
}

static void read_file(struct buf *b, uint64_t id, uint8_t file)
{
	size_t begin = unit_begin(b);

	header(b, 8, 0, 0, id, 0);
	zeros(b, 16);
	file_id(b, file);
	zeros(b, 17);
	unit_end(b, begin);
}

static void tree_connect(struct buf *b, uint64_t id, const char *path)
{
	size_t begin = unit_begin(b);

	header(b, 3, 0, 0, id, 0);
	le16(b, 9);
	le16(b, 0);
	le16(b, 64 + 8);
	le16(b, (unsigned)(2 * strlen(path)));
	utf16(b, path);
	unit_end(b, begin);
}

static void plays(const struct buf *b, const int *dir, size_t n,
		  const char *want)
{
	struct line v[16];

	for (size_t i = 0; i < n; i++)
		v[i] = (struct line){ dir[i], b[i].at, b[i].n, 0 };
	stage_assert(445, v, n, 8, want);
	stage_torture(445, v, n);
}

#define PLAYS(want, b, ...)                                                    \
	do {                                                                   \
		const int dirs[] = { __VA_ARGS__ };                            \
		size_t lines = sizeof dirs / sizeof *dirs;                     \
                                                                               \
		plays(b, dirs, lines, want);                                   \
		for (size_t line_ = 0; line_ < lines; line_++)                 \
			buf_release(&(b)[line_]);                              \
	} while (0)

static void shares_files_and_reads(void **state)
{
	struct buf b[6] = { 0 };

	(void)state;
	tree_connect(&b[0], 3, "\\\\srv\\data");
	command(&b[1], 3, RESPONSE, 0xc00000cc, 3, 9);
	create(&b[2], 4, "dir\\a.txt");
	created(&b[3], 4, 7);
	read_file(&b[4], 5, 7);
	read_file(&b[4], 6, 7);
	read_file(&b[4], 7, 8); /* opened before the capture began */
	command(&b[5], 8, RESPONSE, 0, 6, 500);
	command(&b[5], 8, RESPONSE, 0xc000035c, 5, 9);
	PLAYS("> request smb2 id=3 TREE_CONNECT \\\\srv\\data +96\n"
	      "< response smb2 id=3 STATUS_BAD_NETWORK_NAME TREE_CONNECT +77\n"
	      "> request smb2 id=4 CREATE dir\\a.txt +142\n"
	      "< response smb2 id=4 CREATE +156\n"
	      "> request smb2 id=5 READ dir\\a.txt +117\n"
	      "> request smb2 id=6 READ dir\\a.txt +117\n"
	      "> request smb2 id=7 READ +117\n"
	      "< response smb2 id=6 READ +568\n"
	      "< response smb2 id=5 STATUS_NETWORK_SESSION_EXPIRED READ +77\n",
	      b, 0, 1, 0, 1, 0, 1);
}

/* CREATE, QUERY_INFO and CLOSE in one chain, the latter two of its file. */
static void chains(void **state)
{
	struct buf b[2] = { 0 };
	size_t begin = unit_begin(&b[0]);

	(void)state;
	header(&b[0], 5, 0, 0, 10, 64 + 64);
	create_body(&b[0], "f.md");
	header(&b[0], 16, RELATED, 0, 11, 64 + 40);
	zeros(&b[0], 24);
	file_id(&b[0], 0xff);
	header(&b[0], 6, RELATED, 0, 12, 0);
	zeros(&b[0], 8);
	file_id(&b[0], 0xff);
	unit_end(&b[0], begin);
	begin = unit_begin(&b[1]);
	header(&b[1], 5, RESPONSE, 0xc0000034, 10, 64 + 16);
	zeros(&b[1], 16);
	header(&b[1], 16, RESPONSE | RELATED, 0xc0000034, 11, 64 + 16);
	zeros(&b[1], 16);
	header(&b[1], 6, RESPONSE | RELATED, 0xc0000034, 12, 0);
	zeros(&b[1], 9);
	unit_end(&b[1], begin);
	PLAYS("> request smb2 id=10 CREATE f.md +132\n"
	      "> request smb2 id=11 QUERY_INFO f.md +104\n"
	      "> request smb2 id=12 CLOSE f.md +88\n"
	      "< response smb2 id=10 STATUS_OBJECT_NAME_NOT_FOUND CREATE +84\n"
	      "< response smb2 id=11 STATUS_OBJECT_NAME_NOT_FOUND QUERY_INFO"
	      " +80\n"
	      "< response smb2 id=12 STATUS_OBJECT_NAME_NOT_FOUND CLOSE +73\n",
	      b, 0, 1);
}

static void pending_and_breaks(void **state)
{
	struct buf b[3] = { 0 };

	(void)state;
	command(&b[0], 15, 0, 0, 20, 32);
	command(&b[1], 15, RESPONSE | ASYNC, 0x103, 20, 9);
	command(&b[1], 18, RESPONSE, 0, UINT64_MAX, 24);
	command(&b[1], 15, RESPONSE | ASYNC, 0x10c, 20, 9);
	command(&b[2], 12, 0, 0, 20, 4);
	PLAYS("> request smb2 id=20 CHANGE_NOTIFY +100\n"
	      "< interim smb2 id=20 STATUS_PENDING CHANGE_NOTIFY +77\n"
	      "< notice smb2 OPLOCK_BREAK +92\n"
	      "< response smb2 id=20 STATUS_NOTIFY_ENUM_DIR CHANGE_NOTIFY"
	      " +77\n"
	      "> notice smb2 id=20 CANCEL +72\n",
	      b, 0, 1, 0);
}

static void encrypted_ones_have_a_size(void **state)
{
	struct buf b[2] = { 0 };
	size_t begin;

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin = unit_begin(&b[i]);
		buf_bytes(&b[i], i ? "\xfcSMB" : "\xfdSMB", 4);
		zeros(&b[i], 60);
		unit_end(&b[i], begin);
	}
	PLAYS("> data smb2 encrypted +68\n"
	      "< data smb2 compressed +68\n",
	      b, 0, 1);
}

static void ioctl_by_its_code(void **state)
{
	struct buf b[1] = { 0 };
	size_t begin = unit_begin(&b[0]);

	(void)state;
	header(&b[0], 11, 0, 0, 1, 0);
	le16(&b[0], 57);
	le16(&b[0], 0);
	buf_u32le(&b[0], 0x00060194);
	zeros(&b[0], 48);
	unit_end(&b[0], begin);
	PLAYS("> request smb2 id=1 IOCTL FSCTL_DFS_GET_REFERRALS +124\n", b, 0);
}

static void smb1_header(struct buf *b, uint8_t number, uint8_t flags,
			uint32_t status, unsigned mid)
{
	buf_bytes(b, "\xffSMB", 4);
	buf_u8(b, number);
	buf_u32le(b, status);
	buf_u8(b, flags);
	le16(b, 0xc001); /* Unicode, NT status */
	zeros(b, 12);
	le16(b, 0);    /* TID */
	le16(b, 0x77); /* PID */
	le16(b, 0);
	le16(b, mid);
}

static void smb1(void **state)
{
	struct buf b[4] = { 0 };
	size_t begin = unit_begin(&b[0]);

	(void)state;
	smb1_header(&b[0], 0x72, 0x18, 0, 0);
	zeros(&b[0], 3);
	unit_end(&b[0], begin);
	command(&b[1], 0, RESPONSE, 0, 0, 65); /* SMB2 answers */
	begin = unit_begin(&b[2]);
	smb1_header(&b[2], 0x75, 0x18, 0, 5);
	buf_bytes(&b[2], "\4\xff\0\0\0\0\0\1\0", 9); /* a password of 1 */
	le16(&b[2], 27);
	zeros(&b[2], 1); /* 44 bytes so far: aligned */
	utf16(&b[2], "\\\\nas\\vol");
	zeros(&b[2], 2);
	buf_bytes(&b[2], "?????", 6);
	unit_end(&b[2], begin);
	begin = unit_begin(&b[2]);
	smb1_header(&b[2], 0xa2, 0x18, 0, 6);
	buf_u8(&b[2], 24);
	zeros(&b[2], 48);
	le16(&b[2], 15);
	zeros(&b[2], 1);
	utf16(&b[2], "\\a.doc");
	zeros(&b[2], 2);
	unit_end(&b[2], begin);
	begin = unit_begin(&b[3]);
	smb1_header(&b[3], 0x75, 0x98, 0xc0000022, 5);
	zeros(&b[3], 3);
	unit_end(&b[3], begin);
	PLAYS("> request smb1 id=0 NEGOTIATE +39\n"
	      "< response smb2 id=0 NEGOTIATE +133\n"
	      "> request smb1 id=7798789 TREE_CONNECT_ANDX \\\\nas\\vol +74\n"
	      "> request smb1 id=7798790 NT_CREATE_ANDX \\a.doc +102\n"
	      "< response smb1 id=7798789 STATUS_ACCESS_DENIED"
	      " TREE_CONNECT_ANDX +39\n",
	      b, 0, 1, 0, 1);
}

static void a_name_beyond_the_snap_length_is_missing(void **state)
{
	struct buf b = { 0 };
	struct stage s;

	(void)state;
	tree_connect(&b, 3, "\\\\srv\\data");
	stage_open(&s, 445);
	for (int i = 0; i < 2; i++)
		stage_segment(&s, 0, s.next[0], b.at, b.n, i ? 54 : 84);
	stage_segment(&s, 0, s.next[0], b.at, b.n, 20);
	stage_segment(&s, 0, s.next[0], b.at, b.n, 40);
	assert_string_equal(stage_end(&s),
			    "> request smb2 id=3 TREE_CONNECT +96\n"
			    "> request smb2 id=3 TREE_CONNECT +96\n"
			    "> request smb2 id=3 TREE_CONNECT +96\n");
	buf_release(&b);
	stage_close(&s);
}

static void in_mid_stream_a_segment_that_begins_one(void **state)
{
	struct buf b = { 0 };
	struct stage s;

	(void)state;
	command(&b, 8, 0, 0, 77, 49);
	stage_open(&s, 445);
	s.middle = true;
	stage_say(&s, 1, "data of a response that began before", 36);
	stage_say(&s, 0, b.at, b.n);
	stage_say(&s, 1, "more of it", 10);
	stage_say(&s, 1, b.at, b.n);
	assert_string_equal(stage_end(&s), "> request smb2 id=77 READ +117\n"
					   "< request smb2 id=77 READ +117\n");
	buf_release(&b);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_files_and_reads),
		cmocka_unit_test(chains),
		cmocka_unit_test(pending_and_breaks),
		cmocka_unit_test(encrypted_ones_have_a_size),
		cmocka_unit_test(ioctl_by_its_code),
		cmocka_unit_test(smb1),
		cmocka_unit_test(a_name_beyond_the_snap_length_is_missing),
		cmocka_unit_test(in_mid_stream_a_segment_that_begins_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
