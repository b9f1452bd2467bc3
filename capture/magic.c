/* File formats by magic.
 *
 * One row per format that people hand to a capture tool, by mistake or not; the
 * help names the converter.  Order matters only where one magic is a prefix of
 * another: the longer comes first.  Two formats have no magic: Windows event
 * traces are recognised by their first event's header, text by its characters.
 *
 * References: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, RFC 1761
 * (snoop), RFC 8878 (zstd), Microsoft's [EVNTRACE] SYSTEM_TRACE_HEADER.
 */
#include "capture/magic.h"

#include <stdbool.h>
#include <string.h>

#define EDITCAP "convert it: editcap -F pcapng IN OUT (from Wireshark)"
#define ETL2PCAPNG                                                             \
	"convert it on any Windows: pktmon etl2pcap IN --out OUT (if pktmon "  \
	"recorded it), or etl2pcapng IN OUT (from Microsoft; netsh trace)"

struct row {
	const char *bytes;
	size_t n, at; /* at: offset in the file */
	struct magic magic;
};

#define ROW(bytes, at, kind, is, help)                                         \
	{                                                                      \
		bytes, sizeof bytes - 1, at,                                   \
		{                                                              \
			kind, is, help                                         \
		}                                                              \
	}
#define PCAP(bytes) ROW(bytes, 0, MAGIC_PCAP, "a pcap file", NULL)
#define OTHER(bytes, at, is, help) ROW(bytes, at, MAGIC_OTHER, is, help)

static const struct row rows[] = {
	ROW("\x0a\x0d\x0d\x0a", 0, MAGIC_PCAPNG, "a pcapng file", NULL),
	PCAP("\xd4\xc3\xb2\xa1"), /* microseconds */
	PCAP("\xa1\xb2\xc3\xd4"),
	PCAP("\x4d\x3c\xb2\xa1"), /* nanoseconds */
	PCAP("\xa1\xb2\x3c\x4d"),
	PCAP("\x34\xcd\xb2\xa1"), /* Kuznetzov's modified one */
	PCAP("\xa1\xb2\xcd\x34"),
	ROW("GMBU", 0, MAGIC_NETMON, "a Network Monitor 2 capture", NULL),
	ROW("RTSS", 0, MAGIC_NETMON, "a Network Monitor 1 capture", NULL),
	ROW("snoop\0\0\0", 0, MAGIC_SNOOP, "a snoop capture", NULL),
	OTHER("\x1f\x8b", 0, "compressed twice, with gzip inside",
	      "decompress it once: gunzip IN"),
	OTHER("\x28\xb5\x2f\xfd", 0, "compressed twice, with zstd inside",
	      "decompress it once: zstd -d IN"),
	OTHER("\x04\x22\x4d\x18", 0, "compressed twice, with lz4 inside",
	      "decompress it once: lz4 -d IN OUT"),
	OTHER("\x02\x21\x4c\x18", 0, "compressed with lz4 (old format)",
	      "decompress it: lz4 -d IN OUT"),
	OTHER("\xfd\x37\x7a\x58\x5a\x00", 0, "compressed with xz",
	      "decompress it: xz -d IN (or xzcat IN | tracepair ... -)"),
	OTHER("BZh", 0, "compressed with bzip2",
	      "decompress it: bzip2 -d IN (or bzcat IN | tracepair ... -)"),
	OTHER("\x1f\x9d", 0, "compressed with compress",
	      "decompress it: uncompress IN"),
	OTHER("PK\x03\x04", 0, "a zip archive",
	      "unpack it: unzip IN (a Message Analyzer .matu cannot be "
	      "converted: record again)"),
	OTHER("7z\xbc\xaf\x27\x1c", 0, "a 7z archive", "unpack it: 7z x IN"),
	OTHER("Rar!\x1a\x07", 0, "a rar archive", "unpack it: unrar x IN"),
	OTHER("ustar", 257, "a tar archive", "unpack it: tar xf IN"),
	OTHER("TRSNIFF data    \x1a", 0, "a Sniffer capture", EDITCAP),
	OTHER("XCP\0", 0, "a Windows Sniffer (NetXRay) capture", EDITCAP),
	OTHER("btsnoop\0", 0, "a Bluetooth capture (btsnoop)",
	      "it holds no IP packets that are read here"),
	OTHER("iptrace 1.0", 0, "an AIX iptrace capture", EDITCAP),
	OTHER("iptrace 2.0", 0, "an AIX iptrace capture", EDITCAP),
	OTHER("\x05VNF", 0, "a Visual Networks capture", EDITCAP),
	OTHER("\x7fver", 0, "an OmniPeek capture", EDITCAP),
	OTHER("SQLite format 3\0", 0, "a database, perhaps a tracepair case",
	      "a case is shown by 'tracepair report', and 'tracepair index' "
	      "adds captures to it"),
};

static bool row_matches(const struct row *r, const uint8_t *p, size_t n)
{
	return n >= r->at + r->n && !memcmp(p + r->at, r->bytes, r->n);
}

/* An event trace log has no magic, but the 72-byte header of its first buffer
 * is followed by an event whose header is of version 2, for 32 or 64 bits, with
 * the flags C0. */
static bool is_etl(const uint8_t *p, size_t n)
{
	return n >= 76 && p[72 + 1] == 0 &&
	       (p[72 + 2] == 1 || p[72 + 2] == 2) && p[72 + 3] == 0xc0;
}

static bool is_text(const uint8_t *p, size_t n)
{
	if (n > MAGIC_BYTES)
		n = MAGIC_BYTES;
	for (size_t i = 0; i < n; i++)
		if (p[i] == 0x7f ||
		    (p[i] < 0x20 && !strchr("\t\n\r\f\x1b", p[i])))
			return false;
	return n > 0;
}

struct magic magic_of(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (row_matches(&rows[i], p, n))
			return rows[i].magic;
	if (is_etl(p, n))
		return (struct magic){ MAGIC_OTHER,
				       "a Windows event trace (ETL)",
				       ETL2PCAPNG };
	if (is_text(p, n))
		return (struct magic){ MAGIC_OTHER, "text, not a capture",
				       "give the binary file that tcpdump -w "
				       "or Wireshark wrote (a hex dump: "
				       "text2pcap IN OUT)" };
	return (struct magic){ MAGIC_UNKNOWN, NULL, NULL };
}
