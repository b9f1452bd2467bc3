// Plots of one session over time: sequence numbers at both ends, delay per
// hop, window and bytes in flight.
//
// uPlot does scales, axes, cursor and zoom; what stands in the plot is drawn
// here, as its series join points by lines and have no bounds.  Things that
// would fall on the pixel of the one before are not drawn again, so a plot of
// 100,000 packets costs what the eye can see.
import uPlot from "uplot";
import { colour, h } from "./dom.js";
import { bytes, count, duration, since } from "./format.js";
import { FLAG, fateOf } from "./rows.js";

// --- series: { ink, xs, lo, hi } with lo = hi for points ---
function collect(n, fill) {
  const s = {
    n: 0,
    xs: new Float64Array(n),
    lo: new Float64Array(n),
    hi: new Float64Array(n),
  };
  fill((x, lo, hi) => {
    s.xs[s.n] = x;
    s.lo[s.n] = lo;
    s.hi[s.n++] = hi;
  });
  return s;
}

function drawMarks(u, s, shape) {
  const c = u.ctx;
  const { left, top, width, height } = u.bbox;
  const x0 = u.scales.x.min;
  const x1 = u.scales.x.max;
  const y0 = u.scales.y.min;
  const y1 = u.scales.y.max;
  const kx = width / (x1 - x0);
  const ky = height / (y1 - y0);
  let lastX = -1;
  let lastLo = -1;
  let lastHi = -1;
  c.beginPath();
  for (let i = 0; i < s.n; i++) {
    const x = s.xs[i];
    if (x < x0 || x > x1 || s.hi[i] < y0 || s.lo[i] > y1) continue;
    const px = left + Math.round((x - x0) * kx);
    const lo = top + Math.round((y1 - s.lo[i]) * ky);
    const hi = top + Math.round((y1 - s.hi[i]) * ky);
    if (px === lastX && lo === lastLo && hi === lastHi) continue;
    lastX = px;
    lastLo = lo;
    lastHi = hi;
    shape(c, px, lo, hi);
  }
}

const SHAPES = {
  // at least as high as it is wide, so that an ACK is seen
  bar(c, x, lo, hi) {
    c.moveTo(x, lo + 1);
    c.lineTo(x, Math.min(hi, lo - 1));
  },
  dot(c, x, lo) {
    c.rect(x - 2, lo - 2, 4, 4);
  },
  cross(c, x, lo, hi) {
    const y = (lo + hi) / 2;
    c.moveTo(x - 5, y - 5);
    c.lineTo(x + 5, y + 5);
    c.moveTo(x + 5, y - 5);
    c.lineTo(x - 5, y + 5);
  },
};

function paint(u, s) {
  const c = u.ctx;
  const r = devicePixelRatio || 1;
  c.save();
  c.beginPath();
  c.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  c.clip();
  c.strokeStyle = c.fillStyle = colour(s.ink);
  c.globalAlpha = s.alpha ?? 1;
  c.lineWidth = (s.width ?? 1.5) * r;
  if (s.shape === "steps") drawSteps(u, s);
  else drawMarks(u, s, SHAPES[s.shape]);
  if (s.shape === "dot") c.fill();
  else c.stroke();
  c.restore();
}

function drawSteps(u, s) {
  const c = u.ctx;
  const { left, top, width, height } = u.bbox;
  const { min: x0, max: x1 } = u.scales.x;
  const { min: y0, max: y1 } = u.scales.y;
  const kx = width / (x1 - x0);
  const ky = height / (y1 - y0);
  let before = null;
  c.beginPath();
  for (let i = 0; i < s.n; i++) {
    if (i + 1 < s.n && s.xs[i + 1] < x0) continue;
    const px = left + Math.round((s.xs[i] - x0) * kx);
    const py = top + Math.round((y1 - s.lo[i]) * ky);
    if (before === null) c.moveTo(px, py);
    else if (px !== before[0] || py !== before[1]) {
      c.lineTo(px, before[1]);
      c.lineTo(px, py);
    }
    before = [px, py];
    if (s.xs[i] > x1) break;
  }
}

