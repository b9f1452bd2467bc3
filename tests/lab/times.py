"""Shares of time against the host's own captures and the program's own log.

For each session of talk.py that the points at both ends saw, summed over its
exchanges:

wait    the client's, from its request to all of the answer
think   the client's, between an answer and the next request
server  from the request being there to the answer being written

The truth of each is taken twice, from what tracepair does not get:

captures    the whole captures on the two hosts, before anything was spoilt:
            talk.py logs how many bytes each request and answer has, and when
            these bytes were there is looked up
program     talk.py's log.  It has spans: a message was handed over between the
            stamps before and after a call; it was there at the kernel's stamp
            or, where segments had to wait for others, not before one stamp and
            not after another.  The captures' moment is taken where it lies in
            the span, else the end of the span that is nearer to it.  A request
            that TCP could not send yet (a closed window) is asked and not on
            the wire: tracepair counts such time for what held it up; all time
            for which the host's capture has the window closed is the window's,
            whenever in it the program asked

A share is off that differs from either by more than LIMIT of the session's time
and by more than LEAST.  There is no allowance.

`loose` counts the shares whose spans leave more than the limit open: for these
the log alone proves nothing.  On a busy machine a program notices late what its
host has; that is time of that host, which tracepair must say, too: `noticing` is
its part of all think and server time.
"""
import json
import os
from collections import defaultdict

from frames import ACK, MASK, RST, SYN

LIMIT, LEAST = .03, 500_000
SHARES = ('wait', 'think', 'server')


