// From times to places along the ladder.
//
// Both scales give each row end a place u, near[i] and far[i], growing with
// time; the ladder pans and zooms in u and knows nothing else.
//
// "Time" is linear: u is nanoseconds.  "Even" gives each event a step of its
// own that grows with the logarithm of the time before it, so that a burst can
// be read and a pause of a minute still fits; pauses are marked and named.

const SHORT = 20e3; // ns; the logarithm begins to count here
const LEAST = 0.3;
const MOST = 2.2;

function step(gap, sameLane) {
  if (gap <= 0) return sameLane ? LEAST : 0;
  const size = Math.log10(1 + gap / SHORT) / 5;
  return LEAST + (MOST - LEAST) * Math.min(1, size);
}

// Records of the rows: one that two hops share is one, with the times that its
// clock's bounds allow.
function records(rows) {
  const numbers = new Map();
  const of = { near: new Int32Array(rows.n), far: new Int32Array(rows.n) };
  const at = [];
  const low = [];
  const high = [];
  const note = (end, i, lane) => {
    const frame = rows[`${end}_frame`][i];
    const key = (lane * 1024 + rows[`${end}_file`][i]) * 2 ** 38 + frame;
    let k = numbers.get(key);
    if (k === undefined) {
      k = at.length;
      numbers.set(key, k);
      const t = rows[`${end}_ns`][i];
      const early = rows[`${end}_early`][i];
      const late = rows[`${end}_late`][i];
      at.push(t);
      low.push(early < 0 ? -Infinity : t - early);
      high.push(late < 0 ? Infinity : t + late);
    }
    of[end][i] = k;
  };
  for (let i = 0; i < rows.n; i++) {
    const g = rows.groups[rows.group[i]];
    if (rows.has[i] & 1) note("near", i, g.from);
    if (rows.has[i] & 2) note("far", i, g.to);
  }
  return { of, at, low, high };
}

// Where each record is drawn: at the middle of its clock's bounds, or as near
// to it as lets nothing arrive before it left.  What is not later than the far
// end's latest time, nor the far end earlier than the near one's earliest, is
// carried from hop to hop; then each near end moves up to its far one, last
// hop first.  Order of hops is that of the groups.
function drawnTimes(rows) {
  const { of, at, low, high } = records(rows);
  const both = [];
  for (let i = 0; i < rows.n; i++) if (rows.has[i] === 3) both.push(i);
  for (const i of both) {
    const a = of.near[i];
    const b = of.far[i];
    low[b] = Math.max(low[b], Math.min(low[a], high[b]));
  }
  for (let k = both.length - 1; k >= 0; k--) {
    const a = of.near[both[k]];
    const b = of.far[both[k]];
    high[a] = Math.min(high[a], Math.max(high[b], low[a]));
  }
  for (let r = 0; r < at.length; r++)
    at[r] = Math.max(low[r], Math.min(at[r], high[r]));
  for (let k = both.length - 1; k >= 0; k--) {
    const a = of.near[both[k]];
    const b = of.far[both[k]];
    if (at[a] > at[b]) at[a] = Math.max(low[a], at[b]);
  }
  return { of, at };
}

class Scale {
  constructor(rows) {
    this.rows = rows;
    this.nearNs = new Float64Array(rows.n);
    this.farNs = new Float64Array(rows.n);
    const { of, at } = drawnTimes(rows);
    for (let i = 0; i < rows.n; i++) {
      const usual = rows.groups[rows.group[i]].usual;
      const has = rows.has[i];
      const near = has & 1 ? at[of.near[i]] : at[of.far[i]] - usual;
      this.nearNs[i] = near;
      this.farNs[i] = has & 2 ? at[of.far[i]] : near + usual;
    }
  }

  finish() {
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < this.rows.n; i++) {
      low = Math.min(low, this.near[i], this.far[i]);
      high = Math.max(high, this.near[i], this.far[i]);
    }
    this.low = this.rows.n ? low : 0;
    this.high = this.rows.n ? Math.max(high, low + this.least) : 1;
  }
}

export class TimeScale extends Scale {
  constructor(rows) {
    super(rows);
    this.name = "time";
    this.least = 1000;
    this.near = this.nearNs;
    this.far = this.farNs;
    this.pauses = [];
    this.finish();
  }

  toU(ns) {
    return ns;
  }

  toNs(u) {
    return u;
  }
}

export class EvenScale extends Scale {
  constructor(rows) {
    super(rows);
    this.name = "even";
    this.least = 1;
    this.build();
    this.finish();
  }

  build() {
    const { rows, nearNs, farNs } = this;
    const n = rows.n;
    // An event is 2 * row + (0 near, 1 far); a lane is a point.
    const events = new Uint32Array(2 * n);
    for (let k = 0; k < 2 * n; k++) events[k] = k;
    const time = (k) => (k & 1 ? farNs : nearNs)[k >> 1];
    const lane = (k) => {
      const g = rows.groups[rows.group[k >> 1]];
      return k & 1 ? g.to : g.from;
    };
    const frame = (k) => (k & 1 ? rows.far_frame : rows.near_frame)[k >> 1];
    events.sort((a, b) => time(a) - time(b) || frame(a) - frame(b) || a - b);
    this.near = new Float64Array(n);
    this.far = new Float64Array(n);
    this.times = new Float64Array(2 * n);
    this.places = new Float64Array(2 * n);
    this.seen = new Uint8Array(2 * n); // or only where it would be
    this.pauses = [];
    let u = 0;
    const last = new Map(); // lane -> frame and time of its last event
    for (let j = 0; j < events.length; j++) {
      const k = events[j];
      const t = time(k);
      const gap = j ? t - time(events[j - 1]) : 0;
      const before = last.get(lane(k));
      const again = !!before && before.t === t && before.frame !== frame(k);
      if (j) u += step(gap, again);
      if (gap > 1e9) this.pauses.push({ u0: this.places[j - 1], u1: u, ns: gap });
      last.set(lane(k), { t, frame: frame(k) });
      (k & 1 ? this.far : this.near)[k >> 1] = u;
      this.times[j] = t;
      this.seen[j] = rows.has[k >> 1] & (k & 1 ? 2 : 1);
      this.places[j] = u;
    }
    // A row cannot be drawn backwards because of the order of equal times.
    for (let i = 0; i < n; i++)
      if (this.far[i] < this.near[i] && farNs[i] >= nearNs[i])
        this.far[i] = this.near[i];
  }

  static between(xs, ys, x, slope) {
    const n = xs.length;
    if (!n) return x;
    if (x <= xs[0]) return ys[0] + (x - xs[0]) * slope;
    if (x >= xs[n - 1]) return ys[n - 1] + (x - xs[n - 1]) * slope;
    let lo = 0;
    let hi = n - 1;
    while (hi - lo > 1) {
      const mid = (lo + hi) >> 1;
      if (xs[mid] <= x) lo = mid;
      else hi = mid;
    }
    const span = xs[hi] - xs[lo];
    return span > 0 ? ys[lo] + ((ys[hi] - ys[lo]) * (x - xs[lo])) / span : ys[hi];
  }

  toU(ns) {
    return EvenScale.between(this.times, this.places, ns, 1 / 1e6);
  }

  toNs(u) {
    return EvenScale.between(this.places, this.times, u, 1e6);
  }
}
