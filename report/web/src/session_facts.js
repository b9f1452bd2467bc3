// What is known of one session besides its packets: a line of facts, the findings that
// name it, why its flows belong together, and what each hop did with it.
import { findingsOf } from "./data.js";
import { h } from "./dom.js";
import { bytes, clockTime, count, day, duration, plural } from "./format.js";
import { severityTag } from "./findings.js";

export function facts(s) {
  const flow = s.flows[0];
  return [
    s.proto,
    `${day(s.first_time)} ${clockTime(s.first_time)} UTC`,
    `lasted ${duration(s.time_ns.total)}`,
    plural(flow?.packets ?? 0, "packet"),
    `${bytes(s.bytes.c2s)} to the server, ${bytes(s.bytes.s2c)} back`,
  ].join(" · ");
}

function verdict(s) {
  const p = s.pairing;
  if (p.verdict === "alone") return `seen at ${s.flows[0]?.point ?? "one point"} only`;
  const words = `${p.verdict}, ${Math.round(p.bits)} bits of evidence`;
  return p.margin_bits === null
    ? `${words}, no rival`
    : `${words}, ${Math.round(p.margin_bits)} more than the best rival`;
}

function pairingTitle(p) {
  if (p.verdict !== "alone") return "Why these flows are one session";
  return p.relays?.length
    ? "No flow elsewhere is the same connection"
    : "No flow elsewhere belongs to it";
}

export function pairing(s) {
  const p = s.pairing;
  return h(
    "section",
    { class: "columns" },
    h(
      "div",
      null,
      h("h3", null, pairingTitle(p)),
      h("p", null, verdict(s)),
      h("ul", null, p.evidence.map((line) => h("li", null, line))),
      p.rivals.length > 0 && [
        h("h4", null, "Could as well be"),
        h(
          "ul",
          null,
          p.rivals.map((r) =>
            h("li", null, `${r.point}: ${r.client} → ${r.server}, from ${clockTime(r.first_time)}`),
          ),
        ),
      ],
    ),
    h(
      "div",
      null,
      h("h3", null, "As each point sees it"),
      h("div", { class: "scroll" }, h(
        "table",
        { class: "figures" },
        h("tbody", null, s.flows.map((f) =>
          h("tr", null, h("th", { scope: "row" }, f.point),
            h("td", null, `${f.client} → ${f.server}`),
            h("td", { class: "num" }, plural(f.packets, "packet")),
            h("td", { class: "quiet" }, f.on_host === "yes" ? "on a host" : "")),
        )),
      )),
      s.changes.length > 0 && [
        h("h4", null, "What the path rewrites"),
        h(
          "ul",
          null,
          s.changes.map((c) =>
            h("li", null, `${c.what} (${c.dir}) between ${c.hop.from} and ${c.hop.to}: `,
              h("code", null, c.near), " → ", h("code", null, c.far)),
          ),
        ),
      ],
      hops(s),
    ),
  );
}

function hops(s) {
  if (!s.hops.length) return null;
  const cell = (c) =>
    c === null
      ? "–"
      : c.lost
        ? h("span", { class: "loss" }, `${count(c.lost)} of ${count(c.entered)} lost`)
        : `${count(c.entered)}, none lost`;
  return [
    h("h4", null, "Hops"),
    h("div", { class: "scroll" }, h(
      "table",
      { class: "figures" },
      h("thead", null, h("tr", null, ["Hop", "client to server", "server to client", "round trip"].map((t) =>
        h("th", { scope: "col" }, t)))),
      h("tbody", null, s.hops.map((hop) =>
        h("tr", null,
          h("th", { scope: "row" }, `${hop.from} – ${hop.to}`),
          h("td", null, cell(hop.c2s)),
          h("td", null, cell(hop.s2c)),
          h("td", { class: "num" }, hop.round_trip_ns.n ? duration(hop.round_trip_ns.median) : "–"))),
      ),
    )),
  ];
}

export function troubles(id) {
  const found = findingsOf(id);
  if (!found.length) return null;
  return h(
    "ul",
    { class: "troubles" },
    found.map((f) =>
      h("li", null, severityTag(f.severity),
        h("a", { href: `#/finding/${f.id}` }, f.title))),
  );
}
