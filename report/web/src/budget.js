// Where the time went: one bar whose parts make the whole.
import { hasPackets, report } from "./data.js";
import { h } from "./dom.js";
import { frameHref } from "./findings.js";
import { bytes, duration, percent, plural } from "./format.js";

// In the order in which they are drawn; the words are design's.
export const PARTS = [
  ["client", "client", "the client had nothing under way"],
  ["path", "path", "packets were on their way between the points"],
  ["server", "server", "the server worked on a request"],
  ["transfer", "transfer", "data was being sent"],
  ["queue", "queue", "packets waited in a queue on the path"],
  ["recovery", "recovery", "lost packets were sent again"],
  ["window", "window", "the receiver's window was full"],
  ["cwnd", "congestion window", "the sender held back"],
  ["nagle", "Nagle", "small data waited for an acknowledgement"],
  ["unattributed", "not known", "nothing says whose it is"],
];

export function hasBudget(time) {
  return (
    !!time && time.total > 0 && time.far_point !== null &&
    PARTS.some(([key]) => time[key] > 0)
  );
}

// The path's part goes to its stretches, where they are known.
function pathParts(time) {
  const why = "packets were on their way there";
  const parts = [
    time.path_before > 0 && ["before the first point", time.path_before],
    ...(time.path_between ?? []).map((hop) => [
      `${hop.span ? "somewhere " : ""}${hop.from} – ${hop.to}`,
      hop.ns,
    ]),
    time.path_beyond > 0 && ["beyond the last point", time.path_beyond],
  ].filter((part) => part && part[1] > 0);
  const sum = parts.reduce((total, part) => total + part[1], 0);
  if (!parts.length || Math.abs(sum - time.path) > 0.001 * time.path + 1000) return null;
  return parts.map(([name, ns], i) => ({
    cls: `part-path shade-${i % 3}`,
    name: `path ${name}`,
    ns,
    why,
  }));
}

function partsOf(time) {
  return PARTS.filter(([key]) => time[key] > 0).flatMap(
    ([key, name, why]) =>
      (key === "path" && pathParts(time)) || [
        { cls: `part-${key}`, name, ns: time[key], why },
      ],
  );
}

export function budgetBar(time) {
  const known = partsOf(time);
  const sum = known.reduce((total, part) => total + part.ns, 0);
  const whole = Math.max(time.total ?? sum, sum) || 1;
  const words = known
    .map((part) => `${part.name} ${duration(part.ns)}`)
    .join(", ");
  return h(
    "div",
    { class: "budget" },
    h(
      "div",
      { class: "budget-bar", role: "img", "aria-label": `Time: ${words}` },
      known.map(({ cls, name, ns, why }) =>
        h("span", {
          class: `part ${cls}`,
          vars: { "--share": ns / whole },
          title: `${name}: ${duration(ns)} (${percent(ns, whole)}): ${why}`,
        }),
      ),
    ),
    h(
      "ul",
      { class: "legend" },
      known.map(({ cls, name, ns }) =>
        h(
          "li",
          null,
          h("span", { class: `key ${cls}` }),
          h("b", null, name),
          ` ${duration(ns)} `,
          h("span", { class: "quiet" }, percent(ns, whole)),
        ),
      ),
    ),
  );
}

export function budgetSection() {
  const { time_ns: time, budgets } = report.page;
  if (!budgets || !hasBudget(time)) return null;
  return h(
    "section",
    { "aria-labelledby": "h-budget" },
    h("h2", { id: "h-budget" }, "Where the time went"),
    h(
      "p",
      { class: "quiet" },
      budgets === 1
        ? `${duration(time.total)} of one session.`
        : `${duration(time.total)}, the sum over ${plural(budgets, "session")}; each session has its own bar.`,
    ),
    budgetBar(time),
    slowest(report.page.slowest),
  );
}

const words = (x) =>
  [x.proto, x.name].filter(Boolean).join(" ") || `${bytes(x.request_bytes)} asked, ${bytes(x.response_bytes)} answered`;

// What the client spent itself does not make an exchange slow.
function waited(time) {
  return time.total - (time.client ?? 0);
}

// The part that an exchange spent most of its wait on.
function most(time) {
  const [key, name] = PARTS.filter(([key]) => key !== "client")
    .reduce((a, b) => ((time[b[0]] ?? 0) > (time[a[0]] ?? 0) ? b : a));
  return `${percent(time[key] ?? 0, waited(time))} ${name}`;
}

// HTTP's are known by their numbers.
function status(x) {
  if (!x.status_name || (x.proto === "http" && x.status < 400)) return "";
  return x.proto === "http" ? `, ${x.status} ${x.status_name}` : `, ${x.status_name}`;
}

// Its request in the session's ladder, where that is in this file.
function exchangeHref(x) {
  return x.request_frame && x.file && hasPackets(x.session)
    ? frameHref(x.session, x.point, x.file, x.request_frame)
    : `#/session/${x.session}`;
}

function slowest(exchanges) {
  if (!exchanges?.length) return null;
  const row = (x) =>
    h(
      "tr",
      null,
      h("td", { class: "whole" }, duration(waited(x.time_ns))),
      h("td", { class: "whole" }, h("a", { href: exchangeHref(x) }, `session ${x.session}`)),
      h("td", null, x.request_frame ? `${x.point} ${x.request_frame}` : ""),
      h("td", null, words(x), status(x)),
      h("td", null, waited(x.time_ns) > 0 ? most(x.time_ns) : ""),
    );
  return h("div", { class: "scroll" }, h(
    "table",
    { class: "slowest" },
    h("caption", null, "Slowest exchanges, without the client's own time"),
    h("thead", null, h("tr", null, ["took", "in", "frame", "what", "most of it"].map((w) => h("th", { scope: "col" }, w)))),
    h("tbody", null, exchanges.map(row)),
  ));
}
