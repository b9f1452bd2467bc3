// Making elements.  Whatever comes from a capture becomes a text node or an
// attribute value here, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on")
      for (const [event, fn] of Object.entries(value))
        element.addEventListener(event, fn);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "vars")
      for (const [name, v] of Object.entries(value))
        element.style.setProperty(name, v);
    else if (key === "class") element.setAttribute("class", value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(element, child);
    else if (child instanceof Node) element.appendChild(child);
    else element.appendChild(document.createTextNode(String(child)));
  }
}

// h("a", { href: "#/", on: { click } }, "text", element, [more])
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

export function replace(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

// Says something to those who do not see it.
export function announce(text) {
  document.getElementById("live").textContent = text;
}

// A colour of the style sheet, as it is now (light or dark).
export function colour(name) {
  return getComputedStyle(document.documentElement)
    .getPropertyValue(`--${name}`)
    .trim();
}

// Calls fn when the colour scheme changes or the page is printed.
export function onScheme(fn) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", fn);
  matchMedia("print").addEventListener("change", fn);
}

export async function copyText(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "hidden-text" });
    area.value = text;
    document.body.appendChild(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  button.dataset.words ??= button.textContent; // also if clicked twice
  button.textContent = done ? "Copied" : "Select and copy it";
  announce(button.textContent);
  setTimeout(() => (button.textContent = button.dataset.words), 1500);
}
