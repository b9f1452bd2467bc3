// Findings: the claim, its proof by frames, what speaks against it, where it
// can lie and what to do next.
import { report, hasPackets } from "./data.js";
import { h, copyText } from "./dom.js";
import { clockTime, day, plural } from "./format.js";

const SHOWN = 8;

export function severityTag(severity) {
  return h("span", { class: `severity ${severity}` }, severity);
}

function paragraphs(text) {
  return (text ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => h("p", null, line));
}

export function frameHref(session, point, file, frame) {
  return (
    `#/session/${session}?frame=${frame}&point=${encodeURIComponent(point)}` +
    `&file=${encodeURIComponent(file)}`
  );
}

function evidenceRow(e, session) {
  const frame = e.frame ? `frame ${e.frame}` : "missed";
  return h(
    "tr",
    null,
    h("td", null, e.point ?? ""),
    h(
      "td",
      { class: "frame" },
      session && e.frame && hasPackets(session)
        ? h("a", { href: frameHref(session, e.point, e.file, e.frame) }, frame)
        : frame,
    ),
    h("td", { class: "time" }, clockTime(e.time_time)),
    h("td", null, e.note ?? ""),
  );
}

// The reader's log may be in another zone, and on another day.
function dated(evidence) {
  const first = evidence.find((e) => e.frame && e.time_time);
  return first
    ? `, ${day(first.time_time)}: times in UTC, by the clock of each point`
    : "";
}

function evidence(finding, sessions) {
  if (!finding.evidence.length) return null;
  const rows = finding.evidence.map((e, i) => evidenceRow(e, sessions[i]));
  const body = h("tbody", null, rows.slice(0, SHOWN));
  const rest = rows.slice(SHOWN);
  const more =
    rest.length > 0 &&
    h(
      "button",
      {
        type: "button",
        class: "more",
        on: {
          click: () => {
            body.append(...rest);
            more.remove();
          },
        },
      },
      `Show ${plural(rest.length, "more frame")}`,
    );
  return h(
    "div",
    { class: "evidence scroll" },
    h(
      "table",
      null,
      h("caption", null, `Evidence${dated(finding.evidence)}`),
      h(
        "thead",
        { class: "hidden-text" },
        h("tr", null, ["Point", "Frame", "Time", "What"].map((t) =>
          h("th", { scope: "col" }, t))),
      ),
      body,
    ),
    more,
  );
}

function list(title, lines) {
  if (!lines.length) return null;
  return h(
    "div",
    { class: "aside" },
    h("h4", null, title),
    h("ul", null, lines.map((line) => h("li", null, line))),
  );
}

function filters(finding) {
  if (!finding.filters.length) return null;
  return h(
    "div",
    { class: "filters" },
    h("h4", null, "Wireshark"),
    finding.filters.map((f) => {
      const button = h(
        "button",
        {
          type: "button",
          "aria-label": `Copy the filter for ${f.file}`,
          on: { click: () => copyText(f.filter, button) },
        },
        "Copy",
      );
      return h(
        "div",
        { class: "filter" },
        h("span", { class: "file" }, f.file ?? f.point),
        h("code", null, f.filter),
        button,
      );
    }),
  );
}

function sessionLinks(finding) {
  const ids = finding.sessions;
  if (!ids.length) return null;
  const shown = ids.slice(0, 12);
  return h(
    "p",
    { class: "in-sessions" },
    ids.length === 1 ? "In " : `In ${plural(ids.length, "session")}: `,
    shown.map((id, i) => [
      i > 0 && ", ",
      h(
        "a",
        { href: `#/session/${id}`, class: "session-link" },
        ids.length === 1 ? `session ${id}` : String(id),
      ),
    ]),
    ids.length > shown.length && " …",
    ids.length > 1 && [
      " · ",
      h("a", { href: `#/?finding=${finding.id}` }, "show them in the table"),
    ],
  );
}

function hopText(finding) {
  if (!finding.hop) return null;
  const { from, to } = finding.hop;
  if (from === to) return `seen at ${from}`;
  if (from && to) return `between ${from} and ${to}`;
  return from ? `beyond ${from}` : `before ${to}`;
}

function card(finding, index) {
  const small = finding.severity === "info";
  const inside = [
    h("div", { class: "text" }, paragraphs(finding.text)),
    sessionLinks(finding),
    evidence(finding, report.page.evidence_sessions[index]),
    h(
      "div",
      { class: "asides" },
      list("Speaks against it", (finding.against ?? "").split("\n").filter(Boolean)),
      list("Where it can lie", finding.places),
      list("What to do next", finding.next),
    ),
    filters(finding),
  ];
  const head = [
    severityTag(finding.severity),
    h("span", { class: "title" }, finding.title),
    h("span", { class: "rule" }, finding.rule),
    hopText(finding) && h("span", { class: "where" }, hopText(finding)),
  ];
  if (small)
    return h(
      "details",
      { class: "finding info", id: `finding-${finding.id}` },
      h("summary", null, head),
      inside,
    );
  return h(
    "article",
    { class: `finding ${finding.severity}`, id: `finding-${finding.id}` },
    h("h3", null, head),
    inside,
  );
}

export function findingsSection() {
  if (!report.findings.length) return null;
  return h(
    "section",
    { "aria-labelledby": "h-findings" },
    h("h2", { id: "h-findings" }, "Findings"),
    report.findings.map(card),
  );
}
