#!/usr/bin/env python3
"""Writes the seed corpora of the capture targets: decode, pcapng, classic, netmon,
snoop.

    tests/fuzz/seeds_capture.py [CORPUS]

Each seed is a small input with one feature; libFuzzer makes the damage.
"""
import gzip
import os
import struct
import subprocess
import sys

CORPUS = sys.argv[1] if len(sys.argv) > 1 else "tests/fuzz/corpus"


def save(target, name, data):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def ip4(proto, payload, frag=0):
    return (struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, frag, 64,
                        proto, 0) + bytes([10, 0, 0, 1, 10, 0, 0, 2]) + payload)


def ip6(proto, payload):
    return (struct.pack(">IHBB", 0x60000000, len(payload), proto, 64) +
            bytes(15) + b"\1" + bytes(15) + b"\2" + payload)


def tcp(flags, payload=b"", options=b""):
    return (struct.pack(">HHIIBBHHH", 40000, 443, 1, 2,
                        (5 + len(options) // 4) << 4, flags, 1000, 0, 0) +
            options + payload)


def udp(port, payload):
    return struct.pack(">HHHH", 40000, port, 8 + len(payload), 0) + payload


def eth(kind, payload, tags=b""):
    return bytes(12) + tags + struct.pack(">H", kind) + payload


SYN = bytes.fromhex("020405b40402080a0000000100000000" "01030307")
SACK = bytes.fromhex("0101080a0000000100000002" "0101050a0000000100000002")
ICMP_ERROR = b"\3\4\0\0\0\0\5\x78" + ip4(6, tcp(16)[:8])
ICMP6_ERROR = b"\2\0\0\0\0\0\5\0" + ip6(6, tcp(16)[:8])
VXLAN = bytes.fromhex("0800000000000500") + eth(0x800, ip4(6, tcp(16, b"hi")))
ESP = bytes.fromhex("c0ffee01" "00000007") + bytes(40)
ICMP_ESP = b"\3\2\0\0\0\0\0\0" + ip4(50, ESP[:8])
GRE = bytes.fromhex("b0006558000000000000000700000001") + eth(
    0x86DD, ip6(17, udp(53, b"question")))
EXTENDED = (bytes.fromhex("3c00c20400000000" "2b00010400000000"
                          "2c00000000000000" "0600000100000009") +
            tcp(24, b"x" * 30))


PEER = (bytes.fromhex("060064" "262000000c10f50100000001" "0a020304") +
        bytes(10) + bytes.fromhex("ffff" "0a010101" "01bb" "dc04"))
F5_OLD = (b"\1\5\1\1\0\2\0" + b"\2\x1b" + bytes(27) + b"\3\x28\0" + PEER)
F5_NEW = (bytes.fromhex("f5deb0f5" "0037" "0001" "00010003" "002f" "0001") +
          PEER)
PROXY_1 = b"PROXY TCP4 192.168.0.1 10.2.3.4 56324 443\r\n"
PROXY_2 = (b"\r\n\r\n\0\r\nQUIT\n" + bytes.fromhex(
    "2111" "000f" "c0a80001" "0a020304" "dc0401bb" "040000"))


def frames(link, *all_frames, longer=0):
    out = bytes([link])
    for f in all_frames:
        out += struct.pack("<HB", len(f), longer) + f
    return out


def decode_seeds():
    save("decode", "syn", frames(0, eth(0x800, ip4(6, tcp(2, b"", SYN)))))
    save("decode", "sack6", frames(0, eth(0x86DD, ip6(6, tcp(16, b"d" * 40,
                                                             SACK)))))
    save("decode", "cut", frames(0, eth(0x800, ip4(6, tcp(24, b"d" * 30)))[:70],
                                 longer=14))
    save("decode", "f5-old", frames(0, eth(0x800, ip4(6, tcp(24, b"d" * 30))) +
                                    F5_OLD))
    save("decode", "f5-new", frames(0, eth(0x86DD, ip6(6, tcp(24, b"d" * 9))) +
                                    F5_NEW))
    save("decode", "proxy-1", frames(0, eth(0x800, ip4(6, tcp(24, PROXY_1 +
                                                              b"GET /")))))
    save("decode", "proxy-2", frames(0, eth(0x800, ip4(6, tcp(24, PROXY_2)))))
    save("decode", "vlan", frames(0, eth(0x800, ip4(17, udp(53, b"dns")),
                                         bytes.fromhex("88a8000581000006"))))
    save("decode", "snap", frames(0, bytes(12) + bytes.fromhex(
        "0030aaaa030000000800") + ip4(17, udp(53, b"dns"))))
    save("decode", "cooked", frames(1, bytes(14) + b"\x08\0" +
                                    ip4(1, b"\x08\0\0\0\0\1\0\2ping")))
    save("decode", "cooked2", frames(2, b"\x86\xdd" + bytes(18) +
                                     ip6(58, b"\x80\0\0\0\0\1\0\2ping")))
    save("decode", "null", frames(3, b"\2\0\0\0" + ip4(50, b"e" * 40)))
    save("decode", "raw_error", frames(5, ip4(1, ICMP_ERROR),
                                       ip6(58, ICMP6_ERROR)))
    save("decode", "esp_error", frames(5, ip4(50, ESP), ip4(1, ICMP_ESP)))
    save("decode", "vxlan", frames(5, ip4(17, udp(4789, VXLAN))))
    save("decode", "gre", frames(5, ip4(47, GRE)))
    save("decode", "extended", frames(9, ip6(0, EXTENDED)))
    save("decode", "fragments", frames(
        5, ip4(17, udp(53, b"f" * 40), 0x2000), ip4(17, b"g" * 20, 6)))
    asks, tells = (bytes.fromhex(
        "0001080006040001" "020000000001" "0a000001" "000000000000" "0a000002"),
        bytes.fromhex("0001080006040002" "020000000002" "0a000002"
                      "020000000001" "0a000001"))
    save("decode", "arp", frames(
        0, eth(0x806, asks), eth(0x806, asks), eth(0x806, tells),
        eth(0x806, asks, bytes.fromhex("81000005")),
        eth(0x806, tells.replace(b"\2\0\0\0\0\2", b"\2\0\0\0\0\3"))))
    about = bytes.fromhex("fd000000000000000000000000000007")
    save("decode", "discovery", frames(
        5, *[ip6(58, bytes([kind, 0, 0, 0, flags, 0, 0, 0]) + about +
                 bytes([option, 1, 2, 0, 0, 0, 0, option]))[:7] + b"\xff" +
             ip6(58, bytes([kind, 0, 0, 0, flags, 0, 0, 0]) + about +
                 bytes([option, 1, 2, 0, 0, 0, 0, option]))[8:]
             for kind, flags, option in ((135, 0, 1), (136, 96, 2),
                                         (136, 32, 2))]))


def h(text):
    return bytes.fromhex(text)


WIFI = h("0102030405060708090a0b0c0d0e0f1011121000")
LLC = h("aaaa030000000800")


def link_seeds():
    p = ip4(6, tcp(24, b"hello"))
    e = eth(0x800, p)
    msdu = bytes(12) + struct.pack(">H", len(LLC + p)) + LLC + p
    msdu += bytes(-len(msdu) % 4)
    save("decode", "mpls", frames(
        0, eth(0x8847, h("0001004000020140") + p),
        eth(0x8847, h("0001014000000000") + e), eth(0x8848, h("00010140") + e)))
    save("decode", "pppoe", frames(0, eth(0x8864, h("1100000100020021") + p)))
    save("decode", "tags", frames(
        0, eth(0x893F, h("0000000100000800") + p),
        eth(0x88E7, h("00000007") + e),
        eth(0x88E5, h("2000000000010200000000010001") + h("0800") + p)))
    save("decode", "radiotap", frames(
        10, h("000009000200000010") + h("08010000") + WIFI + LLC + p,
        h("0000080000000000") + h("88010000") + WIFI + h("8000") + msdu * 3,
        h("0000080000000000") + h("08410000") + WIFI + p))
    save("decode", "ppp", frames(11, h("ff030021") + p, h("21") + p))
    save("decode", "hdlc", frames(12, h("0f000800") + p))
    save("decode", "frame_relay", frames(13, h("184103cc") + p,
                                         h("1841030080") + LLC[3:] + p))
    save("decode", "token_ring", frames(
        14, h("1040020000000001820000000002061000110020") + LLC + p))
    save("decode", "nflog", frames(15, h("020000010500010000000000") +
                                   h("31000900") + p))
    save("decode", "pktap", frames(
        16, h("10000000010000000100000000000000") + e))
    save("decode", "ppi", frames(17, h("0000080001000000") + e))
    save("decode", "erf", frames(
        18, bytes(8) + h("82040042000000400000000000000000") + bytes(2) + e))
    save("decode", "pflog", frames(22, h("0602000001020000") + p))


def tunnel_seeds():
    p = ip4(6, tcp(24, b"hello"))
    e = eth(0x800, p)
    for name, proto, port, header, inner in (
            ("geneve", 17, 6081, "02400800000005000102800100000007", p),
            ("vxlan_gpe", 17, 4790, "0c00000100000500", p),
            ("gtp", 17, 2152,
             "36ff00390000000100010085011009850200000000000000", p),
            ("l2tp", 17, 1701, "4a0200470001000200030004000200000021", p),
            ("mpls_udp", 17, 6635, "00010140", p),
            ("ipip", 4, 0, "", p), ("etherip", 97, 0, "3000", e),
            ("erspan1", 47, 0, "000088be", e),
            ("erspan2", 47, 0, "100088be000000011005000100000000", e),
            ("erspan3", 47, 0, "100022eb00000001200500010000000000000801"
             "1122334455667788", p),
            ("wccp", 47, 0, "0000883e00000000", p),
            ("pptp", 47, 0, "3081880b003100010000000100000002ff030021", p)):
        inner = h(header) + inner
        save("decode", name, frames(5, ip4(
            proto, udp(port, inner) if proto == 17 else inner)))


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + \
        struct.pack(order + "I", 12 + len(body))


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + \
        bytes(-len(value) % 4)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1),
                 order)


