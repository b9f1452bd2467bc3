/* A message: one unit of a protocol that tracepair knows.
 *
 * reads:  nothing           writes: nothing       (shared by all stages)
 *
 * Written by the parsers (capture/proto_*.c) while the payload is at hand, kept
 * packed in the case (store/message_pack.h), turned into exchanges by report/.
 * ICMP errors that quote a flow are messages, too.
 *
 * A message takes the bytes [off, off + len) of one direction of a part.  For
 * TCP `off` is seq64 of its first byte (as record.seq64: initial number + 1 for
 * a stream's first byte); for datagrams it is the record's seq64, the running
 * number, and `len` the payload's bytes.  `first_*` is the frame with its first
 * byte, `last_*` the frame that made it complete: if a segment came late or
 * twice, the one that filled the hole.  A part's messages are in the order in
 * which they became complete.
 *
 * Bytes of a flow that are in no message belong to an unknown protocol, were
 * missed by the capture, or contradict their protocol: exchanges of these
 * follow from the direction of data alone, as if there were no parser.
 * MESSAGE_DATA says the same of bytes in a known protocol that cannot be looked
 * into: a turn.
 *
 * `name` begins with the command, one word without spaces as its specification
 * writes it; then, where there is one, a space and what it is about (a path, a
 * host, a query's name).  At most MESSAGE_NAME bytes, as received: print them
 * with text_clean().  With --no-names only the command is kept.
 *
 * By protocol (id: msg_id, -1 if there is none):
 *
 *   icmp      NOTICE  off, len: seq64 and IP length quoted; dir: of the quoted
 *   icmpv6            packet; id: MTU or 0; status: type << 8 | code; name:
 *                     the sender's address
 *   arp       REQUEST: questions of one host for another's hardware address, one
 *   ndp               message for many; RESPONSE: what one hardware address says
 *                     that it has, likewise, until another one says so.  Of
 *                     no part; first_*, last_*: of the first and last of
 *                     them; len: how many; id: VLANs; status: 0 (answered), or
 *                     one of MESSAGE_NEIGHBOUR_*; name: "who-has 10.0.0.5
 *                     10.0.0.1 02:00:00:00:00:01" (who asks), "is-at 10.0.0.5
 *                     02:00:00:00:00:05"
 *   dns       REQUEST, RESPONSE (pair by id, then name).  id: 16 bits;
 *                     status: RCODE; name: "A www.example.com" (type, name)
 *   http      REQUEST, RESPONSE, INTERIM (100, 103: same id as the final one;
 *                     101: final, all after it is turns).  id: 0, 1, ... the
 *                     n-th request of the part and its response (pipelining;
 *                     -1 for a response whose request was not captured);
 *                     status: 200 ...; name: "GET www.example.com/path", the
 *                     query string cut off; responses: none
 *   tls       HANDSHAKE, one for each flight: status 0; name: "ClientHello
 *                     www.example.com", "ServerHello", "Finished" ...
 *                     (the first message of the flight that can be read)
 *             NOTICE  an alert.  status: level << 8 | description, -1
 *                     where encrypted; name: "Alert", or
 *                     MESSAGE_NO_FINISHED: one of 1.3 by the client, in the
 *                     place of its Finished
 *             DATA    the first application records of each direction, up to
 *                     the other side's next; len counts record headers.
 *                     After these nothing is told: turns
 *   smb1      REQUEST, RESPONSE (pair by id; the first NEGOTIATE may have its
 *                     answer in smb2, same id), NOTICE (oplock break).
 *                     id: PID << 16 | MID; status: NTSTATUS, or
 *                     MESSAGE_SMB_DOS | class << 16 | code; name: "TREE_CONNECT
 *                     \\server\share", "NT_CREATE dir\file"
 *   smb2      REQUEST, RESPONSE, INTERIM (STATUS_PENDING; the final RESPONSE
 *                     has the same id), NOTICE (break from the server, and
 *                     CANCEL, which has no answer).  One message for each
 *                     command of a compound chain.  id: MessageId; status:
 *                     NTSTATUS; name: "CREATE dir\file", on responses the
 *                     command; READ, WRITE, CLOSE ... name the file where its
 *                     CREATE was seen
 *             DATA    encrypted or compressed; name: "encrypted",
 *                     "compressed"
 *   kerberos  REQUEST (AS-REQ, TGS-REQ, AP-REQ), RESPONSE (AS-REP, TGS-REP,
 *                     AP-REP, KRB-ERROR), one after another.  id: -1; status:
 *                     error-code of a KRB-ERROR, else 0; name: "TGS-REQ
 *                     cifs/server"
 *   tds       REQUEST (SQL_BATCH, RPC, PRELOGIN, LOGIN7, SSPI, BULK_LOAD,
 *                     TRANSACTION), RESPONSE (TABULAR), one after another;
 *                     NOTICE (ATTENTION: a request is to end; its
 *                     answer is the response that ends then).  id: -1; status:
 *                     number of the SQL error that a response begins with, -1
 *                     where it only says at its end that it failed; name:
 *                     "RPC sp_executesql"
 *             DATA    inside TLS
 *   socks     REQUEST, RESPONSE: what a client asks a proxy for.  id: -1;
 *                     status: the reply of version 5, or of version 4 unless
 *                     it is granted; name: "CONNECT www.example.com:443"
 *   quic      HANDSHAKE, one for each datagram that begins with a long header:
 *                     "Initial", "0-RTT", "Handshake", "Retry",
 *                     "Version-Negotiation"
 *   dtls, wireguard, openvpn, stun, rtp
 *             HANDSHAKE, one for each of the first datagrams that sets up
 *                     the session
 *             DATA    the first ones that do not
 *   ntp       REQUEST, RESPONSE (modes 3 and 4).  id: the client's time stamp,
 *                     which the answer gives back, without its first bit;
 *                     status: the answer's kiss code, or MESSAGE_NTP_NOT_SET;
 *                     name: "poll"
 *             NOTICE  modes 1, 2 ("peer") and 5 ("broadcast")
 *   dhcp      REQUEST (DISCOVER, REQUEST, INFORM, LEASEQUERY), RESPONSE.  id: xid;
 *                     status: 6 of a NAK; name: "DISCOVER 02:00:00:00:00:01"
 *                     (the client's hardware address)
 *             NOTICE  what wants no answer (RELEASE, DECLINE, FORCERENEW)
 *   dhcpv6    REQUEST, RESPONSE (ADVERTISE, REPLY), NOTICE (RECONFIGURE).  id: the
 *                     transaction's; status: the first status code that is not 0;
 *                     name: "SOLICIT"; of relays the message within
 *   radius    REQUEST, RESPONSE.  id: the identifier of 8 bits, soon used again;
 *                     status: the code of a Reject or NAK; name: "Access-Request
 *                     user"
 *   snmp      REQUEST (get, get-next, get-bulk, set, inform, and what is encrypted and
 *                     wants an answer), RESPONSE (response, report), NOTICE (traps).
 *                     id: request-id, of version 3 msgID; status: error-status, or
 *                     MESSAGE_SNMP_REPORT | number of the counter that a Report
 *                     tells; name: "get 1.3.6.1.2.1.1.3.0", "encrypted"
 *   sip       REQUEST, INTERIM (1xx), RESPONSE, NOTICE (ACK): of either side.  id: a
 *                     digest of branch, Call-ID and CSeq; status: the code, of final
 *                     answers from 300 on; name: "INVITE sip:bob@example.org"
 *   coap      REQUEST, RESPONSE, INTERIM (an empty acknowledgement, without id),
 *                     NOTICE (reset).  id: the token's; status: 404 for 4.04; name:
 *                     "GET /sensors/temp"
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_NO_FINISHED "Alert, no Finished"
#define MESSAGE_NAME 200 /* bytes of a name, at most */

