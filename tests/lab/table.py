"""Names of scenarios, results as lines, as a summary, as doc/accuracy.md.

    table.py --names [--ci | --list | NAME...]
    table.py --line RESULT.json
    table.py --summary [--ci] FOLDER NAME...    exit 1 if a limit is violated
    table.py --document FOLDER              doc/accuracy.md, to stdout
"""
import json
import os
import sys


def load(folder, names):
    got = []
    for name in names:
        path = f'{folder}/{name}/result.json'
        if os.path.exists(path):
            with open(path) as f:
                got.append(json.load(f))
    return got


def share(part, whole):
    return f'{100 * part / whole:.2f} %' if whole else '-'


def rate(r):
    said, is_so = r['right'] + r['wrong'], r['right'] + r['missed']
    if not said and not is_so:
        return '-'
    return f'{share(r["right"], said)} / {share(r["right"], is_so)}'


def state(result):
    if 'skip' in result:
        return 'SKIP ' + result['skip']
    if 'broken' in result:
        return 'BROKEN ' + result['broken']
    bad = sum(bool(r['failed']) for r in result['rows'])
    return f'{bad} of {len(result["rows"])} choices miss a limit' if bad \
        else 'ok'


def line(path):
    with open(path) as f:
        r = json.load(f)
    print(f'{r["name"]:<20} {r.get("seconds", 0):5.1f} s  {state(r)}')
    for row in r['rows']:
        for text in row['failed']:
            print(f'    {row["choice"]}: {text}')
        if row['failed']:
            for text in row['examples'][:int(os.environ.get('LAB_SAY', 3))]:
                print(f'        {text}')
    sys.stdout.flush()


def merged(rows, *keys):
    total = {'right': 0, 'wrong': 0, 'missed': 0}
    for row in rows:
        r = row
        for k in keys:
            r = r[k]
        for k in total:
            total[k] += r[k]
    return total


def us(ns):
    return '-' if ns is None else f'{ns / 1000:,.0f}'


def clock_cell(row):
    """The worst of the points."""
    fit = [c for c in row['clocks'] if c.get('error_ns') is not None]
    if not fit:
        return '-'
    worst = max(fit, key=lambda c: abs(c['error_ns']))
    drift = max((c['drift_error_ppm'] for c in fit
                 if 'drift_error_ppm' in c), default=0)
    inside = all(c['inside'] and c.get('drift_inside', True) for c in fit)
    return (f'{us(abs(worst["error_ns"]))} of {us(worst["width_ns"])}, '
            f'{drift:.1f}{"" if inside else " **OUT**"}')


def trip_cell(row):
    trips = [t for t in row['trips'] if t['true_ns'] > 1e6]
    if not trips:
        return '-'
    t = max(trips, key=lambda t: abs(t['said_ns'] - t['true_ns']))
    return f'{t["said_ns"] / 1e6:.1f} / {t["true_ns"] / 1e6:.1f}'


def time_cell(row):
    """shares off / judged, not told by the log; noticing; unattributed"""
    t = row['time']
    if not t['shares']:
        return f'-, {100 * t["unattributed"]:.1f} %'
    loose = f' ({t["loose"]} loose)' if t['loose'] else ''
    return (f'{t["off"]} of {t["shares"]}{loose}, {100 * t["noticing"]:.0f} % '
            f'noticing, {100 * t["unattributed"]:.1f} %')


def unseen_cell(row):
    p = row['provable']
    n = sum(p.get(k, 0) for k in ('unseen', 'undecided', 'else'))
    return f'{p.get("unseen", 0)} of {n}' if n else '-'


def document_row(r, row):
    kinds = row['kinds']
    small = ', '.join(f'{k} {rate(kinds[k])}' for k in
                      ('syn', 'fin', 'rst', 'ack', 'datagram')
                      if rate(kinds[k]) != '-') or '-'
    p = row['pairs']
    return (f'| {r["name"]} | {row["choice"]} | {p["right"]}/{p["wrong"]}/'
            f'{p["missed"]} | {rate(row["bytes"])} | {rate(kinds["data"])} | '
            f'{small} | {row["false_clean"]} | {unseen_cell(row)} | '
            f'{clock_cell(row)} | {trip_cell(row)} | {time_cell(row)} | '
            f'{row["cause"]} |')


