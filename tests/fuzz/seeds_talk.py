"""Makes the corpora of the parsers' fuzz targets (see tests/fuzz/talking.h).

    python3 tests/fuzz/seeds_talk.py tests/fuzz/corpus
"""
import os
import struct
import sys


def line(direction, data, how=0):
    """Lines of at most 255 bytes; longer ones are several."""
    out = b""
    for at in range(0, len(data), 255):
        part = data[at:at + 255]
        out += bytes([len(part), direction | how]) + part
    return out


def save(name, seed, flags, *lines):
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, seed), "wb") as f:
        f.write(bytes([flags]) + b"".join(lines))


def dns(ident, flags, answers, name=b"\3www\7example\3com\0"):
    return struct.pack(">6H", ident, flags, 1, answers, 0, 0) + name + \
        b"\0\1\0\1"


def dns_seeds():
    query, reply = dns(7, 0x100, 0), dns(7, 0x8183, 1) + \
        b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc6\x33\x64\7"
    save("dns", "udp", 1, line(0, query), line(1, reply))
    save("dns", "snapped", 1, line(0, query, 2), line(1, reply, 2))
    tcp = [struct.pack(">H", len(m)) + m for m in (query, reply)]
    save("dns", "tcp", 0, line(0, tcp[0] * 2), line(1, tcp[1] * 2))


def http_seeds():
    get = b"GET /a?b HTTP/1.1\r\nHost: h.example\r\n\r\n"
    save("http", "pipelined", 0, line(0, get * 3), line(
        1, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"4;x\r\nabcd\r\n0\r\nA: b\r\n\r\n"))
    save("http", "snapped", 0, line(0, get, 2),
         line(1, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 2))
    save("http", "tunnel", 4,
         line(0, b"CONNECT h:443 HTTP/1.1\r\n\r\n"),
         line(1, b"HTTP/1.1 200 OK\r\n\r\n"),
         line(0, b"\x17\3\3\0\x20" + b"x" * 32))
    save("http", "hole", 0, line(0, get), line(1, b"HTTP/1.1 200 OK\r\n"),
         line(1, b"Content-Length: 90\r\n\r\n" + b"x" * 40, 4 | 8 | 0xe0))


def tls_record(kind, data):
    return struct.pack(">BHH", kind, 0x0303, len(data)) + data


def tls_message(kind, data):
    return bytes([kind]) + struct.pack(">I", len(data))[1:] + data


def tls_seeds():
    name = b"www.example"
    sni = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name
    ext = struct.pack(">HH", 0, len(sni)) + sni
    ch = tls_record(22, tls_message(
        1, b"\3\3" + b"r" * 32 + b"\0\0\2\x13\1\1\0" +
        struct.pack(">H", len(ext)) + ext))
    sh13 = tls_record(22, tls_message(
        2, b"\3\3" + b"r" * 32 + b"\0\x13\1\0\0\6\0\x2b\0\2\3\4"))
    sh12 = tls_record(22, tls_message(2, b"\3\3" + b"r" * 32 +
                                      b"\0\xc0\x2f\0"))
    ccs, data = tls_record(20, b"\1"), tls_record(23, b"d" * 40)
    save("tls", "v13", 0, line(0, ch), line(1, sh13 + ccs + data),
         line(0, ccs + data), line(1, data * 2), line(0, data))
    save("tls", "v12", 0, line(0, ch), line(1, sh12),
         line(0, tls_record(22, tls_message(16, b"k" * 20)) + ccs +
              tls_record(22, b"f" * 40)),
         line(1, ccs + tls_record(22, b"f" * 40)), line(0, data),
         line(1, data + tls_record(21, b"a" * 26)))
    save("tls", "alert", 2, line(0, ch), line(1, tls_record(21, b"\2\x28")))
    save("tls", "cut", 4, line(0, data), line(1, data * 2, 2), line(1, data))


def smb2(command, flags=0, status=0, ident=1, nxt=0, body=b""):
    return b"\xfeSMB" + struct.pack("<HHIHHIIQ", 64, 0, status, command, 1,
                                    flags, nxt, ident) + b"\0" * 32 + body


def unit(data):
    return struct.pack(">I", len(data)) + data


