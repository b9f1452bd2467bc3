// The data in the page: "report" is JSON, the rest base64 of gzip (see
// report/render/html.c for what there is).

export const report = JSON.parse(
  document.getElementById("report")?.textContent || "null",
);

export const canInflate = typeof DecompressionStream === "function";

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

export function has(id) {
  return document.getElementById(id) !== null;
}

export async function block(id) {
  const packed = fromBase64(document.getElementById(id).textContent);
  const stream = new Blob([packed])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const decoder = new TextDecoder();

async function blockJson(id) {
  return JSON.parse(decoder.decode(await block(id)));
}

let tablePromise;

// Columns of equal length; row numbers are what everything else goes by.
export function table() {
  tablePromise ??= blockJson("table");
  return tablePromise;
}

const chunks = new Map();

export async function sessionObject(row) {
  const chunk = Math.floor(row / report.page.chunk);
  if (!chunks.has(chunk)) {
    if (chunks.size > 8) chunks.delete(chunks.keys().next().value);
    chunks.set(chunk, blockJson(`sessions-${chunk}`));
  }
  return (await chunks.get(chunk))[row % report.page.chunk];
}

// Findings by session id, most important first.
let byTrouble;

export function findingsOf(session) {
  if (!byTrouble) {
    byTrouble = new Map();
    for (const finding of report.findings)
      for (const id of finding.sessions) {
        if (!byTrouble.has(id)) byTrouble.set(id, []);
        byTrouble.get(id).push(finding);
      }
  }
  return byTrouble.get(session) ?? [];
}

export function hasPackets(session) {
  return has(`packets-${session}`);
}
