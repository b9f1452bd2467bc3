/* Names of the files that SMB2 commands are about.
 *
 * Only CREATE has a name; later commands have the FileId from its answer.  So
 * the last FILES names of a connection are kept, by MessageId until the answer
 * comes, and by (a digest of) the FileId from then on.  In a compound chain the
 * FileId is all ones: the chain's own CREATE ([MS-SMB2] 3.3.5.2.7.2).
 *
 * Memory: some 7 kB a connection that opens files, in one block; if there is no
 * room the oldest name is dropped.
 */
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/mem.h"
#include "capture/smb_int.h"

#define FILES 32
#define FILE_NAME 192

struct smb_files {
	unsigned next; /* the next to be used */
	struct smb_file {
		uint64_t key; /* MessageId, or digest of the FileId */
		bool used, opened;
		char name[FILE_NAME + 1];
	} at[FILES];
};

static struct smb_file *find(struct smb_files *f, bool opened, uint64_t key)
{
	for (unsigned i = 0; f && i < FILES; i++)
		if (f->at[i].used && f->at[i].opened == opened &&
		    f->at[i].key == key)
			return &f->at[i];
	return NULL;
}

static uint64_t digest(const uint8_t *id)
{
	return XXH3_64bits(id, 16);
}

void smb_file_asked(struct talk *t, unsigned dir, const uint8_t *name, size_t n)
{
	struct smb_files *f = t->smb.files;
	struct smb_file *x;
	size_t len;

	if (!f)
		f = t->smb.files = mem_zalloc(1, sizeof *f);
	x = &f->at[f->next];
	t->smb.file[dir] = 1 + f->next;
	f->next = (f->next + 1) % FILES;
	len = talk_utf8(name, n, x->name, FILE_NAME);
	for (size_t i = 0; i < len; i++)
		if (!x->name[i])
			x->name[i] = '?';
	x->name[len] = '\0';
	x->used = true;
	x->opened = false;
	x->key = t->smb.id[dir];
}

void smb_file_opened(struct talk *t, unsigned dir, const uint8_t *id)
{
	struct smb_file *x = find(t->smb.files, false, t->smb.id[dir]);

	if (!x)
		return;
	x->opened = true;
	x->key = digest(id);
}

const char *smb_file_of(struct talk *t, unsigned dir, const uint8_t *id)
{
	static const uint8_t ones[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff };
	const struct smb_file *x;

	if (!t->smb.files)
		return NULL;
	if (!memcmp(id, ones, sizeof ones))
		return t->smb.file[dir]
			       ? t->smb.files->at[t->smb.file[dir] - 1].name
			       : NULL;
	x = find(t->smb.files, true, digest(id));
	if (x) /* for the rest of a chain */
		t->smb.file[dir] = 1 + (uint32_t)(x - t->smb.files->at);
	return x ? x->name : NULL;
}

void smb_file_close(struct talk *t, unsigned dir, const uint8_t *id)
{
	struct smb_file *x = find(t->smb.files, true, digest(id));

	(void)dir;
	if (x)
		x->used = false;
}