def smb_seeds():
    path = "\\\\s\\d".encode("utf-16-le")
    tree = smb2(3, body=struct.pack("<HHHH", 9, 0, 72, len(path)) + path)
    name = "a.txt".encode("utf-16-le")
    create = b"\x39\0" + b"\0" * 42 + struct.pack("<HH", 120, len(name)) + \
        b"\0" * 8 + name
    created = b"\x59\0" + b"\0" * 62 + b"\7" * 16 + b"\0" * 8
    read = b"\x31\0" + b"\0" * 14 + b"\7" * 16 + b"\0" * 17
    save("smb", "files", 0, line(0, unit(tree)),
         line(1, unit(smb2(3, 1, 0xc00000cc, body=b"\0" * 9))),
         line(0, unit(smb2(5, ident=2, body=create))),
         line(1, unit(smb2(5, 1, ident=2, body=created))),
         line(0, unit(smb2(8, ident=3, body=read))),
         line(1, unit(smb2(8, 3, 0x103, ident=3, body=b"\0" * 9))),
         line(1, unit(smb2(8, 3, 0, ident=3, body=b"x" * 60))))
    chain = smb2(5, ident=4, nxt=136, body=create + b"\0" * 6) + \
        smb2(6, 4, ident=5, body=b"\x18\0" + b"\0" * 6 + b"\xff" * 16)
    save("smb", "chain", 0, line(0, unit(chain)))
    save("smb", "opaque", 4, line(0, unit(b"\xfdSMB" + b"e" * 60)),
         line(1, unit(b"\xfcSMB" + b"e" * 60), 2))
    head = b"\xffSMB" + bytes([0x75]) + b"\0" * 4 + b"\x18\1\xc0" + \
        b"\0" * 14 + b"\7\0\0\0\5\0"
    save("smb", "one", 0, line(0, unit(
        head + b"\4\xff\0\0\0\0\0\1\0\x10\0\0" + path + b"\0\0?????\0")))


def der(tag, data):
    n = len(data)
    if n < 128:
        return bytes([tag, n]) + data
    return bytes([tag, 0x82]) + struct.pack(">H", n) + data


def number(field, value):
    return der(0xa0 | field, der(2, bytes([value])))


def principal(field, *parts):
    names = b"".join(der(0x1b, p) for p in parts)
    return der(0xa0 | field, der(0x30, number(0, 2) +
                                 der(0xa1, der(0x30, names))))


def kerberos_seeds():
    body = der(0xa0, b"\3\5\0\x40\x81\0\x10") + der(0xa2, der(0x1b, b"R")) + \
        principal(3, b"cifs", b"srv")
    asreq = der(0x6a, der(0x30, number(1, 5) + number(2, 10) +
                          der(0xa4, der(0x30, body))))
    tgs = der(0x6c, der(0x30, number(1, 5) + number(2, 12) +
                        der(0xa3, der(0x30, b"p" * 300)) +
                        der(0xa4, der(0x30, body))))
    error = der(0x7e, der(0x30, number(0, 5) + number(1, 30) +
                          number(6, 25) + principal(10, b"krbtgt", b"R")))
    save("kerberos", "udp", 1, line(0, asreq), line(1, error), line(0, tgs))
    save("kerberos", "tcp", 0, line(0, unit(asreq)), line(1, unit(error)),
         line(0, unit(tgs)))


def tds(kind, data, eom=1):
    return struct.pack(">BBHHBB", kind, eom, len(data) + 8, 51, 1, 0) + data


def tds_seeds():
    pre = tds(18, b"\0\0\x0b\0\6\1\0\x11\0\1\xff" + b"\0" * 7)
    done = b"\xfd\2\0\xc1\0" + b"\0" * 8
    rpc = b"\x16\0\0\0" + b"\0" * 18
    save("tds", "session", 0, line(0, pre), line(1, tds(4, b"r" * 20)),
         line(0, tds(1, b"s\0e\0l\0")),
         line(1, tds(4, b"rows" * 9, 0) + tds(4, b"rows" + done)),
         line(0, tds(3, rpc + b"\xff\xff\x0a\0") +
              tds(3, rpc + b"\4\0m\0y\0_\0p\0")),
         line(1, tds(4, b"\xaa\x0c\0\xd0\0\0\0\1\x10" + done)),
         line(0, tds(6, b"")))
    save("tds", "tls", 0, line(0, pre), line(1, tds(18, b"\x16\3\1\0\0")),
         line(0, b"\x17\3\3\0\x08" + b"x" * 8), line(1, b"\x17\3\3\0\x20" +
                                                     b"x" * 32))


