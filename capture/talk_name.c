/* Names of messages: a command, and what it is about, within MESSAGE_NAME
 * bytes; text of protocols that write UTF-16LE as UTF-8 (RFC 3629, RFC 2781).
 */
#include <string.h>

#include "base/mem.h"
#include "capture/talk_int.h"

void talk_name_write(char out[static MESSAGE_NAME + 1], const char *command,
		     const char *about, size_t n)
{
	size_t at = strlen(command);

	memcpy(out, command, at);
	if (n) {
		out[at++] = ' ';
		if (n > MESSAGE_NAME - at)
			n = MESSAGE_NAME - at;
		for (size_t i = 0; i < n; i++) /* a NUL would end the name */
			out[at++] = about[i] ? about[i] : '?';
	}
	out[at] = '\0';
}

static char *name_room(struct talk *t, unsigned dir)
{
	struct talk_draft *m = &t->side[dir].m;

	if (!m->name)
		m->name = mem_alloc(MESSAGE_NAME + 1);
	return m->name;
}

void talk_name(struct talk *t, unsigned dir, const char *command,
	       const char *about, size_t n)
{
	talk_name_write(name_room(t, dir), command, about,
			talk_names(t) ? n : 0);
}

void talk_name_utf16(struct talk *t, unsigned dir, const char *command,
		     const uint8_t *about, size_t n)
{
	char text[MESSAGE_NAME];
	size_t used = talk_utf8(about, n, text, sizeof text);

	talk_name(t, dir, command, text, used);
}

static size_t put_utf8(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Half of a pair alone stays as it came and is not valid UTF-8: text_clean()
 * shows it. */
size_t talk_utf8(const uint8_t *p, size_t n, char *out, size_t room)
{
	size_t at = 0;

	for (size_t i = 0; i + 1 < n && at + 4 <= room; i += 2) {
		uint32_t c = (uint32_t)(p[i] | p[i + 1] << 8);

		if (c >> 10 == 0x36 && i + 3 < n && p[i + 3] >> 2 == 0x37) {
			i += 2;
			c = 0x10000 + ((c & 0x3ff) << 10) +
			    (uint32_t)(p[i] | (p[i + 1] & 3) << 8);
		}
		at += put_utf8(c, out + at);
	}
	return at;
}
