"""From the whole captures to those that tracepair is given.

Each point has a clock of its own, wrong by a known amount; and its capture may
be spoilt: {'drop': ppm} frames missing by chance, {'burst': (ppm, frames)} in
a row, {'late': share} {'early': share} begins late, ends early, {'snap': bytes}
{'oneway': 'out'|'back'} {'twice': True} a mirror that sees each frame twice.
"""
import random

from frames import write_pcap


class Clock:
    """local = true + offset + drift, and a step from step_at on"""

    def __init__(self, begin, offset, drift_ppm, step_at=None, step=0):
        self.begin, self.offset, self.drift = begin, offset, drift_ppm
        self.step_at, self.step = step_at, step

    def local(self, t):
        """ns of true time -> ns on this clock"""
        own = t + self.offset + round((t - self.begin) * self.drift / 1e6)
        if self.step_at is not None and t >= self.step_at:
            own += self.step
        return own


class View:
    """What tracepair gets of one point.

    rows    frame number - 1 -> Frame
    hidden  index of a frame that it does not get -> thin | window | oneway
    """

    def __init__(self, name, path, clock):
        self.name, self.path, self.clock = name, path, clock
        self.rows, self.hidden = [], {}
        self.spoilt = False

    def sees(self, f):
        return f.index not in self.hidden


def clock_for(name, n, sc, begin, end):
    rng = random.Random(f'{sc.seed} {name}')
    # hosts are a few seconds apart, one of them nearly an hour
    offset = rng.randint(-5 * 10**9, 5 * 10**9)
    if n == 3:
        offset += 3_000 * 10**9
    drift = rng.uniform(-60, 60)
    step = sc.steps.get(name)
    at = begin + int((end - begin) * step[0]) if step else None
    return Clock(begin, offset, drift, at, step[1] if step else 0)


def hides(spoil, frames, rng, begin, end):
    """index -> reason, for frames that the capture lacks"""
    hidden, left = {}, 0
    first = begin + (end - begin) * spoil.get('late', 0)
    last = end - (end - begin) * spoil.get('early', 0)
    ppm, run = spoil.get('burst', (0, 0))
    for f in frames:
        if left == 0 and rng.randrange(10**6) < ppm:
            left = run
        if not first <= f.t <= last:
            hidden[f.index] = 'window'
        elif spoil.get('oneway') and f.out != (spoil['oneway'] == 'out'):
            hidden[f.index] = 'oneway'
        elif left or rng.randrange(10**6) < spoil.get('drop', 0):
            hidden[f.index] = 'thin'
        left = max(0, left - 1)
    return hidden


def make(truth, sc, folder):
    """name -> View"""
    times = [f.t for frames in truth.points.values() for f in frames]
    begin, end = min(times), max(times)
    views = {}
    for n, (name, frames) in enumerate(truth.points.items()):
        spoil = sc.spoil.get(name, {})
        rng = random.Random(f'{sc.seed} spoil {name}')
        view = View(name, f'{folder}/{name}.pcap',
                    clock_for(name, n, sc, begin, end))
        view.spoilt = bool(set(spoil) & {'drop', 'burst'})
        view.hidden = hides(spoil, frames, rng, begin, end)
        rows = []
        for f in frames:
            if f.index in view.hidden:
                continue
            rows.append((view.clock.local(f.t), f))
            if spoil.get('twice'):
                rows.append((view.clock.local(f.t + 3_000), f))
        if spoil.get('twice'):
            rows.sort(key=lambda r: r[0])
        view.rows = [f for _, f in rows]
        write_pcap(view.path, [(t, f.raw) for t, f in rows],
                   spoil.get('snap', 262144))
        views[name] = view
    return views
