// The ladder's pointer and keys: what a gesture does to its window and its choice.
//
// Dragging moves the window, on the map at the right edge it puts it there; a click
// chooses the arrow under the pointer.

export function listen(l) {
  const on = (name, fn, options) => l.canvas.addEventListener(name, fn, options);
  on("wheel", (e) => wheel(l, e), { passive: false });
  on("pointerdown", (e) => down(l, e));
  on("pointermove", (e) => move(l, e));
  on("pointerup", (e) => up(l, e));
  on("pointercancel", () => (l.drag = null));
  on("pointerleave", () => hover(l, -1));
  on("dblclick", (e) => l.zoom(0.4, e.offsetY));
  on("keydown", (e) => key(l, e));
}

function wheel(l, e) {
  if (e.ctrlKey || e.metaKey || e.altKey) {
    e.preventDefault();
    l.zoom(Math.exp(Math.max(-1, Math.min(1, e.deltaY / 200))), e.offsetY);
    return;
  }
  const before = l.u0;
  l.pan((e.deltaY * (e.deltaMode ? 16 : 1)) / l.height);
  // at its end the page scrolls on
  if (Math.abs(l.u0 - before) > (l.u1 - l.u0) * 1e-6) e.preventDefault();
}

function down(l, e) {
  if (e.button !== 0) return;
  l.canvas.setPointerCapture(e.pointerId);
  l.drag = {
    y: e.offsetY,
    u0: l.u0,
    u1: l.u1,
    map: e.offsetX > l.width - l.mapWidth,
    moved: false,
  };
  if (l.drag.map) toMap(l, e.offsetY);
}

function toMap(l, y) {
  const { low, high } = l.scale;
  const at = low + (y / l.height) * (high - low);
  const half = (l.u1 - l.u0) / 2;
  l.set(at - half, at + half);
}

function move(l, e) {
  if (!l.drag) {
    hover(l, hit(l, e.offsetX, e.offsetY), e);
    return;
  }
  if (l.drag.map) {
    toMap(l, e.offsetY);
    return;
  }
  const dy = e.offsetY - l.drag.y;
  if (Math.abs(dy) > 3) l.drag.moved = true;
  if (!l.drag.moved) return;
  const d = (dy / (l.height - l.top)) * (l.drag.u1 - l.drag.u0);
  l.set(l.drag.u0 - d, l.drag.u1 - d);
}

function up(l, e) {
  const drag = l.drag;
  l.drag = null;
  if (drag && !drag.moved && !drag.map) l.select(hit(l, e.offsetX, e.offsetY));
}

function hover(l, i, e) {
  l.events.hovered?.(i, e);
  if (i === l.hovered) return;
  l.hovered = i;
  l.canvas.style.cursor = i >= 0 ? "pointer" : "";
  l.soon();
}

// The arrow under the pointer.
function hit(l, x, y) {
  if (!l.shown || !l.singly) return -1;
  let best = -1;
  let least = 7;
  for (const i of l.shown) {
    const d = distance(x, y, ...l.ends(i));
    if (d < least) {
      least = d;
      best = i;
    }
  }
  return best;
}

function key(l, e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const acts = {
    ArrowDown: () => l.pan(0.12),
    ArrowUp: () => l.pan(-0.12),
    PageDown: () => l.pan(0.85),
    PageUp: () => l.pan(-0.85),
    Home: () => l.set(l.scale.low, l.scale.low + (l.u1 - l.u0)),
    End: () => l.set(l.scale.high - (l.u1 - l.u0), l.scale.high),
    ArrowRight: () => l.next(true),
    ArrowLeft: () => l.next(false),
    "+": () => l.zoom(0.6),
    "=": () => l.zoom(0.6),
    "-": () => l.zoom(1 / 0.6),
    0: () => l.fit(),
    n: () => l.nextTrouble(true),
    p: () => l.nextTrouble(false),
  };
  const act = acts[e.key];
  if (!act) return;
  e.preventDefault();
  act();
}

function distance(x, y, x0, y0, x1, y1) {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const t = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}
