import { Conversation } from "./conversation.js";
import { closeDrawers, prepareDrawers } from "./drawers.js";
import { byID } from "./elements.js";
import { roomInAddress, session, takeAdminKey } from "./session.js";
import { show } from "./view.js";
import { comeIn } from "./welcome.js";

let adminKey = takeAdminKey();
let words = "";
prepareDrawers();
prepareTheme();

// One turn for each time that somebody is in: it ends when they sign out, are asked to leave, or are no longer known.
for (;;) {
  const kept = session.current;
  if (!kept?.token || (adminKey && !kept.isAdmin)) {
    session.current = await comeIn({ words, name: kept?.name, adminKey });
    adminKey = null;
  }
  byID("welcome").hidden = true;
  byID("app").hidden = false;
  const conversation = new Conversation(session.current);
  const ended = show(conversation);
  conversation.begin(roomInAddress());
  ({ words } = await ended);
  closeDrawers();
  session.current = session.current && { name: session.current.name };
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
