// All sessions: sort, filter, search.
import { report, table, findingsOf, canInflate } from "./data.js";
import { h, replace } from "./dom.js";
import { bytes, count, duration, percent, plural } from "./format.js";
import { PARTS } from "./budget.js";
import { VirtualTable } from "./vtable.js";

const RANK = { high: 4, medium: 3, low: 2, info: 1 };

function rankOf(id) {
  const worst = findingsOf(id)[0];
  return worst ? Math.max(...findingsOf(id).map((f) => RANK[f.severity])) : 0;
}

function troubleCell(id) {
  const found = findingsOf(id).filter((f) => f.severity !== "info");
  if (!found.length) return h("span", { class: "quiet" }, "–");
  const rules = [...new Set(found.map((f) => f.rule))];
  const worst = found.reduce((a, b) =>
    RANK[b.severity] > RANK[a.severity] ? b : a,
  );
  return h(
    "span",
    { title: rules.join(", ") },
    h("span", { class: `dot ${worst.severity}` }),
    rules[0],
    rules.length > 1 && ` +${rules.length - 1}`,
  );
}

function miniBudget(t, row) {
  const total = t.total[row] || 1;
  return h(
    "span",
    { class: "budget-bar mini", "aria-hidden": "true" },
    PARTS.filter(([key]) => t[`time_${key}`][row] > 0).map(([key]) =>
      h("span", {
        class: `part part-${key}`,
        vars: { "--share": t[`time_${key}`][row] / total },
      }),
    ),
  );
}

function columnsOf(t) {
  const budget = PARTS.some(([key]) => t[`time_${key}`].some((v) => v !== null));
  const name = (row) => `${t.client[row]} → ${t.server[row]}`;
  return [
    {
      key: "id",
      name: "Session",
      cls: "num",
      width: "4rem",
      up: true,
      value: (r) => t.id[r],
      cell: (r) => h("a", { href: `#/session/${t.id[r]}` }, String(t.id[r])),
    },
    {
      key: "proto",
      name: "Proto",
      width: "3.5rem",
      up: true,
      value: (r) => t.proto[r],
      cell: (r) => t.proto[r],
    },
    {
      key: "ends",
      name: "Client → server",
      cls: "ends",
      width: "minmax(14rem, 3fr)",
      up: true,
      value: name,
      cell: (r) =>
        h("span", { title: [name(r), t.also[r]].filter(Boolean).join("\n= ") }, name(r)),
    },
    {
      key: "trouble",
      name: "Finding",
      width: "minmax(7rem, 1fr)",
      value: (r) => rankOf(t.id[r]),
      cell: (r) => troubleCell(t.id[r]),
    },
    {
      key: "lost",
      name: "Lost",
      title: "transmissions lost, on all hops; share on the worst hop",
      cls: "num",
      width: "7rem",
      value: (r) => t.lost[r],
      cell: (r) =>
        t.lost[r]
          ? h("span", { class: "loss" }, count(t.lost[r]),
              ` (${percent(t.worst[r], 1e6)})`)
          : h("span", { class: "quiet" }, "0"),
    },
    {
      key: "rtt",
      name: "Round trip",
      title: "sum of the hops' medians",
      cls: "num",
      width: "6rem",
      value: (r) => t.rtt[r],
      cell: (r) => (t.rtt[r] === null ? "–" : duration(t.rtt[r])),
    },
    {
      key: "total",
      name: "Lasted",
      cls: "num",
      width: "5.5rem",
      value: (r) => t.total[r],
      cell: (r) => duration(t.total[r]),
    },
    budget && {
      key: "time",
      name: "Time",
      title: "client, path, server …; sorts by the share that is not the client's",
      width: "6rem",
      value: (r) =>
        t.time_client[r] === null ? null : 1 - t.time_client[r] / (t.total[r] || 1),
      cell: (r) => miniBudget(t, r),
    },
    {
      key: "packets",
      name: "Packets",
      cls: "num",
      width: "5rem",
      value: (r) => t.packets[r],
      cell: (r) => count(t.packets[r]),
    },
    {
      key: "bytes",
      name: "Bytes",
      title: "payload, both ways",
      cls: "num",
      width: "5rem",
      value: (r) => t.c2s[r] + t.s2c[r],
      cell: (r) => bytes(t.c2s[r] + t.s2c[r]),
    },
    (report.points.length > 2 || t.verdict.some((v) => v !== "paired")) && {
      key: "points",
      name: "Points",
      title: "points that saw it",
      cls: "num",
      width: "5rem",
      value: (r) => t.points[r],
      cell: (r) =>
        t.verdict[r] === "ambiguous"
          ? h("span", { class: "tag bad" }, "ambiguous")
          : String(t.points[r]),
    },
  ].filter(Boolean);
}

