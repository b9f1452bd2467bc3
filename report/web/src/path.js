// The path as a drawing: points, and between neighbours what each direction
// lost and how long it took.  Lies along the page, or stands where that is
// too narrow.  The table under it says the same with every figure.
import { report } from "./data.js";
import { h, svg, replace } from "./dom.js";
import { count, duration, percent, plural } from "./format.js";
import { relayLines, relayWords } from "./relays.js";

const WIDE_HOP = 212; // so that four points lie along a page of 1280
const POINT = 132;

// The packets that the wire had: segments, where cards joined them in frames of
// the captures (hop_wire() of store/match.h: the text has the same).
function wire(way) {
  const frames = way.transmissions;
  return way.segments.entered > frames.entered + frames.lost ? way.segments : frames;
}

export function lossText(way) {
  const c = wire(way);
  if (!c.entered && !c.injected) return "nothing seen this way";
  const words = [];
  if (c.lost)
    words.push(
      `${count(c.lost)} of ${count(c.entered)} lost (${percent(c.lost, c.entered)})`,
    );
  else
    words.push(
      `${plural(c.entered, "packet")}, none ${way.lost_here_or_behind ? "surely " : ""}lost`,
    );
  return words.join(", ");
}

// Nothing arrives before it was sent: bounds that reach below zero leave only
// the upper one.
export function delayText(way) {
  const d = way.delay_ns;
  if (d.median === null) return "one way not known";
  return d.median > d.uncertainty
    ? `${duration(d.median)} ± ${duration(d.uncertainty)} one way`
    : `at most ${duration(d.median + d.uncertainty)} one way`;
}

// Of the undecided: the receiver never got them.
function astrayText(way) {
  const n = way.lost_here_or_behind;
  if (!n) return "";
  const all = n === way.transmissions.undecided;
  return ` (${all ? "all" : count(n)} lost here or further on)`;
}

function otherText(way) {
  const c = wire(way);
  return ["unseen", "undecided", "outside", "injected"]
    .filter((fate) => c[fate])
    .map((fate) => {
      const more = fate === "undecided" ? astrayText(way) : "";
      return `${count(c[fate])} ${fate}${more}`;
    })
    .join(", ");
}

// Nothing comes back before it was sent.
function backwards(hop) {
  const tick = (name) =>
    report.points.find((p) => p.name === name)?.clock.resolution_ns ?? 0;
  const room = 20e3 + 2 * (tick(hop.from) + tick(hop.to));
  return hop.round_trip_ns.n > 0 && hop.round_trip_ns.median < -room;
}

function roundTripText(hop) {
  const r = hop.round_trip_ns;
  if (!r.n) return "round trip not known";
  const words = `round trip ${duration(r.median)}`;
  return backwards(hop) ? `${words}: points in wrong order?` : words;
}

const LETTER = 8.6; // a bold one of a name, as wide as any font's

function fitted(text, room) {
  const most = Math.floor(room / LETTER);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function arrow(x1, y1, x2, y2, lost) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const ux = (x2 - x1) / length;
  const uy = (y2 - y1) / length;
  const wing = (side) =>
    `${x2 - 8 * ux + side * 4 * uy},${y2 - 8 * uy - side * 4 * ux}`;
  const mx = x1 + ux * length * 0.5;
  const my = y1 + uy * length * 0.5;
  return svg(
    "g",
    { class: lost ? "way lossy" : "way" },
    svg("line", { x1, y1, x2: x2 - 6 * ux, y2: y2 - 6 * uy }),
    svg("polygon", { points: `${x2},${y2} ${wing(1)} ${wing(-1)}` }),
    lost &&
      svg("path", {
        class: "cross",
        d: `M${mx - 5},${my - 5}l10,10m0,-10l-10,10`,
      }),
  );
}

function text(x, y, words, cls, anchor = "middle") {
  return svg("text", { x, y, class: cls, "text-anchor": anchor }, words);
}