// Least and largest value among what lies in [x0, x1].
function extent(series, x0, x1, zero) {
  let lo = zero ? 0 : Infinity;
  let hi = zero ? 1 : -Infinity;
  for (const s of series) {
    if (s.apart) continue;
    for (let i = 0; i < s.n; i++) {
      if (s.xs[i] < x0 || s.xs[i] > x1) continue;
      if (s.lo[i] < lo) lo = s.lo[i];
      if (s.hi[i] > hi) hi = s.hi[i];
    }
  }
  if (!(lo <= hi)) return [0, 1];
  const edge = (hi - lo) * 0.06 || Math.abs(hi) * 0.1 || 1;
  return [zero && lo === 0 ? 0 : lo - edge, hi + edge];
}

// --- one plot ---
function plotOptions(view, { title, series, yText, zero, width, height }) {
  const axis = (size) => ({
    stroke: () => colour("quiet"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: () => colour("faint"), width: 1 },
    ticks: { show: false },
    size,
  });
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    scales: {
      x: { time: false, range: (u, a, b) => [a, b] },
      y: {
        range: (u) =>
          extent(
            series,
            u.scales.x.min ?? view.whole[0],
            u.scales.x.max ?? view.whole[1],
            zero,
          ),
      },
    },
    cursor: { y: false, drag: { x: true, y: false }, points: { show: false } },
    axes: [
      {
        ...axis(30),
        space: 95,
        values: (u, ticks) => ticks.map((t) => since(t, Math.abs(ticks[1] - ticks[0]) || 1e9)),
      },
      { ...axis(78), values: (u, ticks) => ticks.map(yText) },
    ],
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: {
      draw: [(u) => series.forEach((s) => s.n && paint(u, s))],
      setScale: [(u, key) => key === "x" && view.zoomed(u)],
      ready: [
        (u) => {
          let down = null;
          u.over.addEventListener("mousedown", (e) => (down = e.offsetX));
          u.over.addEventListener("click", (e) => {
            if (down !== null && Math.abs(e.offsetX - down) < 4)
              view.jump(u.posToVal(e.offsetX, "x"));
          });
          u.root.setAttribute("role", "img");
          u.root.setAttribute("aria-label", title);
        },
      ],
    },
  };
}

function key(name, ink, shape) {
  return h(
    "li",
    null,
    h("span", { class: `stroke ${shape}`, vars: { "--ink": `var(--${ink})` } }),
    name,
  );
}

function figure(title, note, series) {
  const holder = h("div", { class: "plot" });
  return [
    holder,
    h(
      "figure",
      null,
      h(
        "figcaption",
        null,
        h("h4", null, title),
        h("ul", { class: "legend" }, series.filter((s) => s.n && s.name).map((s) => key(s.name, s.ink, s.shape))),
        note && h("p", { class: "quiet" }, note),
      ),
      holder,
    ),
  ];
}

// --- what is plotted ---
function firstHop(rows, dir) {
  const groups = rows.groups.filter((g) => g.dir === dir);
  const out = dirOut(groups);
  return groups.sort((a, b) => (out ? a.from - b.from : b.from - a.from))[0];
}

function lastHop(rows, dir) {
  const groups = rows.groups.filter((g) => g.dir === dir);
  const out = dirOut(groups);
  return groups.sort((a, b) => (out ? b.to - a.to : a.to - b.to))[0];
}

function dirOut(groups) {
  return groups.length > 0 && groups[0].from < groups[0].to;
}

function range(g, fn) {
  if (g) for (let i = g.row; i < g.end; i++) fn(i);
}

function size(g) {
  return g ? g.end - g.row : 0;
}

