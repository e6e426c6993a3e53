import { announce, byID, count } from "./elements.js";

let wasOpen = false;
let said = "";

/**
 * Says whether there is a connection, and when the next try begins: seconds to the eye, news to a screen reader.
 * @param waiting how many messages wait
 * @returns {boolean} whether there is a connection
 */
export function showStatus({ state, waitingUntil }, waiting) {
  const isOpen = state === "open";
  const seconds = Math.max(0, Math.ceil(((waitingUntil ?? Date.now()) - Date.now()) / 1_000));
  const kept = waiting ? `${count(waiting, "message waits", "messages wait")} here.` : "What you write waits here.";
  const next = state === "waiting" ? `No connection. Trying again in ${seconds} s.` : "Connecting…";
  byID("banner").hidden = isOpen || !wasOpen;
  byID("banner-words").textContent = isOpen ? "" : `${next} ${kept}`;
  byID("try-now").hidden = state !== "waiting";
  byID("my-state").className = `state ${isOpen ? "open" : "waiting"}`;
  if (!isOpen) byID("my-state").textContent = state === "waiting" ? "offline" : "connecting";
  const news = isOpen ? "Connected again." : state === "waiting" ? `The connection is lost. ${kept}` : said;
  if (news !== said && wasOpen) announce(news);
  said = news;
  wasOpen ||= isOpen;
  return isOpen;
}
