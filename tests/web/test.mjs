// The HTML report as a reader meets it.  tests/web/run runs this.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, equal, generate, ok, open, report, run, test, tracepair, work } from "./browser.mjs";

const samples = readdirSync(join(build, "samples"), { withFileTypes: true })
  .filter((d) => d.isDirectory())
  .map((d) => d.name);

function pointsOf(sample) {
  return readFileSync(`samples/${sample}/case.txt`, "utf8")
    .split("\n")
    .filter((line) => /^point /.test(line))
    .map((line) => `${line.split(/\s+/)[1]}.pcapng`);
}

const made = new Map();
function sample(name) {
  const folder = samples.find((s) => s.startsWith(name));
  if (!made.has(folder))
    made.set(folder, report(pointsOf(folder), join(build, "samples", folder)));
  return made.get(folder);
}

// Six points with long names, between hosts with long addresses; one answer is
// lost between the third and the fourth, and sent again.
let sixPoints;
function six() {
  if (sixPoints) return sixPoints;
  const names = ["client-laptop.branch-office-7", "access-switch.span-port-14", "branch-router.wan-interface",
    "datacentre-edge-firewall.inside", "load-balancer.virtual-server", "database-server-primary.eth0"];
  const sights = [];
  const send = (at, way, what, far = names.length) =>
    (way === "C>S" ? names : names.toReversed()).slice(0, far).forEach((name, i) =>
      sights.push([at + 0.004 * i, `s:${way} ${what} @${name} -`]));
  send(1, "C>S", "SYN win=64240 mss=1440");
  send(1.03, "S>C", "SYN,ACK win=64240 mss=1440");
  send(1.06, "C>S", "ACK win=64240");
  send(1.07, "C>S", "1..301 win=64240");
  send(1.1, "S>C", "1..1201 win=64240", 3);
  send(1.4, "S>C", "1..1201 win=64240");
  send(1.43, "C>S", "301..601 win=64240");
  send(1.46, "S>C", "1201..2401 win=64240");
  send(1.5, "C>S", "ACK win=64240");
  sights.sort((a, b) => a[0] - b[0]);
  const folder = join(work, "six");
  mkdirSync(folder);
  writeFileSync(join(folder, "case.txt"), [
    ...names.map((name) => `point ${name} zero=2024-03-05T10:00:00`),
    "session s tcp C=[2001:db8:1234:5678:9abc:def0:1357:2468]:49152 " +
      "S=[fd00:abcd:ef01:2345:6789:aabb:ccdd:eeff]:1433 isn=1000,7000",
    ...sights.map(([at, words]) => `${words} ${at.toFixed(6)}`),
    "",
  ].join("\n"));
  execFileSync(join(build, "samples/mkcap"), [join(folder, "case.txt"), folder]);
  sixPoints = report(names.map((name) => `${name}.pcapng`), folder);
  return sixPoints;
}

let manySessions;
function many() {
  manySessions ??= report(generate(6000, 500, 3));
  return manySessions;
}

// All rows of a virtual table, by scrolling through it.
async function allRows(page, selector) {
  return page.evaluate(async (css) => {
    const scroller = document.querySelector(css);
    const found = new Map();
    for (let top = 0; ; top += 200) {
      scroller.scrollTop = top;
      await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
      for (const row of scroller.querySelectorAll(".vrow"))
        found.set(
          Number(row.getAttribute("aria-rowindex")),
          [...row.children].map((cell) => cell.textContent),
        );
      if (top > scroller.scrollHeight) break;
    }
    return [...found.entries()].sort((a, b) => a[0] - b[0]).map((e) => e[1]);
  }, selector);
}

function frames(lines) {
  return lines
    .map((p) => `${p.dir} ${p.fate} ${p.frame} ${p.far_frame}`)
    .sort();
}

for (const name of samples)
  test(`${name}: loads without an error or a request, and says the answer`, async () => {
    const r = sample(name);
    const page = await open(r.url);
    await page.waitForSelector(".vrow");
    const { findings, sessions } = r.json;
    const grave = findings.filter((f) => ["high", "medium"].includes(f.severity));
    if (grave.length) equal(await page.textContent("h1"), `${grave[0].title}.`);
    equal(await page.locator(".finding").count(), findings.length, "findings");
    equal(await page.locator(".vrow").count(), sessions.length, "sessions");
    await page.goto(`${r.url}#/session/${sessions[0].id}`);
    await page.waitForSelector(".session-title");
    equal(page.wrong, []);
  });