def read(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [json.loads(line) for line in f]


def logged(folder):
    """protocol and client's port, or server's peer -> [row]: ports are used
    again.  Datagrams of one peer are one row."""
    asked, served = defaultdict(list), defaultdict(list)
    for proto in ('tcp', 'udp'):
        for r in read(f'{folder}/talk-{proto}.jsonl'):
            if r['asked']:
                asked[proto, r['port']].append(r)
    for server in ('talk-s', 'talk-s2'):
        for r in read(f'{folder}/{server}/talk-serve.jsonl'):
            rows = served['udp' if 'datagram' in r else 'tcp', *r['peer']]
            if 'datagram' in r and rows:
                rows[0]['got'] += r['got']
                rows[0]['told'] += r['told']
            elif r['got']:
                rows.append(r)
    return asked, served


def nearest(rows, t, what):
    return min(rows, key=lambda r: abs(r[what][0][0] - t), default=None)


def end(text):
    host, port = text.rsplit(':', 1)
    return host.strip('[]'), int(port)


# --- a host's capture ---------------------------------------------------------

class Stream:
    """One direction of a connection at a host: when its bytes were there."""

    def __init__(self, frames, out):
        mine = [f for f in frames if f.out == out]
        isn = next(f.seq for f in mine if f.flags & SYN)
        self.sent, self.whole = [], []  # (t, from, to), (t, to) without a hole
        islands, top = [], 0
        for f in mine:
            if not f.payload:
                continue
            low = (f.seq - isn - 1) & MASK
            self.sent.append((f.t, low, low + len(f.payload)))
            islands.append((low, low + len(f.payload)))
            islands.sort()
            while islands and islands[0][0] <= top:
                top = max(top, islands.pop(0)[1])
            self.whole.append((f.t, top))

    def first(self, byte):
        return next(t for t, low, high in self.sent if low <= byte < high)

    def all(self, upto):
        return next(t for t, top in self.whole if top >= upto)


class Host:
    def __init__(self, frames):
        self.by_flow = defaultdict(list)
        for f in frames:
            self.by_flow[f.flow].append(f)

    def streams(self, flow):
        frames = self.by_flow[flow]
        return Stream(frames, True), Stream(frames, False)

    def closed(self, flow):
        """When the client was allowed nothing: [(from, to)]"""
        spans, since = [], None
        for f in self.by_flow[flow]:
            if f.out or f.flags & RST or not f.flags & ACK:
                continue
            if f.window == 0 and since is None:
                since = f.t
            elif f.window and since is not None:
                spans.append((since, f.t))
                since = None
        return spans


def moments(client, server, sizes):
    """[(asked, had, got, told)]: of each exchange, on the wire at the hosts"""
    rows, ask, tell = [], 0, 0
    for request, answer in sizes:
        rows.append((client[0].first(ask), client[1].all(tell + answer),
                     server[0].all(ask + request), server[1].first(tell)))
        ask, tell = ask + request, tell + answer
    return rows


def moments_of_datagrams(client, server, n):
    """The same, of @n requests each answered; None: something was lost, or came
    twice."""
    ways = [[f.t for f in frames if f.out == out]
            for frames, out in ((client, True), (client, False),
                                (server, True), (server, False))]
    return zip(*ways) if all(len(times) == n for times in ways) else None


# --- shares -------------------------------------------------------------------

def true_shares(asked, had, got, told):
    return {'wait': sum(b - a for a, b in zip(asked, had)),
            'think': sum(b - a for a, b in zip(had, asked[1:])),
            'server': sum(b - a for a, b in zip(got, told))}


def said(exchanges):
    """session -> [exchange] with a request and an answer; `held_ns`: between
    the exchange before and its first byte, and not the client's"""
    of, over = defaultdict(list), {}
    for x in exchanges:
        s, begun = x['session'], x['at_ns']
        x['held_ns'] = max(begun - over[s] - x['think_ns'], 0) \
            if s in over else 0
        over[s] = begun + x['time_ns']['total']
        if not x['opening'] and x['answered']:
            of[s].append(x)
    return of


def on_wire(xs):
    """As captures show it: what held a request up lies before it."""
    return {'wait': sum(x['time_ns']['total'] for x in xs),
            'think': sum(x['think_ns'] + x['held_ns'] for x in xs[1:]),
            'server': sum(x['server_ns'] for x in xs)}


def of_program(xs):
    """As the program has it: then it waits already."""
    return {'wait': sum(x['time_ns']['total'] + x['held_ns'] for x in xs),
            'think': sum(x['think_ns'] for x in xs[1:]),
            'server': sum(x['server_ns'] for x in xs)}


def judge(report, exchanges, folder, views, truth, complain):
    """Return: the row's figures, or None where there is nothing to judge."""
    total = sum(s['time_ns']['total'] or 0 for s in report['sessions'])
    open_ns = sum(s['time_ns']['unattributed'] or 0
                  for s in report['sessions'])
    row = {'shares': 0, 'off': 0, 'loose': 0, 'worst': 0.0,
           'own_ns': 0, 'noticing_ns': 0,
           'unattributed': open_ns / total if total else 0}
    asked_by, served_by = logged(folder)
    hosts = {p: Host(truth.points[p]) for p in ('client', 'server')} \
        if 'client' in views and 'server' in views else {}
    of = said(exchanges)
    for s in report['sessions']:
        at = {f['point']: f for f in s['flows']}
        xs = of.get(s['id'], [])
        if 'client' not in at or 'server' not in at or not xs or \
                any(x['server_ns'] is None or x['far_response_frame'] is None
                    or x['far_request_frame'] is None or
                    (x['point'], x['far_point']) != ('client', 'server')
                    for x in xs):
            continue
        here = views['client'].rows[xs[0]['request_frame'] - 1]
        there = views['server'].rows[xs[0]['far_request_frame'] - 1]
        port, peer = end(at['client']['client'])[1], end(at['server']['client'])
        asked = nearest(asked_by.get((s['proto'], port), []), here.t, 'asked')
        served = nearest(served_by.get((s['proto'], *peer), []), there.t, 'got')
        if not asked or not served or \
                not len(xs) == len(asked['asked']) == len(served['got']):
            continue
        if s['proto'] == 'tcp':
            wire = moments(hosts['client'].streams(here.flow),
                           hosts['server'].streams(there.flow), asked['bytes'])
        else:
            wire = moments_of_datagrams(hosts['client'].by_flow[here.flow],
                                        hosts['server'].by_flow[there.flow],
                                        len(xs))
        if not wire:
            continue
        log = (asked['asked'], asked['had'], served['got'], served['told'])
        compare(row, s, xs, tuple(zip(*wire)), log,
                hosts['client'].closed(here.flow), complain)
    own, noticing = row.pop('own_ns'), row.pop('noticing_ns')
    row['noticing'] = noticing / own if own else 0
    return row


def within(moments, spans):
    return [min(max(t, span[0]), span[1]) for t, span in zip(moments, spans)]


def compare(row, s, xs, wire, log, closed, complain):
    sent, had, got, told = wire
    asked, *rest = map(within, wire, log)
    begun = [min(t, next((low for low, high in closed if low <= a <= high), a))
             for t, a in zip(sent, asked)]
    truths = (('captures', on_wire(xs), true_shares(sent, had, got, told)),
              ('the program', of_program(xs), true_shares(begun, *rest)))
    limit = max(LEAST, LIMIT * (had[-1] - begun[0]))
    slack = [sum(span[1] - span[0] for span in spans) for spans in log]
    open_by = {'wait': slack[0] + slack[1], 'think': slack[0] + slack[1],
               'server': slack[2] + slack[3]}
    for share in SHARES:
        row['shares'] += 1
        bad = [(name, said[share], true[share]) for name, said, true in truths
               if abs(said[share] - true[share]) > limit]
        row['worst'] = max([row['worst']] +
                           [abs(said[share] - true[share]) / 1e6
                            for _, said, true in truths])
        row['off'] += bool(bad)
        row['loose'] += open_by[share] > limit
        for name, said_ns, true_ns in bad[:1]:
            complain(f'session {s["id"]}: {share} took {true_ns / 1e6:.2f} ms '
                     f'by {name}, said {said_ns / 1e6:.2f}')
    # after the last answer nobody waits for the client
    seen = list(zip(rest[0], log[1]))[:-1] + list(zip(rest[1], log[2]))
    row['noticing_ns'] += sum(span[2] - t for t, span in seen)
    true = truths[1][2]
    row['own_ns'] += true['think'] + true['server']
