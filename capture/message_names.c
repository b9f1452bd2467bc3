/* Names of protocols, kinds and status codes.
 *
 * Only codes that a network engineer meets; others are printed as numbers.
 * Sorted by number, found by binary search.
 * Names are the specifications' own: what 501 is called says what a server does not do,
 * not that a name is missing here.
 *
 * References: [MS-ERREF] 2.3 (NTSTATUS); IANA "DNS RCODEs" (RFC 1035, 2136,
 * 8945); RFC 4120 7.5.9, RFC 4556 3.1.3 (Kerberos errors); IANA "TLS Alerts"
 * (RFC 8446 6); RFC 9110 15 (HTTP); RFC 1928 6 (SOCKS); RFC 5905 7.4, RFC 8915 5.7
 * (NTP's kiss codes); RFC 8415 21.13, RFC 7653 6.2 (DHCPv6); RFC 3416 3, RFC 3414 5
 * (SNMP); IANA "SIP Parameters", response codes (RFC 3261 21); IANA "CoRE Parameters",
 * response codes (RFC 7252 12.1.2).
 */
#include "capture/message.h"

#include "base/search.h"

struct code {
	uint32_t code;
	const char *name;
};

static const char *const protos[MESSAGE_PROTOS] = {
	[MESSAGE_ICMP] = "icmp",       [MESSAGE_ICMPV6] = "icmpv6",
	[MESSAGE_DNS] = "dns",         [MESSAGE_HTTP] = "http",
	[MESSAGE_TLS] = "tls",         [MESSAGE_SMB1] = "smb1",
	[MESSAGE_SMB2] = "smb2",       [MESSAGE_KERBEROS] = "kerberos",
	[MESSAGE_TDS] = "tds",         [MESSAGE_QUIC] = "quic",
	[MESSAGE_DTLS] = "dtls",       [MESSAGE_WIREGUARD] = "wireguard",
	[MESSAGE_RTP] = "rtp",         [MESSAGE_STUN] = "stun",
	[MESSAGE_OPENVPN] = "openvpn", [MESSAGE_SOCKS] = "socks",
	[MESSAGE_NTP] = "ntp",         [MESSAGE_DHCP] = "dhcp",
	[MESSAGE_DHCPV6] = "dhcpv6",   [MESSAGE_RADIUS] = "radius",
	[MESSAGE_SNMP] = "snmp",       [MESSAGE_SIP] = "sip",
	[MESSAGE_COAP] = "coap",       [MESSAGE_ARP] = "arp",
	[MESSAGE_NDP] = "ndp",
};

static const char *const kinds[MESSAGE_KINDS] = {
	[MESSAGE_REQUEST] = "request", [MESSAGE_RESPONSE] = "response",
	[MESSAGE_NOTICE] = "notice",   [MESSAGE_HANDSHAKE] = "handshake",
	[MESSAGE_INTERIM] = "interim", [MESSAGE_DATA] = "data",
};

