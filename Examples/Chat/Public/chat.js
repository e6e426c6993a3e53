import { Conversation } from "./conversation.js";
import { closeDrawers, prepareDrawers } from "./drawers.js";
import { byID, count } from "./elements.js";
import { roomInAddress, session, showInAddress, takeAdminKey } from "./session.js";
import { show } from "./view.js";
import { comeIn } from "./welcome.js";

/** The secret of an admin link, until it is used. */
const admin = { key: takeAdminKey() };
let words = "";
let conversation = null;
/** The unsent messages and drafts of the previous session, with its name. */
let unsaid = null;
addEventListener("hashchange", hearAdminKey);
prepareDrawers();
prepareTheme();

// One iteration for each session. It ends when the user signs out or is kicked, or when the session expires.
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
    if (entries.length) words += ` ${count(entries.length, "message")} will be sent when you join as ${name} again.`;
  }
  closeDrawers();
  // Another window may have begun a new session. After an admin link, the session is still needed to log in again.
  if (!admin.key && session.current?.token === token) session.current = { name };
}

/** Handles an admin link that is pasted while the page is open, because this changes only the fragment after `#`. */
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
