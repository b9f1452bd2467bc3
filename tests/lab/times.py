"""Shares of time against what the request/response program logged itself.

For each TCP session of talk.py that the points at both ends saw whole, summed
over its exchanges:

wait    the client's, from its request to all of the answer
think   the client's, between an answer and the next request
server  from the request being there to the answer being written

The program's stamps are the machine's clock, the captures' clocks are made
wrong; durations are the same on both.  A share is off by more than LIMIT of the
session's time and by more than LEAST.

The program notices a packet a moment after the capture does: when the machine
is busy, later.  `late` is how much later, over the session: how long before the
program had its request it was in the server's own capture, and how long after
its answer was in the client's the program had it.  So much of the difference
is no error of tracepair's, and it is said how many shares needed it.
"""
import json
import os
from collections import defaultdict

LIMIT, LEAST = .03, 500_000
SHARES = ('wait', 'think', 'server')


def read(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [json.loads(line) for line in f]


def logged(folder):
    """client's port -> its exchanges, server's peer -> its exchanges"""
    asked = {r['port']: r['asked'] for r in read(folder + '/talk-tcp.jsonl')}
    served = {}
    for server in ('talk-s', 'talk-s2'):
        for r in read(f'{folder}/{server}/talk-serve.jsonl'):
            served[tuple(r['peer'])] = r['served']
    return asked, served


def end(text):
    host, port = text.rsplit(':', 1)
    return host.strip('[]'), int(port)


def said(exchanges):
    """session -> [exchange] with a request and an answer"""
    of = defaultdict(list)
    for x in exchanges:
        if not x['opening'] and x['answered']:
            of[x['session']].append(x)
    return of


def true_shares(asked, served):
    return {'wait': sum(b - a for a, b in asked),
            'think': sum(b[0] - a[1] for a, b in zip(asked, asked[1:])),
            'server': sum(b - a for a, b in served)}


def said_shares(xs):
    return {'wait': sum(x['time_ns']['total'] for x in xs),
            'think': sum(x['think_ns'] for x in xs[1:]),
            'server': sum(x['server_ns'] for x in xs)}


def lateness(xs, asked, served, views):
    """Of the program behind the captures, on the true clock."""
    late = 0
    for x, (_, had), (got, wrote) in zip(xs, asked, served):
        arrived = views['server'].rows[x['far_request_frame'] - 1].t
        left = views['server'].rows[x['far_response_frame'] - 1].t
        last = views['client'].rows[x['response_last_frame'] - 1].t
        late += abs(got - arrived) + abs(left - wrote) + abs(had - last)
    return late


def judge(report, exchanges, folder, views, complain):
    """Return: the row's figures, or None where there is nothing to judge."""
    total = sum(s['time_ns']['total'] or 0 for s in report['sessions'])
    open_ns = sum(s['time_ns']['unattributed'] or 0
                  for s in report['sessions'])
    row = {'shares': 0, 'off': 0, 'late': 0, 'worst': 0.0,
           'unattributed': open_ns / total if total else 0}
    asked_by, served_by = logged(folder)
    of = said(exchanges)
    for s in report['sessions']:
        at = {f['point']: f for f in s['flows']}
        if s['proto'] != 'tcp' or 'client' not in at or 'server' not in at:
            continue
        asked = asked_by.get(end(at['client']['client'])[1])
        served = served_by.get(end(at['server']['client']))
        xs = of.get(s['id'], [])
        if not asked or not served or len(xs) != len(asked) or \
                len(served) != len(asked) or \
                any(x['server_ns'] is None or x['far_response_frame'] is None
                    or x['far_request_frame'] is None or
                    (x['point'], x['far_point']) != ('client', 'server')
                    for x in xs):
            continue
        compare(row, s, said_shares(xs), true_shares(asked, served),
                lateness(xs, asked, served, views), complain)
    return row


def compare(row, s, got, true, late, complain):
    limit = max(LEAST, LIMIT * (true['wait'] + true['think']))
    for share in SHARES:
        off = abs(got[share] - true[share])
        row['shares'] += 1
        row['worst'] = max(row['worst'], off / 1e6)
        if off <= limit:
            continue
        if off <= limit + late:
            row['late'] += 1
            continue
        row['off'] += 1
        complain(f'session {s["id"]}: {share} took {true[share] / 1e6:.2f} ms,'
                 f' said {got[share] / 1e6:.2f} (program late by '
                 f'{late / 1e6:.2f})')