function sequenceSeries(rows, dir) {
  const tcp = rows.flows.some((f) => f.origin[0] !== null || f.origin[1] !== null);
  const a = firstHop(rows, dir);
  const b = lastHop(rows, dir);
  const back = lastHop(rows, 1 - dir);
  const name = (g, end) => rows.flows[g[end]].point;
  if (!a) return [];
  const top = (seq, i) => seq + (tcp ? Math.max(rows.len[i], 0) : 0);
  const near = collect(size(a), (put) =>
    range(a, (i) => rows.has[i] & 1 && put(rows.near_ns[i], rows.seq[i], top(rows.seq[i], i))),
  );
  const far = collect(size(b), (put) =>
    range(b, (i) => rows.has[i] & 2 && put(rows.far_ns[i], rows.far_seq[i], top(rows.far_seq[i], i))),
  );
  const lost = collect(rows.n, (put) => {
    for (const g of rows.groups.filter((x) => x.dir === dir))
      range(g, (i) => {
        if (fateOf(rows, i) === "lost" && rows.has[i] & 1)
          put(rows.near_ns[i], rows.seq[i], top(rows.seq[i], i));
      });
  });
  const acks = collect(tcp ? size(back) : 0, (put) =>
    tcp &&
    range(back, (i) => {
      if (rows.has[i] & 2 && rows.flags[i] & FLAG.ACK)
        put(rows.far_ns[i], rows.far_ack[i], rows.far_ack[i]);
    }),
  );
  sortSteps(acks);
  return [
    { ...acks, name: `acknowledged, as ${name(a, "from")} hears it`, ink: "quiet", shape: "steps", width: 1.2 },
    { ...near, name: `sent, at ${name(a, "from")}`, ink: dir ? "s2c" : "c2s", shape: "bar", width: 2 },
    { ...far, name: `arrived, at ${name(b, "to")}`, ink: "arrived", shape: "bar", width: 2 },
    { ...lost, name: "lost", ink: "lost", shape: "cross", width: 2 },
  ];
}

function sortSteps(s) {
  const order = Array.from({ length: s.n }, (_, i) => i).sort((a, b) => s.xs[a] - s.xs[b]);
  for (const field of ["xs", "lo", "hi"])
    s[field] = Float64Array.from(order, (i) => s[field][i]);
}

function delaySeries(rows, hop) {
  const out = [];
  for (const g of rows.groups) {
    if (Math.min(g.from, g.to) !== hop[0] || Math.max(g.from, g.to) !== hop[1]) continue;
    const ink = g.dir ? "s2c" : "c2s";
    const name = `${rows.flows[g.from].point} → ${rows.flows[g.to].point}`;
    const both = (fn) => range(g, (i) => rows.has[i] === 3 && fn(i, rows.far_ns[i] - rows.near_ns[i]));
    const bounded = (i) =>
      rows.near_early[i] >= 0 && rows.near_late[i] >= 0 && rows.far_early[i] >= 0 && rows.far_late[i] >= 0;
    const bars = collect(size(g), (put) =>
      both((i, d) => {
        if (bounded(i))
          put(
            rows.near_ns[i],
            Math.max(0, d - rows.far_early[i] - rows.near_late[i]),
            d + rows.far_late[i] + rows.near_early[i],
          );
      }),
    );
    // nothing arrives before it was sent
    const dots = collect(size(g), (put) =>
      both((i, d) => {
        if (!bounded(i)) return; // any delay would fit
        const most = rows.far_late[i] + rows.near_early[i];
        const shown = d < 0 && d + most >= 0 ? 0 : d;
        put(rows.near_ns[i], shown, shown);
      }),
    );
    out.push(
      { ...bars, ink, shape: "bar", alpha: 0.16, width: 3, name: "" },
      { ...dots, ink, shape: "dot", name },
    );
  }
  return out;
}

// Bytes sent and not yet acknowledged, and the window offered, both as the
// point nearest the sender sees them.
function flightSeries(rows, dir) {
  const a = firstHop(rows, dir);
  const back = rows.groups.find((g) => g.dir === 1 - dir && a && g.to === a.from);
  if (!a || !back) return [];
  const shift = rows.flows[a.from].shift[1 - dir];
  const events = [];
  range(a, (i) => rows.has[i] & 1 && events.push([rows.near_ns[i], 0, i]));
  range(back, (i) => rows.has[i] & 2 && events.push([rows.far_ns[i], 1, i]));
  events.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  let sent = null;
  let acked = null;
  const flight = collect(events.length, (put) => {
    for (const [t, isAck, i] of events) {
      if (isAck) {
        if (rows.flags[i] & FLAG.ACK) acked = Math.max(acked ?? -Infinity, rows.far_ack[i]);
      } else {
        const end = rows.seq[i] + rows.len[i] + (rows.flags[i] & (FLAG.SYN | FLAG.FIN) ? 1 : 0);
        sent = Math.max(sent ?? -Infinity, end);
        acked ??= rows.seq[i];
      }
      if (sent !== null && acked !== null) {
        const n = Math.max(0, sent - acked);
        put(t, n, n);
      }
    }
  });
  const window = collect(events.length, (put) => {
    for (const [t, isAck, i] of events) {
      if (!isAck || !(rows.flags[i] & FLAG.ACK) || rows.flags[i] & FLAG.RST) continue;
      const scale = rows.flags[i] & FLAG.SYN ? 0 : (shift ?? 0);
      const w = rows.far_window[i] * 2 ** scale;
      put(t, w, w);
    }
  });
  return [
    { ...flight, name: "bytes in flight", ink: dir ? "s2c" : "c2s", shape: "steps", width: 1.6 },
    { ...window, name: shift === null ? "window, scale not known" : "window offered", ink: "quiet", shape: "steps", width: 1.4 },
  ];
}

