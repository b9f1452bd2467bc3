// Pictures of three samples for doc/, light and dark.  tests/web/run shots.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, close, open, report } from "./browser.mjs";

const pictures = [
  ["01-policy-request", "loss", "#/session/1?frame=1921&point=client", ".ladder-section"],
  ["02-wan-sql", "delay", "#/", null],
  ["03-padding-payload", "firewall", "#/session/1?frame=6463&point=fw-inside", ".ladder-section"],
];

for (const [sample, name, hash, part] of pictures) {
  const points = readFileSync(`samples/${sample}/case.txt`, "utf8")
    .split("\n")
    .filter((line) => /^point /.test(line))
    .map((line) => `${line.split(/\s+/)[1]}.pcapng`);
  const r = report(points, join(build, "samples", sample));
  for (const scheme of ["light", "dark"]) {
    const page = await open(r.url + hash, {
      colorScheme: scheme,
      viewport: { width: 1240, height: 980 },
    });
    await page.waitForTimeout(500);
    const path = `doc/html-${name}-${scheme}.png`;
    if (part) {
      const box = await page.locator(part).boundingBox();
      const edge = 20;
      await page.screenshot({
        path,
        fullPage: true,
        clip: {
          x: Math.max(0, box.x - edge),
          y: box.y - edge,
          width: box.width + 2 * edge,
          height: box.height + 2 * edge,
        },
      });
    } else {
      await page.screenshot({ path });
    }
    // smaller where the tool is there; the picture is the same without
    try {
      execFileSync("pngquant", ["--force", "--ext", ".png", "--strip", "--skip-if-larger", path]);
    } catch {
      console.log(`${path}: not made smaller (pngquant)`);
    }
  }
}
await close();
