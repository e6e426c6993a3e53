/** Returns the element with an ID. */
export const byID = (id) => document.getElementById(id);

/**
 * Creates an element. Strings become text nodes, so text that people have typed is never parsed as markup.
 * @param {string} name such as `"p"`, or `"p.soft"` with classes
 * @param {Object} attributes functions become listeners; `true` becomes an attribute without a value; `false` and null
 *   are ignored
 * @param {...(Node|string|null)} children
 */
export function make(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Creates an icon of the page, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Announces a text to screen readers only. */
export function announce(words) {
  byID("announcer").textContent = words;
}

/** `1 message`, `2 messages` */
export const count = (number, noun, plural = `${noun}s`) => `${number} ${number === 1 ? noun : plural}`;

/** `Ann`, `Ann and Bob`, `Ann, Bob and Cy` */
export const list = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
