"""What truly happened to every frame.

All points are captured whole by one kernel with one clock.  Each frame of a
point is traced to the frames of the point before it:

link    exactly: the link's log numbers every frame read and written
wire    a veth pair: same bytes a moment later, perhaps merged (GRO)
node    a router or firewall: addresses change, sequence numbers (but for a
        SYN proxy) and payload do not; a moment later, perhaps cut or merged

A payload is followed by its bytes, a packet without one by its header.  What
comes from nowhere begins at that point (RSTs and ICMP of middleboxes, a
proxy's own connections).  Every frame then carries atoms: ranges of the frames
that first carried them; a frame is lost between A and B if none of B's frames
carries its atoms.

Flows of two points that carry the same atoms are one session: that is all
there is to true pairing.

A frame that vanishes where nothing should drop it, or a log that disagrees
with a capture, breaks the scenario: no verdict is made from a doubtful truth.
"""
import os
import re
import socket
from collections import defaultdict

from frames import ACK, MASK, RST, SYN, TCP, UDP, checksum, read_pcap
from net import Broken

WINDOW = 100_000_000      # ns that a node may hold a frame
EARLY = 50_000            # ns that two stamps may be out of order
FIRST_OFF = 10**9         # ns that the log may have a frame later than seen


class Truth:
    def __init__(self, lab):
        self.end = lab.end
        self.points = {p.name: read_frames(p, lab.end) for p in lab.points}
        self.order = [p.name for p in lab.points]
        self.edges = lab.edges
        self.sc = lab.sc
        self.n_origins = 0
        self.origin = []            # origin -> its frame
        self.consumed = []          # frames that ended inside a node
        for name, frames in self.points.items():
            for n, f in enumerate(frames):
                f.point, f.index = name, n
        logs = {edge: read_log(path) for edge, path in lab.logs.items()}
        for out in (True, False):
            self.trace(out, logs)
        self.find_flows()
        self.join_flows()
        self.carriers = {name: carriers(frames)
                         for name, frames in self.points.items()}

    # --- frames ---

    def trace(self, out, logs):
        into = defaultdict(list)
        for a, b, kind in self.edges:
            near, far = (a, b) if out else (b, a)
            into[far].append((near, kind))
        done = set()
        todo = list(self.points)
        while todo:
            for name in todo:
                if all(near in done for near, _ in into[name]):
                    break
            # points that one node feeds: packets alike are told by order
            names = [x for x in todo if x == name or
                     into[name] and into[x] == into[name]]
            self.trace_into(names, into[name], out, logs)
            done.update(names)
            todo = [x for x in todo if x not in names]
        self.check_ends(out)

    def trace_into(self, names, sources, out, logs):
        far = sorted((f for name in names for f in self.points[name]
                      if f.out == out), key=lambda f: f.t)
        name = names[0]
        if len(sources) == 1 and sources[0][1] == 'link':
            near = [f for f in self.points[sources[0][0]] if f.out == out]
            log = logs[(sources[0][0], name) if out else (name, sources[0][0])]
            follow_log(near, far, log['a' if out else 'b'],
                       f'{sources[0][0]}->{name}')
        elif sources:
            near = [f for s, _ in sources for f in self.points[s]
                    if f.out == out and f.judged]
            near.sort(key=lambda f: f.t)
            edge = f'{sources[0][0]}->{name}'
            Follower(near, self.sc.reseq in (edge, backwards(edge)),
                     self.sc.offload).follow(far)
        for f in far:
            fill(f, self)

    def check_ends(self, out):
        """Frames that went no further than into a node."""
        goes_on = {a if out else b for a, b, _ in self.edges}
        left = [f for name in goes_on for f in self.points[name]
                if f.out == out and f.judged and not f.used
                and f.t < self.end - WINDOW]
        self.consumed += left
        if left and not self.sc.nodes_drop:
            f = left[0]
            raise Broken(f'{len(left)} frames vanish where nothing drops, '
                         f'first {f.point} frame {f.index + 1} ({f.kind}, '
                         f'{len(f.payload)} bytes)')

    def new_origin(self, f):
        self.origin.append(f)
        return len(self.origin) - 1

    # --- flows and sessions ---

    def find_flows(self):
        self.isn = {}               # (flow, way) -> initial sequence number
        self.flow_point = []
        self.flow_name = []
        for name, frames in self.points.items():
            now, isn = {}, {}
            for f in frames:
                if not f.judged:
                    continue
                key = flow_key(f)
                opens = f.proto == TCP and f.flags & (SYN | ACK) == SYN
                if key not in now or (opens and isn[key] != f.seq):
                    now[key] = len(self.flow_point)
                    self.flow_point.append(name)
                    self.flow_name.append(key)
                    isn[key] = f.seq if opens else None
                f.flow = now[key]
                if f.flags & SYN:
                    self.isn[f.flow, f.out] = f.seq

    def join_flows(self):
        parent = list(range(len(self.flow_point)))

        def root(x):
            while parent[x] != x:
                parent[x] = parent[parent[x]]
                x = parent[x]
            return x

        for frames in self.points.values():
            for f in frames:
                for o, _, _ in f.atoms:
                    if f.judged and self.origin[o].judged:
                        parent[root(f.flow)] = root(self.origin[o].flow)
        if self.sc.reply_from:
            asked = {}
            for frames in self.points.values():
                for f in frames:
                    if f.proto != UDP:
                        continue
                    end = (f.point,) + ((f.src, f.sport) if f.out
                                        else (f.dst, f.dport))
                    if end in asked:
                        parent[root(f.flow)] = root(asked[end])
                    asked[end] = f.flow
        self.session = [root(x) for x in range(len(parent))]


