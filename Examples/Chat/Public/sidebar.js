import { avatar } from "./avatars.js";
import { byID, count, icon, make } from "./elements.js";

/** Updates a list, and replaces only the rows that have changed. A button that is replaced keeps the focus. */
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

/** Removes the rows of an earlier conversation, whose buttons would not work in this one. */
export function clearSidebar() {
  byID("room-list").replaceChildren();
  byID("people-list").replaceChildren();
}

/** @param {Array<{ name, people, isJoined, isCurrent, unread }>} rooms */
export function showRooms(rooms, { open, leave }) {
  redraw(byID("room-list"), rooms.map((room) => {
    const { name, people, isJoined, isCurrent, unread } = room;
    const facts = [name, count(people, "person", "people")];
    if (unread) facts.push(`${unread} unread`);
    if (!isJoined) facts.push("not joined");
    const attributes = { type: "button", "aria-label": facts.join(", "), "aria-current": isCurrent && "page" };
    const number = unread
      ? make("span.badge", {}, unread > 99 ? "99+" : `${unread}`)
      : make("span.people-count", {}, people ? `${people}` : "");
    const label = make("span.label", {}, name);
    const button = make("button.room-button", { ...attributes, click: () => open(name) },
      make("span.hash", {}, "#"), label, number);
    const row = make("li.room-row", {}, button);
    if (isJoined) row.append(smallButton("leave", `Leave ${name}`, "Leave the room", "close", () => leave(name)));
    row.classList.toggle("joined", isJoined);
    row.classList.toggle("current", isCurrent);
    row.classList.toggle("unread", unread > 0);
    return row;
  }));
}

/** @param {Array<{ name, windows, isAdmin }>} people */
export function showPeople(people, me, typists, kick) {
  redraw(byID("people-list"), people.map(({ name, windows, isAdmin }) => {
    const facts = [];
    if (name === me.name) facts.push("you");
    if (isAdmin) facts.push("admin");
    if (windows > 1) facts.push(`in ${windows} windows`);
    if (typists.has(name) && name !== me.name) facts.push("is typing…");
    const words = make("span.person-words", {}, make("b", { title: name }, make("bdi", {}, name)));
    if (facts.length) words.append(make("span", {}, facts.join(", ")));
    const row = make("li.person", {}, avatar(name, "tiny"), words);
    if (me.isAdmin && name !== me.name) {
      row.append(smallButton("kick", `Ask ${name} to leave`, "Ask to leave", "leave", () => kick(name)));
    }
    return row;
  }));
  byID("people-title").textContent = `Here now · ${people.length}`;
  byID("faces").replaceChildren(...people.slice(0, 4).map(({ name }) => avatar(name, "tiny")));
}

function smallButton(name, label, title, picture, click) {
  return make(`button.icon.${name}`, { type: "button", "aria-label": label, title, click }, icon(picture));
}
