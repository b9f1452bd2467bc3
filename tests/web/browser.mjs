// What browser tests share: reports to look at, a browser to look with, and
// counting what passed.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(resolve(process.env.WEB, "browser.cjs"));
const { chromium } = require("playwright-core");

export const build = resolve(process.env.BUILD);
export const work = mkdtempSync(join(tmpdir(), "tracepair-web-"));
const program = join(build, "tracepair");

export function tracepair(args, cwd = work) {
  return execFileSync(program, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
}

export function generate(packets, sessions, seed, snap = 200) {
  execFileSync(
    join(build, "tests/bench/generate"),
    [packets, sessions, snap, seed, "near.pcap", "far.pcap"].map(String),
    { cwd: work, stdio: "ignore" },
  );
  return ["near.pcap", "far.pcap"];
}

// Indexes captures (in cwd) and writes the page.  Return: both and the JSON.
let made = 0;
export function report(captures, cwd = work) {
  const stem = join(work, `report-${++made}`);
  tracepair(["-q", "-o", `${stem}.tpc`, ...captures], cwd);
  tracepair(["report", `${stem}.tpc`, "--format", "html", "-o", `${stem}.html`]);
  return {
    case: `${stem}.tpc`,
    html: `${stem}.html`,
    url: pathToFileURL(`${stem}.html`).href,
    get json() {
      return JSON.parse(tracepair(["report", this.case, "--format", "json"]));
    },
    packets(session) {
      const out = tracepair(["packets", this.case, "--session", String(session), "--format", "ndjson"]);
      return out.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    },
  };
}

let browser;

// A page that remembers what it should not do.
export async function open(url, options = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage({
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  page.wrong = [];
  page.on("console", (m) => {
    if (["error", "warning"].includes(m.type())) page.wrong.push(m.text());
  });
  page.on("pageerror", (e) => page.wrong.push(`${e.message}\n${e.stack}`));
  page.on("dialog", (d) => {
    page.wrong.push(`a dialog: ${d.message()}`);
    d.dismiss();
  });
  page.on("request", (r) => {
    if (r.url().split("#")[0] !== url.split("#")[0] && !r.url().startsWith("data:"))
      page.wrong.push(`a request: ${r.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector("html[data-ready]", { timeout: 120000 });
  return page;
}

export async function close() {
  await browser?.close();
  rmSync(work, { recursive: true, force: true });
}

// --- tests ---
const tests = [];

export function test(name, fn) {
  tests.push([name, fn]);
}

export function equal(got, wanted, what = "") {
  const a = JSON.stringify(got);
  const b = JSON.stringify(wanted);
  if (a !== b) throw new Error(`${what}\n   got    ${a}\n   wanted ${b}`);
}

export function ok(value, what) {
  if (!value) throw new Error(what);
}

// PART=k/n: the k-th of n processes takes every n-th test.
export async function run() {
  const only = process.env.ONLY;
  const [part, parts] = (process.env.PART ?? "0/1").split("/").map(Number);
  let failed = 0;
  let passed = 0;
  for (const [i, [name, fn]] of tests.entries()) {
    if (i % parts !== part || (only && !name.includes(only))) continue;
    try {
      await fn();
      passed++;
    } catch (e) {
      failed++;
      console.log(`not ok - ${name}: ${e.stack ?? e}`);
      for (const context of browser?.contexts() ?? [])
        for (const page of context.pages())
          if (page.wrong?.length) console.log(page.wrong.join("\n"));
    }
    for (const context of browser?.contexts() ?? []) await context.close();
  }
  await close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

export { writeFileSync };
