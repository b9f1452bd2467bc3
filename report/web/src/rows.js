// A session's packets: columns of report/render/html_packets.c, unpacked.
//
// A row is a transmission on a hop.  Columns are typed arrays by name; far_*
// of seq, ack, window, ttl and ip_id come as differences and leave as values.
import { block } from "./data.js";

const WIDE = new Set([
  "tx",
  "near_ns",
  "far_ns",
  "near_early",
  "near_late",
  "far_early",
  "far_late",
  "near_frame",
  "far_frame",
  "seq",
  "far_seq",
  "ack",
  "far_ack",
]);
const DIFFERENCES = ["seq", "ack", "window", "ttl", "ip_id"];

class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  varint() {
    let value = 0;
    let scale = 1;
    let b;
    do {
      b = this.bytes[this.at++];
      value += (b & 127) * scale;
      scale *= 128;
    } while (b & 128);
    return value;
  }

  zigzag() {
    const v = this.varint();
    return v % 2 === 0 ? v / 2 : -(v + 1) / 2;
  }
}

function column(bytes, at, rows, wide) {
  const out = wide ? new Float64Array(rows) : new Int32Array(rows);
  const reader = new Reader(bytes, at);
  let value = 0;
  for (let i = 0; i < rows; i++) {
    value += bytes[reader.at] ? reader.zigzag() : (reader.at++, 0);
    out[i] = value;
  }
  return out;
}

function sackBlocks(bytes, at, end, ack) {
  const reader = new Reader(bytes, at);
  const rows = new Map();
  let row = 0;
  while (reader.at < end) {
    row += reader.varint();
    const blocks = [];
    for (let n = reader.varint(); n > 0; n--) {
      const left = ack[row] + reader.zigzag();
      blocks.push([left, left + reader.zigzag()]);
    }
    rows.set(row, blocks);
  }
  return rows;
}

export async function packets(session) {
  const bytes = await block(`packets-${session}`);
  const view = new DataView(bytes.buffer);
  const headBytes = view.getUint32(0, true);
  const head = JSON.parse(
    new TextDecoder().decode(bytes.subarray(4, 4 + headBytes)),
  );
  const rows = { ...head, n: head.rows, base: baseOf(head) };
  let at = 4 + headBytes;
  for (const [name, length] of head.columns) {
    if (name === "sack")
      rows.sack = sackBlocks(bytes, at, at + length, rows.ack);
    else rows[name] = column(bytes, at, head.rows, WIDE.has(name));
    at += length;
  }
  for (const name of DIFFERENCES) {
    const far = rows[`far_${name}`];
    for (let i = 0; i < rows.n; i++) far[i] += rows[name][i];
  }
  return withGroups(rows);
}

// JSON's numbers would round it.
function baseOf(head) {
  const [whole, digits] = head.base_time.replace("Z", "").split(".");
  return BigInt(Date.parse(`${whole}Z`)) * 1000000n + BigInt(digits);
}

// Each group ends where the next begins; group[i] is a row's.
function withGroups(rows) {
  rows.group = new Uint16Array(rows.n);
  rows.groups.forEach((g, k) => {
    g.end = rows.groups[k + 1]?.row ?? rows.n;
    rows.group.fill(k, g.row, g.end);
    g.delay = medianDelay(rows, g);
  });
  // A hop where nothing arrived: as long as the others take, for drawing.
  const known = rows.groups.map((g) => g.delay).filter((d) => d !== null);
  const hops = rows.flows.length > 1;
  const usual = known.length ? Math.max(...known) : hops ? 1e6 : 0;
  for (const g of rows.groups) g.usual = Math.max(g.delay ?? usual, 0);
  return rows;
}

function medianDelay(rows, g) {
  const delays = [];
  for (let i = g.row; i < g.end; i++)
    if (rows.has[i] === 3) delays.push(rows.far_ns[i] - rows.near_ns[i]);
  if (!delays.length) return null;
  return Float64Array.from(delays).sort()[delays.length >> 1];
}

export const FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 };
const FLAG_NAMES = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

export function flagText(flags) {
  return FLAG_NAMES.filter((_, bit) => flags & (1 << bit)).join(",");
}

export function markText(marks) {
  return ["resegmented", "changed", "duplicated", "reordered"].filter(
    (_, bit) => marks & (1 << bit),
  );
}

export function fateOf(rows, i) {
  return rows.fates[rows.fate[i]];
}

// "SYN", "282..1742 (1460)", "ACK 282", "datagram, 48 bytes"
export function label(rows, i) {
  const kind = rows.kinds[rows.kind[i]];
  const flags = rows.flags[i];
  if (kind === "datagram") return `${rows.len[i]} bytes`;
  const words = [];
  for (const name of ["SYN", "FIN", "RST"])
    if (flags & FLAG[name]) words.push(name);
  if (rows.len[i] > 0)
    words.push(
      `${rows.seq[i]}..${rows.seq[i] + rows.len[i]} (${rows.len[i]})`,
    );
  if (flags & FLAG.ACK && rows.len[i] === 0)
    words.push(flags & FLAG.SYN ? "ACK" : `ACK ${rows.ack[i]}`);
  const sack = rows.sack.get(i);
  if (sack) words.push(`SACK ${sack.map((b) => b.join("–")).join(" ")}`);
  if (rows.copy[i] > 1) words.push(`· copy ${rows.copy[i]}`);
  if (rows.count[i] > 1) words.push(`· and ${rows.count[i] - 1} like it`);
  return words.join(" ");
}
