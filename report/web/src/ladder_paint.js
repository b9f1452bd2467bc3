// How the ladder's window is drawn: times, lanes, arrows with their ends and labels, or
// bars where there are too many arrows.  l is the Ladder, c its
// canvas's context.
//
// A lost one ends in a cross where it vanished, an unseen one is dashed to the
// ring where its capture missed it, an undecided one ends in a question mark.
// Where clocks are only bounded, a bar beside the arrow's end shows how much
// earlier or later it may have been.  With one point arrows pass it, and nothing is
// said of where they end.
import { count, duration, since } from "./format.js";
import { fateOf, label } from "./rows.js";

export function drawTime(l, c) {
  c.textAlign = "right";
  if (l.scale.name === "time") {
    const [t0, t1] = l.window;
    const step = niceStep((t1 - t0) / Math.max(2, l.height / 70));
    c.strokeStyle = l.ink.faint;
    c.lineWidth = 1;
    for (let t = Math.ceil(t0 / step) * step; t <= t1; t += step) {
      const y = Math.round(l.y(t)) + 0.5;
      c.beginPath();
      c.moveTo(l.gutter, y);
      c.lineTo(l.width - l.mapWidth - 12, y);
      c.stroke();
      c.fillStyle = l.ink.quiet;
      c.fillText(since(t, step), l.gutter - 8, y);
    }
    return;
  }
  drawEvenTimes(l, c);
  drawPauses(l, c);
}

// A time at each event, as far as they do not run into each other.
function drawEvenTimes(l, c) {
  const { times, places } = l.scale;
  let last = -Infinity;
  let lo = 0;
  let hi = places.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (places[mid] < l.u0) lo = mid + 1;
    else hi = mid;
  }
  c.fillStyle = l.ink.quiet;
  let said = null;
  for (let k = lo; k < places.length && places[k] <= l.u1; k++) {
    const y = l.y(places[k]);
    if (y - last < 17 || times[k] === said || !l.scale.seen[k]) continue;
    c.fillText(since(times[k], 1e5), l.gutter - 8, y);
    last = y;
    said = times[k];
  }
}

function drawPauses(l, c) {
  const right = l.width - l.mapWidth - 12;
  for (const p of l.scale.pauses) {
    if (p.u1 < l.u0 || p.u0 > l.u1) continue;
    const y0 = l.y(p.u0);
    const y1 = l.y(p.u1);
    if (y1 - y0 < 16) continue;
    c.fillStyle = l.ink.faint;
    c.fillRect(l.gutter, y0 + 4, right - l.gutter, y1 - y0 - 8);
    if (l.lanes < 2) continue;
    c.fillStyle = l.ink.quiet;
    c.textAlign = "center";
    const middle = (l.laneX(0) + l.laneX(1)) / 2;
    c.fillText(`${duration(p.ns)} later`, middle, (y0 + y1) / 2);
    c.textAlign = "right";
  }
}

export function drawLanes(l, c) {
  c.lineWidth = 1.5;
  l.rows.flows.forEach((flow, lane) => {
    const x = l.laneX(lane);
    c.strokeStyle = flow.packets ? l.ink.line : l.ink.faint;
    c.setLineDash(flow.packets ? [] : [3, 5]);
    c.beginPath();
    c.moveTo(x, 0);
    c.lineTo(x, l.height);
    c.stroke();
  });
  c.setLineDash([]);
}

export function drawArrows(l, c, seen) {
  if (l.bounds && seen.length < 300)
    for (const i of seen) drawBounds(l, c, i, false);
  const labels = [];
  const named = seen.length < 400;
  for (const i of seen) {
    const strong = i === l.selected || i === l.hovered;
    if (!strong) drawArrow(l, c, i, false);
  }
  for (const i of [l.hovered, l.selected])
    if (i >= 0) {
      drawBounds(l, c, i, true);
      drawArrow(l, c, i, true);
      drawLabel(l, c, i, labels, true);
    }
  if (named)
    for (const i of seen)
      if (i !== l.selected && i !== l.hovered)
        drawLabel(l, c, i, labels, false);
}

function directionInk(l, i) {
  return l.rows.groups[l.rows.group[i]].dir ? l.ink.s2c : l.ink.c2s;
}

function drawArrow(l, c, i, strong) {
  const fate = fateOf(l.rows, i);
  const [x0, y0, x1, y1] = l.ends(i);
  const inks = {
    lost: l.ink.lost,
    unseen: l.ink.unseen,
    undecided: l.ink.undecided,
    outside: l.ink.undecided,
    injected: l.ink.injected,
  };
  const ink = inks[fate] ?? directionInk(l, i);
  const dash = { unseen: [7, 4], undecided: [3, 4], outside: [1, 4] }[fate];
  c.strokeStyle = c.fillStyle = ink;
  c.lineWidth = strong ? 2.6 : fate === "delivered" ? 1.3 : 1.6;
  c.setLineDash(dash ?? (l.rows.has[i] & 1 || fate === "injected" ? [] : [7, 4]));
  c.beginPath();
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
  c.stroke();
  c.setLineDash([]);
  drawEnd(l, c, fate, x0, y0, x1, y1, i);
}

