// The page: overview, or one session, by the address's hash.
//
//   #/                      the report        #/?finding=3   a finding's sessions
//   #/finding/3             at that finding
//   #/session/17?frame=1921&point=client      a session, at a frame
import { report } from "./data.js";
import { h, replace } from "./dom.js";
import { pathSection } from "./path.js";
import { budgetSection } from "./budget.js";
import { findingsSection } from "./findings.js";
import { sessionsSection, showFinding, focusSearch } from "./sessions.js";
import { limitsSection } from "./limits.js";
import { openSession, closeSession, currentLadder } from "./session.js";

const main = document.getElementById("main");
let overview = null;
let scrolled = 0;

function header() {
  const names = report.points.map((p) => p.name).join(" · ");
  replace(
    document.getElementById("top"),
    h("a", { class: "brand", href: "#/" }, h("span", { class: "logo", "aria-hidden": "true" }), "tracepair"),
    h("span", { class: "meta" }, names),
  );
  document.getElementById("tool").textContent = report.tool;
}

// Names with a hyphen stay in one piece in a large heading.
function unbroken(text) {
  return text
    .split(" ")
    .flatMap((word, i) => [
      i > 0 && " ",
      word.includes("-") && word.length < 30
        ? h("span", { class: "nowrap" }, word)
        : word,
    ]);
}

function answer() {
  const { answer: a } = report.page;
  // a finding's title is one sentence, "nothing found" may be several
  const lines = a.grave ? a.lines : a.lines.flatMap((line) => line.split(/(?<=\.)\s+/));
  const [first, ...rest] = lines;
  return h(
    "section",
    { class: a.grave ? "answer grave" : "answer", "aria-label": "The answer" },
    h("h1", null, unbroken(first)),
    rest.map((line) => h("p", { class: "also-found" }, line)),
    h("p", { class: "quiet" }, a.extent),
  );
}

function showOverview() {
  closeSession();
  overview ??= [
    answer(),
    pathSection(),
    budgetSection(),
    findingsSection(),
    sessionsSection(),
    limitsSection(),
  ].filter(Boolean);
  replace(main, overview);
  document.title = `${report.page.answer.lines[0]} · tracepair report`;
}

async function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const params = Object.fromEntries(new URLSearchParams(query ?? ""));
  const session = /^session\/(\d+)$/.exec(path);
  const finding = /^finding\/(\d+)$/.exec(path);
  if (session) {
    if (main.firstChild === overview?.[0]) scrolled = scrollY;
    await openSession(main, Number(session[1]), params);
    scrollTo(0, 0);
    return;
  }
  const back = overview && main.firstChild !== overview[0];
  showOverview();
  if (finding) {
    const at = document.getElementById(`finding-${finding[1]}`);
    if (at) {
      if (at.tagName === "DETAILS") at.open = true;
      at.scrollIntoView();
    }
  } else if (params.finding) {
    showFinding(Number(params.finding));
  } else if (back) {
    scrollTo(0, scrolled);
  }
}

function typing(e) {
  return /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
}

function keys(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "Escape" && typing(e)) e.target.blur();
  else if (typing(e)) return;
  else if (e.key === "/") {
    e.preventDefault();
    if (!focusSearch()) return;
    if (location.hash.startsWith("#/session/")) {
      location.hash = "#/";
      requestAnimationFrame(focusSearch);
    }
  } else if (e.key === "Escape" && location.hash.startsWith("#/session/"))
    location.hash = "#/";
  else if ((e.key === "n" || e.key === "p") && !e.defaultPrevented)
    currentLadder()?.nextTrouble(e.key === "n");
}

if (report) {
  header();
  addEventListener("hashchange", route);
  addEventListener("keydown", keys);
  route().then(() => (document.documentElement.dataset.ready = "yes"));
} else {
  replace(main, h("p", { class: "notice" }, "This page has no data: tracepair writes it."));
}