test("the answer tells frames that are not IP from the rest", async () => {
  const page = await open(sample("01").url);
  const words = await page.textContent(".answer .quiet");
  equal(words, "2 points, 34,901 packets (34,881 not IP), 1 session.");
});

test("a finding's frame opens its session there", async () => {
  const page = await open(sample("01").url);
  await page.click("text=frame 2071");
  await page.waitForSelector("canvas.ladder");
  ok(page.url().includes("#/session/1?"), page.url());
  const pane = await page.textContent(".pane");
  ok(pane.includes("2071"), pane);
  ok(pane.includes("lost on this hop, by "), pane);
  equal(page.wrong, []);
});

test("the slowest exchanges lead to their sessions", async () => {
  const { url, json } = sample("02");
  const page = await open(url);
  const rows = page.locator(".slowest tbody tr");
  equal(await rows.count(), json.time.slowest.length);
  const first = json.time.slowest[0];
  ok((await rows.first().textContent()).includes(`${first.point} ${first.request_frame}`));
  await rows.first().locator("a").click();
  await page.waitForSelector("canvas.ladder");
  ok(page.url().includes(`#/session/${json.time.slowest[0].session}`), page.url());
  equal(page.wrong, []);
});

test("what the client spent itself is not in the slowest exchanges", async () => {
  const html = join(work, "client-part.html");
  writeFileSync(html, readFileSync(sample("06").html, "utf8").replace(
    '"client":0,"path":300000,"server":700000,"transfer":234000,"recovery":300000000',
    '"client":100000000,"path":300000,"server":700000,"transfer":234000,"recovery":200000000'));
  const page = await open(pathToFileURL(html).href);
  const words = (await page.locator(".slowest tbody tr").first().textContent()).replaceAll("\u00a0", " ");
  ok(words.startsWith("201 ms"), words);
  ok(words.endsWith("99.4 % recovery"), words);
  ok((await page.textContent(".slowest caption")).endsWith("without the client's own time"));
});

test("a finding of several sessions leads to all of them", async () => {
  const page = await open(sample("15").url);
  const words = await page.locator(".in-sessions").first().textContent();
  ok(/\d · show them in the table$/.test(words) || / … · show them in the table$/.test(words), words);
  await page.locator(".in-sessions >> text=show them").first().click();
  await page.waitForSelector(".tools .status");
  ok(/#\/\?finding=\d+$/.test(page.url()), page.url());
  equal(page.wrong, []);
});

test("a copy button is one again, however often it was pressed", async () => {
  const page = await open(sample("01").url);
  const button = page.locator(".filter button").first();
  await button.click();
  await button.click();
  await page.waitForTimeout(100);
  ok((await button.textContent()) !== "Copy", "no word of what happened");
  await page.waitForTimeout(1700);
  equal(await button.textContent(), "Copy");
});

test("times of a column have equally many digits", async () => {
  const page = await open(sample("03").url);
  const times = await page.locator(".evidence td.time").allTextContents();
  ok(times.length > 5, `${times.length} times`);
  equal(times.filter((t) => !/^\d\d:\d\d:\d\d\.\d{6}(\d{3})?$/.test(t)), []);
});

test("what a frame says is not cut off on a telephone", async () => {
  const page = await open(sample("12-four-servers").url, { viewport: { width: 400, height: 900 } });
  await page.waitForSelector(".evidence td");
  const over = await page.evaluate(() =>
    [...document.querySelectorAll(".evidence")]
      .filter((e) => e.scrollWidth > e.clientWidth + 1).length);
  equal(over, 0);
});

test("frames of a finding say their day and zone", async () => {
  const page = await open(sample("03").url);
  const said = await page.locator(".evidence caption").first().textContent();
  ok(/2012-05-10: times in UTC/.test(said), said);
});

test("six points with long names stay apart, at any width", async () => {
  for (const width of [1400, 1000, 600]) {
    const page = await open(six().url, { viewport: { width, height: 900 } });
    await page.waitForSelector("svg.path .point");
    const out = await page.evaluate(() =>
      [...document.querySelectorAll("svg.path .point")]
        .filter((p) => p.querySelector("text").getBBox().width > p.querySelector("rect").getBBox().width)
        .map((p) => p.textContent));
    equal(out, [], `${width}: names wider than their boxes`);
    await page.goto(`${six().url}#/session/1`);
    await page.waitForSelector(".lane-head");
    const [heads, cut] = await page.evaluate(() => {
      const all = [...document.querySelectorAll(".lane-head")];
      return [
        all.map((e) => e.getBoundingClientRect()).map((b) => [b.left, b.right]),
        // the figure, with its unit
        all.map((e) => e.lastChild).filter((e) => e.textContent.includes("±") && e.scrollWidth > e.clientWidth)
          .map((e) => e.textContent),
      ];
    });
    equal(heads.length, 6);
    for (let i = 1; i < heads.length; i++)
      ok(heads[i][0] >= heads[i - 1][1], `${width}: heads ${i - 1} and ${i} overlap: ${heads[i - 1]} ${heads[i]}`);
    equal(cut, [], `${width}: cut`);
    equal(page.wrong, []);
    await page.close();
  }
});

// Half of "2401..3601" would be another number.
test("labels of narrow ladders are whole", async () => {
  for (const width of [1000, 600]) {
    const page = await open(`${six().url}#/session/1`, { viewport: { width, height: 900 } });
    await page.waitForSelector("canvas.ladder");
    const words = await page.evaluate(() => {
      const drawn = [];
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        drawn.push(text);
        return fillText.call(this, text, ...rest);
      };
      document.querySelector("canvas.ladder").ladder.draw();
      CanvasRenderingContext2D.prototype.fillText = fillText;
      return drawn;
    });
    ok(words.includes("1..1201 (1200)"), `${width}: ${words.join(", ")}`);
    equal(words.filter((w) => w.includes("…")), [], `${width}`);
    await page.close();
  }
});

