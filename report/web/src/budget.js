// Where the time went: one bar whose parts make the whole.
import { report } from "./data.js";
import { h } from "./dom.js";
import { duration, percent, plural } from "./format.js";

// In the order in which they are drawn; the words are design's.
export const PARTS = [
  ["client", "client", "the client had nothing under way"],
  ["path", "path", "packets were on their way between the points"],
  ["server", "server", "the server worked on a request"],
  ["transfer", "transfer", "data was being sent"],
  ["queue", "queue", "packets waited in a queue on the path"],
  ["recovery", "recovery", "lost packets were sent again"],
  ["window", "window", "the receiver's window was full"],
  ["cwnd", "congestion window", "the sender held back"],
  ["nagle", "Nagle", "small data waited for an acknowledgement"],
  ["unattributed", "not told apart", "nothing says whose it is"],
];

export function hasBudget(time) {
  return !!time && PARTS.some(([key]) => Number.isFinite(time[key]));
}

export function budgetBar(time) {
  const known = PARTS.filter(([key]) => time[key] > 0);
  const sum = known.reduce((total, [key]) => total + time[key], 0);
  const whole = Math.max(time.total ?? sum, sum) || 1;
  const words = known
    .map(([key, name]) => `${name} ${duration(time[key])}`)
    .join(", ");
  return h(
    "div",
    { class: "budget" },
    h(
      "div",
      { class: "budget-bar", role: "img", "aria-label": `Time: ${words}` },
      known.map(([key, name, why]) =>
        h("span", {
          class: `part part-${key}`,
          vars: { "--share": time[key] / whole },
          title: `${name}: ${duration(time[key])} (${percent(time[key], whole)}): ${why}`,
        }),
      ),
    ),
    h(
      "ul",
      { class: "legend" },
      known.map(([key, name]) =>
        h(
          "li",
          null,
          h("span", { class: `key part-${key}` }),
          h("b", null, name),
          ` ${duration(time[key])} `,
          h("span", { class: "quiet" }, percent(time[key], whole)),
        ),
      ),
    ),
  );
}

export function budgetSection() {
  const { time_ns: time, budgets } = report.page;
  if (!budgets || !hasBudget(time)) return null;
  return h(
    "section",
    { "aria-labelledby": "h-budget" },
    h("h2", { id: "h-budget" }, "Where the time went"),
    h(
      "p",
      { class: "quiet" },
      budgets === 1
        ? `${duration(time.total)} of one session.`
        : `${duration(time.total)}, the sum over ${plural(budgets, "session")}; each session has its own bar.`,
    ),
    budgetBar(time),
  );
}
