"""Frames of captures: read, take apart, write.

Written for the judge alone and from the RFCs, so that it shares no mistake
with tracepair.  Reads what tcpdump writes here: classic pcap, nanoseconds,
Ethernet, whole frames.
"""
import struct
import zlib

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
VXLAN_PORT = 4789
MASK = 0xffffffff


class Frame:
    """One captured frame.

    t       ns, the kernel's clock
    raw     all bytes
    out     travels from the client's end to the server's
    atoms   what it carries, in terms of the frame that first carried it:
            (origin, low, high) in bytes of the origin's payload; a packet
            without payload has one atom (origin, 0, 0)
    flow    number of its flow at its point (truth.py)
    marks   what else a node keeps, and packets alike differ in: IPv4's ID, TCP's
            window and options
    """
    __slots__ = ('t', 'raw', 'out', 'proto', 'src', 'dst', 'sport', 'dport',
                 'seq', 'ack', 'flags', 'window', 'payload', 'ip_len', 'atoms', 'flow',
                 'used', 'point', 'index', 'marks')

    def __init__(self, t, raw):
        self.t = t
        self.raw = raw
        self.out = None
        self.proto = 0
        self.src = self.dst = b''
        self.sport = self.dport = self.seq = self.ack = self.flags = 0
        self.window = 0
        self.payload = b''
        self.ip_len = 0
        self.atoms = []
        self.flow = -1
        self.used = 0
        self.marks = ()
        dissect(self)

    @property
    def judged(self):
        return self.proto in (TCP, UDP)

    @property
    def kind(self):
        """The words of `tracepair packets`."""
        if self.proto != TCP:
            return 'datagram'
        if self.flags & RST:
            return 'rst'
        if self.flags & SYN:
            return 'syn'
        if self.flags & FIN:
            return 'fin'
        return 'data' if self.payload else 'ack'


def dissect(f):
    raw, at = f.raw, 14
    while True:
        if len(raw) < at:
            return
        kind = raw[at - 2] << 8 | raw[at - 1]
        if kind == 0x0800 and len(raw) >= at + 20:
            total = raw[at + 2] << 8 | raw[at + 3]
            end = at + total if total else len(raw)
            f.marks = (raw[at + 4:at + 6],)
            f.proto = raw[at + 9]
            f.src, f.dst = raw[at + 12:at + 16], raw[at + 16:at + 20]
            l4 = at + (raw[at] & 15) * 4
        elif kind == 0x86dd and len(raw) >= at + 40:
            total = raw[at + 4] << 8 | raw[at + 5]
            end = at + 40 + total if total else len(raw)
            f.proto = raw[at + 6]
            f.src, f.dst = raw[at + 8:at + 24], raw[at + 24:at + 40]
            l4 = at + 40
        else:
            return
        f.ip_len = end - at
        if f.proto == UDP:
            f.sport, f.dport = struct.unpack_from('>HH', raw, l4)
            f.payload = raw[l4 + 8:end]
            if f.dport == VXLAN_PORT:
                at = l4 + 8 + 8 + 14
                f.proto = 0     # unless there is IP inside
                continue
        elif f.proto == TCP:
            (f.sport, f.dport, f.seq, f.ack, off, f.flags, f.window) = \
                struct.unpack_from('>HHIIBBH', raw, l4)
            f.payload = raw[l4 + (off >> 4) * 4:end]
            f.marks += (raw[l4 + 14:l4 + 16],
                        raw[l4 + 20:l4 + (off >> 4) * 4])
        return


def read_pcap(path):
    with open(path, 'rb') as file:
        data = file.read()
    magic, = struct.unpack_from('<I', data)
    if magic != 0xa1b23c4d:
        raise ValueError(f'{path}: not a pcap of nanoseconds')
    at, frames = 24, []
    while at + 16 <= len(data):
        sec, ns, cap, wire = struct.unpack_from('<IIII', data, at)
        if cap != wire:
            raise ValueError(f'{path}: a cut frame')
        frames.append(Frame(sec * 10**9 + ns, data[at + 16:at + 16 + cap]))
        at += 16 + cap
    return frames


def write_pcap(path, rows, snap):
    """rows: (time in ns, bytes)"""
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, snap, 1))
        for t, raw in rows:
            cut = raw[:snap]
            file.write(struct.pack('<IIII', t // 10**9, t % 10**9, len(cut),
                                   len(raw)) + cut)


def checksum(raw):
    return zlib.crc32(raw)