function wayWords(way) {
  return [
    [lossText(way), way.transmissions.lost ? "loss" : "plain"],
    [delayText(way), "quiet"],
    [otherText(way), "quiet"],
  ].filter(([words]) => words);
}

function pointBox(name, x, y, w, hgt) {
  return svg(
    "g",
    { class: "point" },
    svg("title", null, name),
    svg("rect", { x, y, width: w, height: hgt, rx: 8 }),
    text(x + w / 2, y + hgt / 2 + 5, fitted(name, w - 14), "name"),
  );
}

function hopBetween(a, b) {
  return report.hops.find((hop) => hop.from === a && hop.to === b);
}

function alongHop(hop, x, y, room, over) {
  const mid = x + room / 2;
  if (!hop)
    return svg(
      "g",
      { class: "nothing" },
      svg("line", { x1: x + 8, y1: y, x2: x + room - 8, y2: y }),
      text(mid, y - 10, "no session seen at both", "quiet"),
      over?.map((words, i) => text(mid, y + 20 + 17 * i, words, "plain")),
    );
  const rows = [];
  wayWords(hop.out).forEach(([words, cls], i, all) =>
    rows.push(text(mid, y - 26 - 17 * (all.length - 1 - i), words, cls)),
  );
  wayWords(hop.back).forEach(([words, cls], i) =>
    rows.push(text(mid, y + 37 + 17 * i, words, cls)),
  );
  return svg(
    "g",
    null,
    arrow(x + 8, y - 14, x + room - 8, y - 14, hop.out.transmissions.lost),
    arrow(x + room - 8, y + 16, x + 8, y + 16, hop.back.transmissions.lost),
    rows,
    text(mid, y + 5, roundTripText(hop), "trip"),
  );
}

function along(points, width) {
  const hops = points.length - 1;
  const room = hops ? (width - POINT * points.length) / hops : 0;
  const mid = 84;
  const parts = points.map((p, i) =>
    pointBox(p.name, i * (POINT + room), mid - 24, POINT, 50),
  );
  for (let i = 0; i < hops; i++)
    parts.push(
      alongHop(
        hopBetween(points[i].name, points[i + 1].name),
        i * (POINT + room) + POINT,
        mid,
        room,
        relayWords(points[i].name, points[i + 1].name),
      ),
    );
  return [parts, width, 164];
}

// What stands beside a hop's arrows, from the top: [words, class] a line.
function standingWords(hop, points, room) {
  if (!hop)
    return [
      ["no session seen at both", "quiet"],
      ...(relayWords(points[0].name, points[1].name) ?? []).map((words) => [words, "plain"]),
    ];
  const way = (sign, figures) =>
    wayWords(figures).map(([words, cls], k) => [(k ? "    " : `${sign} `) + words, cls]);
  const lines = [
    [roundTripText(hop), "trip"],
    ...way("↓", hop.out),
    ...way("↑", hop.back),
  ];
  return lines.map(([words, cls]) => [fitted(words, room * 1.2), cls]);
}

function standing(points, width) {
  const longest = Math.max(...points.map((p) => p.name.length));
  const w = Math.min(width, Math.max(240, longest * LETTER + 28));
  const parts = [];
  let y = 0;
  points.forEach((p, i) => {
    parts.push(pointBox(p.name, 0, y, w, 42));
    if (i + 1 === points.length) return;
    const hop = hopBetween(p.name, points[i + 1].name);
    const lines = standingWords(hop, points.slice(i, i + 2), width - 60);
    const top = y + 50;
    const end = top + Math.max(44, 17 * lines.length + 8);
    parts.push(
      hop
        ? [
            arrow(20, top, 20, end, hop.out.transmissions.lost),
            arrow(42, end, 42, top, hop.back.transmissions.lost),
          ]
        : svg("g", { class: "nothing" }, svg("line", { x1: 31, y1: top, x2: 31, y2: end })),
      lines.map(([words, cls], k) => text(60, top + 14 + 17 * k, words, cls, "start")),
    );
    y = end + 8;
  });
  return [parts, width, y + 44];
}

