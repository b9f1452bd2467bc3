"""Compares what tracepair says with what truly happened.

A LINE of `tracepair packets` is about bytes of a frame on a hop.  Truly, each
of the frame's atoms is, on that hop:

seen      a frame that the far file holds carries it
unseen    a frame at the far point carries it that its file lacks by chance
outside   ... lacks by its window, or by seeing one direction only; or it went
          round the far point
lost      it is at neither the far point nor any point behind it
foreign   it was never at the near point

Claims and truth are counted in bytes of payload and in frames by kind.
A miss is PROVABLE if a later point's file holds it, or if an acknowledgement
of it is in a file and it was sent only once.

`limits()` holds what must be so; a row's `failed` names what was not.
"""
import os
import re
import statistics
from collections import Counter, defaultdict

import times
from frames import ACK, MASK, TCP, SYN, FIN
from truth import clip

KINDS = ('data', 'ack', 'syn', 'fin', 'rst', 'datagram')
EXAMPLES = 12
QUEUED = 30_000_000     # ns over the least that make a queue (causes.c)
EDGE = 200_000_000      # ns that a frame may be under way


class Answer:
    def __init__(self, report, packets, exchanges, frames, members):
        self.report, self.packets = report, packets
        self.exchanges = exchanges
        self.frames, self.members = frames, members


class Rate:
    def __init__(self):
        self.right = self.wrong = self.missed = 0

    def precision(self):
        said = self.right + self.wrong
        return self.right / said if said else 1.0

    def recall(self):
        is_so = self.right + self.missed
        return self.right / is_so if is_so else 1.0

    def row(self):
        return {'right': self.right, 'wrong': self.wrong,
                'missed': self.missed}


