import { announce, byID, count } from "./elements.js";

let wasOpen = false;
let said = "";

/**
 * Shows the state of the connection and the seconds until the next attempt. Screen readers announce only changes.
 * @param waiting the number of unsent messages
 * @returns {boolean} whether there is a connection
 */
export function showStatus({ state, waitingUntil }, waiting) {
  const isOpen = state === "open";
  const seconds = Math.max(0, Math.ceil(((waitingUntil ?? Date.now()) - Date.now()) / 1_000));
  const kept = waiting
    ? `${count(waiting, "message is", "messages are")} waiting to be sent.`
    : "Your messages will be sent later.";
  const next = state === "waiting" ? `No connection. Trying again in ${seconds} s.` : "Connecting…";
  byID("banner").hidden = isOpen || !wasOpen;
  byID("banner-words").textContent = isOpen ? "" : `${next} ${kept}`;
  byID("try-now").hidden = state !== "waiting";
  byID("my-state").className = `state ${isOpen ? "open" : "waiting"}`;
  if (!isOpen) byID("my-state").textContent = state === "waiting" ? "offline" : "connecting";
  const news = isOpen ? "Reconnected." : state === "waiting" ? `The connection was lost. ${kept}` : said;
  if (news !== said && wasOpen) announce(news);
  said = news;
  wasOpen ||= isOpen;
  return isOpen;
}
