// One packet in words: what both ends recorded, and why its fate is what it is.
import { h } from "./dom.js";
import { bytes, clockTime, count, duration, isoTime, since } from "./format.js";
import { fateOf, flagText, label, markText } from "./rows.js";

const FATES = {
  delivered: "delivered",
  lost: "lost on this hop",
  unseen: "passed, but the capture missed it",
  outside: "outside what that capture can have",
  undecided: "undecided",
  injected: "made on this hop",
};

const REASONS = {
  matched: "the same bytes are at the far end",
  hole: "acknowledgements show the hole until a later copy passed",
  "no-reaction": "the receiver acted as if it never came",
  "not-there": "the far capture was running, shows no gap, and does not have it",
  acked: "it was acknowledged before any other copy",
  sacked: "it was selectively acknowledged",
  "later-point": "a later point has it",
  effect: "a host reacted to it",
  gap: "the capture has a gap there",
  "not-running": "the capture was not running then",
  "one-way": "the capture never has this direction",
  filtered: "the capture's filter hides it",
  rotation: "between two files of a ring",
  edge: "too near the capture's end to tell",
  "capture-may-miss": "the far capture may have missed it",
  "copy-unknown": "one of several copies, not told apart",
  "no-clock": "the clocks share no time",
  "unmatched-content": "too little content to recognise it by",
  thinned: "a superseded acknowledgement, which devices may thin out",
  "not-from-there": "evidence says that it did not come from there",
  relay: "across a relay that ends the connection",
  "stream-ended": "a relay ended its stream before these bytes",
  quoted: "an ICMP error quotes it",
  "lost-here-or-behind":
    "it never arrived; the far capture misses packets, so it may be lost behind it, too",
};

const CHANGES = [
  "payload grew",
  "payload shrank",
  "payload bytes",
  "flags",
  "options",
  "sequence numbers",
  "DSCP or ECN",
  "window",
];

function add(a, b) {
  return a < 0 || b < 0 ? -1 : a + b;
}

// How long row i took; nothing arrives before it was sent.
export function took(rows, i) {
  const d = rows.far_ns[i] - rows.near_ns[i];
  const early = add(rows.far_early[i], rows.near_late[i]);
  const late = add(rows.far_late[i], rows.near_early[i]);
  return { d, early, late, least: early < 0 ? 0 : Math.max(0, d - early) };
}

export function tookText(rows, i) {
  const t = took(rows, i);
  if (t.early >= 0 && t.late >= 0 && (t.least > 0 || (t.d >= 0 && !t.early)))
    return duration(t.d);
  if (t.late >= 0) return `≤ ${duration(Math.max(0, t.d + t.late))}`;
  return t.least > 0 ? `≥ ${duration(t.least)}` : "?";
}

function tookLong(rows, i) {
  const t = took(rows, i);
  if (t.early >= 0 && t.late >= 0 && (t.least > 0 || (t.d >= 0 && !t.early)))
    return `took ${duration(t.d)} (${bounds(t.early, t.late)})`;
  if (t.late >= 0) return `took at most ${duration(Math.max(0, t.d + t.late))}`;
  return t.least > 0
    ? `took at least ${duration(t.least)}: the clocks are bounded on one side only`
    : "how long it took is not known: the clocks cannot be compared";
}

export function fateText(rows, i) {
  const basis = rows.bases[rows.basis[i]];
  return FATES[fateOf(rows, i)] + (basis ? `, by ${basis}` : "");
}

function changes(bits) {
  return CHANGES.filter((_, bit) => bits & (1 << bit)).join(", ");
}

function bounds(early, late) {
  if (early < 0 && late < 0) return "not bounded";
  if (early < 0) return `any earlier, ${duration(late)} later`;
  if (late < 0) return `${duration(early)} earlier, any later`;
  if (!early && !late) return "exact";
  return early === late
    ? `± ${duration(early)}`
    : `−${duration(early)}, +${duration(late)}`;
}