/* Case files hold these numbers: add new ones at the end. */
enum message_proto {
	MESSAGE_ICMP,
	MESSAGE_ICMPV6,
	MESSAGE_DNS,
	MESSAGE_HTTP,
	MESSAGE_TLS,
	MESSAGE_SMB1,
	MESSAGE_SMB2,
	MESSAGE_KERBEROS,
	MESSAGE_TDS,
	MESSAGE_QUIC,
	MESSAGE_DTLS,
	MESSAGE_WIREGUARD,
	MESSAGE_OPENVPN,
	MESSAGE_STUN,
	MESSAGE_RTP,
	MESSAGE_SOCKS,
	MESSAGE_NTP,
	MESSAGE_DHCP,
	MESSAGE_DHCPV6,
	MESSAGE_RADIUS,
	MESSAGE_SNMP,
	MESSAGE_SIP,
	MESSAGE_COAP,
	MESSAGE_ARP,
	MESSAGE_NDP,
	MESSAGE_PROTOS
};

enum message_kind {
	MESSAGE_REQUEST,
	MESSAGE_RESPONSE,  /* the final one */
	MESSAGE_NOTICE,    /* neither a request nor an answer */
	MESSAGE_HANDSHAKE, /* a flight that sets up the channel itself */
	MESSAGE_INTERIM,   /* a response; the final one is still to come */
	MESSAGE_DATA,      /* a turn: nothing but its direction is known */
	MESSAGE_KINDS
};