test("the table of captures fits a window of 1000", async () => {
  const page = await open(sample("12-four-servers").url, { viewport: { width: 1000, height: 900 } });
  const over = await page.evaluate(() => {
    const box = document.querySelector(".points").parentElement;
    return box.scrollWidth - box.clientWidth;
  });
  equal(over, 0);
});

test("sessions on both sides of a relay lead to each other", async () => {
  const { url, json } = sample("16");
  const page = await open(url);
  await page.waitForSelector("svg.path");
  const drawn = await page.textContent("svg.path");
  ok(drawn.includes("a relay: 5 sessions as 2"), drawn);
  ok((await page.getAttribute("svg.path", "aria-label")).includes("a relay: 5 sessions as 2"), "not said aloud");
  const finding = json.findings.find((f) => f.rule === "pair.relay");
  equal(await page.textContent(".spans a"), finding.title);
  equal(await page.getAttribute(".spans a", "href"), `#/finding/${finding.id}`);
  // a user's session: what it continues as, most requests first
  const user = json.sessions.find((s) => s.pairing.relays.length === 2 && s.flows[0].point === "clients");
  await page.goto(`${url}#/session/${user.id}`);
  await page.waitForSelector(".related");
  equal(await page.locator(".related").count(), 1);
  equal(await page.textContent(".related h2"), "Goes on over a relay");
  const rows = page.locator(".related tbody tr");
  const wanted = [...user.pairing.relays].sort((a, b) => b.exchanges - a.exchanges);
  equal(await rows.count(), 2);
  for (const [i, r] of wanted.entries()) {
    const words = (await rows.nth(i).textContent()).replaceAll("\u00a0", " ");
    const there = json.sessions.find((s) => s.id === r.session).flows[0];
    ok(words.startsWith(`session ${r.session}server${there.client} → ${there.server}${r.exchanges}`), words);
    const ms = Number(/([\d.]+) ms/.exec(words.split(there.server)[1].slice(String(r.exchanges).length))[1]);
    ok(Math.abs(ms - r.added_ns.median / 1e6) < 0.06, `${words}: ${ms} ms`);
  }
  // by keys alone to the other side, and back
  await page.focus(".related tbody a");
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) => location.hash.startsWith(`#/session/${id}`) &&
    document.querySelector("h1.session-title")?.textContent.startsWith(`Session ${id} `), wanted[0].session);
  equal(await page.textContent(".related h2"), "Carries on what came over a relay");
  const back = json.sessions.find((s) => s.id === wanted[0].session).pairing.relays;
  equal(await rows.count(), back.length);
  await page.focus(`.related a[href="#/session/${user.id}"]`);
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) =>
    document.querySelector("h1.session-title")?.textContent.startsWith(`Session ${id} `), user.id);
  equal(page.wrong, []);
});

