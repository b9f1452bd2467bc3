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

// The drawn ends of row i: seen, or where they would be.  Nothing is drawn
// arriving before it left, where the bounds allow that it did not.
export function drawnEnds(rows, i) {
  const g = rows.groups[rows.group[i]];
  const has = rows.has[i];
  const near = has & 1 ? rows.near_ns[i] : rows.far_ns[i] - g.usual;
  let far = has & 2 ? rows.far_ns[i] : near + g.usual;
  if (has === 3 && far < near) {
    const late = rows.far_late[i];
    const early = rows.near_early[i];
    if (late < 0 || early < 0 || far + late >= near - early) far = near;
  }
  return [near, far];
}

class Scale {
  constructor(rows) {
    this.rows = rows;
    this.nearNs = new Float64Array(rows.n);
    this.farNs = new Float64Array(rows.n);
    for (let i = 0; i < rows.n; i++) {
      const [near, far] = drawnEnds(rows, i);
      this.nearNs[i] = near;
      this.farNs[i] = far;
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