class Score:
    def __init__(self, sc, truth, views, points, answer):
        self.sc, self.truth, self.answer = sc, truth, answer
        self.views = {p: views[p] for p in points}
        self.points = points
        self.examples = []
        self.row = {'points': points}
        self.behind = {out: reach(truth.edges, out) for out in (True, False)}
        self.taken_up = {o for f in truth.consumed for o, _, _ in f.atoms} \
            if sc.answers_itself else set()

    def complain(self, text):
        if len(self.examples) < EXAMPLES:
            self.examples.append(text)

    # --- pairing ---

    def pairing(self):
        sessions = defaultdict(Counter)         # tool's flow -> true sessions
        point_of = {}
        for flow, point, frame in self.answer.frames:
            f = self.views[point].rows[int(frame) - 1]
            if f.judged:
                sessions[flow][self.truth.session[f.flow]] += 1
                point_of[flow] = point
        kinds = {s['id']: s['pairing']['kind']
                 for s in self.answer.report['sessions']}
        members = defaultdict(list)
        for session, flow in self.answer.members:
            if flow in sessions:
                members[int(session)].append(flow)
        wrong = 0
        joined = set()
        covered = defaultdict(set)              # true session -> points, once
        for session, flows in members.items():
            true = {s for x in flows for s in sessions[x]}
            relayed = kinds.get(session) == 'relayed'
            joined.add(frozenset(true))
            if (len(true) > 1) != relayed or \
                    relayed and frozenset(true) not in self.truth.relays:
                wrong += 1
                self.complain(f'wrong pairing: session {session} joins '
                              + ', '.join(self.flow_name(x, sessions, point_of)
                                          for x in flows))
            for s in true:
                here = {point_of[x] for x in flows if s in sessions[x]}
                if len(here) > len(covered[s]):
                    covered[s] = here
        right = missed = 0
        for s, seen in self.seen_at().items():
            if len(seen) < 2:
                continue
            if covered[s] == seen:
                right += 1
            else:
                missed += 1
                self.complain(f'not paired: {self.session_name(s)} is at '
                              f'{sorted(seen)}, paired {sorted(covered[s])}')
        related = set()
        for session, other in self.relations():
            pairs = [frozenset((a, b))
                     for a in self.true_of(members[session], sessions)
                     for b in self.true_of(members[other], sessions)]
            related.update(pairs)
            if not pairs or not set(pairs) <= self.truth.relays:
                wrong += 1
                self.complain(f'wrong relation: sessions {session} and {other}')
        self.row['pairs'] = {'right': right, 'wrong': wrong, 'missed': missed}
        both = [r for r in self.truth.relays
                if all(s in self.seen_at() for s in r)]
        told = joined | related
        self.row['relays'] = {'joined': sum(r in told for r in both),
                              'apart': sum(r not in told for r in both)}

    def relations(self):
        """Sessions and those that a relay makes of them."""
        for s in self.answer.report['sessions']:
            for r in s['pairing']['relays']:
                if r['side'] == 'back':
                    yield s['id'], r['session']

    @staticmethod
    def true_of(flows, sessions):
        return {s for x in flows for s in sessions[x]}

    def flow_name(self, flow, sessions, point_of):
        true = sessions[flow].most_common(2)
        return f'{point_of[flow]} ' + '+'.join(self.session_name(s)
                                               for s, _ in true)

    def session_name(self, s):
        proto, a, b = self.truth.flow_name[s]
        return (f'{"tcp" if proto == TCP else "udp"} {host(a[0])}:{a[1]}'
                f'-{host(b[0])}:{b[1]}')

    def seen_at(self):
        """true session -> chosen points whose files hold some of it"""
        seen = defaultdict(set)
        for p, view in self.views.items():
            for f in view.rows:
                if f.judged:
                    seen[self.truth.session[f.flow]].add(p)
        return seen

    # --- fates ---

    def piece_is(self, piece, f, near, far):
        o, lo, hi = piece
        carried = [c for c in self.truth.carriers[far].get(o, ())
                   if c[2].out == f.out and overlap(c, lo, hi)]
        view = self.views[far]
        if any(view.sees(c[2]) for c in carried):
            return 'seen'
        if carried:
            why = {view.hidden[c[2].index] for c in carried}
            return 'unseen' if 'thin' in why else 'outside'
        for p in self.behind[f.out][far]:
            if any(overlap(c, lo, hi)
                   for c in self.truth.carriers[p].get(o, ())):
                return 'outside'
        if not any(overlap(c, lo, hi)
                   for c in self.truth.carriers[near].get(o, ())):
            return 'foreign'
        return 'lost'

    def is_so(self, f, lo, hi, near, far):
        """Bytes by what happened to them; a packet without payload counts as
        one byte.  Atoms are cut where a far frame begins or ends."""
        pieces = clip(f.atoms, lo, hi) if f.payload else f.atoms
        got = Counter()
        for o, a, b in pieces:
            cuts = {a, b}
            for c in self.truth.carriers[far].get(o, ()):
                cuts |= {x for x in c[:2] if a < x < b}
            cuts = sorted(cuts)
            for x, y in zip(cuts, cuts[1:]) if b > a else [(a, b)]:
                got[self.piece_is((o, x, y), f, near, far)] += max(1, y - x)
        return got

    def exempt(self, f):
        """Taken up by a proxy on the way: neither lost nor delivered."""
        return any(o in self.taken_up for o, _, _ in f.atoms)

    def at_edge(self, f, far):
        """Could not be in the far file for all that this file says of when it
        ran: before its first frame or behind its last."""
        rows = self.views[far].rows
        return not rows or f.t < rows[0].t or f.t > rows[-1].t - EDGE

    def read_claims(self):
        """(near, far, frame) -> [line]; the frame is where it was last seen
        before the hop"""
        claims = defaultdict(list)
        for line in self.answer.packets:
            # nobody saw it enter: a figure without a frame to judge
            if line['proto'] not in ('tcp', 'udp') or not line['point']:
                continue
            f = self.views[line['point']].rows[line['frame'] - 1]
            if f.judged:
                claims[line['from'], line['to'], f.point, f.index].append(line)
        return claims

    def fates(self):
        self.bytes, self.kinds = Rate(), {k: Rate() for k in KINDS}
        self.clean_hops = self.true_clean_hops()
        self.provable = Counter()
        self.false_clean = self.far_wrong = self.unjudged = 0
        self.unproven = Counter()
        self.undecided = Counter()
        claims = self.read_claims()
        judged = set()
        for (near, far, point, index), lines in claims.items():
            f = self.truth.points[point][index]
            judged.add((point, index))
            if not self.exempt(f):
                self.judge(f, near, far, lines)
        self.look_for_unjudged(judged)
        self.row.update(
            bytes=self.bytes.row(), false_clean=self.false_clean,
            kinds={k: r.row() for k, r in self.kinds.items()},
            far_wrong=self.far_wrong, unjudged=self.unjudged,
            provable=dict(self.provable), unproven=dict(self.unproven),
            undecided=dict(self.undecided))

    def judge(self, f, near, far, lines):
        claimed = Counter()
        all_is = Counter()
        for line in lines:
            lo, n = self.range_of(f, line)
            so = self.is_so(f, lo, lo + n, near, far)
            claimed[line['fate']] += max(1, n)
            all_is += so
            self.count_bytes(f, line, so)
            self.check_far(f, line, so)
        self.count_frame(f, near, far, lines, claimed, all_is)

    def range_of(self, f, line):
        """Which bytes of the frame's payload the line is about.  `seq` is the
        frame's; `rel_seq` tells the part, where a SYN was seen."""
        n = line['len'] if f.payload else 0
        isn = self.truth.isn.get((f.flow, f.out))
        lo = 0
        if f.proto == TCP and f.payload and None not in (line['rel_seq'], isn):
            lo = (line['rel_seq'] + isn - f.seq) & MASK
        return (lo, n) if lo + n <= len(f.payload) else (0, len(f.payload))

    def count_bytes(self, f, line, so):
        if f.kind not in ('data', 'fin') or not f.payload:
            return
        if line['fate'] == 'lost':
            self.bytes.right += so['lost']
            self.bytes.wrong += sum(so.values()) - so['lost']
        elif not self.at_edge(f, line['to']):
            self.bytes.missed += so['lost']

    def check_far(self, f, line, so):
        if line['fate'] != 'delivered' or not line['far_frame']:
            return
        g = self.views[line['to']].rows[line['far_frame'] - 1]
        mine = {o for o, _, _ in f.atoms}
        if mine & {o for o, _, _ in g.atoms}:
            return
        if not f.payload and so['seen'] and any(
                g.raw[-20:] == c[2].raw[-20:] for o in mine
                for c in self.truth.carriers[line['to']].get(o, ())):
            return      # twins there, by all of their header, both delivered
        if not f.payload and so['seen'] and (g.seq, g.ack, g.flags) == \
                (f.seq, f.ack, f.flags):
            return
        self.far_wrong += 1
        self.complain(f'wrong counterpart: {self.name(f, line)} is '
                      f'{dict(so)}, said {line["to"]} '
                      f'{line["far_frame"]}')

    def count_frame(self, f, near, far, lines, claimed, so):
        rate = self.kinds[f.kind]
        line = next((x for x in lines if x['fate'] == 'lost'), lines[0])
        if claimed['undecided']:
            self.undecided[f.kind] += 1
        if claimed['lost'] and so['lost']:
            rate.right += 1
        elif claimed['lost']:
            rate.wrong += 1
            clean = (near, far, f.out) in self.clean_hops
            self.false_clean += clean
            self.complain(f'false loss{" on a clean hop" if clean else ""}: '
                          f'{self.name(f, line)} is {dict(so)}, said lost '
                          f'({line["basis"]}, {line["reason"]})')
        elif so['lost'] and not self.at_edge(f, far):
            rate.missed += 1
            self.complain(f'missed loss: {self.name(f, line)} is {dict(so)}, '
                          f'said {dict(claimed)} ({line["reason"]})')
        if set(so) == {'unseen'} and not self.at_edge(f, far):
            self.count_unseen(f, near, far, lines, claimed)
        elif claimed['unseen'] and not so['unseen'] and not so['outside']:
            self.complain(f'false unseen: {self.name(f, line)} is {dict(so)} '
                          f'({line["reason"]})')
            self.provable['false'] += 1

    def count_unseen(self, f, near, far, lines, claimed):
        say = 'unseen' if set(claimed) == {'unseen'} else \
            'undecided' if set(claimed) <= {'unseen', 'undecided'} else 'else'
        if not self.is_provable(f, far):
            self.unproven[say] += 1
            return
        self.provable[say] += 1
        if say != 'unseen':
            self.complain(f'provable miss: {self.name(f, lines[0])} said '
                          f'{dict(claimed)} ({lines[0]["reason"]})')

    def is_provable(self, f, far):
        for p in self.behind[f.out][far]:
            if p in self.views and any(
                    self.views[p].sees(c[2]) for o, _, _ in f.atoms
                    for c in self.truth.carriers[p].get(o, ())):
                return True
        if f.proto != TCP or not (f.payload or f.flags & (SYN | FIN)):
            return False
        end = f.seq + len(f.payload) + bool(f.flags & (SYN | FIN))
        acks, sent = self.flow_facts(f.point, f.flow, f.out)
        if sum(s < hi and lo < s + max(1, n) for s, n, lo, hi in
               ((x, m, f.seq, end) for x, m in sent)) > 1:
            return False
        return any((a - end) & MASK < 1 << 30 and t > f.t for t, a in acks)

    def flow_facts(self, point, flow, out):
        """acknowledgements in this point's file; what was sent"""
        if not hasattr(self, 'facts'):
            self.facts = {}
            for p, frames in self.truth.points.items():
                for f in frames:
                    if f.proto != TCP:
                        continue
                    facts = self.facts
                    if f.flags & ACK and p in self.views and \
                            self.views[p].sees(f):
                        facts.setdefault((p, f.flow, not f.out), ([], []))[
                            0].append((f.t, f.ack))
                    if f.payload or f.flags & (SYN | FIN):
                        facts.setdefault((p, f.flow, f.out), ([], []))[
                            1].append((f.seq, len(f.payload)))
        return self.facts.get((point, flow, out), ([], []))

    def true_clean_hops(self):
        """Hops of chosen points, and ways, on which nothing was lost."""
        clean = set()
        for i, a in enumerate(self.points):
            for b in self.points[i + 1:]:
                for near, far, out in ((a, b, True), (b, a, False)):
                    if not self.loses(near, far, out):
                        clean.add((near, far, out))
        return clean

    def loses(self, near, far, out):
        if far not in self.behind[out][near]:
            return True
        there = [self.truth.carriers[far]] + \
            [self.truth.carriers[p] for p in self.behind[out][far]]
        for f in self.truth.points[near]:
            if f.out == out and f.judged and not self.exempt(f):
                for o, lo, hi in f.atoms:
                    n = sum(min(hi, b) - max(lo, a) for c in there[:1]
                            for a, b, g in c.get(o, ()) if g.out == out)
                    if not any(o in c for c in there) or \
                            (hi > lo and 0 < n < hi - lo):
                        return True
        return False

    def look_for_unjudged(self, judged):
        """Lost frames that no line is about, though the far point's file
        holds others of their session."""
        seen = self.seen_at()
        for i, a in enumerate(self.points):
            for f in self.views[a].rows:
                ahead = self.points[i + 1:] if f.out else \
                    self.points[:i][::-1]
                if not f.judged or (a, f.index) in judged or \
                        self.exempt(f):
                    continue
                far = next((p for p in ahead if p in seen[
                    self.truth.session[f.flow]] and
                    p in self.behind[f.out][a]), None)
                if not far:
                    continue
                so = self.is_so(f, 0, len(f.payload), a, far)
                if so['lost'] and not self.at_edge(f, far):
                    self.unjudged += 1
                    self.kinds[f.kind].missed += 1
                    if f.payload and f.kind in ('data', 'fin'):
                        self.bytes.missed += so['lost']
                    self.complain(f'no line: {a} frame of {f.kind} '
                                  f'{self.session_name(self.truth.session[f.flow])}'
                                  f' is lost before {far}')

    def name(self, f, line):
        return (f'{line["kind"]} {line["from"]}->{line["to"]} {f.point} frame '
                f'{line["frame"]} session {line["session"]} len '
                f'{line["len"]} copy {line["copy"]}')

    # --- clocks and delays ---

    def clocks(self):
        first = self.views[self.points[0]]
        self.row['clocks'] = []
        for p in self.answer.report['points'][1:]:
            view, c = self.views[p['name']], p['clock']
            begin = max(first.rows[0].t, view.rows[0].t)
            end = min(first.rows[-1].t, view.rows[-1].t)
            is_so = view.clock.local(begin) - first.clock.local(begin)
            row = {'point': p['name'], 'status': c['status']}
            self.row['clocks'].append(row)
            self.check_steps(p['name'], view, first, c['steps'], row)
            if c['status'] not in ('fitted', 'one-way'):
                continue
            drift = (1 + view.clock.drift / 1e6) / \
                (1 + first.clock.drift / 1e6) * 1e6 - 1e6
            low, high = c['offset_low_ns'], c['offset_high_ns']
            row['inside'] = (low is None or low <= is_so) and \
                (high is None or is_so <= high)
            row['error_ns'] = c['offset_ns'] - is_so \
                if c['offset_ns'] is not None else None
            row['width_ns'] = high - low if None not in (low, high) else None
            if None in (c['drift_low_ppm'], c['drift_high_ppm']):
                continue
            row['drift_inside'] = c['drift_low_ppm'] - 0.02 <= drift <= \
                c['drift_high_ppm'] + 0.02
            row['drift_error_ppm'] = abs(c['drift_ppm'] - drift)
            row['drift_most_ppm'] = max(2, 100e3 / max(1, end - begin) * 1e6)

    def check_steps(self, name, view, first, said, row):
        true = []
        for v, sign in ((view, 1), (first, -1)):
            if v.clock.step:
                true.append((v.clock.step_at, sign * v.clock.step))
        row['steps'] = {'true': len(true), 'said': len(said), 'bad': 0}
        if not true:
            return
        at, by = true[0]
        before = max((f.t for f in view.rows if f.t < at), default=0)
        after = min((f.t for f in view.rows if f.t >= at), default=0)
        for s in said:
            low, high = view.clock.local(before), view.clock.local(after)
            low, high = min(low, high), max(low, high)
            if abs(s['by_ns'] - by) > 2_000_000 or \
                    not low - 1000 <= s['at_ns'] <= high + 1000:
                row['steps']['bad'] += 1
                self.complain(
                    f'step of {name}: by {by / 1e6:.1f} ms within '
                    f'{low}..{high}, said {s["by_ns"] / 1e6:.1f} ms at '
                    f'{s["at_ns"]}')

    def round_trips(self):
        self.row['trips'] = []
        self.queued = set()
        for h in self.answer.report['hops']:
            said = h['round_trip_ns']
            if not said or not said.get('n'):
                continue
            ways = []
            for near, far, out in ((h['from'], h['to'], True),
                                   (h['to'], h['from'], False)):
                delays = [g.t - f.t for f in self.views[near].rows
                          if f.out == out and f.atoms and f.judged
                          for _, _, g in self.truth.carriers[far].get(
                              f.atoms[0][0], ())[:1] if g.out == out]
                ways.append(delays)
                if waited(delays) >= QUEUED:
                    self.queued.add(frozenset((near, far)))
            if ways[0] and ways[1]:
                self.row['trips'].append({
                    'hop': [h['from'], h['to']],
                    'true_ns': sum(map(statistics.median, ways)),
                    'true_min_ns': sum(map(min, ways)),
                    'said_ns': said['median'], 'said_min_ns': said['min']})

    def shares(self, folder):
        self.row['time'] = times.judge(self.answer.report,
                                       self.answer.exchanges, folder,
                                       self.views, self.truth, self.complain)
        if not self.sc.logged:
            self.row['time'].update(shares=0, off=0)

    # --- findings ---

    def told_truly(self, finding):
        """The link is a program: on a busy machine frames wait for it, and
        that they did is in its log.  Then delay.queue is no false finding,
        where it names points that have that link between them."""
        hop = finding['hop']
        if finding['rule'] != 'delay.queue' or not hop:
            return False
        ends = [self.points.index(hop[k]) for k in ('from', 'to')]
        span = set(self.points[min(ends):max(ends) + 1])
        return any(q <= span for q in self.queued)

    def findings(self):
        found = [f for f in self.answer.report['findings']
                 if f['rule'] in (self.wanted() or ()) or
                 not self.told_truly(f)]
        first = found[0]['rule'] if found else None
        rows = [(f['rule'], f['severity']) for f in found]
        self.row['findings'] = [f'{r} ({s})' for r, s in rows]
        verdict, want = 'ok', self.wanted()
        if self.sc.clean:
            bad = [r for r, s in rows if s in ('high', 'medium')]
            if bad:
                verdict = 'false: ' + ', '.join(bad)
        elif want and not any(rule_exists(r) for r in want):
            verdict = 'not yet: ' + ', '.join(want)
        elif want:
            if first not in want:
                verdict = f'first is {first}, not {" or ".join(want)}'
            elif first == 'delay.queue' and \
                    frozenset((found[0]['hop'] or {}).values()) not in self.queued:
                verdict = f'the queue is elsewhere than {found[0]["hop"]}'
            elif any(s == 'high' and r not in want for r, s in rows):
                verdict = 'beside it: ' + ', '.join(
                    r for r, s in rows if s == 'high' and r not in want)
        if any(q['what'] == 'path-order'
               for q in self.answer.report['quality']):
            verdict = 'false: the points are in the order of the path'
        elif not want and not self.sc.clean:
            verdict = '-'
        self.row['cause'] = verdict


    def wanted(self):
        want = self.sc.cause
        return want.get(self.choice, ()) if isinstance(want, dict) else want


