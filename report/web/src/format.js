// Figures as text: every one has a unit, three significant digits.

const NO_BREAK = "\u00a0";

function three(value) {
  const size = Math.abs(value);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = value.toFixed(digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function scaled(value, units) {
  let unit = units[0];
  for (const next of units) if (Math.abs(value) >= next[0]) unit = next;
  return three(value / unit[0]) + NO_BREAK + unit[1];
}

const TIMES = [
  [1, "ns"],
  [1e3, "µs"],
  [1e6, "ms"],
  [1e9, "s"],
];

export function duration(ns) {
  if (ns === null || ns === undefined) return "not known";
  const size = Math.abs(ns);
  if (size < 120e9) return scaled(ns, TIMES);
  const sign = ns < 0 ? "-" : "";
  const s = Math.round(size / 1e9);
  if (s < 7200)
    return `${sign}${Math.floor(s / 60)}${NO_BREAK}min ${s % 60}${NO_BREAK}s`;
  const min = Math.round(s / 60);
  return `${sign}${Math.floor(min / 60)}${NO_BREAK}h ${min % 60}${NO_BREAK}min`;
}

export function bytes(n) {
  return n < 1000
    ? `${n}${NO_BREAK}B`
    : scaled(n, [
        [1e3, "kB"],
        [1e6, "MB"],
        [1e9, "GB"],
        [1e12, "TB"],
      ]);
}

export function count(n) {
  return n.toLocaleString("en-US");
}

export function plural(n, one, many = one + "s") {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function percent(part, whole) {
  return `${three((100 * part) / whole)}${NO_BREAK}%`;
}

// Time since a beginning, for axes: as many digits as the step needs.
export function since(ns, step) {
  const digits = Math.max(0, Math.min(9, Math.ceil(-Math.log10(step / 1e9))));
  const s = Math.abs(ns) / 1e9;
  const sign = ns < 0 && s >= 0.5 * 10 ** -digits ? "−" : "";
  if (s < 60) return `${sign}${s.toFixed(digits)}${NO_BREAK}s`;
  const min = Math.floor(s / 60);
  const rest = (s - 60 * min).toFixed(digits);
  return `${sign}${min}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}

// "2010-03-09T09:01:44.968750000Z" as "09:01:44.968750": six digits or nine, so
// that a column of them is even.
export function clockTime(iso) {
  return iso ? iso.slice(11, 29).replace(/000$/, "") : "";
}

export function day(iso) {
  return iso ? iso.slice(0, 10) : "";
}

// base (bigint ns since 1970) + ns as ISO time with nine digits.
export function isoTime(base, ns) {
  const at = base + BigInt(Math.round(ns));
  const second = 1000000000n;
  let s = at / second;
  let rest = at % second;
  if (rest < 0n) {
    s -= 1n;
    rest += second;
  }
  const date = new Date(Number(s) * 1000);
  if (Number.isNaN(date.getTime())) return `${at} ns`;
  return `${date.toISOString().slice(0, 19)}.${String(rest).padStart(9, "0")}Z`;
}
