// A table of any number of rows: only those in sight are elements.
//
// columns: [{ key, name, cls, width, cell(row) -> node or text, value(row) }];
// value, if there, is what sorting goes by (null last).  Rows are numbers.
// Arrow keys move a row; Enter opens it.
import { h, replace, announce } from "./dom.js";
import { plural } from "./format.js";

const ROW = 34;
const BEYOND = 8;

// rem; a width is "6rem" or "minmax(8rem, 1fr)"; gaps and edges included
function leastWidth(columns) {
  const widths = columns.map((c) => parseFloat(/[\d.]+/.exec(c.width)));
  return widths.reduce((a, b) => a + b, 0) + columns.length;
}

export class VirtualTable {
  constructor({ columns, label, open, height, href, rowClass, unit = "row" }) {
    Object.assign(this, { columns, open, href, rowClass, unit });
    this.order = [];
    this.rows = [];
    this.sort = null;
    this.active = 0;
    this.template = columns.map((c) => c.width ?? "1fr").join(" ");
    this.head = h("div", { class: "vhead", role: "row" });
    this.body = h("div", { class: "vbody", role: "rowgroup" });
    this.scroller = h(
      "div",
      {
        class: "vscroll",
        tabindex: 0,
        role: "table",
        "aria-label": label,
        vars: { "--height": height },
        on: {
          scroll: () => this.soon(),
          keydown: (e) => this.key(e),
        },
      },
      h("div", { role: "rowgroup", class: "vheads" }, this.head),
      this.body,
    );
    this.element = h("div", { class: "vtable" }, this.scroller);
    this.element.style.setProperty("--columns", this.template);
    this.element.style.setProperty("--least", `${leastWidth(columns)}rem`);
    new ResizeObserver(() => this.soon()).observe(this.scroller);
    this.drawHead();
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  drawHead() {
    replace(
      this.head,
      this.columns.map((c) => {
        const sorted = this.sort?.key === c.key ? this.sort.up : null;
        const state = sorted === null ? "none" : sorted ? "ascending" : "descending";
        return h(
          "div",
          { role: "columnheader", class: c.cls, "aria-sort": c.value ? state : null },
          c.value
            ? h(
                "button",
                {
                  type: "button",
                  title: c.title,
                  data: { sort: c.key },
                  on: { click: () => this.sortBy(c.key) },
                },
                c.name,
                h("span", { class: "dir", "aria-hidden": "true" },
                  sorted === null ? "" : sorted ? " ▲" : " ▼"),
              )
            : h("span", { title: c.title }, c.name),
        );
      }),
    );
  }

  // The rows to show, in their own order.
  show(rows) {
    this.rows = rows;
    this.arrange();
  }

  sortBy(key, up) {
    const column = this.columns.find((c) => c.key === key);
    if (up === undefined)
      up = this.sort?.key === key ? !this.sort.up : !!column.up;
    this.sort = { key, up };
    this.drawHead();
    this.arrange();
    announce(`sorted by ${column.name}, ${up ? "ascending" : "descending"}`);
  }

  arrange() {
    const order = this.rows.slice();
    const column = this.columns.find((c) => c.key === this.sort?.key);
    if (column) {
      const sign = this.sort.up ? 1 : -1;
      const values = new Map(order.map((row) => [row, column.value(row)]));
      order.sort((a, b) => {
        const x = values.get(a);
        const y = values.get(b);
        if (x === y) return a - b;
        if (x === null) return 1;
        if (y === null) return -1;
        return x < y ? -sign : sign;
      });
    }
    this.order = order;
    this.active = Math.min(this.active, Math.max(0, order.length - 1));
    this.scroller.setAttribute("aria-rowcount", order.length + 1);
    this.body.style.height = `${Math.max(order.length, 1) * ROW}px`;
    this.draw();
  }

  draw() {
    const room = this.scroller.clientHeight || 400;
    const top = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - BEYOND);
    const end = Math.min(this.order.length, top + Math.ceil(room / ROW) + 2 * BEYOND);
    if (!this.order.length) {
      replace(this.body, h("div", { class: "vnone" }, `No ${this.unit} fits.`));
      return;
    }
    const parts = [];
    for (let i = top; i < end; i++) parts.push(this.rowElement(i));
    replace(this.body, parts);
  }

  rowElement(i) {
    const row = this.order[i];
    const cls = ["vrow", i === this.active && "active", this.rowClass?.(row)]
      .filter(Boolean)
      .join(" ");
    const element = h(
      "div",
      {
        class: cls,
        role: "row",
        "aria-rowindex": i + 2,
        data: { row },
        on: {
          click: (e) => {
            if (e.target.closest("a")) return;
            this.active = i;
            this.open?.(row);
            this.draw();
          },
        },
      },
      this.columns.map((c) =>
        h("div", { role: "cell", class: c.cls }, c.cell(row)),
      ),
    );
    element.style.transform = `translateY(${i * ROW}px)`;
    return element;
  }

  reveal(i) {
    const at = i * ROW;
    const s = this.scroller;
    const head = this.head.offsetHeight;
    if (at < s.scrollTop) s.scrollTop = at;
    else if (at + ROW + head > s.scrollTop + s.clientHeight)
      s.scrollTop = at + ROW + head - s.clientHeight;
  }

  // Marks a row and brings it into sight.
  select(row) {
    const i = this.order.indexOf(row);
    if (i < 0) return;
    this.active = i;
    this.reveal(i);
    this.draw();
  }

  key(e) {
    if (e.target !== this.scroller) return;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW) - 2);
    const last = this.order.length - 1;
    const to = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: last,
    }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      this.active = Math.max(0, Math.min(last, to));
      this.reveal(this.active);
      this.draw();
      this.moved?.(this.order[this.active]);
    } else if (e.key === "Enter" && this.order.length) {
      e.preventDefault();
      this.open?.(this.order[this.active]);
    }
  }

  get status() {
    return plural(this.order.length, this.unit);
  }
}