def read_frames(point, end):
    frames = [f for f in read_pcap(point.file) if f.t <= end]
    for f in frames:
        f.out = (f.raw[6:12] == point.mac) == point.egress_out
    return frames


def backwards(edge):
    return '->'.join(reversed(edge.split('->')))


def flow_key(f):
    a, b = (f.src, f.sport), (f.dst, f.dport)
    return (f.proto, a, b) if a < b else (f.proto, b, a)


def fill(f, truth):
    """Bytes that came from nowhere begin here."""
    if not f.judged:
        return
    if not f.payload:
        if not f.atoms:
            f.atoms = [(truth.new_origin(f), 0, 0)]
        return
    at, new, atoms = 0, None, []
    for piece in f.atoms:
        if piece[0] is not None:
            atoms.append(piece)
            at += piece[2] - piece[1]
            continue
        if new is None:
            new = truth.new_origin(f)
        atoms.append((new, at, at + piece[1]))
        at += piece[1]
    if not f.atoms:
        atoms = [(truth.new_origin(f), 0, len(f.payload))]
    f.atoms = atoms


def clip(atoms, low, high):
    """The atoms of bytes low..high of a payload."""
    got, at = [], 0
    for o, lo, hi in atoms:
        a, b = max(low, at), min(high, at + hi - lo)
        if a < b:
            got.append((o, lo + a - at, lo + b - at))
        at += hi - lo
    return got


# --- a relay says itself what it joined ---

def relays(truth, folder):
    """Pairs of sessions, by the proxy's log: "relay ci:cp fi:fp bi:bp si:sp"."""
    path, pairs = folder + '/haproxy.log', set()
    if not os.path.exists(path):
        return pairs
    with open(path) as f:
        text = f.read()
    number = {}                     # (proto, end, end) -> session
    for flow, key in enumerate(truth.flow_name):
        number[key] = truth.session[flow]
    for line in re.findall(r'relay ((?:[0-9.]+:[0-9]+ ?){4})', text):
        ends = [(socket.inet_aton(a), int(p)) for a, p in
                (e.split(':') for e in line.split())]
        sides = [number.get((TCP, *sorted(pair)))
                 for pair in (ends[:2], ends[2:])]
        if None not in sides:
            pairs.add(frozenset(sides))
    return pairs


# --- the link -----------------------------------------------------------------

def read_log(path):
    log = {'a': ([], []), 'b': ([], [])}
    with open(path) as file:
        for line in file:
            w = line.split()
            if w[0] == 'r':
                log[w[1]][0].append((int(w[3]), int(w[5], 16), w[6]))
            else:
                log[w[1]][1].append((int(w[2]) - 1, int(w[3])))
    return log


def first_of(rows, crc_of, f):
    """Where in the log the capture begins: of rows alike the nearest in time,
    as neighbour discovery says the same more than once."""
    crc = checksum(f.raw)
    alike = [k for k, row in enumerate(rows) if crc_of(row) == crc]
    return min(alike, key=lambda k: abs(row_time(rows[k]) - f.t), default=None)


def row_time(row):
    return row[0] if len(row) == 3 else row[1]


