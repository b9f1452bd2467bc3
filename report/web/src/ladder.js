// The ladder: points are vertical lines, time runs down, each transmission is
// an arrow from point to point.
//
// A lost one ends in a cross where it vanished, an unseen one is dashed to the
// ring where its capture missed it, an undecided one ends in a question mark.
// Where clocks are only bounded, a bar beside the arrow's end shows how much
// earlier or later it may have been.
//
// Drawing goes over the rows in sight; above MOST arrows they are counted by
// pixel rows instead, and only what did not arrive is drawn singly, so a frame
// costs the same whatever the session's length.
import { h, colour } from "./dom.js";
import { count, duration, since } from "./format.js";
import { fateOf, label } from "./rows.js";

const MOST = 700;
const NARROW = 600;
const TOP = 10;
const FONT = '12px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';

const INK = [
  "ink", "quiet", "line", "faint", "paper", "c2s", "s2c", "lost", "unseen",
  "undecided", "injected", "focus",
];

export class Ladder {
  constructor(rows, scale, events) {
    Object.assign(this, { rows, scale, events });
    this.lanes = rows.flows.length;
    this.selected = -1;
    this.hovered = -1;
    this.bounds = true;
    this.canvas = h("canvas", {
      class: "ladder",
      tabindex: 0,
      role: "img",
      "aria-label":
        "Ladder diagram; the table of packets in view below says the same in text",
      "aria-describedby": "ladder-keys",
    });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.canvas.ladder = this; // for tests and the console
    this.map = document.createElement("canvas");
    this.fit();
    this.listen();
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  // --- the window in u ---
  fit() {
    const span = this.scale.high - this.scale.low;
    this.set(this.scale.low - span * 0.02, this.scale.high + span * 0.03);
  }

  set(u0, u1) {
    const { low, high } = this.scale;
    const whole = high - low;
    const least = this.scale.name === "time" ? 2000 : 1;
    let span = Math.max(least, Math.min(u1 - u0, whole * 1.06 || least));
    const middle = (u0 + u1) / 2;
    const room = Math.max(whole * 0.05, span * 0.25);
    u0 = Math.max(low - room, Math.min(middle - span / 2, high + room - span));
    this.u0 = u0;
    this.u1 = u0 + span;
    this.soon();
    this.events.moved?.();
  }

  get window() {
    return [this.scale.toNs(this.u0), this.scale.toNs(this.u1)];
  }

  setWindow(ns0, ns1) {
    const { low, high } = this.scale;
    const edge = (high - low) * 0.03;
    this.set(
      Math.max(low - edge, this.scale.toU(ns0)),
      Math.min(high + edge, this.scale.toU(ns1)),
    );
  }

  changeScale(scale) {
    const [a, b] = this.window;
    this.scale = scale;
    this.mapDrawn = false;
    this.setWindow(a, b);
  }

  zoom(factor, y = this.height / 2) {
    const at = this.u0 + ((y - TOP) / (this.height - TOP)) * (this.u1 - this.u0);
    this.set(at - (at - this.u0) * factor, at + (this.u1 - at) * factor);
  }

  pan(share) {
    const d = (this.u1 - this.u0) * share;
    this.set(this.u0 + d, this.u1 + d);
  }

  // Brings row i into sight, with room around it.
  reveal(i) {
    const near = this.scale.near[i];
    if (near < this.u0 || near > this.u1) {
      const half = (this.u1 - this.u0) / 2;
      this.set(near - half, near + half);
    }
    this.select(i);
  }

  // Zooms so that about n arrows around row i are in sight.
  zoomTo(i, n = 24) {
    const near = Float64Array.from(this.scale.near).sort();
    const at = this.scale.near[i];
    let k = 0;
    while (k < near.length && near[k] < at) k++;
    const from = near[Math.max(0, k - (n >> 2))];
    const to = near[Math.min(near.length - 1, k + Math.ceil(n * 0.75))];
    const edge = Math.max((to - from) * 0.06, this.scale.name === "time" ? 1000 : 0.6);
    this.set(from - edge, Math.max(to, from + edge) + edge);
    this.select(i);
  }

  select(i) {
    this.selected = i;
    this.soon();
    this.events.selected?.(i);
  }

  // Rows whose near end (far, where that was missed) is in the window.
  inWindow() {
    const { rows, scale } = this;
    const out = [];
    for (let i = 0; i < rows.n; i++) {
      const u = rows.has[i] & 1 ? scale.near[i] : scale.far[i];
      if (u >= this.u0 && u <= this.u1) out.push(i);
    }
    const place = (i) => (rows.has[i] & 1 ? scale.near[i] : scale.far[i]);
    return out.sort((a, b) => place(a) - place(b) || a - b);
  }

  // What is drawn, as frames.
  arrows() {
    const { rows } = this;
    return this.visible().map((i) => ({
      fate: fateOf(rows, i),
      dir: rows.groups[rows.group[i]].dir ? "s2c" : "c2s",
      frame: rows.has[i] & 1 ? rows.near_frame[i] : null,
      far_frame: rows.has[i] & 2 ? rows.far_frame[i] : null,
    }));
  }

  // --- sizes ---
  resize() {
    const ratio = devicePixelRatio || 1;
    const box = this.canvas.getBoundingClientRect();
    this.width = box.width;
    this.height = box.height;
    this.canvas.width = Math.round(box.width * ratio);
    this.canvas.height = Math.round(box.height * ratio);
    this.ratio = ratio;
    const narrow = box.width < NARROW;
    this.gutter = narrow ? 66 : 92;
    this.mapWidth = narrow ? 22 : 54;
    this.edge = narrow ? [16, 46] : [56, 66];
    this.mapDrawn = false;
    this.draw();
  }

  recolour() {
    this.ink = null;
    this.mapDrawn = false;
    this.draw(); // at once: a printer does not wait
  }

  laneX(lane) {
    const left = this.gutter + this.edge[0];
    const right = this.width - this.mapWidth - this.edge[1];
    return this.lanes === 1
      ? (left + right) / 2
      : left + ((right - left) * lane) / (this.lanes - 1);
  }

  y(u) {
    return TOP + ((u - this.u0) / (this.u1 - this.u0)) * (this.height - TOP);
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  // --- drawing ---
  draw() {
    if (!this.width) return;
    this.ink ??= Object.fromEntries(INK.map((name) => [name, colour(name)]));
    const c = this.context;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.fillStyle = this.ink.paper;
    c.fillRect(0, 0, this.width, this.height);
    c.font = FONT;
    c.textBaseline = "middle";
    this.drawTime(c);
    this.drawLanes(c);
    const seen = this.visible();
    this.shown = seen;
    if (seen.length > MOST) this.drawDense(c, seen);
    else this.drawArrows(c, seen);
    this.drawMap(c);
  }

  visible() {
    const { near, far } = this.scale;
    const out = [];
    for (let i = 0; i < near.length; i++) {
      const a = near[i];
      const b = far[i];
      if ((a < b ? b : a) >= this.u0 && (a < b ? a : b) <= this.u1) out.push(i);
    }
    return out;
  }

  drawTime(c) {
    c.textAlign = "right";
    if (this.scale.name === "time") {
      const [t0, t1] = this.window;
      const step = niceStep((t1 - t0) / Math.max(2, this.height / 70));
      c.strokeStyle = this.ink.faint;
      c.lineWidth = 1;
      for (let t = Math.ceil(t0 / step) * step; t <= t1; t += step) {
        const y = Math.round(this.y(t)) + 0.5;
        c.beginPath();
        c.moveTo(this.gutter, y);
        c.lineTo(this.width - this.mapWidth - 12, y);
        c.stroke();
        c.fillStyle = this.ink.quiet;
        c.fillText(since(t, step), this.gutter - 8, y);
      }
      return;
    }
    this.drawEvenTimes(c);
    this.drawPauses(c);
  }

  // A time at each event, as far as they do not run into each other.
  drawEvenTimes(c) {
    const { times, places } = this.scale;
    let last = -Infinity;
    let lo = 0;
    let hi = places.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (places[mid] < this.u0) lo = mid + 1;
      else hi = mid;
    }
    c.fillStyle = this.ink.quiet;
    let said = null;
    for (let k = lo; k < places.length && places[k] <= this.u1; k++) {
      const y = this.y(places[k]);
      if (y - last < 17 || times[k] === said || !this.scale.seen[k]) continue;
      c.fillText(since(times[k], 1e5), this.gutter - 8, y);
      last = y;
      said = times[k];
    }
  }

  drawPauses(c) {
    const right = this.width - this.mapWidth - 12;
    for (const p of this.scale.pauses) {
      if (p.u1 < this.u0 || p.u0 > this.u1) continue;
      const y0 = this.y(p.u0);
      const y1 = this.y(p.u1);
      if (y1 - y0 < 16) continue;
      c.fillStyle = this.ink.faint;
      c.fillRect(this.gutter, y0 + 4, right - this.gutter, y1 - y0 - 8);
      if (this.lanes < 2) continue;
      c.fillStyle = this.ink.quiet;
      c.textAlign = "center";
      const middle = (this.laneX(0) + this.laneX(1)) / 2;
      c.fillText(`${duration(p.ns)} later`, middle, (y0 + y1) / 2);
      c.textAlign = "right";
    }
  }

  drawLanes(c) {
    c.lineWidth = 1.5;
    this.rows.flows.forEach((flow, lane) => {
      const x = this.laneX(lane);
      c.strokeStyle = flow.packets ? this.ink.line : this.ink.faint;
      c.setLineDash(flow.packets ? [] : [3, 5]);
      c.beginPath();
      c.moveTo(x, 0);
      c.lineTo(x, this.height);
      c.stroke();
    });
    c.setLineDash([]);
  }

  drawArrows(c, seen) {
    if (this.bounds && seen.length < 300)
      for (const i of seen) this.drawBounds(c, i, false);
    const labels = [];
    const named = seen.length < 400;
    for (const i of seen) {
      const strong = i === this.selected || i === this.hovered;
      if (!strong) this.drawArrow(c, i, false);
    }
    for (const i of [this.hovered, this.selected])
      if (i >= 0) {
        this.drawBounds(c, i, true);
        this.drawArrow(c, i, true);
        this.drawLabel(c, i, labels, true);
      }
    if (named)
      for (const i of seen)
        if (i !== this.selected && i !== this.hovered)
          this.drawLabel(c, i, labels, false);
  }

  directionInk(i) {
    return this.rows.groups[this.rows.group[i]].dir ? this.ink.s2c : this.ink.c2s;
  }

  // x and y of both ends, as drawn: what vanished ends in mid-hop.
  ends(i) {
    const g = this.rows.groups[this.rows.group[i]];
    const x0 = this.laneX(g.from);
    const x1 = this.laneX(g.to);
    const y0 = this.y(this.scale.near[i]);
    const y1 = this.y(this.scale.far[i]);
    const part = (share) => [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
    const fate = fateOf(this.rows, i);
    if (fate === "injected") return [...part(0.45), x1, y1];
    if (fate === "lost") return [x0, y0, ...part(0.62)];
    if (fate === "outside") return [x0, y0, ...part(0.8)];
    return [x0, y0, x1, y1];
  }

  drawArrow(c, i, strong) {
    const fate = fateOf(this.rows, i);
    const [x0, y0, x1, y1] = this.ends(i);
    const inks = {
      lost: this.ink.lost,
      unseen: this.ink.unseen,
      undecided: this.ink.undecided,
      outside: this.ink.undecided,
      injected: this.ink.injected,
    };
    const ink = inks[fate] ?? this.directionInk(i);
    const dash = { unseen: [7, 4], undecided: [3, 4], outside: [1, 4] }[fate];
    c.strokeStyle = c.fillStyle = ink;
    c.lineWidth = strong ? 2.6 : fate === "delivered" ? 1.3 : 1.6;
    c.setLineDash(dash ?? (this.rows.has[i] & 1 || fate === "injected" ? [] : [7, 4]));
    c.beginPath();
    c.moveTo(x0, y0);
    c.lineTo(x1, y1);
    c.stroke();
    c.setLineDash([]);
    this.drawEnd(c, fate, x0, y0, x1, y1, i);
  }

  drawEnd(c, fate, x0, y0, x1, y1, i) {
    const ring = (x, y) => {
      c.lineWidth = 1.6;
      c.beginPath();
      c.arc(x, y, 4.5, 0, 7);
      c.fillStyle = this.ink.paper;
      c.fill();
      c.stroke();
    };
    if (fate === "lost") {
      c.lineWidth = 2.4;
      c.beginPath();
      c.moveTo(x1 - 5, y1 - 5);
      c.lineTo(x1 + 5, y1 + 5);
      c.moveTo(x1 + 5, y1 - 5);
      c.lineTo(x1 - 5, y1 + 5);
      c.stroke();
      return;
    }
    if (fate === "undecided" && !(this.rows.has[i] & 2)) {
      c.textAlign = "center";
      c.fillText("?", x1 - Math.sign(x1 - x0) * 8, y1);
      return;
    }
    if (fate === "outside") return;
    head(c, x0, y0, x1, y1);
    if (fate === "injected") {
      c.beginPath();
      c.moveTo(x0, y0 - 6);
      c.lineTo(x0 + 6, y0);
      c.lineTo(x0, y0 + 6);
      c.lineTo(x0 - 6, y0);
      c.fill();
      return;
    }
    if (!(this.rows.has[i] & 2)) ring(x1, y1);
    if (!(this.rows.has[i] & 1)) ring(x0, y0);
    if (this.rows.marks[i] & 2) {
      c.fillStyle = this.ink.injected;
      c.fillRect(x1 - Math.sign(x1 - x0) * 12 - 3.5, y1 - 8, 7, 7);
    }
  }

  // A bar at each end as long as its bounds; strong: the whole band between.
  drawBounds(c, i, strong) {
    const { rows } = this;
    const g = rows.groups[rows.group[i]];
    const span = (has, ns, early, late) => {
      if (!(rows.has[i] & has) || early < 0 || late < 0) return null;
      if (early + late === 0) return null;
      return [this.y(this.scale.toU(ns - early)), this.y(this.scale.toU(ns + late))];
    };
    const a = span(1, rows.near_ns[i], rows.near_early[i], rows.near_late[i]);
    const b = span(2, rows.far_ns[i], rows.far_early[i], rows.far_late[i]);
    c.fillStyle = this.directionInk(i);
    const [x0, y0, x1, y1] = this.ends(i);
    const ends = [
      [a, a ? this.laneX(g.from) : x0, y0],
      [b, b ? this.laneX(g.to) : x1, y1],
    ];
    if (strong && (a || b)) {
      const [[p, px, py], [q, qx, qy]] = ends;
      c.globalAlpha = 0.12;
      c.beginPath();
      c.moveTo(px, p ? p[0] : py);
      c.lineTo(qx, q ? q[0] : qy);
      c.lineTo(qx, q ? q[1] : qy);
      c.lineTo(px, p ? p[1] : py);
      c.fill();
    }
    c.globalAlpha = strong ? 0.5 : 0.13;
    for (const [bar, x] of ends)
      if (bar && bar[1] - bar[0] > 1.5)
        c.fillRect(x - 3, bar[0], 6, bar[1] - bar[0]);
    c.globalAlpha = 1;
  }

  drawLabel(c, i, taken, strong) {
    const { rows } = this;
    const g = rows.groups[rows.group[i]];
    const fate = fateOf(rows, i);
    const first = g.dir === 0 ? g.from === 0 : g.from === this.lanes - 1;
    if (!strong && !first && fate === "delivered" && !(rows.marks[i] & 2)) return;
    const [x0, y0, x1, y1] = this.ends(i);
    const edges = [this.gutter + 4, this.width - this.mapWidth - 4];
    const words = shortened(c, label(rows, i), edges[1] - edges[0]);
    const wide = c.measureText(words).width;
    const room = Math.abs(this.laneX(g.to) - this.laneX(g.from)) - 30;
    const [x, y] = wide > room
      ? besideLane(x0, y0, Math.sign(x1 - x0), wide, edges)
      : overLine([x0, y0, x1, y1], wide);
    if (y < 4 || y > this.height - 2) return;
    const left = x - wide / 2 - 4;
    const end = x + wide / 2 + 4;
    if (
      !strong &&
      taken.some((s) => Math.abs(s[0] - y) < 14 && s[1] < end && s[2] > left)
    )
      return;
    taken.push([y, left, end]);
    c.textAlign = "center";
    c.lineWidth = 4;
    c.lineJoin = "round";
    c.strokeStyle = this.ink.paper;
    c.strokeText(words, x, y);
    c.fillStyle = fate === "lost" ? this.ink.lost : this.ink.ink;
    c.fillText(words, x, y);
  }

  // Bars of how many a few pixels hold; what did not arrive, singly by place.
  drawDense(c, seen) {
    const { rows, scale } = this;
    const slot = 3;
    const slots = Math.ceil(this.height / slot) + 1;
    const bars = rows.groups.map(() => new Float64Array(slots));
    const gone = new Map();
    for (const i of seen) {
      const u = rows.has[i] & 1 ? scale.near[i] : scale.far[i];
      const k = Math.floor(this.y(u) / slot);
      if (k < 0 || k >= slots) continue;
      const g = rows.group[i];
      bars[g][k] += rows.count[i];
      const fate = fateOf(rows, i);
      if (fate !== "delivered" && fate !== "outside") {
        const key = `${g},${Math.floor((k * slot) / 12)},${fate}`;
        const at = gone.get(key) ?? { g, y: this.y(u), fate, n: 0 };
        at.n += rows.count[i];
        gone.set(key, at);
      }
    }
    let most = 1;
    for (const bar of bars) for (const n of bar) if (n > most) most = n;
    rows.groups.forEach((g, k) => {
      const x0 = this.laneX(g.from);
      const x1 = this.laneX(g.to);
      const middle = x0 + (x1 - x0) * 0.3;
      const half = Math.abs(x1 - x0) * 0.2;
      c.fillStyle = g.dir ? this.ink.s2c : this.ink.c2s;
      c.globalAlpha = 0.75;
      for (let s = 0; s < slots; s++)
        if (bars[k][s]) {
          const w = Math.max(1, half * Math.sqrt(bars[k][s] / most));
          c.fillRect(middle - w, s * slot, 2 * w, slot - 0.5);
        }
      c.globalAlpha = 1;
    });
    for (const at of gone.values()) this.drawGone(c, at);
  }

  drawGone(c, { g, y, fate, n }) {
    const group = this.rows.groups[g];
    const x0 = this.laneX(group.from);
    const x = x0 + (this.laneX(group.to) - x0) * 0.62;
    const ink = this.ink[fate] ?? this.ink.undecided;
    c.strokeStyle = c.fillStyle = ink;
    c.lineWidth = 2;
    c.beginPath();
    if (fate === "lost") {
      c.moveTo(x - 4, y - 4);
      c.lineTo(x + 4, y + 4);
      c.moveTo(x + 4, y - 4);
      c.lineTo(x - 4, y + 4);
    } else {
      c.arc(x, y, 3.5, 0, 7);
    }
    c.stroke();
    if (n < 2) return;
    c.textAlign = "left";
    c.fillText(count(n), x + 8, y);
  }

  // --- the whole at the right edge ---
  drawMap(c) {
    const x = this.width - this.mapWidth;
    if (!this.mapDrawn) this.paintMap();
    c.drawImage(this.map, x, 0, this.mapWidth, this.height);
    const { low, high } = this.scale;
    const place = (u) => ((u - low) / (high - low || 1)) * this.height;
    const y0 = Math.max(0, place(this.u0));
    const y1 = Math.min(this.height, place(this.u1));
    c.strokeStyle = this.ink.focus;
    c.lineWidth = 1.5;
    c.strokeRect(x + 1, y0 + 1, this.mapWidth - 2, Math.max(4, y1 - y0 - 2));
    c.globalAlpha = 0.1;
    c.fillStyle = this.ink.focus;
    c.fillRect(x + 1, y0 + 1, this.mapWidth - 2, Math.max(4, y1 - y0 - 2));
    c.globalAlpha = 1;
  }

  paintMap() {
    const ratio = this.ratio;
    this.map.width = Math.max(1, Math.round(this.mapWidth * ratio));
    this.map.height = Math.max(1, Math.round(this.height * ratio));
    const c = this.map.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = this.ink.faint;
    c.fillRect(0, 0, this.mapWidth, this.height);
    const { rows, scale } = this;
    const slots = Math.ceil(this.height / 2) + 1;
    const bars = [new Float64Array(slots), new Float64Array(slots)];
    const marks = new Map();
    const span = scale.high - scale.low || 1;
    for (let i = 0; i < rows.n; i++) {
      const k = Math.floor((((scale.near[i] - scale.low) / span) * this.height) / 2);
      if (k < 0 || k >= slots) continue;
      bars[rows.groups[rows.group[i]].dir][k] += rows.count[i];
      const fate = fateOf(rows, i);
      if (fate === "lost" || (fate !== "delivered" && fate !== "outside" && !marks.has(k)))
        marks.set(k, fate);
    }
    const most = Math.max(1, ...bars[0], ...bars[1]);
    bars.forEach((bar, dir) => {
      c.fillStyle = dir ? this.ink.s2c : this.ink.c2s;
      c.globalAlpha = 0.6;
      for (let k = 0; k < slots; k++) {
        if (!bar[k]) continue;
        const w = Math.max(1.5, (this.mapWidth / 2 - 4) * Math.sqrt(bar[k] / most));
        c.fillRect(dir ? this.mapWidth / 2 : this.mapWidth / 2 - w, 2 * k, w, 2);
      }
    });
    c.globalAlpha = 1;
    for (const [k, fate] of marks) {
      c.fillStyle = this.ink[fate] ?? this.ink.undecided;
      c.fillRect(this.mapWidth - 6, 2 * k - 1, 6, 3);
      c.fillRect(0, 2 * k - 1, 6, 3);
    }
    this.mapDrawn = true;
  }

  // --- hand and keys ---
  listen() {
    const on = (name, fn, options) => this.canvas.addEventListener(name, fn, options);
    on("wheel", (e) => this.wheel(e), { passive: false });
    on("pointerdown", (e) => this.down(e));
    on("pointermove", (e) => this.move(e));
    on("pointerup", (e) => this.up(e));
    on("pointercancel", () => (this.drag = null));
    on("pointerleave", () => this.hover(-1));
    on("dblclick", (e) => this.zoom(0.4, e.offsetY));
    on("keydown", (e) => this.key(e));
  }

  wheel(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) {
      e.preventDefault();
      this.zoom(Math.exp(Math.max(-1, Math.min(1, e.deltaY / 200))), e.offsetY);
      return;
    }
    const before = this.u0;
    this.pan((e.deltaY * (e.deltaMode ? 16 : 1)) / this.height);
    // at its end the page scrolls on
    if (Math.abs(this.u0 - before) > (this.u1 - this.u0) * 1e-6) e.preventDefault();
  }

  down(e) {
    if (e.button !== 0) return;
    this.canvas.setPointerCapture(e.pointerId);
    this.drag = {
      y: e.offsetY,
      u0: this.u0,
      u1: this.u1,
      map: e.offsetX > this.width - this.mapWidth,
      moved: false,
    };
    if (this.drag.map) this.toMap(e.offsetY);
  }

  toMap(y) {
    const { low, high } = this.scale;
    const at = low + (y / this.height) * (high - low);
    const half = (this.u1 - this.u0) / 2;
    this.set(at - half, at + half);
  }

  move(e) {
    if (!this.drag) {
      this.hover(this.hit(e.offsetX, e.offsetY), e);
      return;
    }
    if (this.drag.map) {
      this.toMap(e.offsetY);
      return;
    }
    const dy = e.offsetY - this.drag.y;
    if (Math.abs(dy) > 3) this.drag.moved = true;
    if (!this.drag.moved) return;
    const d = (dy / (this.height - TOP)) * (this.drag.u1 - this.drag.u0);
    this.set(this.drag.u0 - d, this.drag.u1 - d);
  }

  up(e) {
    const drag = this.drag;
    this.drag = null;
    if (drag && !drag.moved && !drag.map) this.select(this.hit(e.offsetX, e.offsetY));
  }

  hover(i, e) {
    this.events.hovered?.(i, e);
    if (i === this.hovered) return;
    this.hovered = i;
    this.canvas.style.cursor = i >= 0 ? "pointer" : "";
    this.soon();
  }

  // The arrow under the pointer.
  hit(x, y) {
    if (!this.shown || this.shown.length > MOST) return -1;
    let best = -1;
    let least = 7;
    for (const i of this.shown) {
      const d = distance(x, y, ...this.ends(i));
      if (d < least) {
        least = d;
        best = i;
      }
    }
    return best;
  }

  // The next row in time whose fate fits.
  next(forward, fits = () => true) {
    const { rows, scale } = this;
    const key = (i) => (rows.has[i] & 1 ? scale.near[i] : scale.far[i]);
    const from =
      this.selected >= 0 ? key(this.selected) : forward ? this.u0 : this.u1;
    let best = -1;
    for (let i = 0; i < rows.n; i++) {
      if (i === this.selected || !fits(i)) continue;
      const u = key(i);
      const after =
        u > from || (u === from && this.selected >= 0 && i > this.selected);
      if (after !== forward) continue;
      if (best < 0) best = i;
      else {
        const v = key(best);
        const closer = forward ? u < v || (u === v && i < best) : u > v || (u === v && i > best);
        if (closer) best = i;
      }
    }
    if (best >= 0) this.reveal(best);
    return best;
  }

  nextTrouble(forward) {
    return this.next(forward, (i) => {
      const fate = fateOf(this.rows, i);
      return fate !== "delivered" && fate !== "outside";
    });
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const acts = {
      ArrowDown: () => this.pan(0.12),
      ArrowUp: () => this.pan(-0.12),
      PageDown: () => this.pan(0.85),
      PageUp: () => this.pan(-0.85),
      Home: () => this.set(this.scale.low, this.scale.low + (this.u1 - this.u0)),
      End: () => this.set(this.scale.high - (this.u1 - this.u0), this.scale.high),
      ArrowRight: () => this.next(true),
      ArrowLeft: () => this.next(false),
      "+": () => this.zoom(0.6),
      "=": () => this.zoom(0.6),
      "-": () => this.zoom(1 / 0.6),
      0: () => this.fit(),
      n: () => this.nextTrouble(true),
      p: () => this.nextTrouble(false),
    };
    const act = acts[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  }
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  for (const m of [1, 2, 5, 10]) if (m * power >= least) return m * power;
  return 10 * power;
}

function head(c, x0, y0, x1, y1) {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const ux = (x1 - x0) / length;
  const uy = (y1 - y0) / length;
  c.beginPath();
  c.moveTo(x1, y1);
  c.lineTo(x1 - 9 * ux + 4 * uy, y1 - 9 * uy - 4 * ux);
  c.lineTo(x1 - 9 * ux - 4 * uy, y1 - 9 * uy + 4 * ux);
  c.fill();
}

// A label's middle, over its arrow: away from the lane, where an answer's arrow
// would run through it.
function overLine([x0, y0, x1, y1], wide) {
  const length = Math.max(1, Math.abs(x1 - x0));
  const share = Math.min(0.5, Math.max(0.28, (wide / 2 + 18) / length));
  const steep = Math.abs((y1 - y0) / length);
  return [
    x0 + (x1 - x0) * share,
    y0 + (y1 - y0) * share - 9 - Math.min(8, (steep * wide) / 2),
  ];
}

// If it is wider than its hop: from the lane on, over the next ones, because
// half a number would be another number.
function besideLane(x0, y0, way, wide, [least, most]) {
  const x = x0 + way * (wide / 2 + 8);
  return [Math.max(least + wide / 2, Math.min(most - wide / 2, x)), y0 - 9];
}

function shortened(c, words, room) {
  if (c.measureText(words).width <= room) return words;
  while (words.length > 4 && c.measureText(`${words}…`).width > room)
    words = words.slice(0, -2);
  return `${words}…`;
}

function distance(x, y, x0, y0, x1, y1) {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const t = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}