def waited(delays):
    """How long a twentieth of the frames truly waited over the least."""
    if len(delays) < 20:
        return 0
    return sorted(delays)[len(delays) * 19 // 20] - min(delays)


def host(b):
    if len(b) == 4:
        return '.'.join(map(str, b))
    return b.hex()


def overlap(c, lo, hi):
    return hi == lo or (c[0] < hi and lo < c[1])


def reach(edges, out):
    """point -> points behind it"""
    next_of = defaultdict(set)
    for a, b, _ in edges:
        next_of[a if out else b].add(b if out else a)
    names = {x for e in edges for x in e[:2]}
    behind = {}
    for p in names:
        todo, got = [p], set()
        while todo:
            for q in next_of[todo.pop()] - got:
                got.add(q)
                todo.append(q)
        behind[p] = got
    return behind


def rule_exists(rule, known={}):
    """Does a rule of report/derive write this finding?"""
    if not known:
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              '../../report/derive')
        for name in os.listdir(folder):
            if name.endswith('.c') and name != 'derive.c':
                with open(os.path.join(folder, name)) as f:
                    for call in re.findall(r'(?:draft_new|delay_draft)\([^;]*;', f.read()):
                        for r in re.findall(r'"([a-z]+\.[a-z]+)"', call):
                            known[r] = True
    return rule in known


