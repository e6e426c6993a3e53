/** The element with an id. */
export const byID = (id) => document.getElementById(id);

/**
 * Makes an element. What people have typed comes in as children and is only ever text; there is no way in for markup.
 * @param {string} name such as `"p"`, or `"p.soft"` with classes
 * @param {Object} attributes functions are listeners, `true` is an attribute without a value, `false` and null are none
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

/** One of the page's icons; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Says something to a screen reader, and nothing to the eye. */
export function announce(words) {
  byID("announcer").textContent = words;
}

/** `1 message`, `2 messages` */
export const count = (number, noun, plural = `${noun}s`) => `${number} ${number === 1 ? noun : plural}`;

/** `Ann`, `Ann and Bob`, `Ann, Bob and Cy` */
export const list = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