function draw(holder) {
  const width = Math.max(280, holder.clientWidth);
  const points = report.points;
  const wide = POINT * points.length + WIDE_HOP * (points.length - 1) <= width;
  const shown = Math.min(
    width,
    points.length === 1 ? POINT : points.length * 420 + 60,
  );
  const [parts, w, height] = wide ? along(points, shown) : standing(points, width);
  replace(
    holder,
    svg(
      "svg",
      {
        class: "path",
        viewBox: `0 0 ${w} ${height}`,
        width: w,
        height,
        role: "img",
        "aria-label": spoken(),
      },
      parts,
    ),
  );
}

function spoken() {
  const hops = report.hops.map(
    (hop) =>
      `${hop.from} to ${hop.to}: ${roundTripText(hop)}; out ${lossText(hop.out)}, ` +
      `${delayText(hop.out)}; back ${lossText(hop.back)}, ${delayText(hop.back)}.`,
  );
  report.points.slice(1).forEach((p, i) => {
    const over = relayWords(report.points[i].name, p.name);
    if (over) hops.push(`${report.points[i].name} to ${p.name}: ${over.join(", ")}.`);
  });
  return `The path: ${report.points.map((p) => p.name).join(", ")}. ${hops.join(" ")}`;
}

const FATES = [
  "entered",
  "delivered",
  "lost",
  "unseen",
  "outside",
  "undecided",
  "injected",
];

function figures(hop, way, arrowSign) {
  const c = wire(hop[way]);
  const d = hop[way].delay_ns;
  const ends = way === "out" ? [hop.from, hop.to] : [hop.to, hop.from];
  return h(
    "tr",
    null,
    h("th", { scope: "row" }, `${ends[0]} ${arrowSign} ${ends[1]}`,
      hop.span && h("span", { class: "tag" }, "stretch")),
    FATES.map((fate) =>
      h("td", { class: fate === "lost" && c[fate] ? "num loss" : "num" }, count(c[fate])),
    ),
    ["min", "median", "p95", "max", "uncertainty"].map((key) =>
      h("td", { class: "num" }, d[key] === null ? "–" : duration(d[key])),
    ),
    h(
      "td",
      { class: "num" },
      hop.round_trip_ns.n ? duration(hop.round_trip_ns.median) : "–",
    ),
  );
}

function hopTable() {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "figures" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "col" }, "Hop, direction"),
          FATES.map((fate) => h("th", { scope: "col", class: "num" }, fate)),
          ["delay min", "median", "95 %", "max", "±", "round trip"].map((name) =>
            h("th", { scope: "col", class: "num" }, name),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        report.hops.map((hop) => [
          figures(hop, "out", "→"),
          figures(hop, "back", "→"),
        ]),
      ),
    ),
  );
}

export function pathSection() {
  if (report.points.length < 2 && !report.hops.length) return null;
  const holder = h("div", { class: "path-holder" });
  new ResizeObserver(() => draw(holder)).observe(holder);
  const spans = report.hops.filter((hop) => hop.span);
  const relays = relayLines();
  return h(
    "section",
    { "aria-labelledby": "h-path" },
    h("h2", { id: "h-path" }, "The path"),
    holder,
    spans.length + relays.length > 0 &&
      h(
        "ul",
        { class: "spans" },
        relays,
        spans.map((hop) =>
          h(
            "li",
            null,
            `${hop.from} to ${hop.to}, for sessions that the points between do not see: `,
            `${roundTripText(hop)}; out ${lossText(hop.out)}; back ${lossText(hop.back)}`,
          ),
        ),
      ),
    report.hops.length > 0 &&
      h("details", null, h("summary", null, "All figures of each hop"), hopTable()),
  );
}