// Points cannot be called so, but a damaged case may say anything.
test("a relay between points of markup shows text", async () => {
  const name = "\\u003cimg src=x onerror=alert(1)>";
  const html = join(work, "markup.html");
  writeFileSync(html, readFileSync(sample("16").html, "utf8")
    .replaceAll('"clients"', `"${name}"`)
    .replaceAll("5 sessions at clients", `5 sessions at ${name}`));
  const page = await open(pathToFileURL(html).href);
  await page.waitForSelector(".spans a");
  const words = await page.textContent(".spans");
  ok(words.includes("5 sessions at <img src=x onerror=alert(1)>"), words);
  ok(words.startsWith("<img src=x"), words);
  equal(await page.locator("#main img").count(), 0);
  equal(page.wrong, []);
});

test("the place stays in the address", async () => {
  const page = await open(`${sample("01").url}#/session/1?from=1000000000&to=30000000000&scale=time`);
  await page.waitForTimeout(250);
  const url = page.url();
  ok(/from=\d+&to=\d+&scale=time/.test(url), url);
  await page.reload();
  await page.waitForSelector("canvas.ladder");
  const seen = await page.evaluate(() => document.querySelector("canvas.ladder").ladder.arrows().length);
  equal(seen, 3);
});

test("arrows and packets in view equal the ndjson lines", async () => {
  for (const name of ["01", "03", "07"]) {
    const r = sample(name);
    const { id } = r.json.sessions.find((s) => s.flows.length > 1);
    const page = await open(`${r.url}#/session/${id}`);
    await page.waitForSelector("canvas.ladder");
    await page.click(".ladder-tools >> text=All");
    await page.waitForTimeout(250);
    const lines = r.packets(id);
    const drawn = await page.evaluate(() => document.querySelector("canvas.ladder").ladder.arrows());
    equal(frames(drawn), frames(lines), `${name}: arrows`);
    const rows = await allRows(page, ".vscroll");
    const listed = rows.map((c) => `${c[2]} ${c[3]}`.replaceAll(",", "")).sort();
    const wanted = lines.map((p) => `${p.frame ?? "–"} ${p.far_frame ?? "–"}`).sort();
    equal(listed, wanted, `${name}: list`);
    equal(page.wrong, []);
  }
});

test("a window has the lines of its time", async () => {
  const r = sample("01");
  const lines = r.packets(1);
  const first = BigInt("1268125304968750000");
  // by the end at the first point, whose clock is the reference; the limits
  // lie in pauses of seconds
  const at = (p) => {
    const time = p.from === "client" ? p.time_time : p.far_time_time;
    const [whole, digits] = time.replace("Z", "").split(".");
    return Number(BigInt(Date.parse(`${whole}Z`)) * 1000000n + BigInt(digits) - first);
  };
  for (const scale of ["even", "time"])
    for (const [from, to] of [[-1e9, 1e9], [1e9, 3e10], [5e10, 1e11], [1e11, 2e11]]) {
      const page = await open(`${r.url}#/session/1?from=${from}&to=${to}&scale=${scale}`);
      await page.waitForSelector("canvas.ladder");
      await page.waitForTimeout(200);
      const drawn = await page.evaluate(() => document.querySelector("canvas.ladder").ladder.arrows());
      const wanted = lines.filter((p) => at(p) >= from && at(p) <= to);
      equal(frames(drawn), frames(wanted), `${scale} ${from} to ${to}`);
      await page.close();
    }
});

test("one capture alone makes a page, too", async () => {
  const r = report(["client.pcapng"], join(build, "samples", samples[0]));
  const page = await open(r.url);
  await page.waitForSelector(".vrow");
  await page.click(".vrow a");
  await page.waitForSelector(".session-title");
  const words = await page.textContent("#main");
  // its packets stand there, without a hop, a far end or a fate
  const arrows = await page.evaluate(() => document.querySelector("canvas.ladder").ladder.arrows());
  const { packets } = r.json.sessions[0].flows[0];
  equal([arrows.length, new Set(arrows.map((a) => a.frame)).size], [packets, packets]);
  equal((await allRows(page, ".vscroll")).length, packets);
  ok(!/Far frame|delivered|no hop/.test(words), words.slice(0, 300));
  equal(page.wrong, []);
});