def iface(link=1, options=b"", order="<", snap=0):
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def packet(data, at=10**15, number=0, options=b"", order="<", wire=None):
    return block(6, struct.pack(order + "IIIII", number, at >> 32,
                                at & 0xFFFFFFFF, len(data),
                                len(data) if wire is None else wire) +
                 data + bytes(-len(data) % 4) + options, order)


def stats(at, dropped, order="<"):
    return block(5, struct.pack(order + "III", 0, at >> 32, at & 0xFFFFFFFF) +
                 option(2, struct.pack(order + "II", 0, 1), order) +
                 option(5, struct.pack(order + "Q", dropped), order) +
                 option(0, b"", order), order)


def pcapng_seeds():
    f = eth(0x800, ip4(6, tcp(24, b"hello")))
    end = option(0, b"")
    save("pcapng", "plain", section() + iface() + packet(f) + packet(f))
    save("pcapng", "big", section(">") + iface(order=">") +
         packet(f, order=">") + stats(10**15, 3, ">"))
    save("pcapng", "options", section() + iface(options=option(
        2, b"eth0") + option(3, b"uplink") + option(9, b"\x09") + option(
        11, b"\0port 80") + option(14, struct.pack("<q", 3600)) + end) +
        packet(f, options=option(1, b"note") + option(
            4, struct.pack("<Q", 9)) + end))
    save("pcapng", "binary_clock", section() + iface(
        options=option(9, b"\x86") + end) + packet(f, 10**9))
    save("pcapng", "two_ifaces", section() + iface() + iface(101) +
         packet(f) + packet(f[14:], number=1) + packet(f, number=2))
    save("pcapng", "two_sections", section() + iface() + packet(f) +
         section(">") + iface(113, order=">") + packet(f, order=">"))
    save("pcapng", "stats", section() + iface() + stats(10**15, 5) +
         packet(f) + stats(2 * 10**15, 9) + stats(3 * 10**15, 2))
    save("pcapng", "simple", section() + iface(snap=20) +
         block(3, struct.pack("<I", len(f)) + f[:20]))
    save("pcapng", "obsolete", section() + iface() + block(
        2, struct.pack("<HHIIII", 0, 4, 1, 2, len(f), len(f)) + f))
    save("pcapng", "others", section() + iface() + block(4, bytes(8)) +
         block(10, b"secret..") + block(0x40000BAD, bytes(16)) + packet(f))
    save("pcapng", "damaged", section() + iface() + packet(f)[:-4] +
         b"\xff\xff\xff\xff" + packet(f) + packet(f))
    save("pcapng", "zero_tail", section() + iface() + packet(f) + bytes(99))
    save("pcapng", "cut", (section() + iface() + packet(f))[:-20])


