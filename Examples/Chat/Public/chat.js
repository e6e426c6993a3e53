import { Conversation } from "./conversation.js";
import { closeDrawers, prepareDrawers } from "./drawers.js";
import { byID, count } from "./elements.js";
import { roomInAddress, session, showInAddress, takeAdminKey } from "./session.js";
import { show } from "./view.js";
import { comeIn } from "./welcome.js";

/** The secret of an admin's address, until it was used. */
const admin = { key: takeAdminKey() };
let words = "";
let conversation = null;
/** What was written and not said, and by whom. */
let unsaid = null;
addEventListener("hashchange", hearAdminKey);
prepareDrawers();
prepareTheme();

// One turn for each time that somebody is in: it ends when they sign out, are asked to leave, or are no longer known.
for (;;) {
  const kept = session.current;
  if (!kept?.token || (admin.key && !kept.isAdmin)) {
    session.current = await comeIn({ words, former: kept, admin });
  }
  admin.key = null;
  byID("welcome").hidden = true;
  byID("app").hidden = false;
  const { name, token } = session.current;
  conversation = new Conversation(session.current, unsaid?.name === name ? unsaid : null);
  unsaid = null;
  const ended = show(conversation);
  conversation.begin(roomInAddress());
  const end = await ended;
  const { entries, drafts } = conversation.unsaid;
  conversation = null;
  words = end.words;
  if (end.isWanted) {
    if (entries.length) words += ` ${count(entries.length, "message was", "messages were")} not sent.`;
  } else {
    unsaid = { name, entries, drafts };
    if (entries.length) words += ` ${count(entries.length, "message waits", "messages wait")} until you are ${name} again.`;
  }
  closeDrawers();
  // Another window may have come in again, and an admin's address is for who is in.
  if (!admin.key && session.current?.token === token) session.current = { name };
}

/** An admin's address, pasted into the open page, only changes what stands behind the `#`. */
function hearAdminKey() {
  const key = takeAdminKey();
  if (!key) return;
  if (conversation?.current) showInAddress(conversation.current.name);
  if (conversation?.me.isAdmin) return;
  admin.key = key;
  byID("admin-hint").hidden = false;
  conversation?.giveWay();
}

function prepareTheme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const show = () => byID("toggle-theme").setAttribute("aria-pressed", isDark());
  byID("toggle-theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
    show();
  });
  system.addEventListener("change", show);
  show();
}