function endOf(rows, i, far) {
  const g = rows.groups[rows.group[i]];
  const flow = rows.flows[far ? g.to : g.from];
  const pre = far ? "far_" : "";
  const seen = rows.has[i] & (far ? 2 : 1);
  const at = (name) => rows[(far ? "far_" : "") + name][i];
  const side = far ? "far" : "near";
  if (!seen) return { point: flow.point, seen: false };
  const origin = flow.origin[g.dir];
  const acks = flow.origin[1 - g.dir];
  const tcp = origin !== null;
  const shift = flow.shift[g.dir];
  const syn = rows.flags[i] & 2;
  return {
    point: flow.point,
    seen: true,
    file: rows.files[rows[`${side}_file`][i]],
    frame: String(rows[`${side}_frame`][i]), // as it is typed into Wireshark
    // a clock that cannot be compared counts from its own first packet
    time: flow.aligned
      ? clockTime(isoTime(rows.base, rows[`${side}_ns`][i]))
      : `${since(rows[`${side}_ns`][i], 1e3)} after its first packet`,
    bounds: bounds(rows[`${side}_early`][i], rows[`${side}_late`][i]),
    seq: tcp && `${at("seq")} (raw ${(origin + at("seq")) >>> 0})`,
    ack:
      tcp && rows.flags[i] & 16 && acks !== null
        ? `${at("ack")} (raw ${(acks + at("ack")) >>> 0})`
        : tcp && rows.flags[i] & 16 && `${at("ack")}`,
    window:
      tcp &&
      (shift === null && !syn
        ? `${at("window")} unscaled`
        : bytes(at("window") * 2 ** (syn ? 0 : (shift ?? 0)))),
    ttl: at("ttl"),
    ip_id: at("ip_id"),
    pre,
  };
}

const FIELDS = [
  ["frame", "frame"],
  ["file", "file"],
  ["time", "time, first point's clock"],
  ["bounds", "bounds"],
  ["seq", "seq"],
  ["ack", "ack"],
  ["window", "window"],
  ["ttl", "TTL"],
  ["ip_id", "IP ID"],
];

export function packetPane(rows, i) {
  const g = rows.groups[rows.group[i]];
  const near = endOf(rows, i, false);
  const alone = rows.flows.length === 1;
  const ends = alone ? [near] : [near, endOf(rows, i, true)];
  const reason = REASONS[rows.reasons[rows.reason[i]]];
  const marks = markText(rows.marks[i]);
  const both = rows.has[i] === 3;
  const facts = [
    flagText(rows.flags[i]),
    `${count(rows.len[i])} bytes of payload`,
    rows.wire[i] > 0 && `${count(rows.wire[i])} on the wire`,
    rows.tos[i] > 0 && `TOS 0x${rows.tos[i].toString(16).padStart(2, "0")}`,
    rows.copy[i] > 1 && `copy ${rows.copy[i]}`,
  ].filter(Boolean);
  const fate = fateOf(rows, i);
  return h(
    "div",
    { class: "packet" },
    h("h3", { class: g.dir ? "s2c" : "c2s" }, label(rows, i)),
    !alone && h("p", { class: `fate ${fate}` }, h("b", null, fateText(rows, i)), reason && `: ${reason}`),
    h("p", { class: "quiet" }, facts.join(" · ")),
    marks.length > 0 &&
      h("p", null, marks.join(", "), rows.change[i] ? ` (${changes(rows.change[i])})` : ""),
    both && h("p", null, tookLong(rows, i)),
    h(
      "table",
      { class: "ends" },
      h(
        "thead",
        null,
        h("tr", null, h("td"), ends.map((e) => h("th", { scope: "col" }, e.point))),
      ),
      h(
        "tbody",
        null,
        FIELDS.map(([field, name]) => {
          const cells = ends.map((e) =>
            e.seen ? (e[field] === false || e[field] === undefined ? "" : e[field]) : field === "frame" ? "not in the capture" : "",
          );
          if (cells.every((c) => c === "")) return null;
          const differs = ends.every((e) => e.seen) && !alone && ["seq", "ack", "window", "ip_id"].includes(field) && cells[0] !== cells[1];
          return h(
            "tr",
            { class: differs ? "differs" : null },
            h("th", { scope: "row" }, name),
            cells.map((c) => h("td", null, String(c))),
          );
        }),
      ),
    ),
  );
}
