import { avatar } from "./avatars.js";
import { byID, count, icon, make } from "./elements.js";

/** Has a list show rows, and touches only those that have changed; the focus stays on what has the same label. */
function redraw(root, rows) {
  const label = root.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  for (const [index, row] of rows.entries()) {
    const former = root.children[index];
    if (!former) root.append(row);
    else if (!former.isEqualNode(row)) former.replaceWith(row);
  }
  while (root.children.length > rows.length) root.lastElementChild.remove();
  if (label && !root.contains(document.activeElement)) {
    [...root.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === label)?.focus();
  }
}

/** What was drawn for another conversation does nothing in this one. */
export function clearSidebar() {
  byID("room-list").replaceChildren();
  byID("people-list").replaceChildren();
}

/** @param {Array<{ name, people, isJoined, isCurrent, unread }>} rooms */
export function showRooms(rooms, { open, leave }) {
  redraw(byID("room-list"), rooms.map(({ name, people, isJoined, isCurrent, unread }) => {
    const label = `${name}, ${count(people, "person", "people")}${unread ? `, ${unread} unread` : ""}${isJoined ? "" : ", not joined"}`;
    const number = unread
      ? make("span.badge", {}, unread > 99 ? "99+" : `${unread}`)
      : make("span.people-count", {}, people ? `${people}` : "");
    const button = make("button.room-button", { type: "button", "aria-label": label, "aria-current": isCurrent && "page", click: () => open(name) },
      make("span.hash", {}, "#"), make("span.label", {}, name), number);
    const exit = isJoined && make("button.icon.leave", { type: "button", "aria-label": `Leave ${name}`, title: "Leave the room", click: () => leave(name) }, icon("close"));
    const row = make("li.room-row", {}, button, exit || null);
    row.classList.toggle("joined", isJoined);
    row.classList.toggle("current", isCurrent);
    row.classList.toggle("unread", unread > 0);
    return row;
  }));
}

/** @param {Array<{ name, windows, isAdmin }>} people */
export function showPeople(people, me, typists, kick) {
  redraw(byID("people-list"), people.map(({ name, windows, isAdmin }) => {
    const facts = [
      name === me.name ? "you" : null, isAdmin ? "admin" : null, windows > 1 ? `in ${windows} windows` : null,
      typists.has(name) && name !== me.name ? "is typing…" : null,
    ].filter(Boolean);
    const words = make("span.person-words", {}, make("b", { title: name }, make("bdi", {}, name)), facts.length ? make("span", {}, facts.join(", ")) : null);
    const mayKick = me.isAdmin && name !== me.name;
    return make("li.person", {}, avatar(name, "tiny"), words, mayKick
      ? make("button.icon", { type: "button", "aria-label": `Ask ${name} to leave`, title: "Ask to leave", click: () => kick(name) }, icon("leave")) : null);
  }));
  byID("people-title").textContent = `Here now · ${people.length}`;
  byID("faces").replaceChildren(...people.slice(0, 4).map(({ name }) => avatar(name, "tiny")));
}