// --- all plots of a session ---
export class Plots {
  // events.jump(ns): a click in a plot
  constructor(rows, events) {
    this.rows = rows;
    this.events = events;
    this.plots = [];
    this.element = h("div", { class: "plots" });
    const ns = [0, 1];
    for (let i = 0; i < rows.n; i++) {
      const t = rows.has[i] & 1 ? rows.near_ns[i] : rows.far_ns[i];
      if (i === 0) ns.fill(t);
      ns[0] = Math.min(ns[0], t);
      ns[1] = Math.max(ns[1], t);
    }
    const edge = (ns[1] - ns[0]) * 0.02 || 1e6;
    this.whole = [ns[0] - edge, ns[1] + edge];
    this.build();
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  build() {
    const { rows } = this;
    const tcp = rows.flows.some((f) => f.origin[0] !== null || f.origin[1] !== null);
    const dirs = [0, 1].sort((a, b) => this.payload(b) - this.payload(a));
    for (const dir of dirs) {
      if (tcp && !this.payload(dir)) continue;
      const words = dir ? "server to client" : "client to server";
      this.add(
        tcp ? `Sequence numbers, ${words}` : `Datagrams, ${words}`,
        null,
        sequenceSeries(rows, dir),
        (v) => count(v),
        false,
      );
      if (tcp) {
        const series = flightSeries(rows, dir);
        this.add(
          `Bytes in flight and window, ${words}`,
          rows.total > rows.n ? "Of the packets that stand for the rest: peaks between them are not shown." : null,
          series,
          (v) => bytes(Math.round(v)),
          true,
        );
      }
    }
    const hops = new Map();
    for (const g of rows.groups) {
      const hop = [Math.min(g.from, g.to), Math.max(g.from, g.to)];
      hops.set(hop.join(), hop);
    }
    for (const hop of [...hops.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]))
      this.add(
        `One-way delay, ${rows.flows[hop[0]].point} to ${rows.flows[hop[1]].point}`,
        "Faint bars: how much smaller or larger it may be, as the clocks are only bounded.",
        delaySeries(rows, hop),
        (v) => duration(v),
        true,
      );
  }

  payload(dir) {
    const g = firstHop(this.rows, dir);
    let sum = 0;
    range(g, (i) => (sum += this.rows.len[i]));
    return sum;
  }

  add(title, note, series, yText, zero) {
    if (!series.some((s) => s.n > 2)) return; // two packets are no course
    const [holder, element] = figure(title, note, series);
    this.element.append(element);
    this.plots.push({ holder, title, series, yText, zero });
  }

  resize() {
    const width = Math.floor(this.element.clientWidth);
    if (!width || width === this.width) return;
    this.width = width;
    for (const p of this.plots) {
      if (p.u) {
        p.u.setSize({ width, height: 240 });
        continue;
      }
      p.u = new uPlot(
        plotOptions(this, { ...p, width, height: 240 }),
        [this.whole, [0, 0]],
        p.holder,
      );
    }
  }

  zoomed(u) {
    if (this.busy) return;
    this.busy = true;
    const { min, max } = u.scales.x;
    for (const p of this.plots)
      if (p.u && p.u !== u) p.u.setScale("x", { min, max });
    this.busy = false;
  }

  jump(ns) {
    this.events.jump?.(ns);
  }

  recolour() {
    for (const p of this.plots) p.u?.redraw();
  }

  destroy() {
    for (const p of this.plots) p.u?.destroy();
  }
}
