// Relays that share connections or change what they pass on: which sessions on
// the other side a session is, and where in the path they are.  The text report
// says the same (report/derive/related.c).
import { report } from "./data.js";
import { h } from "./dom.js";
import { count, duration, plural } from "./format.js";

const SHOWN = 8;

// Findings of such relays; the others are of connections with the same bytes.
function related() {
  return report.findings.filter(
    (f) => f.rule === "pair.relay" && f.hop && f.measure?.exchanges > 0 && f.measure.added_ns,
  );
}

// What the drawing says between two points that have no session in common.
export function relayWords(from, to) {
  const finding = related().find((f) => f.hop.from === from && f.hop.to === to);
  if (!finding) return null;
  const { sessions, back_sessions, added_ns } = finding.measure;
  return [
    `a relay: ${plural(sessions, "session")} as ${count(back_sessions)}`,
    `${duration(added_ns.median)} longer before it`,
  ];
}

// Under the drawing: one line a relay, with a way to its finding.
export function relayLines() {
  return related().map((f) =>
    h("li", null,
      `${f.hop.from} to ${f.hop.to}: `,
      h("a", { href: `#/finding/${f.id}` }, f.title),
      `; ${plural(f.measure.exchanges, "request")} matched, from request to answer `,
      `${duration(f.measure.added_ns.median)} longer before it than behind it (median)`,
    ),
  );
}

function row(r, table) {
  const at = table.id.indexOf(r.session);
  const name = `session ${r.session}`;
  const { min, median, max } = r.added_ns;
  return h("tr", null,
    h("th", { scope: "row" },
      at >= 0 ? h("a", { href: `#/session/${r.session}` }, name) : `${name} (not listed here)`),
    h("td", null, r.point),
    h("td", null, at >= 0 ? `${table.client[at]} → ${table.server[at]}` : "–"),
    h("td", { class: "num" }, count(r.exchanges)),
    h("td", { class: "num" }, duration(median)),
    h("td", { class: "num" }, `${duration(min)} to ${duration(max)}`),
    h("td", null, r.confidence === "high" ? "sure" : "likely"),
  );
}

function rows(list, table) {
  const all = list.map((r) => row(r, table));
  const body = h("tbody", null, all.slice(0, SHOWN));
  const rest = all.slice(SHOWN);
  const more = rest.length > 0 &&
    h("button", { type: "button", class: "more", on: { click: () => {
      body.append(...rest);
      rest[0].querySelector("a")?.focus();
      more.remove();
    } } }, `Show ${plural(rest.length, "more session")}`);
  return [body, more];
}

function part(id, title, words, longer, list, table) {
  const most = [...list].sort((a, b) => b.exchanges - a.exchanges || a.session - b.session);
  const [body, more] = rows(most, table);
  const heads = ["Session", "At", "Client → server", "Requests matched", longer, "Least to most", "How sure"];
  return h("section", { "aria-labelledby": id, class: "related" },
    h("h2", { id }, title),
    h("p", null, words),
    h("div", { class: "scroll" },
      h("table", { class: "figures" },
        h("thead", null, h("tr", null, heads.map((t, i) =>
          h("th", { scope: "col", class: i > 2 && i < 6 ? "num" : null }, t)))),
        body)),
    more,
    h("p", { class: "quiet" },
      "Requests are told apart by method, path, lengths and times; each side's packets, losses and round trips are its own. " +
      "Times are from request to answer, each by its own clock, so no clocks had to be compared."),
  );
}

// What a session continues as, and what it continues: it may be between two
// relays.
export function relaySections(s, table) {
  const relays = s.pairing.relays ?? [];
  const back = relays.filter((r) => r.side === "back");
  const front = relays.filter((r) => r.side === "front");
  const sum = (list) => list.reduce((n, r) => n + r.exchanges, 0);
  return [
    back.length > 0 && part("h-goes-on", "Goes on over a relay",
      `A relay ends this connection and sends its requests on over ${plural(back.length, "other session")}: ` +
      `${plural(sum(back), "request")} matched. The relay, and the ways to it, are why it takes longer here than there.`,
      "Longer here (median)", back, table),
    front.length > 0 && part("h-carries-on", "Carries on what came over a relay",
      `A relay opened this connection, for requests of ${plural(front.length, "other session")}: ` +
      `${plural(sum(front), "request")} matched. The relay, and the ways to it, are why it takes longer there than here.`,
      "Longer there (median)", front, table),
  ];
}