test("there is no word of what is not there", async () => {
  const alone = await open(sample("11").url);
  await alone.waitForSelector(".vrow");
  ok(!(await alone.textContent("#main")).includes("Ladder and plots are in this file"), "all ladders are there");
  const folder = join(work, "arp");
  mkdirSync(folder);
  writeFileSync(join(folder, "case.txt"), "point arp zero=2024-03-05T10:00:00\n" +
    "session s tcp C=10.0.0.1:1024 S=10.0.0.2:80 isn=1,2\nidle arp 20 9\n");
  execFileSync(join(build, "samples/mkcap"), [join(folder, "case.txt"), folder]);
  const page = await open(report(["arp.pcapng"], folder).url);
  equal(await page.locator("#h-sessions").count(), 0);
  equal(page.wrong, []);
});

test("loss is of the wire's packets, as in the text", async () => {
  const folder = join(work, "joined");
  const awk = resolve("tests/e2e/oddities");
  const lib = readdirSync(join(awk, "lib")).flatMap((name) => ["-f", join(awk, "lib", name)]);
  mkdirSync(folder);
  writeFileSync(join(folder, "case.txt"),
    execFileSync("awk", [...lib, "-f", join(awk, "offload-loss-share.awk")]));
  execFileSync(join(build, "samples/mkcap"), [join(folder, "case.txt"), folder]);
  const made = report(["client.pcapng", "server.pcapng"], folder);
  const [said] = tracepair(["report", made.case]).match(/\d+ of \d+ packets lost \([\d.]+ %\)/);
  const page = await open(made.url);
  await page.waitForSelector("svg.path .point");
  const words = await page.textContent("svg.path");
  ok(words.includes(said.replace("packets ", "").split(" (")[0]), `${words}\n   text: ${said}`);
  equal(page.wrong, []);
});

test("a negative round trip is a question", async () => {
  const folder = join(build, "samples", samples.find((s) => s.startsWith("03")));
  const page = await open(report(["fw-outside.pcapng", "client.pcapng", "fw-inside.pcapng"], folder).url);
  await page.waitForSelector("svg.path .point");
  const words = await page.textContent("svg.path");
  ok(/round trip -584.µs: points in wrong order\?/.test(words), words);
});

test("what vanished is drawn in the colour of loss", async () => {
  const page = await open(`${sample("01").url}#/session/1`);
  await page.waitForSelector("canvas.ladder");
  await page.waitForTimeout(200);
  const red = await page.evaluate(() => {
    const canvas = document.querySelector("canvas.ladder");
    const lane = canvas.ladder;
    const i = lane.rows.fate.findIndex((f) => lane.rows.fates[f] === "lost");
    const [, , x, y] = lane.ends(i);
    const [r, g, b] = canvas.getContext("2d").getImageData(
      Math.round(x * lane.ratio), Math.round(y * lane.ratio), 1, 1).data;
    return r > 150 && g < 110 && b < 110;
  });
  ok(red, "no cross where the first lost packet ends");
});

test("sessions sort", async () => {
  const r = many();
  const page = await open(r.url);
  await page.waitForSelector(".vrow");
  const lost = (s) => s.hops.reduce((n, h) => n + (h.c2s?.lost ?? 0) + (h.s2c?.lost ?? 0), 0);
  const { sessions } = r.json;
  await page.click("[data-sort=lost]");
  let rows = await allRows(page, ".vscroll");
  equal(rows.length, sessions.length);
  const shown = rows.map((c) => Number(c[4].split(" ")[0]));
  equal(shown, sessions.map(lost).sort((a, b) => b - a));
  await page.click("[data-sort=id]");
  rows = await allRows(page, ".vscroll");
  equal(rows.map((c) => Number(c[0])), sessions.map((s) => s.id).sort((a, b) => a - b));
  await page.click("[data-sort=id]");
  rows = await allRows(page, ".vscroll");
  equal(Number(rows[0][0]), Math.max(...sessions.map((s) => s.id)));
  equal(page.wrong, []);
});