# --- what must hold -----------------------------------------------------------

# By how much a busy machine may make a figure worse: so many times a drift's
# limit, one in so many shares of time.
BUSY_DRIFT, BUSY_SHARES = 4, 5


def limits(sc, row):
    """What does not hold; and of it what no busy machine explains."""
    failed, gross = [], []

    def check(ok, text, busy=False):
        if not ok:
            failed.append(text)
        if not ok and not busy:
            gross.append(text)

    pairs = row['pairs']
    check(not pairs['wrong'], f'{pairs["wrong"]} wrong pairings')
    check(not pairs['missed'], f'{pairs["missed"]} sessions not paired')
    gaps = any(set(s) & {'drop', 'burst'} for p, s in sc.spoil.items()
               if p in row['points'])
    wanted = {'data': (row['bytes'], .99, 'bytes of data'),
              'syn': (row['kinds']['syn'], .97, 'SYN'),
              'fin': (row['kinds']['fin'], .97, 'FIN')}
    if not gaps:
        wanted['ack'] = (row['kinds']['ack'], .97, 'pure ACK')
        wanted['datagram'] = (row['kinds']['datagram'], 1, 'datagram')
    for r, least, what in wanted.values():
        said, is_so = r['right'] + r['wrong'], r['right'] + r['missed']
        check(not said or r['right'] / said >= least,
              f'precision of lost {what}: {r["right"]} of {said}')
        check(not is_so or r['right'] / is_so >= least,
              f'recall of lost {what}: {r["right"]} of {is_so}')
    check(not row['false_clean'],
          f'{row["false_clean"]} losses on hops that lost nothing')
    check(not row['far_wrong'], f'{row["far_wrong"]} wrong counterparts')
    prov = row['provable']
    total = sum(prov.get(k, 0) for k in ('unseen', 'undecided', 'else'))
    check(not total or prov.get('unseen', 0) >= .95 * total,
          f'{prov.get("unseen", 0)} of {total} provable misses are unseen')
    check(not prov.get('else'), f'{prov.get("else")} misses said something'
          ' else')
    for c in row['clocks']:
        check(c.get('inside', True), f'offset of {c["point"]} out of bounds')
        check(c.get('drift_inside', True),
              f'drift of {c["point"]} out of bounds')
        off, most = c.get('drift_error_ppm', 0), c.get('drift_most_ppm', 2)
        check(off <= most, f'drift of {c["point"]} is wrong by {off:.1f} ppm',
              busy=off <= BUSY_DRIFT * most)
        s = c['steps']
        check(s['said'] == s['true'] and not s['bad'],
              f'steps of {c["point"]}: {s["true"]}, said {s["said"]}, '
              f'{s["bad"]} of them wrong')
    time = row['time']
    check(not time['off'],
          f'{time["off"]} of {time["shares"]} shares of time',
          busy=time['off'] * BUSY_SHARES <= time['shares'])
    check(time['unattributed'] <= .05,
          f'{100 * time["unattributed"]:.1f} % of the time is unattributed')
    check(row['cause'] in ('ok', '-') or row['cause'].startswith('not yet'),
          f'finding: {row["cause"]}')
    return failed, gross


def score(sc, truth, views, points, answer, choice, folder):
    s = Score(sc, truth, views, points, answer)
    s.choice = choice
    s.pairing()
    s.fates()
    s.clocks()
    s.round_trips()
    s.shares(folder)
    s.findings()
    s.row['choice'] = choice
    s.row['examples'] = s.examples
    s.row['failed'], s.row['gross'] = limits(sc, s.row)
    return s.row
