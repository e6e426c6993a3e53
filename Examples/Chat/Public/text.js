import { make } from "./elements.js";

// Characters that turn the writing around do not belong to a link, or it would read as another one.
const link = /\bhttps?:\/\/[^\s<>"'`\p{Cf}\p{Cc}]+/giu;
const trailing = /[.,;:!?)\]}*_~]+$/u;

/** What somebody has typed as nodes: text, and links for what is plainly an address of the web. */
export function textNodes(typed) {
  const nodes = [];
  let end = 0;
  for (const match of typed.matchAll(link)) {
    const address = trimmed(match[0]);
    const url = parsed(address);
    if (!url) continue;
    nodes.push(typed.slice(end, match.index));
    nodes.push(make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, address));
    end = match.index + address.length;
  }
  nodes.push(typed.slice(end));
  return nodes.filter((node) => node !== "");
}

/** Without the punctuation behind it, but with a bracket that belongs to it. */
function trimmed(address) {
  const bare = address.replace(trailing, "");
  return bare.includes("(") && address[bare.length] === ")" ? `${bare})` : bare;
}

function parsed(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url && (url.protocol === "https:" || url.protocol === "http:") && url.hostname ? url : null;
}

/** As many characters as the server counts. */
export const length = (typed) => [...typed].length;
