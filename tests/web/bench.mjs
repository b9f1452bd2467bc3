// How long large reports take to write, open, sort and pan: figures, no test.
// tests/web/run bench runs this.
import { statSync } from "node:fs";
import { close, generate, open, report } from "./browser.mjs";

function since(begin) {
  return `${((performance.now() - begin) / 1000).toFixed(2)} s`;
}

async function sessions() {
  let begin = performance.now();
  const r = report(generate(270000, 50000, 5, 96));
  console.log(`50,000 sessions: ${(statSync(r.html).size / 1e6).toFixed(1)} MB, indexed and written in ${since(begin)}`);
  begin = performance.now();
  const page = await open(r.url);
  console.log(`  answer shown after ${since(begin)}`);
  await page.waitForSelector(".vrow", { timeout: 120000 });
  console.log(`  table shown after ${since(begin)}`);
  begin = performance.now();
  await page.click("[data-sort=rtt]");
  console.log(`  sorted in ${since(begin)}`);
  begin = performance.now();
  await page.fill("#search", "10.0.0.5");
  console.log(`  searched in ${since(begin)}`);
}

async function packets() {
  const r = report(generate(160000, 1, 9, 100));
  console.log(`a session of ${r.json.sessions[0].flows[0].packets} packets: ${(statSync(r.html).size / 1e6).toFixed(1)} MB`);
  const begin = performance.now();
  const page = await open(`${r.url}#/session/1`);
  await page.waitForSelector("canvas.ladder");
  console.log(`  ladder shown after ${since(begin)}`);
  for (const [name, keys] of [
    ["the whole in view", ["0"]],
    ["some hundred in view", ["+", "+", "+", "+", "+", "+", "+", "+", "+", "+", "+", "+"]],
  ]) {
    for (const key of keys) await page.locator("canvas.ladder").press(key);
    const frames = await page.evaluate(async () => {
      const { ladder } = document.querySelector("canvas.ladder");
      const times = [];
      for (let i = 0; i < 40; i++) {
        ladder.pan(i % 2 ? 0.1 : -0.1);
        const begin = performance.now();
        ladder.draw();
        times.push(performance.now() - begin);
        await new Promise(requestAnimationFrame);
      }
      times.sort((a, b) => a - b);
      return [times[20], times[38]];
    });
    console.log(`  a frame with ${name}: ${frames.map((t) => t.toFixed(1)).join(" ms median, ")} ms at 95 %`);
  }
}

await sessions();
await packets();
await close();