def classic(magic="<I", number=0xA1B2C3D4, link=1, records=(), snap=65535):
    order = magic[0]
    out = struct.pack(order + "IHHiIII", number, 2, 4, 0, 0, snap, link)
    for sec, frac, data, wire in records:
        out += struct.pack(order + "IIII", sec, frac, len(data), wire)
        if number == 0xA1B2CD34:  # interface, protocol, packet type, padding
            out += bytes(8)
        out += data
    return out


def classic_seeds():
    f = eth(0x800, ip4(6, tcp(24, b"hello")))
    two = [(1700000000, 5, f, len(f)), (1700000000, 6, f, len(f) + 9)]
    plain = classic(records=two)
    save("classic", "plain", plain)
    save("classic", "big", classic(">I", records=two))
    save("classic", "nano", classic(number=0xA1B23C4D, records=two))
    save("classic", "modified", classic(number=0xA1B2CD34, records=two))
    save("classic", "raw", classic(link=101, records=[(1, 2, f[14:], 54)]))
    save("classic", "zero_tail", plain + bytes(16 * 5))
    save("classic", "zero_within", plain + bytes(32) + plain[24:])
    save("classic", "cut", plain[:-7])
    save("classic", "backwards", classic(records=two + [(5, 0, f, len(f)),
                                                        (0, 0, f, len(f))]))
    # time stamps that mean nothing: sessions of a hundred years
    save("classic", "ages", classic(records=[(t, 0, f, len(f)) for t in
                                             (0, 1 << 31, 5, (1 << 32) - 1)]))
    save("classic", "lengths", classic(records=[(9, 9, f, 3)]))
    save("classic", "snap0", classic(records=two, snap=0))
    save("classic", "huge", plain + struct.pack("<IIII", 1, 1, 1 << 31, 9))
    packed = gzip.compress(plain, mtime=0)
    save("classic", "gzip", packed)
    save("classic", "gzip_twice", packed + gzip.compress(plain[24:], mtime=0))
    save("classic", "gzip_cut", packed[:-9])
    for tool in "zstd", "lz4":
        packed = subprocess.run([tool, "-q", "-c"], input=plain,
                                stdout=subprocess.PIPE, check=True).stdout
        save("classic", tool, packed)
        save("classic", tool + "_twice", b"\x50\x2a\x4d\x18\1\0\0\0s" +
             packed + packed + bytes(4))
        save("classic", tool + "_cut", packed[:-9])


