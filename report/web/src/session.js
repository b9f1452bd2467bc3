// One session: its facts (session_facts.js), the ladder with the packets in view, and
// plots.
import { report, table, sessionObject, hasPackets, canInflate } from "./data.js";
import { h, replace, announce, onScheme } from "./dom.js";
import { count, duration, plural, since } from "./format.js";
import { packets, fateOf, label } from "./rows.js";
import { EvenScale, TimeScale } from "./scale.js";
import { Ladder } from "./ladder.js";
import { Plots } from "./plots.js";
import { VirtualTable } from "./vtable.js";
import { budgetBar, hasBudget } from "./budget.js";
import { fateText, packetPane, tookText } from "./packet.js";
import { relaySections } from "./relays.js";
import { facts, pairing, troubles } from "./session_facts.js";

const EVEN_ROWS = 20000;
const AT_ONCE = 26; // arrows that a ladder begins with

let current = null;

export function closeSession() {
  current?.plots?.destroy();
  current = null;
}

export function currentLadder() {
  return current?.ladder ?? null;
}

// --- packets in view ---
function packetColumns(rows) {
  const alone = rows.flows.length === 1; // then there is no hop, nor a fate
  const at = (i) => (rows.has[i] & 1 ? rows.near_ns[i] : rows.far_ns[i]);
  const end = (i, far) => {
    if (!(rows.has[i] & (far ? 2 : 1))) return h("span", { class: "quiet" }, "–");
    return String((far ? rows.far_frame : rows.near_frame)[i]);
  };
  const hop = (i) => {
    const g = rows.groups[rows.group[i]];
    if (alone) return g.dir ? "server → client" : "client → server";
    return `${rows.flows[g.from].point} → ${rows.flows[g.to].point}`;
  };
  const columns = [
    { key: "time", name: "Time", cls: "num", width: "7.5rem", cell: (i) => since(at(i), 1e3) },
    {
      key: "hop", name: alone ? "Way" : "Hop", width: "minmax(9rem, 1.2fr)",
      cell: (i) => h("span", { class: rows.groups[rows.group[i]].dir ? "s2c" : "c2s" }, hop(i)),
    },
    { key: "near", name: "Frame", cls: "num", width: "5.5rem", cell: (i) => end(i, false) },
    { key: "far", name: "Far frame", cls: "num", width: "5.5rem", cell: (i) => end(i, true) },
    { key: "what", name: "Packet", width: "minmax(11rem, 2fr)", cell: (i) => label(rows, i) },
    {
      key: "took", name: "Took", cls: "num", width: "5.5rem",
      cell: (i) => (rows.has[i] === 3 ? tookText(rows, i) : ""),
    },
    {
      key: "fate", name: "Fate", width: "minmax(13rem, 1.4fr)",
      cell: (i) => h("span", { class: `fate ${fateOf(rows, i)}`, title: fateText(rows, i) }, fateText(rows, i)),
    },
  ];
  return alone ? columns.filter((c) => !["far", "took", "fate"].includes(c.key)) : columns;
}

// --- the ladder with what is around it ---
class View {
  constructor(rows, params) {
    this.rows = rows;
    this.even = rows.n <= EVEN_ROWS ? new EvenScale(rows) : null;
    this.time = new TimeScale(rows);
    this.pane = h("aside", { class: "pane", "aria-label": "The chosen packet" });
    this.status = h("p", { class: "status", role: "status" });
    this.list = new VirtualTable({
      columns: packetColumns(rows),
      label: "Packets in view",
      unit: "packet",
      height: `${Math.min(330, (rows.n + 1) * 34 + 12)}px`,
      open: (i) => this.ladder.select(i),
      rowClass: (i) => (i === this.ladder?.selected ? "chosen" : null),
    });
    this.list.moved = (i) => this.ladder.select(i);
    this.ladder = new Ladder(rows, this.even ?? this.time, {
      moved: () => this.later(),
      selected: (i) => this.chosen(i),
      hovered: (i) => this.showPane(i >= 0 ? i : this.ladder.selected),
    });
    // a few arrows do not need a screen
    this.ladder.canvas.style.setProperty("--arrows", `${150 + rows.n * 38}px`);
    this.plots = new Plots(rows, { jump: (ns) => this.jump(ns) });
    onScheme(() => {
      this.ladder.recolour();
      this.plots.recolour();
    });
    this.showPane(-1);
    this.begin(params);
  }