test("sessions filter and are found", async () => {
  const r = many();
  const page = await open(r.url);
  await page.waitForSelector(".vrow");
  const { sessions, findings } = r.json;
  const lost = (s) => s.hops.some((h) => h.c2s?.lost || h.s2c?.lost);
  const status = () => page.textContent(".tools .status");
  await page.click("[data-filter=lossy]");
  ok((await status()).startsWith(`${sessions.filter(lost).length} of`), await status());
  await page.click("[data-filter=all]");
  const wanted = sessions[17].flows[1];
  await page.fill("#search", wanted.client);
  const rows = await allRows(page, ".vscroll");
  const same = sessions.filter((s) =>
    s.flows.some((f) => f.client.includes(wanted.client) || f.server.includes(wanted.client)),
  );
  equal(rows.map((c) => Number(c[0])).sort((a, b) => a - b), same.map((s) => s.id));
  await page.fill("#search", "nothing is called so");
  ok((await page.textContent(".vbody")).includes("No session fits"), "no word of none");
  await page.goto(`${r.url}#/?finding=${findings[0].id}`);
  await page.waitForTimeout(100);
  await page.fill("#search", "");
  ok((await status()).startsWith(`${findings[0].sessions.length} of`), await status());
  equal(page.wrong, []);
});

test("a file name of markup shows as text and does nothing", async () => {
  const folder = join(work, "x<script>document.title='owned'<");
  mkdirSync(folder);
  const names = ["client", "server"].map((point) => {
    const name = join("x<script>document.title='owned'<", `script><img src=x onerror=alert(1)><!--${point}.pcapng`);
    copyFileSync(join(build, "samples", samples[0], `${point}.pcapng`), join(work, name));
    return name;
  });
  const r = report([`client=${names[0]}`, `server=${names[1]}`]);
  const page = await open(r.url);
  await page.waitForSelector(".vrow");
  const text = await page.textContent("#main");
  ok(text.includes(names[0]), "the name is not there in full");
  equal(await page.locator("#main script, #main img").count(), 0);
  ok((await page.title()) !== "owned", "the name ran");
  equal(page.wrong, []);
});

test("no script but its own runs, and nothing is asked for", async () => {
  const page = await open(sample("01").url);
  const ran = await page.evaluate(async () => {
    const s = document.createElement("script");
    s.textContent = "window.foreign = 1";
    document.body.append(s);
    const fetched = await fetch("https://example.com/").then(() => true, () => false);
    return [window.foreign ?? null, fetched];
  });
  equal(ran, [null, false]);
  ok(page.wrong.length > 0 && page.wrong.every((w) => /Content Security Policy|a request|Failed/.test(w)), page.wrong.join("\n"));
  equal(page.wrong.filter((w) => w.startsWith("a request")), []);
});

test("keys reach everything", async () => {
  const page = await open(many().url);
  await page.waitForSelector(".vrow");
  await page.keyboard.press("/");
  equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.press("Escape");
  await page.focus(".vscroll");
  const before = await page.textContent(".vrow.active");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  ok((await page.textContent(".vrow.active")) !== before, "the row did not move");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".session-title");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#search");
  equal(page.wrong, []);
});

test("keys move the ladder and choose packets", async () => {
  const page = await open(`${sample("01").url}#/session/1`);
  await page.waitForSelector("canvas.ladder");
  await page.focus("canvas.ladder");
  const view = () =>
    page.evaluate(() => {
      const l = document.querySelector("canvas.ladder").ladder;
      return { u0: l.u0, span: l.u1 - l.u0, chosen: l.selected };
    });
  const a = await view();
  await page.keyboard.press("+");
  const b = await view();
  ok(b.span < a.span, "+ does not zoom in");
  await page.keyboard.press("ArrowDown");
  ok((await view()).u0 > b.u0, "down does not move");
  await page.keyboard.press("0");
  ok(Math.abs((await view()).span - a.span) < a.span * 0.01, "0 does not show all");
  // the first that was lost is chosen from the start
  const seen = [await page.textContent(".pane tbody td")];
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press("n");
    seen.push(await page.textContent(".pane tbody td"));
  }
  equal(seen, ["1921", "1975", "2071", "2264", "2651", "3475"]);
  await page.keyboard.press("p");
  equal(await page.textContent(".pane tbody td"), "2651");
  await page.keyboard.press("ArrowRight");
  equal(await page.textContent(".pane tbody td"), "3475");
  equal(page.wrong, []);
});