def netmon(version, records, table=True):
    """Each record: since the start, data, media type."""
    body, offsets = b"", []
    for since, data, media in records:
        offsets.append(128 + len(body))
        if version >= 0x200:
            body += struct.pack("<QII", since, len(data), len(data)) + data
        else:
            body += struct.pack("<IHH", since, len(data), len(data)) + data
        trailer = struct.pack("<HIQB", media, 0, 129943431061230000, 0)
        body += trailer[:{1: 2, 2: 6, 3: 15}.get(version & 255, 0)
                         if version >= 0x200 else 0]
    end = struct.pack("<%dI" % len(offsets), *offsets) if table else b""
    head = (b"GMBU" if version >= 0x200 else b"RTSS") + struct.pack(
        "<BBH8HII", version & 255, version >> 8, 1, 2012, 10, 3, 10, 11, 45, 6,
        123, 128 + len(body) if table else 0, len(end))
    return head.ljust(128, b"\0") + body + end


def netmon_seeds():
    f = eth(0x800, ip4(6, tcp(24, b"hello")))
    wifi = h("022000") + bytes(29) + h("08010000") + WIFI + LLC + f[14:]
    for version in 0x101, 0x200, 0x201, 0x202, 0x203:
        save("netmon", "v%x" % version, netmon(
            version, [(1, f, 1), (2, f, 1), (3, f, 1)]))
    save("netmon", "media", netmon(0x202, [
        (1, f, 1), (2, f[14:], 9), (3, wifi, 6), (4, b"own", 0xFFFB)]))
    save("netmon", "no_table", netmon(0x200, [(1, f, 1)], False))
    save("netmon", "cut", netmon(0x203, [(1, f, 1), (2, f, 1)])[:-20])


def snoop(records, version=2, datalink=4):
    """Each record: data, drops so far, padding."""
    out = b"snoop\0\0\0" + struct.pack(">II", version, datalink)
    for i, (data, drops, pad) in enumerate(records):
        out += struct.pack(">6I", len(data), len(data), 24 + len(data) + pad,
                           drops, 1714816800 + i, 500 * i)
        out += data + bytes(pad)
    return out


def monitored(point, name):
    """A frame of fw monitor."""
    return (point + b"1" + name.ljust(10, b"\0") + b"\x08\0" +
            ip4(6, tcp(24, b"hello")))


def snoop_seeds():
    f = eth(0x800, ip4(6, tcp(24, b"hello")))
    save("snoop", "plain", snoop([(f, 0, 1), (f, 0, 0), (f, 3, 5)]))
    save("snoop", "version", snoop([(f, 0, 0)], version=4))
    save("snoop", "unknown_link", snoop([(f, 0, 0)], datalink=9))
    save("snoop", "cut", snoop([(f, 0, 1), (f, 0, 2)])[:-20])
    save("snoop", "places", snoop([
        (monitored(point, name), 0, 0) for name in (b"eth0", b"bond1.20")
        for point in (b"i", b"I", b"o", b"O", b"e", b"E")]))
    save("snoop", "place_short_name", snoop([
        (b"i1eth0\0\0" + bytes(range(4)) + b"\x08\0" + ip4(17, b""), 0, 0)]))


decode_seeds()
link_seeds()
tunnel_seeds()
pcapng_seeds()
classic_seeds()
netmon_seeds()
snoop_seeds()