enum message_flag {
	MESSAGE_CUT = 1,  /* its end was not seen: len and last_* cover what was
			   * known of it */
	MESSAGE_HOLE = 2, /* some of its bytes were not captured at all (snapped
			   * ones do not count): last_* may be early */
	MESSAGE_REST = 4, /* with MESSAGE_CUT: it ends where its sender may
			   * pause for any time (HTTP: between chunks) */
	MESSAGE_BLIND = 8,  /* with MESSAGE_CUT: what tells its end was not
			    * captured, or contradicts the protocol: it may be
			    * whole */
	MESSAGE_CLOSE = 16, /* its end is its sender's close */
	MESSAGE_TRUNCATED =
		32,         /* DNS over UDP: its sender left out what does not
				 * fit (TC); to be asked for again over TCP */
	MESSAGE_OPENS = 64, /* of kind HANDSHAKE, over datagrams: what a client
			     * sends before it has had any answer, and again if
			     * there is none */
};

#define MESSAGE_ICMP_STATUS(type, code) ((int64_t)(type) << 8 | (code))
#define MESSAGE_ICMP_TYPE(status) ((int)((status) >> 8 & 0xff))
#define MESSAGE_ICMP_CODE(status) ((int)((status)&0xff))
#define MESSAGE_NEIGHBOUR_VAIN 1    /* no question was answered */
#define MESSAGE_NEIGHBOUR_LATE 2    /* none but the last */
#define MESSAGE_NEIGHBOUR_UNASKED 3 /* some of them announce it */
#define MESSAGE_NEIGHBOUR_SHOWN 4   /* none; behind the last it shows itself */
#define MESSAGE_SMB_DOS 0x100000000ll /* beside class << 16 | code */
#define MESSAGE_NTP_NOT_SET 1         /* no kiss code is as small */
#define MESSAGE_SNMP_REPORT 0x100

struct message {
	uint64_t off, len;
	uint64_t first_frame, last_frame;
	int64_t first_ns, last_ns;
	int64_t msg_id;   /* -1: none */
	int64_t status;   /* 0: good, or none */
	const char *name; /* not owned; NULL: none */
	uint32_t part;    /* number in the file; 0: no part known */
	uint8_t dir;
	uint8_t proto; /* enum message_proto */
	uint8_t kind;  /* enum message_kind */
	uint8_t flags; /* enum message_flag */
};

/* "dns", "smb2" ...; "?" for others. */
const char *message_proto_name(unsigned proto);
/* "request" ... */
const char *message_kind_name(unsigned kind);
/* Name of a status in its protocol: "STATUS_ACCESS_DENIED", "NXDOMAIN",
 * "KDC_ERR_PREAUTH_REQUIRED", "handshake_failure", "Not Found"; or NULL. NULL
 * for 0, except in HTTP. */
const char *message_status_name(unsigned proto, int64_t status);
/* Whether the status says that something failed (for app.error): not for those
 * of normal operation, such as STATUS_MORE_PROCESSING_REQUIRED, 304 or
 * KDC_ERR_PREAUTH_REQUIRED. */
bool message_status_is_error(unsigned proto, int64_t status);
