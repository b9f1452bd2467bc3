// What the report stands on: the points' files and clocks, and what could not
// be read.
import { report } from "./data.js";
import { h } from "./dom.js";
import { bytes, clockTime, count, day, duration } from "./format.js";

function clockText(clock) {
  if (clock.status === "reference") return "the reference: all times here are on it";
  if (clock.status !== "fitted" || clock.offset_ns === null)
    return clock.status === "one-way"
      ? "bounded on one side only: no one-way delays"
      : "cannot be compared: no one-way delays";
  const half = (clock.offset_high_ns - clock.offset_low_ns) / 2;
  const side = clock.offset_ns < 0 ? "behind" : "ahead";
  const words = [
    `${duration(Math.abs(clock.offset_ns))} ${side} (± ${duration(half)})`,
  ];
  // A short capture bounds drift too loosely to be worth a number.
  if (clock.drift_high_ppm - clock.drift_low_ppm <= 200)
    words.push(
      `drift ${clock.drift_ppm.toFixed(1)} ppm (${clock.drift_low_ppm.toFixed(1)} to ${clock.drift_high_ppm.toFixed(1)})`,
    );
  if (clock.steps.length)
    words.push(
      `set ${clock.steps.length === 1 ? "once" : `${clock.steps.length} times`} in mid-capture`,
    );
  return words.join("; ");
}

// With its day only if that is another one.
function lastTime(file) {
  const same = day(file.first_time) === day(file.last_time);
  return `${same ? "" : `${day(file.last_time)} `}${clockTime(file.last_time)}`;
}

function fileRow(point, file, first) {
  return h(
    "tr",
    null,
    first &&
      h("th", { scope: "row", rowspan: point.files.length }, point.name),
    h("td", { class: "file" }, file.path,
      file.interface && h("span", { class: "quiet" }, ` ${file.interface}`),
      !file.complete && h("span", { class: "tag bad" }, "not complete")),
    h("td", { class: "num" }, count(file.packets)),
    h("td", { class: "num" }, bytes(file.bytes)),
    h(
      "td",
      { class: "time" },
      file.first_time &&
        [`${day(file.first_time)} ${clockTime(file.first_time)}`, h("br"), `to ${lastTime(file)}`],
    ),
    h("td", { class: "num" }, file.snaplen ? count(file.snaplen) : "no limit"),
    h(
      "td",
      { class: file.dropped ? "num loss" : "num" },
      file.dropped === null ? "not known" : count(file.dropped),
    ),
    first &&
      h(
        "td",
        { rowspan: point.files.length },
        clockText(point.clock),
        point.clock.resolution_ns > 1 &&
          h("div", { class: "quiet" }, `ticks of ${duration(point.clock.resolution_ns)}`),
      ),
  );
}

function pointTable() {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "figures points" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          [
            ["Point"],
            ["File"],
            ["Packets", "num"],
            ["Size", "num"],
            ["Time (UTC), on its own clock"],
            ["Snap length", "num"],
            ["Dropped by the capture", "num"],
            ["Clock against the first point's"],
          ].map(([name, cls]) => h("th", { scope: "col", class: cls }, name)),
        ),
      ),
      h(
        "tbody",
        null,
        report.points.map((point) =>
          point.files.length
            ? point.files.map((file, i) => fileRow(point, file, i === 0))
            : h("tr", null, h("th", { scope: "row" }, point.name),
                h("td", { colspan: 7 }, "no file")),
        ),
      ),
    ),
  );
}

export function limitsSection() {
  return h(
    "section",
    { "aria-labelledby": "h-limits" },
    h("h2", { id: "h-limits" }, "What this stands on, and its limits"),
    pointTable(),
    h("p", { class: "limit" }, report.page.limits),
    report.quality.length > 0 && [
      h("h3", { id: "h-lacks" }, "What the captures lack"),
      h(
        "ul",
        { class: "quality" },
        report.quality.map((q) =>
          h("li", null, q.file && h("span", { class: "file" }, q.file, ": "), q.text),
        ),
      ),
    ],
  );
}