  begin(params) {
    const { rows, ladder } = this;
    if (params.scale === "time") this.choose("time");
    const frame = Number(params.frame);
    const at = frame ? this.find(params.point, params.file, frame) : -1;
    if (params.from !== undefined && params.to !== undefined)
      ladder.setWindow(Number(params.from), Number(params.to));
    else if (at >= 0 && rows.n > AT_ONCE) ladder.zoomTo(at, AT_ONCE);
    else if (rows.n > AT_ONCE) ladder.zoomTo(this.beginning(), AT_ONCE);
    ladder.select(at >= 0 ? at : this.beginning());
  }

  // The first packet that did not arrive, else the first.
  beginning() {
    const { rows } = this;
    let best = 0;
    for (let i = 0; i < rows.n; i++) {
      const lost = fateOf(rows, i) === "lost";
      const had = fateOf(rows, best) === "lost";
      const { near } = this.ladder.scale;
      if ((lost && !had) || (lost === had && near[i] < near[best])) best = i;
    }
    return best;
  }

  // The arrow that leaves the point as this frame, else the one that arrives.
  find(point, file, frame) {
    const { rows } = this;
    const is = (i, has, end, lane) =>
      rows.has[i] & has &&
      rows[`${end}_frame`][i] === frame &&
      rows.flows[lane].point === point &&
      (!file || rows.files[rows[`${end}_file`][i]] === file);
    let arrives = -1;
    for (let i = 0; i < rows.n; i++) {
      const g = rows.groups[rows.group[i]];
      if (is(i, 1, "near", g.from)) return i;
      if (arrives < 0 && is(i, 2, "far", g.to)) arrives = i;
    }
    return arrives;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.update(), 90);
  }

  update() {
    const inView = this.ladder.inWindow();
    let stands = 0;
    let gone = 0;
    for (const i of inView) {
      stands += this.rows.count[i];
      if (fateOf(this.rows, i) === "lost") gone += this.rows.count[i];
    }
    this.list.show(inView);
    replace(
      this.status,
      `${count(stands)} of ${plural(this.rows.total, "arrow")} in view`,
      stands > inView.length && `, shown by ${count(inView.length)}`,
      gone > 0 && ["; ", h("span", { class: "loss" }, `${count(gone)} lost`)],
    );
    this.remember();
  }

  // The place goes into the address, so that it can be kept and sent.
  remember() {
    const [hash, query] = location.hash.split("?");
    if (!hash.startsWith("#/session/")) return;
    const params = new URLSearchParams(query ?? "");
    const [from, to] = this.ladder.window;
    params.set("from", Math.round(from));
    params.set("to", Math.round(to));
    params.set("scale", this.ladder.scale.name);
    try {
      history.replaceState(null, "", `${hash}?${params}`);
    } catch {
      // some viewers of attachments have no history
    }
  }

  chosen(i) {
    this.showPane(i);
    if (i >= 0) {
      this.list.select(i);
      announce(`${label(this.rows, i)}: ${fateText(this.rows, i)}`);
    }
    this.list.draw();
  }

  showPane(i) {
    if (this.paneRow === i) return;
    this.paneRow = i;
    replace(
      this.pane,
      i >= 0
        ? packetPane(this.rows, i)
        : h("p", { class: "quiet" }, "Point at an arrow, or choose one by ← and →, to see what both ends recorded of it."),
    );
  }

  jump(ns) {
    const [a, b] = this.ladder.window;
    const half = (b - a) / 2;
    this.ladder.setWindow(ns - half, ns + half);
    this.ladder.canvas.scrollIntoView({ block: "center" });
  }

  choose(name) {
    const scale = name === "time" ? this.time : this.even;
    if (!scale || scale === this.ladder.scale) return;
    this.ladder.changeScale(scale);
    this.drawTools();
  }

  drawTools() {
    const { ladder } = this;
    const button = (text, label, on, pressed) =>
      h("button", { type: "button", title: label, "aria-label": label,
        "aria-pressed": pressed === undefined ? null : String(pressed), on: { click: on } }, text);
    this.tools ??= h("div", { class: "tools ladder-tools" });
    replace(
      this.tools,
      h("span", { class: "group", role: "group", "aria-label": "Scale" },
        this.even && button("Even", "Even: each packet has a step of its own", () => this.choose("even"), ladder.scale === this.even),
        button("Time", "Time: true to scale", () => this.choose("time"), ladder.scale === this.time)),
      h("span", { class: "group", role: "group", "aria-label": "Zoom" },
        button("−", "Zoom out (-)", () => ladder.zoom(1 / 0.6)),
        button("+", "Zoom in (+)", () => ladder.zoom(0.6)),
        button("All", "The whole session (0)", () => ladder.fit())),
      this.hasTrouble() &&
        h("span", { class: "group", role: "group", "aria-label": "What did not arrive" },
          button("‹ lost", "Previous packet that did not arrive (p)", () => ladder.nextTrouble(false)),
          button("lost ›", "Next packet that did not arrive (n)", () => ladder.nextTrouble(true))),
      h("label", { class: "check" },
        h("input", { type: "checkbox", checked: ladder.bounds, on: { change: (e) => {
          ladder.bounds = e.target.checked;
          ladder.soon();
        } } }),
        "clock bounds"),
      this.status,
    );
    return this.tools;
  }

  hasTrouble() {
    const { rows } = this;
    this.trouble ??= Array.from(rows.fate).some(
      (f) => !["delivered", "outside"].includes(rows.fates[f]),
    );
    return this.trouble;
  }

  heads() {
    const { rows } = this;
    const clock = (name) => report.points.find((p) => p.name === name)?.clock;
    return h(
      "div",
      { class: "lane-heads", vars: { "--gaps": Math.max(1, rows.flows.length - 1) } },
      rows.flows.map((f, lane) => {
        const c = clock(f.point);
        const half = c && c.offset_ns !== null ? (c.offset_high_ns - c.offset_low_ns) / 2 : null;
        const share = rows.flows.length === 1 ? 0.5 : lane / (rows.flows.length - 1);
        return h(
          "div",
          { class: "lane-head", vars: { "--at": share } },
          h("b", { title: f.point }, f.point),
          f.packets
            ? h("span", { class: "quiet", title: `${f.client} → ${f.server}` }, f.client)
            : h("span", { class: "quiet" }, "saw nothing of it"),
          !f.aligned
            ? h("span", { class: "loss" }, "clock not comparable")
            : c?.status === "one-way"
              ? h("span", { class: "quiet" }, "clock bounded on one side")
            : half > 0 && h("span", { class: "quiet" }, h("span", { class: "roomy" }, "clock "), `± ${duration(half)}`),
        );
      }),
    );
  }

  legend() {
    const { rows } = this;
    const used = new Set(Array.from(rows.fate, (f) => rows.fates[f]));
    const item = (cls, words) => h("li", null, h("span", { class: `mark ${cls}` }), words);
    return h(
      "ul",
      { class: "legend ladder-legend" },
      item("c2s", "client to server"),
      item("s2c", "server to client"),
      used.has("lost") && item("lost", "lost: vanished on this hop"),
      used.has("unseen") && item("unseen", "unseen: passed, the capture missed it"),
      used.has("undecided") && item("undecided", "undecided"),
      used.has("outside") && item("outside", "outside the capture"),
      used.has("injected") && item("injected", "made on this hop"),
      rows.marks.some((m) => m & 2) && item("changed", "changed on the way"),
    );
  }

  element() {
    return [
      h(
        "section",
        { class: "ladder-section", "aria-labelledby": "h-ladder" },
        h("h2", { id: "h-ladder" }, "Ladder"),
        h("p", { class: "quiet" },
          "Times count from the session's first packet, on the first point's clock."),
        !this.rows.flows.every((f) => f.aligned) &&
          h("p", { class: "notice" },
            "A clock here cannot be compared with the first point's: that point's times count from its own first packet, and slopes mean nothing."),
        this.rows.total > this.rows.n &&
          h("p", { class: "notice" },
            `${count(this.rows.total)} arrows, shown by ${count(this.rows.n)}: of plain deliveries the fastest and slowest of every few; what did not arrive is all here. `,
            h("code", null, `tracepair packets CASE --session ${this.rows.session}`), " lists all."),
        this.drawTools(),
        h("div", { class: `ladder-row lanes-${this.rows.flows.length}` },
          h("div", { class: "ladder-box" }, this.heads(), this.ladder.canvas),
          this.pane),
        this.legend(),
        h("p", { class: "quiet keys", id: "ladder-keys" },
          h("kbd", null, "↑"), h("kbd", null, "↓"), " move, ",
          h("kbd", null, "+"), h("kbd", null, "−"), " zoom, ",
          h("kbd", null, "0"), " all, ",
          h("kbd", null, "←"), h("kbd", null, "→"), " choose a packet, ",
          h("kbd", null, "n"), h("kbd", null, "p"), " next and previous that did not arrive; drag, wheel, Ctrl and wheel"),
      ),
      h("section", { "aria-labelledby": "h-list" },
        h("h2", { id: "h-list" }, "Packets in view"),
        this.list.element),
      this.plots.plots.length > 0 && h("section", { "aria-labelledby": "h-plots" },
        h("h2", { id: "h-plots" }, "Over time"),
        h("p", { class: "quiet" }, "Drag to zoom all plots, double-click for the whole; click to go there in the ladder."),
        this.plots.element),
    ];
  }
}

