import { make } from "./elements.js";

const tints = 12;

/** The CSS class of a name's tint. It is the same on every page, and does not depend on the case of the name. */
export function tint(name) {
  let hash = 0x811c9dc5;
  for (const character of name.toLowerCase()) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return `tint-${(hash >>> 12) % tints}`;
}

/** The first letters of the first and the last word. */
export function initials(name) {
  const words = name.split(/[\s\-_.]+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toUpperCase();
}

/** A coloured circle with the initials of a name. It is hidden from screen readers, because the name is beside it. */
export function avatar(name, size = "") {
  return make(`span.avatar.${tint(name)}${size && `.${size}`}`, { "aria-hidden": "true" }, initials(name));
}
