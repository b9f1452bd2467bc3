// The ladder: points are vertical lines, time runs down, each transmission is
// an arrow from point to point.
//
// Drawing goes over the rows in sight; above MOST arrows they are counted by
// pixel rows instead, and only what did not arrive is drawn singly, so a frame
// costs the same whatever the session's length.
//
// This file has what is in sight (the window), where it is on the canvas, and which
// arrow is chosen; ladder_paint.js draws, ladder_map.js draws the whole at the
// right edge, ladder_hand.js takes pointer and keys.
import { h, colour } from "./dom.js";
import { fateOf } from "./rows.js";
import { listen } from "./ladder_hand.js";
import { drawMap } from "./ladder_map.js";
import { drawArrows, drawDense, drawLanes, drawTime } from "./ladder_paint.js";

const MOST = 700;
const NARROW = 600;
const FONT = '12px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';

const INK = [
  "ink", "quiet", "line", "faint", "paper", "c2s", "s2c", "lost", "unseen",
  "undecided", "injected", "focus",
];

export class Ladder {
  constructor(rows, scale, events) {
    Object.assign(this, { rows, scale, events });
    this.lanes = rows.flows.length;
    this.top = 10; // pixels above the window's first moment
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
    listen(this);
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
    const at = this.u0 + ((y - this.top) / (this.height - this.top)) * (this.u1 - this.u0);
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

  // From where to where group g's arrows go: with one point, past it.
  span(g) {
    const x = this.laneX(0);
    const half = Math.min(150, (this.width - this.gutter - this.mapWidth) / 4);
    if (this.lanes === 1) return g.dir ? [x + half, x - half] : [x - half, x + half];
    return [this.laneX(g.from), this.laneX(g.to)];
  }

  y(u) {
    return this.top + ((u - this.u0) / (this.u1 - this.u0)) * (this.height - this.top);
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
    drawTime(this, c);
    drawLanes(this, c);
    const seen = this.visible();
    this.shown = seen;
    this.singly = seen.length <= MOST;
    if (this.singly) drawArrows(this, c, seen);
    else drawDense(this, c, seen);
    drawMap(this, c);
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

  // x and y of both ends, as drawn: what vanished ends in mid-hop.
  ends(i) {
    const g = this.rows.groups[this.rows.group[i]];
    const [x0, x1] = this.span(g);
    const y0 = this.y(this.scale.near[i]);
    const y1 = this.y(this.scale.far[i]);
    const part = (share) => [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
    const fate = fateOf(this.rows, i);
    if (fate === "injected") return [...part(0.45), x1, y1];
    if (fate === "lost") return [x0, y0, ...part(0.62)];
    if (fate === "outside") return [x0, y0, ...part(0.8)];
    return [x0, y0, x1, y1];
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
}