HEAD = """# Accuracy against real network stacks

Written by `make lab`; do not edit.  `tests/lab/README.md` says how it is made
and what the columns mean.

Loss: precision / recall.  Pairs: right/wrong/missed.  False: losses said of
hops that lost nothing.  Unseen: provable misses of a capture that are said to
be that.  Clock: worst point, error of the offset of the width of its bounds in
us, then error of the drift in ppm.  Round trip: said / true median in ms of the
worst hop over 1 ms.  Time: shares of client, server and waiting that are off by
3 % of the session and 0.5 ms from the hosts' own whole captures, or from the log
of the programs and of their kernels, of those judged (loose: the log does not say
it so exactly); how much of the programs' think and serve time passed before they
noticed what their kernels had, which is their host's; share of all time that is
unattributed.

| scenario | points | pairs | lost bytes | lost data | other kinds lost | false | unseen | clock | round trip | time | first finding |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def document(folder):
    import scenarios
    results = load(folder, [s.name for s in scenarios.TABLE])
    rows = [(r, row) for r in results for row in r['rows']]
    print(HEAD)
    for r, row in rows:
        print(document_row(r, row))
    good = [row for _, row in rows]
    pairs = merged(good, 'pairs')
    print(f"""
## In all

{len(results)} scenarios, {len(rows)} choices of points,
{sum(not r['failed'] for r in good)} of them within all limits.

- pairings: {pairs['right']:,} right, {pairs['wrong']:,} wrong, {pairs['missed']:,} missed
- lost bytes of data: {rate(merged(good, 'bytes'))} (precision / recall)""")
    for kind in ('data', 'syn', 'fin', 'ack', 'datagram'):
        print(f'- lost packets, {kind}: '
              f'{rate(merged(good, "kinds", kind))}')
    print(f"""- packets taken for others: {sum(r['far_wrong'] for r in good)}
- losses said of hops that lost nothing: {sum(r['false_clean'] for r in good)}
- shares of time: {sum(r['time']['off'] for r in good)} of {sum(r['time']['shares'] for r in good):,} off
- clocks: {sum(c.get('inside', False) for r in good for c in r['clocks'])} offsets inside their bounds, {sum(not c.get('inside', True) for r in good for c in r['clocks'])} outside
""")
    section('What missed its limit', [
        f'- {r["name"]}, {row["choice"]}: {text}'
        for r, row in rows for text in row['failed']])
    section('Skipped', [f'- {r["name"]}: {r["skip"]}' for r in results
                        if 'skip' in r])
    section('Broken', [f'- {r["name"]}: {r["broken"]}' for r in results
                       if 'broken' in r])
    print('## The scenarios\n')
    for s in scenarios.TABLE:
        print(f'- **{s.name}**: {s.title}')


def section(title, lines):
    print(f'## {title}\n')
    print('\n'.join(lines or ['Nothing.']) + '\n')


def summary(folder, names, short):
    """A drift's point error over a few seconds hangs on which packets were
    not held up, shares of time on how late programs were scheduled: the short
    run, which must not fail by chance, fails by these only where they are
    worse than a busy machine makes them (score.limits())."""
    results = load(folder, names)
    failed = sum('broken' in r or any(row['gross' if short else 'failed']
                                      for row in r['rows']) for r in results)
    failed += len(names) - len(results)
    skipped = sum('skip' in r for r in results)
    for r in results:
        if 'skip' in r:
            print(f'SKIP {r["name"]}: {r["skip"]}')
    print(f'{len(names) - failed - skipped} passed, {failed} failed')
    return 1 if failed else 0


def names(words):
    import scenarios
    known = [s.name for s in scenarios.TABLE]
    if words == ['--ci']:
        return [s.name for s in scenarios.TABLE if s.ci]
    if words in ([], ['--list']):
        return known
    for w in words:
        if w not in known:
            sys.exit(f'tests/lab/run: {w}: no such scenario; --list has all')
    return words


def main():
    what, rest = sys.argv[1], sys.argv[2:]
    if what == '--names':
        print('\n'.join(names(rest)))
    elif what == '--line':
        line(rest[0])
    elif what == '--summary':
        short = rest[0] == '--ci'
        rest = rest[short:]
        sys.exit(summary(rest[0], rest[1:], short))
    elif what == '--document':
        document(rest[0])


if __name__ == '__main__':
    main()
