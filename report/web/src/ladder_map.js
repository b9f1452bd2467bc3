// The whole session at the ladder's right edge, with the window on it: bars of how much
// each direction sent, marks where something did not arrive.
//
// It is painted once for a size and a scale (l.mapDrawn), then copied.
import { fateOf } from "./rows.js";

export function drawMap(l, c) {
  const x = l.width - l.mapWidth;
  if (!l.mapDrawn) paintMap(l);
  c.drawImage(l.map, x, 0, l.mapWidth, l.height);
  const { low, high } = l.scale;
  const place = (u) => ((u - low) / (high - low || 1)) * l.height;
  const y0 = Math.max(0, place(l.u0));
  const y1 = Math.min(l.height, place(l.u1));
  c.strokeStyle = l.ink.focus;
  c.lineWidth = 1.5;
  c.strokeRect(x + 1, y0 + 1, l.mapWidth - 2, Math.max(4, y1 - y0 - 2));
  c.globalAlpha = 0.1;
  c.fillStyle = l.ink.focus;
  c.fillRect(x + 1, y0 + 1, l.mapWidth - 2, Math.max(4, y1 - y0 - 2));
  c.globalAlpha = 1;
}

function paintMap(l) {
  const ratio = l.ratio;
  l.map.width = Math.max(1, Math.round(l.mapWidth * ratio));
  l.map.height = Math.max(1, Math.round(l.height * ratio));
  const c = l.map.getContext("2d");
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.fillStyle = l.ink.faint;
  c.fillRect(0, 0, l.mapWidth, l.height);
  const { rows, scale } = l;
  const slots = Math.ceil(l.height / 2) + 1;
  const bars = [new Float64Array(slots), new Float64Array(slots)];
  const marks = new Map();
  const span = scale.high - scale.low || 1;
  for (let i = 0; i < rows.n; i++) {
    const k = Math.floor((((scale.near[i] - scale.low) / span) * l.height) / 2);
    if (k < 0 || k >= slots) continue;
    bars[rows.groups[rows.group[i]].dir][k] += rows.count[i];
    const fate = fateOf(rows, i);
    if (fate === "lost" || (fate !== "delivered" && fate !== "outside" && !marks.has(k)))
      marks.set(k, fate);
  }
  const most = Math.max(1, ...bars[0], ...bars[1]);
  bars.forEach((bar, dir) => {
    c.fillStyle = dir ? l.ink.s2c : l.ink.c2s;
    c.globalAlpha = 0.6;
    for (let k = 0; k < slots; k++) {
      if (!bar[k]) continue;
      const w = Math.max(1.5, (l.mapWidth / 2 - 4) * Math.sqrt(bar[k] / most));
      c.fillRect(dir ? l.mapWidth / 2 : l.mapWidth / 2 - w, 2 * k, w, 2);
    }
  });
  c.globalAlpha = 1;
  for (const [k, fate] of marks) {
    c.fillStyle = l.ink[fate] ?? l.ink.undecided;
    c.fillRect(l.mapWidth - 6, 2 * k - 1, 6, 3);
    c.fillRect(0, 2 * k - 1, 6, 3);
  }
  l.mapDrawn = true;
}
