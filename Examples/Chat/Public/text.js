import { make } from "./elements.js";

// Characters that change the writing direction are not part of a link, because they could disguise its address.
const link = /\bhttps?:\/\/[^\s<>"'`\p{Cf}\p{Cc}]+/giu;
const trailing = /[.,;:!?)\]}*_~]+$/u;

/** Converts typed text to nodes: text, and links for HTTP and HTTPS URLs. */
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

/** Removes trailing punctuation, but keeps a closing bracket that belongs to the URL. */
function trimmed(address) {
  const bare = address.replace(trailing, "");
  return bare.includes("(") && address[bare.length] === ")" ? `${bare})` : bare;
}

function parsed(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url && (url.protocol === "https:" || url.protocol === "http:") && url.hostname ? url : null;
}

/** The number of characters, counted in the same way as by the server. */
export const length = (typed) => [...typed].length;