static const struct code ntstatus[] = {
	{ 0x00000102, "STATUS_TIMEOUT" },
	{ 0x00000103, "STATUS_PENDING" },
	{ 0x0000010b, "STATUS_NOTIFY_CLEANUP" },
	{ 0x0000010c, "STATUS_NOTIFY_ENUM_DIR" },
	{ 0x80000005, "STATUS_BUFFER_OVERFLOW" },
	{ 0x80000006, "STATUS_NO_MORE_FILES" },
	{ 0x8000001a, "STATUS_NO_MORE_ENTRIES" },
	{ 0x8000002d, "STATUS_STOPPED_ON_SYMLINK" },
	{ 0xc0000001, "STATUS_UNSUCCESSFUL" },
	{ 0xc0000002, "STATUS_NOT_IMPLEMENTED" },
	{ 0xc0000003, "STATUS_INVALID_INFO_CLASS" },
	{ 0xc0000004, "STATUS_INFO_LENGTH_MISMATCH" },
	{ 0xc0000008, "STATUS_INVALID_HANDLE" },
	{ 0xc000000d, "STATUS_INVALID_PARAMETER" },
	{ 0xc000000e, "STATUS_NO_SUCH_DEVICE" },
	{ 0xc000000f, "STATUS_NO_SUCH_FILE" },
	{ 0xc0000010, "STATUS_INVALID_DEVICE_REQUEST" },
	{ 0xc0000011, "STATUS_END_OF_FILE" },
	{ 0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED" },
	{ 0xc0000022, "STATUS_ACCESS_DENIED" },
	{ 0xc0000023, "STATUS_BUFFER_TOO_SMALL" },
	{ 0xc0000033, "STATUS_OBJECT_NAME_INVALID" },
	{ 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND" },
	{ 0xc0000035, "STATUS_OBJECT_NAME_COLLISION" },
	{ 0xc0000039, "STATUS_OBJECT_PATH_INVALID" },
	{ 0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND" },
	{ 0xc000003b, "STATUS_OBJECT_PATH_SYNTAX_BAD" },
	{ 0xc0000043, "STATUS_SHARING_VIOLATION" },
	{ 0xc0000044, "STATUS_QUOTA_EXCEEDED" },
	{ 0xc000004f, "STATUS_EAS_NOT_SUPPORTED" },
	{ 0xc0000054, "STATUS_FILE_LOCK_CONFLICT" },
	{ 0xc0000055, "STATUS_LOCK_NOT_GRANTED" },
	{ 0xc0000056, "STATUS_DELETE_PENDING" },
	{ 0xc000005e, "STATUS_NO_LOGON_SERVERS" },
	{ 0xc0000061, "STATUS_PRIVILEGE_NOT_HELD" },
	{ 0xc0000064, "STATUS_NO_SUCH_USER" },
	{ 0xc000006a, "STATUS_WRONG_PASSWORD" },
	{ 0xc000006d, "STATUS_LOGON_FAILURE" },
	{ 0xc000006e, "STATUS_ACCOUNT_RESTRICTION" },
	{ 0xc000006f, "STATUS_INVALID_LOGON_HOURS" },
	{ 0xc0000070, "STATUS_INVALID_WORKSTATION" },
	{ 0xc0000071, "STATUS_PASSWORD_EXPIRED" },
	{ 0xc0000072, "STATUS_ACCOUNT_DISABLED" },
	{ 0xc000007e, "STATUS_RANGE_NOT_LOCKED" },
	{ 0xc000007f, "STATUS_DISK_FULL" },
	{ 0xc000009a, "STATUS_INSUFFICIENT_RESOURCES" },
	{ 0xc00000a2, "STATUS_MEDIA_WRITE_PROTECTED" },
	{ 0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE" },
	{ 0xc00000ae, "STATUS_PIPE_BUSY" },
	{ 0xc00000b0, "STATUS_PIPE_DISCONNECTED" },
	{ 0xc00000b5, "STATUS_IO_TIMEOUT" },
	{ 0xc00000ba, "STATUS_FILE_IS_A_DIRECTORY" },
	{ 0xc00000bb, "STATUS_NOT_SUPPORTED" },
	{ 0xc00000c3, "STATUS_INVALID_NETWORK_RESPONSE" },
	{ 0xc00000c9, "STATUS_NETWORK_NAME_DELETED" },
	{ 0xc00000ca, "STATUS_NETWORK_ACCESS_DENIED" },
	{ 0xc00000cb, "STATUS_BAD_DEVICE_TYPE" },
	{ 0xc00000cc, "STATUS_BAD_NETWORK_NAME" },
	{ 0xc00000ce, "STATUS_TOO_MANY_SESSIONS" },
	{ 0xc00000d0, "STATUS_REQUEST_NOT_ACCEPTED" },
	{ 0xc00000d9, "STATUS_PIPE_EMPTY" },
	{ 0xc0000101, "STATUS_DIRECTORY_NOT_EMPTY" },
	{ 0xc0000103, "STATUS_NOT_A_DIRECTORY" },
	{ 0xc000010a, "STATUS_PROCESS_IS_TERMINATING" },
	{ 0xc000011f, "STATUS_TOO_MANY_OPENED_FILES" },
	{ 0xc0000120, "STATUS_CANCELLED" },
	{ 0xc0000121, "STATUS_CANNOT_DELETE" },
	{ 0xc0000128, "STATUS_FILE_CLOSED" },
	{ 0xc000014b, "STATUS_PIPE_BROKEN" },
	{ 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED" },
	{ 0xc000018b, "STATUS_NO_TRUST_SAM_ACCOUNT" },
	{ 0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE" },
	{ 0xc0000193, "STATUS_ACCOUNT_EXPIRED" },
	{ 0xc0000199, "STATUS_NOLOGON_WORKSTATION_TRUST_ACCOUNT" },
	{ 0xc000019c, "STATUS_FS_DRIVER_REQUIRED" },
	{ 0xc0000203, "STATUS_USER_SESSION_DELETED" },
	{ 0xc0000205, "STATUS_INSUFF_SERVER_RESOURCES" },
	{ 0xc000020c, "STATUS_CONNECTION_DISCONNECTED" },
	{ 0xc000020d, "STATUS_CONNECTION_RESET" },
	{ 0xc0000224, "STATUS_PASSWORD_MUST_CHANGE" },
	{ 0xc0000225, "STATUS_NOT_FOUND" },
	{ 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT" },
	{ 0xc0000236, "STATUS_CONNECTION_REFUSED" },
	{ 0xc000023a, "STATUS_CONNECTION_INVALID" },
	{ 0xc0000257, "STATUS_PATH_NOT_COVERED" },
	{ 0xc0000275, "STATUS_NOT_A_REPARSE_POINT" },
	{ 0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED" },
	{ 0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED" },
	{ 0xc0000466, "STATUS_SERVER_UNAVAILABLE" },
	{ 0xc0000467, "STATUS_FILE_NOT_AVAILABLE" },
	{ 0xc000a000, "STATUS_INVALID_SIGNATURE" },
};

static const struct code rcodes[] = {
	{ 1, "FORMERR" },  { 2, "SERVFAIL" }, { 3, "NXDOMAIN" },
	{ 4, "NOTIMP" },   { 5, "REFUSED" },  { 6, "YXDOMAIN" },
	{ 7, "YXRRSET" },  { 8, "NXRRSET" },  { 9, "NOTAUTH" },
	{ 10, "NOTZONE" }, { 16, "BADVERS" }, { 23, "BADCOOKIE" },
};

static const struct code kerberos[] = {
	{ 1, "KDC_ERR_NAME_EXP" },
	{ 2, "KDC_ERR_SERVICE_EXP" },
	{ 3, "KDC_ERR_BAD_PVNO" },
	{ 6, "KDC_ERR_C_PRINCIPAL_UNKNOWN" },
	{ 7, "KDC_ERR_S_PRINCIPAL_UNKNOWN" },
	{ 8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE" },
	{ 9, "KDC_ERR_NULL_KEY" },
	{ 12, "KDC_ERR_POLICY" },
	{ 13, "KDC_ERR_BADOPTION" },
	{ 14, "KDC_ERR_ETYPE_NOSUPP" },
	{ 15, "KDC_ERR_SUMTYPE_NOSUPP" },
	{ 16, "KDC_ERR_PADATA_TYPE_NOSUPP" },
	{ 18, "KDC_ERR_CLIENT_REVOKED" },
	{ 20, "KDC_ERR_TGT_REVOKED" },
	{ 23, "KDC_ERR_KEY_EXPIRED" },
	{ 24, "KDC_ERR_PREAUTH_FAILED" },
	{ 25, "KDC_ERR_PREAUTH_REQUIRED" },
	{ 26, "KDC_ERR_SERVER_NOMATCH" },
	{ 27, "KDC_ERR_MUST_USE_USER2USER" },
	{ 28, "KDC_ERR_PATH_NOT_ACCEPTED" },
	{ 29, "KDC_ERR_SVC_UNAVAILABLE" },
	{ 31, "KRB_AP_ERR_BAD_INTEGRITY" },
	{ 32, "KRB_AP_ERR_TKT_EXPIRED" },
	{ 33, "KRB_AP_ERR_TKT_NYV" },
	{ 34, "KRB_AP_ERR_REPEAT" },
	{ 35, "KRB_AP_ERR_NOT_US" },
	{ 36, "KRB_AP_ERR_BADMATCH" },
	{ 37, "KRB_AP_ERR_SKEW" },
	{ 41, "KRB_AP_ERR_MODIFIED" },
	{ 44, "KRB_AP_ERR_BADKEYVER" },
	{ 45, "KRB_AP_ERR_NOKEY" },
	{ 52, "KRB_ERR_RESPONSE_TOO_BIG" },
	{ 60, "KRB_ERR_GENERIC" },
	{ 61, "KRB_ERR_FIELD_TOOLONG" },
	{ 62, "KDC_ERR_CLIENT_NOT_TRUSTED" },
	{ 64, "KDC_ERR_INVALID_SIG" },
	{ 68, "KDC_ERR_WRONG_REALM" },
};

static const struct code alerts[] = {
	{ 0, "close_notify" },
	{ 10, "unexpected_message" },
	{ 20, "bad_record_mac" },
	{ 21, "decryption_failed" },
	{ 22, "record_overflow" },
	{ 30, "decompression_failure" },
	{ 40, "handshake_failure" },
	{ 41, "no_certificate" },
	{ 42, "bad_certificate" },
	{ 43, "unsupported_certificate" },
	{ 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" },
	{ 47, "illegal_parameter" },
	{ 48, "unknown_ca" },
	{ 49, "access_denied" },
	{ 50, "decode_error" },
	{ 51, "decrypt_error" },
	{ 70, "protocol_version" },
	{ 71, "insufficient_security" },
	{ 80, "internal_error" },
	{ 86, "inappropriate_fallback" },
	{ 90, "user_canceled" },
	{ 100, "no_renegotiation" },
	{ 109, "missing_extension" },
	{ 110, "unsupported_extension" },
	{ 112, "unrecognized_name" },
	{ 113, "bad_certificate_status_response" },
	{ 115, "unknown_psk_identity" },
	{ 116, "certificate_required" },
	{ 120, "no_application_protocol" },
};

static const struct code http[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 102, "Processing" },
	{ 103, "Early Hints" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

static const struct code socks[] = {
	{ 1, "general failure" },       { 2, "not allowed" },
	{ 3, "network unreachable" },   { 4, "host unreachable" },
	{ 5, "connection refused" },    { 6, "TTL expired" },
	{ 7, "command not supported" }, { 8, "address type not supported" },
	{ 91, "rejected or failed" },   { 92, "no identd" },
	{ 93, "another user" },
};

#define KISS(a, b, c, d)                                                       \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

static const struct code kisses[] = {
	{ MESSAGE_NTP_NOT_SET, "clock not set" },
	{ KISS('A', 'C', 'S', 'T'), "ACST" },
	{ KISS('A', 'U', 'T', 'H'), "AUTH" },
	{ KISS('A', 'U', 'T', 'O'), "AUTO" },
	{ KISS('B', 'C', 'S', 'T'), "BCST" },
	{ KISS('C', 'R', 'Y', 'P'), "CRYP" },
	{ KISS('D', 'E', 'N', 'Y'), "DENY" },
	{ KISS('D', 'R', 'O', 'P'), "DROP" },
	{ KISS('I', 'N', 'I', 'T'), "INIT" },
	{ KISS('M', 'C', 'S', 'T'), "MCST" },
	{ KISS('N', 'K', 'E', 'Y'), "NKEY" },
	{ KISS('N', 'T', 'S', 'N'), "NTSN" },
	{ KISS('R', 'A', 'T', 'E'), "RATE" },
	{ KISS('R', 'M', 'O', 'T'), "RMOT" },
	{ KISS('R', 'S', 'T', 'R'), "RSTR" },
	{ KISS('S', 'T', 'E', 'P'), "STEP" },
};

static const struct code dhcp[] = {
	{ 6, "NAK" },
};

static const struct code dhcpv6[] = {
	{ 1, "UnspecFail" }, { 2, "NoAddrsAvail" }, { 3, "NoBinding" },
	{ 4, "NotOnLink" },  { 5, "UseMulticast" }, { 6, "NoPrefixAvail" },
};

static const struct code radius[] = {
	{ 3, "Access-Reject" },
	{ 42, "Disconnect-NAK" },
	{ 45, "CoA-NAK" },
};

static const struct code snmp[] = {
	{ 1, "tooBig" },
	{ 2, "noSuchName" },
	{ 3, "badValue" },
	{ 4, "readOnly" },
	{ 5, "genErr" },
	{ 6, "noAccess" },
	{ 7, "wrongType" },
	{ 8, "wrongLength" },
	{ 9, "wrongEncoding" },
	{ 10, "wrongValue" },
	{ 11, "noCreation" },
	{ 12, "inconsistentValue" },
	{ 13, "resourceUnavailable" },
	{ 14, "commitFailed" },
	{ 15, "undoFailed" },
	{ 16, "authorizationError" },
	{ 17, "notWritable" },
	{ 18, "inconsistentName" },
	{ MESSAGE_SNMP_REPORT | 1, "unsupportedSecLevels" },
	{ MESSAGE_SNMP_REPORT | 2, "notInTimeWindows" },
	{ MESSAGE_SNMP_REPORT | 3, "unknownUserNames" },
	{ MESSAGE_SNMP_REPORT | 4, "unknownEngineIDs" },
	{ MESSAGE_SNMP_REPORT | 5, "wrongDigests" },
	{ MESSAGE_SNMP_REPORT | 6, "decryptionErrors" },
};

static const struct code sip[] = {
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Moved Temporarily" },
	{ 305, "Use Proxy" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 410, "Gone" },
	{ 413, "Request Entity Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 420, "Bad Extension" },
	{ 421, "Extension Required" },
	{ 422, "Session Interval Too Small" },
	{ 423, "Interval Too Brief" },
	{ 480, "Temporarily Unavailable" },
	{ 481, "Call/Transaction Does Not Exist" },
	{ 482, "Loop Detected" },
	{ 483, "Too Many Hops" },
	{ 484, "Address Incomplete" },
	{ 486, "Busy Here" },
	{ 487, "Request Terminated" },
	{ 488, "Not Acceptable Here" },
	{ 489, "Bad Event" },
	{ 491, "Request Pending" },
	{ 494, "Security Agreement Required" },
	{ 500, "Server Internal Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Server Time-out" },
	{ 505, "Version Not Supported" },
	{ 600, "Busy Everywhere" },
	{ 603, "Decline" },
	{ 604, "Does Not Exist Anywhere" },
	{ 606, "Not Acceptable" },
};

static const struct code coap[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Bad Option" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Entity Incomplete" },
	{ 409, "Conflict" },
	{ 412, "Precondition Failed" },
	{ 413, "Request Entity Too Large" },
	{ 415, "Unsupported Content-Format" },
	{ 422, "Unprocessable Entity" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "Proxying Not Supported" },
};

static const struct code neighbour[] = {
	{ MESSAGE_NEIGHBOUR_VAIN, "unanswered" },
	{ MESSAGE_NEIGHBOUR_LATE, "answered late" },
	{ MESSAGE_NEIGHBOUR_UNASKED, "announced" },
	{ MESSAGE_NEIGHBOUR_SHOWN, "unanswered until it is seen" },
};

#define FIND(table, code) find(table, sizeof(table) / sizeof *(table), code)

static const char *find(const struct code *t, size_t n, uint32_t code)
{
	size_t at;

	SEARCH(at, n, i, t[i].code < code);
	return at < n && t[at].code == code ? t[at].name : NULL;
}

const char *message_proto_name(unsigned proto)
{
	return proto < MESSAGE_PROTOS ? protos[proto] : "?";
}

const char *message_kind_name(unsigned kind)
{
	return kind < MESSAGE_KINDS ? kinds[kind] : "?";
}

const char *message_status_name(unsigned proto, int64_t status)
{
	uint32_t code = (uint32_t)status;

	if (status < 0 || (uint64_t)status > UINT32_MAX)
		return NULL;
	switch (proto) {
	case MESSAGE_DNS:
		return FIND(rcodes, code);
	case MESSAGE_HTTP:
		return FIND(http, code);
	case MESSAGE_TLS:
		return code >> 8 ? FIND(alerts, code & 0xff) : NULL;
	case MESSAGE_SMB1:
	case MESSAGE_SMB2:
		return FIND(ntstatus, code);
	case MESSAGE_KERBEROS:
		return FIND(kerberos, code);
	case MESSAGE_SOCKS:
		return FIND(socks, code);
	case MESSAGE_NTP:
		return FIND(kisses, code);
	case MESSAGE_DHCP:
		return FIND(dhcp, code);
	case MESSAGE_DHCPV6:
		return FIND(dhcpv6, code);
	case MESSAGE_RADIUS:
		return FIND(radius, code);
	case MESSAGE_SNMP:
		return FIND(snmp, code);
	case MESSAGE_SIP:
		return FIND(sip, code);
	case MESSAGE_COAP:
		return FIND(coap, code);
	case MESSAGE_ARP:
	case MESSAGE_NDP:
		return FIND(neighbour, code);
	default:
		return NULL;
	}
}

/* Warnings and successes are not errors; nor are the codes below: steps of a
 * login, ends of lists and files, and tests whether something exists. */
static bool nt_is_error(int64_t status)
{
	if (status & MESSAGE_SMB_DOS)
		return status & 0xffff;
	if ((uint32_t)status >> 30 != 3)
		return false;
	switch ((uint32_t)status) {
	case 0xc0000011: /* STATUS_END_OF_FILE */
	case 0xc0000016: /* STATUS_MORE_PROCESSING_REQUIRED */
	case 0xc000000f: /* STATUS_NO_SUCH_FILE */
	case 0xc0000034: /* STATUS_OBJECT_NAME_NOT_FOUND */
	case 0xc0000120: /* STATUS_CANCELLED */
	case 0xc0000225: /* STATUS_NOT_FOUND: no DFS here, MS-DFSC 3.2.5.5 */
	case 0xc0000257: /* STATUS_PATH_NOT_COVERED: ask for a referral */
		return false;
	default:
		return true;
	}
}

/* Ends of walks, answers that do not fit and are asked for in less, and what makes a
 * manager learn the agent's engine and its time (RFC 3414 4) are no errors. */
static bool snmp_is_error(int64_t status)
{
	return status > 2 && status != (MESSAGE_SNMP_REPORT | 2) &&
	       status != (MESSAGE_SNMP_REPORT | 4);
}

/* Challenges (401, 407, 494), a request for other terms (422, 423), what crosses another
 * request (487, 491), and a person who is busy or declines are no errors. */
static bool sip_is_error(int64_t status)
{
	switch (status) {
	case 401:
	case 407:
	case 422:
	case 423:
	case 486:
	case 487:
	case 491:
	case 494:
	case 600:
	case 603:
		return false;
	default:
		return status >= 400;
	}
}

bool message_status_is_error(unsigned proto, int64_t status)
{
	switch (proto) {
	case MESSAGE_DNS: /* BADCOOKIE asks for the same with a new cookie */
		return status != 0 && status != 23;
	case MESSAGE_TDS:
	case MESSAGE_SOCKS:
	case MESSAGE_NTP:
	case MESSAGE_DHCP:
	case MESSAGE_DHCPV6:
	case MESSAGE_RADIUS:
		return status != 0;
	case MESSAGE_SNMP:
		return snmp_is_error(status);
	case MESSAGE_SIP:
		return sip_is_error(status);
	case MESSAGE_COAP:
		return status >= 400;
	case MESSAGE_HTTP: /* 401 and 407 ask for credentials */
		return status >= 400 && status != 401 && status != 407;
	case MESSAGE_TLS: /* all but close_notify and user_canceled */
		return status > 0 && (status & 0xff) && (status & 0xff) != 90;
	case MESSAGE_SMB1:
	case MESSAGE_SMB2:
		return nt_is_error(status);
	case MESSAGE_KERBEROS: /* all but PREAUTH_REQUIRED and
			        * RESPONSE_TOO_BIG */
		return status && status != 25 && status != 52;
	default:
		return false;
	}
}
