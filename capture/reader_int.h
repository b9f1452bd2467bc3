/* Between the reader and its formats (reader.c, classic.c, pcapng.c,
 * netmon.c, snoop.c). */
#pragma once

#include "base/mem.h"
#include "capture/reader.h"
#include "capture/stream.h"

/* An interface number has 12 bits of flow_key.lane. */
#define READER_IFACES_MAX 4096
/* Larger than any real packet. */
#define READER_BLOCK_MAX (16u * 1024 * 1024)

/* What can be wrong: rows of the table of reader_words.c. */
enum trouble {
	TROUBLE_CUT_RECORD,
	TROUBLE_ZERO_TAIL,
	TROUBLE_BAD_RECORD,
	TROUBLE_BAD_LENGTH,
	TROUBLE_BAD_BLOCK,
	TROUBLE_BAD_OPTION,
	TROUBLE_BAD_VERSION,
	TROUBLE_NO_IFACE,
	TROUBLE_MANY_IFACES,
	TROUBLE_UNKNOWN_LINKTYPE,
	TROUBLE_NO_PACKETS,
	TROUBLE_TIME_ZERO,
	TROUBLE_TIME_BACK,
	TROUBLE_TIME_ORDER,
	TROUBLE_BAD_TIME,
	TROUBLE_DROPS,
	TROUBLE_CUT_STREAM,
	TROUBLE_BAD_STREAM,
	TROUBLE_STREAM_LIMIT,
	TROUBLE_STREAM_TAIL,
	TROUBLE_STREAM_WINDOW,
	TROUBLE_FRAME_TABLE,
	TROUBLES
};

/* Where one interface's entries are in `quality`: index + 1. */
struct reader_troubles {
	uint32_t at[TROUBLES];
	uint32_t span; /* the last entry with a stretch of time */
};

/* An interface, with what only the reader needs. */
struct reader_port {
	struct reader_iface pub;
	struct reader_troubles troubles;
	uint8_t tsresol;
	int64_t tsoffset_s;
	int64_t first_ns; /* of its first packet */
	int64_t last_ns;  /* latest time seen */
	bool seen;        /* a packet was seen: both are valid */
	bool counted;     /* a statistics block was seen: dropped is from it */
	int64_t stats_ns; /* its time */
};

/* One format. */
struct reader_format {
	/* Reads the header.  Return: state, or NULL with @err. */
	void *(*open)(struct reader *r, struct err *err);
	/* Return: 1 and *f (but for its number), 0 at the end. */
	int (*next)(void *state, struct frame *f);
	void (*free)(void *state);
};

extern const struct reader_format reader_classic, reader_pcapng, reader_netmon,
	reader_snoop;

struct stream *reader_stream(struct reader *r);
/* Return: the new interface, zeroed, or NULL if there are too many.  Valid
 * until the next one is added. */
struct reader_port *reader_add_port(struct reader *r);
struct reader_port *reader_port(struct reader *r, size_t i);
/* The interface named @name like interface @like; the first one if nothing was
 * seen there yet, else a new one; @like if there are too many (fw_monitor.c). */
uint32_t reader_port_named(struct reader *r, uint32_t like, const char *name);
uint64_t reader_frames(const struct reader *r); /* given out so far */
/* Counts a frame of the file that cannot be used: it has a number, too. */
void reader_skip_frame(struct reader *r);

/* Counts @n of @t at frame @frame (0: none) of @iface. */
void reader_trouble(struct reader *r, enum trouble t, uint64_t n,
		    uint64_t frame, uint32_t iface);
/* The same with the stretch of time it concerns, as an entry of its own. */
void reader_trouble_span(struct reader *r, enum trouble t, uint64_t n,
			 uint32_t iface, int64_t from_ns, int64_t to_ns);

/* --- reader_words.c --- */
/* The identifier of @t. */
const char *trouble_word(enum trouble t);
/* The sentence for @q, with its count and its first frame or its stretch of time.  The
 * caller frees it. */
char *trouble_text(const struct quality *q);
