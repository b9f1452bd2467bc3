"""One scenario, from namespaces to figures.  Started by tests/lab/run, inside
namespaces of its own.

    scenario.py NAME FOLDER BUILD       writes FOLDER/result.json
    scenario.py NAME FOLDER BUILD again judges what LAB_KEEP=1 kept once more

Exit: 0 done, 3 skipped, 4 the lab broke (result.json says why).
"""
import json
import os
import re
import subprocess
import sys
import time
import types

import captures
import net
import scenarios
import score
import traffic
import truth


def generate(sc, folder, build):
    lab = net.Lab(sc, folder, build + '/tests/lab/link')
    try:
        for word in ('ip', 'nft', 'tcpdump', 'ethtool', 'ss', 'sysctl'):
            traffic.need(word)
        sc.topology(lab)
        for ns, rules in sc.rules.items():
            try:
                lab.nft(ns, rules)
            except net.Broken as e:
                raise net.Skip(f'nftables cannot: {e}') from e
        if sc.setup:
            sc.setup(lab)
        traffic.serve(lab, ['s', 's2'] if sc.topology is net.backends
                      else ['s'])
        lab.start_captures()
        traffic.run(lab, sc.to, sc.seconds)
        lab.stop_captures()
        for ns, names in sc.proven.items():
            for name in names.split():
                if not lab.counter(ns, name):
                    raise net.Broken(f'counter {name} in {ns} saw nothing')
    finally:
        lab.stop()
    return lab


def tracepair(build, *args):
    done = subprocess.run([build + '/tracepair', *args], text=True,
                          capture_output=True, timeout=300)
    if done.returncode:
        raise net.Broken(f'tracepair {args[0]}: exit {done.returncode}: '
                         + done.stderr.strip()[-300:])
    return done.stdout


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def ask_tracepair(build, folder, views, points):
    case = folder + '/case.tpc'
    if os.path.exists(case):
        os.remove(case)
    report = tracepair(build, *(f'{p}={views[p].path}' for p in points),
                       '-o', case, '--format', 'json')
    flows = tracepair(build, 'sql', case,
                      'select flow, point, frame from packet')
    members = tracepair(build, 'sql', case,
                        'select session, flow from session_flow')
    answer = score.Answer(
        json.loads(report),
        lines(tracepair(build, 'packets', case, '--format', 'ndjson')),
        lines(tracepair(build, 'exchanges', case, '--format', 'ndjson')),
        [line.split('\t') for line in flows.splitlines()[1:]],
        [line.split('\t') for line in members.splitlines()[1:]])
    os.remove(case)
    return answer


# --- what LAB_KEEP=1 keeps, to judge it again ---

def keep(lab, folder):
    with open(folder + '/kept.json', 'w') as f:
        json.dump({'end': lab.end, 'edges': lab.edges,
                   'logs': [[*edge, log] for edge, log in lab.logs.items()],
                   'points': [[p.name, p.ns, p.dev, p.egress_out,
                               p.mac.hex(), p.file] for p in lab.points]}, f)


def kept(sc, folder):
    with open(folder + '/kept.json') as f:
        was = json.load(f)
    lab = types.SimpleNamespace(sc=sc, end=was['end'], points=[],
                                edges=[tuple(e) for e in was['edges']],
                                logs={(a, b): log
                                      for a, b, log in was['logs']})
    for name, ns, dev, egress_out, mac, file in was['points']:
        p = net.Point(name, ns, dev, egress_out)
        p.mac, p.file = bytes.fromhex(mac), file
        lab.points.append(p)
    return lab


def usual_choices(lab):
    names = [p.name for p in lab.points]
    return {'ends': [names[0], names[5]], 'all six': names[:6],
            'middle': names[2:5]}


def main():
    name, folder, build = sys.argv[1:4]
    again = sys.argv[4:] == ['again']
    keeps = os.environ.get('LAB_KEEP') or again
    sc = next(s for s in scenarios.TABLE if s.name == name)
    result = {'name': sc.name, 'title': sc.title, 'rows': []}
    code, begin = 0, time.monotonic()
    try:
        if again:
            lab = kept(sc, folder)
        else:
            lab = generate(sc, folder, build)
        if keeps:
            keep(lab, folder)
        result['traffic_s'] = round(time.monotonic() - begin, 1)
        true = truth.Truth(lab)
        true.relays = truth.relays(true, folder)
        views = captures.make(true, sc, folder)
        for choice, points in (sc.choices or usual_choices(lab)).items():
            answer = ask_tracepair(build, folder, views, points)
            result['rows'].append(score.score(sc, true, views, points, answer,
                                              choice, folder))
    except net.Skip as e:
        result['skip'], code = str(e), 3
    except net.Broken as e:
        result['broken'], code = str(e), 4
    result['seconds'] = round(time.monotonic() - begin, 1)
    with open(folder + '/result.json', 'w') as f:
        json.dump(result, f, indent=1)
    for p in os.listdir(folder):
        if re.search(r'\.full\.pcap$', p) and not keeps:
            os.remove(f'{folder}/{p}')
    sys.exit(code)


main()