test("dark where the reader's system is", async () => {
  for (const [scheme, dark] of [["light", false], ["dark", true]]) {
    const page = await open(`${sample("01").url}#/session/1`, { colorScheme: scheme });
    await page.waitForSelector("canvas.ladder");
    await page.waitForTimeout(150);
    const [paper, canvas] = await page.evaluate(() => {
      const bright = (rgb) => rgb.reduce((a, b) => a + b, 0) / 3;
      const css = getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).map(Number);
      const c = document.querySelector("canvas.ladder");
      const px = c.getContext("2d").getImageData(3, 3, 1, 1).data;
      return [bright(css), bright([px[0], px[1], px[2]])];
    });
    equal([paper < 100, canvas < 100], [dark, dark], scheme);
  }
});

test("a narrow window needs no sideways scrolling", async () => {
  for (const hash of ["#/", "#/session/1"])
    for (const name of ["01", "03", "12-four-servers", "13", "16"]) {
      const page = await open(sample(name).url + hash, { viewport: { width: 320, height: 800 } });
      for (const width of [320, 390]) {
        await page.setViewportSize({ width, height: 800 });
        await page.waitForTimeout(150);
        const over = await page.evaluate((w) => document.scrollingElement.scrollWidth - w, width);
        ok(over <= 0, `${name} ${hash}: ${over} px too wide for ${width}`);
      }
      equal(page.wrong, []);
      await page.close();
    }
});

test("it prints", async () => {
  const page = await open(sample("03").url);
  await page.waitForSelector(".vrow");
  const pdf = await page.pdf({ format: "A4" });
  ok(pdf.length > 20000, `${pdf.length} bytes`);
  equal(page.wrong, []);
});

test("a report of 50,000 sessions stays small and works", async () => {
  const r = report(generate(270000, 50000, 5, 96));
  const mb = statSync(r.html).size / 1e6;
  ok(mb < 25, `${mb} MB`);
  const page = await open(r.url);
  await page.waitForSelector(".vrow", { timeout: 120000 });
  const status = await page.textContent(".tools .status");
  ok(/^(49|50),\d\d\d of/.test(status), status);
  await page.click("[data-sort=rtt]");
  await page.fill("#search", "198.51.100.7:443");
  ok((await page.locator(".vrow").count()) > 5, "nothing found");
  const without = await page.evaluate(() => {
    for (let id = 1; id < 50000; id++)
      if (!document.getElementById(`packets-${id}`)) return id;
    return 0;
  });
  await page.goto(`${r.url}#/session/${without}`);
  await page.waitForSelector(".session-title");
  const words = await page.textContent("#main");
  ok(words.includes(`tracepair show CASE ${without}`), "no word of the show command");
  equal(page.wrong, []);
});

test("a session of 100,000 packets opens, and all is accounted for", async () => {
  const r = report(generate(160000, 1, 9, 100));
  const page = await open(`${r.url}#/session/1`);
  await page.waitForSelector("canvas.ladder");
  await page.click(".ladder-tools >> text=All");
  await page.waitForTimeout(250);
  const [session] = r.json.sessions;
  const sum = (fate) =>
    session.hops.reduce((n, h) => n + h.c2s[fate] + h.s2c[fate], 0);
  const [total, lost, rows] = await page.evaluate(() => {
    const { rows } = document.querySelector("canvas.ladder").ladder;
    let total = 0;
    let lost = 0;
    for (let i = 0; i < rows.n; i++) {
      total += rows.count[i];
      if (rows.fates[rows.fate[i]] === "lost") lost += rows.count[i];
    }
    return [total, lost, rows.n];
  });
  ok(total >= 100000 && rows <= 240000, `${total} packets, ${rows} rows`);
  equal([total, lost], [sum("entered") + sum("injected"), sum("lost")]);
  await page.focus("canvas.ladder");
  for (const key of ["+", "+", "ArrowDown", "PageDown", "n", "0"]) await page.keyboard.press(key);
  equal(page.wrong, []);
});

await run();