def long_ones(direction, data):
    """A datagram of sixteen times as many bytes as the line's head says."""
    data += b"\0" * (-len(data) % 16)
    return bytes([len(data) // 16, direction | 0x10]) + data


def datagram_seeds():
    ids = b"\x08connecti\4back"

    def quic(name, *lines):
        save("datagrams", name, 1, b"\0", *lines)

    def sealed(name, port, *lines):
        save("datagrams", name, 1, bytes([port]), *lines)

    initial = b"\xc3\0\0\0\1" + ids + b"\0\x44\x4c" + b"i" * 1180
    quic("quic", long_ones(0, initial),
         line(1, b"\xf3\0\0\0\1" + ids + b"token"),
         long_ones(0, b"\xc3\0\0\0\1" + ids + b"\5token\x44\x4c" +
                   b"i" * 1180),
         long_ones(0, b"\xd3\0\0\0\1" + ids + b"\x44\x4c" + b"z" * 1180),
         long_ones(1, b"\xe3\0\0\0\1" + ids + b"\x44\x4c" + b"h" * 1180),
         line(0, b"\x53" + b"s" * 40))
    quic("quic-2", long_ones(0, b"\xd3\x6b\x33\x43\xcf" + ids +
                             b"\0\x44\x4c" + b"i" * 1180))
    quic("versions", long_ones(0, b"\xc3\x1a\x2a\x3a\x4a" + ids + b"i" * 1190),
         line(1, b"\x8f\0\0\0\0" + ids + b"\x5a\x6a\x7a\x8a\0\0\0\1"))
    sealed("dtls", 3, line(0, b"\x16\xfe\xff" + b"\0" * 9 + b"\x14\1" + b"c" * 19),
           line(1, b"\x16\xfe\xfd" + b"\0" * 9 + b"\x14\2" + b"s" * 19),
           line(0, b"\x17\xfe\xfd\0\1" + b"\0" * 7 + b"\x14" + b"d" * 20))
    for port in (2, 3):
        sealed("wireguard-%d" % port, port, line(0, b"\1\0\0\0" + b"k" * 144),
               line(1, b"\2\0\0\0" + b"k" * 88), line(1, b"\3\0\0\0" + b"k" * 60),
               line(0, b"\4\0\0\0peer\7" + b"\0" * 7 + b"d" * 32))
    sealed("openvpn", 1, line(0, b"\x38sessioni" + b"\0" * 5),
           line(1, b"\x40sessioni\1\0\0\0\0sessioni" + b"\0" * 4),
           line(0, b"\x20sessioni" + b"c" * 90))
    for name, reset in (("plain", b"\0" * 5), ("crypt", b"\0\0\0\1time" + b"h" * 37),
                        ("auth", b"h" * 20 + b"\0\0\0\1time" + b"\0" * 5),
                        ("auth-512", b"h" * 64 + b"\0\0\0\1time" + b"\0" * 5)):
        sealed("openvpn-" + name, 3, line(0, b"\x38sessioni" + reset))
    sealed("stun", 3, line(0, b"\0\1\0\x08\x21\x12\xa4\x42transactioniattribut"),
           line(1, b"\1\1\0\0\x21\x12\xa4\x42transactioni"))
    sealed("rtp", 3, line(0, b"\x80\0\0\1" + b"s" * 168))
    sealed("rtp-gsm", 3, line(0, b"\x80\3\0\1" + b"s" * 41))
    sealed("rtp-g729", 3, line(0, b"\x80\x12\0\1" + b"s" * 28))
    sealed("rtcp", 3, line(0, b"\x81\xc8\0\x0c" + b"r" * 72))


def socks_seeds():
    save("socks", "name", 0, line(0, b"\5\1\0"), line(1, b"\5\0"),
         line(0, b"\5\1\0\3\x0bexample.org\1\xbb"),
         line(1, b"\5\0\0\1\x0a\0\0\1\x80\0"),
         line(0, b"GET / HTTP/1.1\r\n\r\n"))
    save("socks", "password", 0, line(0, b"\5\2\0\2"), line(1, b"\5\2"),
         line(0, b"\1\3joe\6secret"), line(1, b"\1\0"),
         line(0, b"\5\1\0\4" + b"\0" * 15 + b"\1\0\x16"),
         line(1, b"\5\5\0\4" + b"\0" * 18))
    save("socks", "4a", 0,
         line(0, b"\4\1\1\xbb\0\0\0\1joe\0example.org\0"),
         line(1, b"\0\x5a" + b"\0" * 6))


def poll_seeds():
    def polls(name, port, *lines):
        save("datagrams", name, 1, bytes([port]), *lines)

    stamps = bytes(range(8))
    polls("ntp", 4, line(0, b"\x23\3\6\xec" + b"\0" * 36 + stamps),
          line(1, b"\x24\0\6\xec" + b"\0" * 8 + b"RATE" + b"\0" * 8 + stamps +
               b"\0" * 16))
    boot = b"\1\1\6\0xid!" + b"\0" * 20 + b"\2\0\0\0\0\1" + b"\0" * 202 + \
        b"\x63\x82\x53\x63\x35\1\1\xff"
    polls("dhcp", 5, line(0, boot), line(1, b"\2" + boot[1:-2] + b"\6\xff"))
    solicit = b"\1\0\0\7\0\1\0\2id"
    polls("dhcpv6", 6, line(0, solicit), line(
        0, b"\x0c\0" + b"a" * 32 + b"\0\x09\0\x0a" + solicit), line(
        1, b"\7\0\0\7\0\3\0\x12" + b"i" * 12 + b"\0\x0d\0\2\0\2"))
    radius = b"\0\x1b" + b"a" * 16 + b"\1\7alice"
    polls("radius", 7, line(0, b"\1\7" + radius), line(0, b"\1\7" + radius),
          line(1, b"\3\7" + radius))

    fields = b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n"
    polls("sip", 9, line(0, b"INVITE sip:b@h SIP/2.0\r\n" + fields + b"\r\n"),
          line(1, b"SIP/2.0 180 Ringing\r\nv: x;branch=1\r\ni:a\r\nCSeq: 1 ACK\r\n"),
          line(0, b"\r\n\r\n"))
    polls("coap", 10, line(0, b"\x41\1\0\1\7\xb1a\4temp"), line(1, b"\x60\0\0\1"),
          line(1, b"\x41\x84\0\2\7\xd1\0\0\xe0\0\0"))

    def tlv(tag, data):
        return bytes([tag, len(data)]) + data

    def pdu(tag, oid):
        return tlv(tag, tlv(2, b"\7") + tlv(2, b"\0") * 2 +
                   tlv(48, tlv(48, tlv(6, oid) + b"\5\0")))

    uptime, unknown = b"\x2b\6\1\2\1\1\3\0", b"\x2b\6\1\6\3\x0f\1\1\4\0"
    polls("snmp", 8, *(line(d, tlv(48, tlv(2, b"\1") + tlv(4, b"public") +
                                   pdu(tag, uptime)))
                       for d, tag in ((0, 0xa0), (1, 0xa2), (0, 0xa7))))

    def v3(flags, data):
        return tlv(48, tlv(2, b"\3") + tlv(48, tlv(2, b"\x12\x34") + tlv(
            2, b"\x20\0") + tlv(4, bytes([flags])) + tlv(2, b"\3")) +
            tlv(4, b"usm") + data)

    def scoped(data):
        return tlv(48, tlv(4, b"engine") + tlv(4, b"") + data)

    polls("snmp-3", 8, line(0, v3(4, scoped(pdu(0xa0, uptime)))),
          line(1, v3(0, scoped(pdu(0xa8, unknown)))), line(0, v3(7, tlv(4, b"x"))))


datagram_seeds()
poll_seeds()
dns_seeds()
http_seeds()
tls_seeds()
smb_seeds()
kerberos_seeds()
tds_seeds()
socks_seeds()