function drawEnd(l, c, fate, x0, y0, x1, y1, i) {
  const ring = (x, y) => {
    c.lineWidth = 1.6;
    c.beginPath();
    c.arc(x, y, 4.5, 0, 7);
    c.fillStyle = l.ink.paper;
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
  if (fate === "undecided" && !(l.rows.has[i] & 2)) {
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
  if (l.lanes === 1) return;
  if (!(l.rows.has[i] & 2)) ring(x1, y1);
  if (!(l.rows.has[i] & 1)) ring(x0, y0);
  if (l.rows.marks[i] & 2) {
    c.fillStyle = l.ink.injected;
    c.fillRect(x1 - Math.sign(x1 - x0) * 12 - 3.5, y1 - 8, 7, 7);
  }
}

// A bar at each end as long as its bounds; strong: the whole band between.
function drawBounds(l, c, i, strong) {
  const { rows } = l;
  const g = rows.groups[rows.group[i]];
  const span = (has, ns, early, late) => {
    if (!(rows.has[i] & has) || early < 0 || late < 0) return null;
    if (early + late === 0) return null;
    return [l.y(l.scale.toU(ns - early)), l.y(l.scale.toU(ns + late))];
  };
  const a = span(1, rows.near_ns[i], rows.near_early[i], rows.near_late[i]);
  const b = span(2, rows.far_ns[i], rows.far_early[i], rows.far_late[i]);
  c.fillStyle = directionInk(l, i);
  const [x0, y0, x1, y1] = l.ends(i);
  const ends = [
    [a, a ? l.laneX(g.from) : x0, y0],
    [b, b ? l.laneX(g.to) : x1, y1],
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

function drawLabel(l, c, i, taken, strong) {
  const { rows } = l;
  const g = rows.groups[rows.group[i]];
  const fate = fateOf(rows, i);
  const first = g.dir === 0 ? g.from === 0 : g.from === l.lanes - 1;
  if (!strong && !first && fate === "delivered" && !(rows.marks[i] & 2)) return;
  const [x0, y0, x1, y1] = l.ends(i);
  const edges = [l.gutter + 4, l.width - l.mapWidth - 4];
  const words = shortened(c, label(rows, i), edges[1] - edges[0]);
  const wide = c.measureText(words).width;
  const [from, to] = l.span(g);
  const room = Math.abs(to - from) - 30;
  const [x, y] = wide > room
    ? besideLane(x0, y0, Math.sign(x1 - x0), wide, edges)
    : overLine([x0, y0, x1, y1], wide);
  if (y < 4 || y > l.height - 2) return;
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
  c.strokeStyle = l.ink.paper;
  c.strokeText(words, x, y);
  c.fillStyle = fate === "lost" ? l.ink.lost : l.ink.ink;
  c.fillText(words, x, y);
}

// Bars of how many a few pixels hold; what did not arrive, singly by place.
export function drawDense(l, c, seen) {
  const { rows, scale } = l;
  const slot = 3;
  const slots = Math.ceil(l.height / slot) + 1;
  const bars = rows.groups.map(() => new Float64Array(slots));
  const gone = new Map();
  for (const i of seen) {
    const u = rows.has[i] & 1 ? scale.near[i] : scale.far[i];
    const k = Math.floor(l.y(u) / slot);
    if (k < 0 || k >= slots) continue;
    const g = rows.group[i];
    bars[g][k] += rows.count[i];
    const fate = fateOf(rows, i);
    if (fate !== "delivered" && fate !== "outside") {
      const key = `${g},${Math.floor((k * slot) / 12)},${fate}`;
      const at = gone.get(key) ?? { g, y: l.y(u), fate, n: 0 };
      at.n += rows.count[i];
      gone.set(key, at);
    }
  }
  let most = 1;
  for (const bar of bars) for (const n of bar) if (n > most) most = n;
  rows.groups.forEach((g, k) => {
    const [x0, x1] = l.span(g);
    const middle = x0 + (x1 - x0) * 0.3;
    const half = Math.abs(x1 - x0) * 0.2;
    c.fillStyle = g.dir ? l.ink.s2c : l.ink.c2s;
    c.globalAlpha = 0.75;
    for (let s = 0; s < slots; s++)
      if (bars[k][s]) {
        const w = Math.max(1, half * Math.sqrt(bars[k][s] / most));
        c.fillRect(middle - w, s * slot, 2 * w, slot - 0.5);
      }
    c.globalAlpha = 1;
  });
  for (const at of gone.values()) drawGone(l, c, at);
}

function drawGone(l, c, { g, y, fate, n }) {
  const group = l.rows.groups[g];
  const x0 = l.laneX(group.from);
  const x = x0 + (l.laneX(group.to) - x0) * 0.62;
  const ink = l.ink[fate] ?? l.ink.undecided;
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