def misfit(frames, rows, k):
    """How a capture does not fit the log, for who mends the lab."""
    f = frames[0]
    text = (f'{len(frames)} frames of {f.point} against {len(rows)} lines of '
            'the log')
    if k is None:
        return f'{text}, none is the first ({f.kind}, {len(f.raw)} bytes)'
    return (f'{text}, {len(rows) - k} from the first on, which it has '
            f'{abs(row_time(rows[k]) - f.t) / 1e9:.3f} s off')


def follow_log(near, far, log, edge):
    reads, writes = log

    def written_crc(row):
        return reads[row[0]][1]

    read_of = {}
    for frames, rows, crc_of in ((near, reads, lambda r: r[1]),
                                 (far, writes, written_crc)):
        if not frames:
            continue
        k = first_of(rows, crc_of, frames[0])
        if k is None or len(rows) - k < len(frames) or \
                abs(row_time(rows[k]) - frames[0].t) > FIRST_OFF:
            raise Broken(f'{edge}: {misfit(frames, rows, k)}')
        for n, f in enumerate(frames):
            if crc_of(rows[k + n]) != checksum(f.raw):
                raise Broken(f'{edge}: log and capture differ at frame '
                             f'{f.index + 1} of {f.point}')
            if frames is near:
                f.used = True
                read_of[k + n] = f
            else:
                origin = read_of.get(rows[k + n][0])
                if origin is None and f.judged:
                    raise Broken(f'{edge}: a frame entered uncaptured')
                f.atoms = list(origin.atoms) if origin else []


# --- nodes and wires ----------------------------------------------------------

class Follower:
    """Finds for frames of a far point the near frames that they came from: of
    those that came in the last moment and are not used up the one with the same
    marks, else the earliest.  Devices' stamps are not in order of each other's,
    so that of packets alike, spread over two, order alone does not tell."""

    def __init__(self, near, reseq, resegments):
        self.reseq, self.resegments = reseq, resegments
        # a proxy makes packets that look like those it hands on a moment later
        self.early = 0 if reseq else EARLY
        self.heads = defaultdict(list)      # next byte -> near frames
        for f in near:
            self.heads[self.key(f, f.seq)].append(f)

    def key(self, f, seq):
        """What a node keeps."""
        if f.proto == UDP:
            return ('u', f.payload, f.dport if f.out else f.sport)
        if self.reseq:
            return (f.src, f.sport, f.dst, f.dport, f.flags, f.payload)
        if f.payload and not f.flags & (SYN | RST):
            return ('d', seq)
        return (seq, f.ack, f.flags, f.payload)

    def candidate(self, key, f, fits):
        first = None
        for g in self.heads.get(key, ()):
            if f.t - WINDOW <= g.t <= f.t + self.early and fits(g):
                if g.marks == f.marks:
                    return g
                first = first or g
        return first

    def take(self, key, g):
        self.heads[key].remove(g)

    def follow(self, far):
        for f in far:
            if not f.judged or (self.reseq and f.flags & SYN):
                continue        # a SYN proxy makes SYNs of its own
            if f.proto == TCP and f.payload and not self.reseq and \
                    not f.flags & (SYN | RST):
                self.follow_bytes(f)
            else:
                key = self.key(f, f.seq)
                g = self.candidate(key, f, lambda g: not g.used)
                if g:
                    self.take(key, g)
                    g.used = 1
                    f.atoms = list(g.atoms)

    def follow_bytes(self, f):
        """f.atoms gets atoms, or (None, n) for n bytes from nowhere."""
        at, new = 0, 0
        while at < len(f.payload):
            key = ('d', (f.seq + at) & MASK)

            def fits(g):
                if not self.resegments and len(g.payload) != len(f.payload):
                    return False
                n = min(len(g.payload) - g.used, len(f.payload) - at)
                return g.payload[g.used:g.used + n] == f.payload[at:at + n]

            g = self.candidate(key, f, fits)
            if not g:
                new += 1
                at += 1
                continue
            if new:
                f.atoms.append((None, new))
                new = 0
            n = min(len(g.payload) - g.used, len(f.payload) - at)
            f.atoms += clip(g.atoms, g.used, g.used + n)
            self.take(key, g)
            g.used += n
            at += n
            if g.used < len(g.payload):
                self.heads['d', (g.seq + g.used) & MASK].append(g)
        if new and f.atoms:
            f.atoms.append((None, new))


def carriers(frames):
    """origin -> [(low, high, frame)]"""
    index = defaultdict(list)
    for f in frames:
        for o, lo, hi in f.atoms:
            index[o].append((lo, hi, f))
    return index
