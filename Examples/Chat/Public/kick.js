import { byID } from "./elements.js";

/**
 * Asks the admin for the reason to kick a person.
 * @returns {Promise<string | null>} the reason; null if the admin cancels
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
