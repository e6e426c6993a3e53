import { byID } from "./elements.js";

/**
 * Asks the admin what somebody is to be told.
 * @returns {Promise<string | null>} null to let them stay
 */
export function askForReason(name) {
  const dialog = byID("kick");
  const { promise, resolve } = Promise.withResolvers();
  byID("kick-title").textContent = `Ask ${name} to leave?`;
  byID("kick-cancel").onclick = () => dialog.close("");
  dialog.returnValue = "";
  dialog.onclose = () => resolve(dialog.returnValue === "kick" ? byID("kick-reason").value.trim() : null);
  dialog.showModal();
  byID("kick-reason").select();
  return promise;
}
