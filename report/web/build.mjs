// Builds the page of the HTML report: one file without data.
//
//   node report/web/build.mjs FOLDER      FOLDER has node_modules; the page
//                                         goes to FOLDER/page.html
//
// Script and style stand inside the page.  Its content security policy names
// both by their digests, so nothing else runs, whatever the data may be, and
// the page can ask for nothing over the network.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const own = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? "build/web");
const require = createRequire(join(out, "build.cjs"));
const esbuild = require("esbuild");

async function bundle(entry) {
  const result = await esbuild.build({
    entryPoints: [join(own, "src", entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    charset: "utf8",
    legalComments: "none", // the licence stands in the page
    target: ["chrome105", "firefox113", "safari16.4"],
    nodePaths: [join(out, "node_modules")],
    logLevel: "warning",
  });
  return result.outputFiles[0].text.trim();
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function digest(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const script = await bundle("main.js");
const style = await bundle("style.css");
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
  throw new Error("the bundle would end its own element");

const parts = {
  POLICY: [
    "default-src 'none'",
    `script-src ${digest(script)}`,
    `style-src ${digest(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; "),
  STYLE: style,
  SCRIPT: script,
  LICENCE: escaped(
    readFileSync(join(out, "node_modules", "uplot", "LICENSE"), "utf8").trim(),
  ),
};
const page = readFileSync(join(own, "page.html"), "utf8").replace(
  /@([A-Z]+)@/g,
  (whole, name) => parts[name] ?? whole,
);
writeFileSync(join(out, "page.html"), page);