const FILTERS = [
  ["all", "All", () => true],
  ["trouble", "With findings", (t, r) => rankOf(t.id[r]) > 1],
  ["lossy", "Lossy", (t, r) => t.lost[r] > 0],
  ["open", "Unseen or undecided", (t, r) => t.unseen[r] + t.undecided[r] > 0],
  ["alone", "One point only", (t, r) => t.verdict[r] === "alone"],
  ["ambiguous", "Ambiguous", (t, r) => t.verdict[r] === "ambiguous"],
];

function searchTexts(t) {
  return t.id.map((id, r) =>
    `${id} ${t.proto[r]} ${t.client[r]} ${t.server[r]} ${t.also[r]} ${findingsOf(id)
      .map((f) => f.rule)
      .join(" ")}`.toLowerCase(),
  );
}

class Sessions {
  constructor(t) {
    this.t = t;
    this.filter = "all";
    this.finding = null;
    this.texts = searchTexts(t);
    this.search = h("input", {
      type: "search",
      id: "search",
      placeholder: "address, port, protocol, finding …",
      "aria-label": "Search sessions",
      autocomplete: "off",
      spellcheck: "false",
      on: { input: () => this.update() },
    });
    this.status = h("span", { class: "status", role: "status" });
    this.chips = h("div", { class: "chips", role: "group", "aria-label": "Filter" });
    this.table = new VirtualTable({
      columns: columnsOf(t),
      label: "Sessions",
      unit: "session",
      height: `${Math.min(560, Math.max(2, t.id.length + 1) * 34 + 12)}px`,
      open: (r) => (location.hash = `#/session/${t.id[r]}`),
    });
    this.table.sort = { key: "trouble", up: false };
    this.table.drawHead();
    this.drawChips();
    this.update();
  }

  drawChips() {
    const all = this.t.id.map((_, r) => r);
    const chip = (name, text, on, pressed) =>
      h(
        "button",
        { type: "button", "aria-pressed": String(pressed), data: { filter: name }, on: { click: on } },
        text,
      );
    replace(
      this.chips,
      FILTERS.map(([name, text, test]) => {
        const n = all.filter((r) => test(this.t, r)).length;
        if (name !== "all" && n === 0) return null;
        return chip(name, `${text} ${count(n)}`, () => this.choose(name, null),
          this.filter === name && !this.finding);
      }),
      this.finding &&
        chip("finding", `Finding ${this.finding.id} ×`, () => this.choose("all", null), true),
    );
  }

  choose(filter, finding) {
    this.filter = filter;
    this.finding = finding;
    this.drawChips();
    this.update();
  }

  update() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const test = FILTERS.find(([name]) => name === this.filter)[2];
    const only = this.finding && new Set(this.finding.sessions);
    const rows = [];
    for (let r = 0; r < this.t.id.length; r++)
      if (
        test(this.t, r) &&
        (!only || only.has(this.t.id[r])) &&
        words.every((word) => this.texts[r].includes(word))
      )
        rows.push(r);
    this.table.show(rows);
    replace(this.status, `${count(rows.length)} of ${plural(this.t.id.length, "session")}`);
  }
}

let view;

export function sessionsSection() {
  if (!report.page.sessions) return null;
  const holder = h("div", { class: "sessions" }, h("p", { class: "quiet" }, "…"));
  const { sessions, listed, detailed } = report.page;
  const section = h(
    "section",
    { "aria-labelledby": "h-sessions" },
    h("h2", { id: "h-sessions" }, "Sessions"),
    listed < sessions &&
      h(
        "p",
        { class: "notice" },
        `${count(listed)} of ${count(sessions)} sessions are listed: those of findings, then those that lost most or have the longest round trips. `,
        h("code", null, "tracepair sessions CASE"),
        " lists all.",
      ),
    detailed < listed &&
      h(
        "p",
        { class: "quiet" },
        `Ladder and plots are in this file for ${plural(detailed, "session")}: those of findings and the slowest.`,
      ),
    holder,
  );
  if (!canInflate) {
    replace(holder, h("p", { class: "notice" },
      "This browser is too old to unpack the sessions (it lacks DecompressionStream)."));
    return section;
  }
  table().then((t) => {
    view = new Sessions(t);
    replace(
      holder,
      h("div", { class: "tools" }, view.search, view.chips, view.status),
      view.table.element,
    );
    view.table.draw();
    if (pending) showFinding(pending);
  });
  return section;
}

let pending = null;

// Narrows the table to a finding's sessions.
export function showFinding(id) {
  pending = id;
  const finding = report.findings.find((f) => f.id === id);
  if (!view || !finding) return;
  pending = null;
  view.choose("all", finding);
  view.table.element.scrollIntoView({ block: "center" });
}

export function focusSearch() {
  if (!view) return false;
  view.search.focus();
  view.search.select();
  return true;
}