function noPackets(id) {
  if (!canInflate)
    return h("p", { class: "notice" }, "This browser is too old to unpack the packets (it lacks DecompressionStream).");
  return h(
    "p",
    { class: "notice" },
    "Ladder and plots of this session are not in this file, which has those of findings and of the slowest. ",
    h("code", null, `tracepair show CASE ${id}`),
    " draws its ladder in the terminal.",
  );
}

export async function openSession(main, id, params) {
  closeSession();
  const t = await table();
  const row = t.id.indexOf(id);
  const back = h("p", { class: "back" }, h("a", { href: "#/" }, "← Report"));
  if (row < 0) {
    replace(main, back, h("p", { class: "notice" }, `Session ${id} is not listed in this report.`));
    return;
  }
  const s = await sessionObject(row);
  const title = h("h1", { class: "session-title", tabindex: -1 },
    h("span", { class: "quiet" }, `Session ${id} `),
    `${t.client[row]} → ${t.server[row]}`);
  const parts = [
    back,
    title,
    t.also[row] && h("p", { class: "also" }, "= ", t.also[row]),
    h("p", { class: "quiet" }, facts(s)),
    troubles(id),
    relaySections(s, t),
    hasBudget(s.time_ns) && h("section", { class: "session-time" }, h("h2", null, "Where the time went"), budgetBar(s.time_ns)),
  ];
  if (canInflate && hasPackets(id)) {
    const rows = await packets(id);
    current = new View(rows, params);
    replace(main, parts, current.element(), pairing(s));
    current.update();
  } else {
    replace(main, parts, noPackets(id), pairing(s));
  }
  title.focus({ preventScroll: true });
  document.title = `Session ${id} · tracepair report`;
}
