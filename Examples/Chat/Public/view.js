import { Composer } from "./composer.js";
import { closeDrawers } from "./drawers.js";
import { announce, byID, count, list, make } from "./elements.js";
import { avatar } from "./avatars.js";
import { askForReason } from "./kick.js";
import { Log } from "./log.js";
import { roomInAddress, showInAddress } from "./session.js";
import { clearSidebar, showPeople, showRooms } from "./sidebar.js";
import { showStatus } from "./status.js";

const log = new Log();
const composer = new Composer();

/**
 * Draws a conversation and handles the actions of the user, until the conversation ends.
 * @returns {Promise<{ words, isWanted }>} the text about the end, and whether the user has signed out
 */
export function show(conversation) {
  const over = new AbortController();
  const on = (target, event, hear) => target.addEventListener(event, hear, { signal: over.signal });
  const { client, outbox } = conversation;
  const isCurrent = ({ room }) => room === conversation.current;

  composer.actions = { say: (text) => conversation.say(text), typing: () => conversation.tellTyping() };
  log.actions = {
    retry: (entry) => outbox.retry(entry),
    drop: (key) => outbox.drop(key),
    isOnline: () => client.state === "open",
    loseFocus: () => composer.focus(),
  };
  clearSidebar();
  open(conversation, null);
  byID("my-name").textContent = conversation.me.name;
  byID("my-avatar").replaceChildren(avatar(conversation.me.name));

  on(conversation, "state", () => drawStatus(conversation));
  on(conversation, "pending", () => drawPending(conversation));
  on(conversation, "failed", ({ detail }) => announce(`${detail.entry.words}. You wrote: ${detail.entry.text.slice(0, 60)}`));
  on(conversation, "refused", ({ detail }) => sayWhyNot(detail.error));
  on(conversation, "unread", () => drawRooms(conversation));
  on(conversation, "current", ({ detail }) => open(conversation, detail.room));
  on(conversation, "typing", ({ detail }) => isCurrent(detail) && drawPeople(conversation));
  on(conversation, "room", ({ detail }) => {
    if (!isCurrent(detail)) return;
    if (detail.item) log.add(detail.item, detail.room);
    drawPeople(conversation);
  });
  on(document, "visibilitychange", () => conversation.noteRead());
  on(window, "hashchange", () => go(conversation, roomInAddress()));
  on(document, "keydown", (event) => hearKey(conversation, event));
  on(document.querySelector(".skip"), "click", (event) => {
    // The fragment of the address is the room, so the link must not change it.
    event.preventDefault();
    composer.focus();
  });
  on(byID("new-room"), "submit", (event) => openRoom(conversation, event));
  on(byID("sign-out"), "click", () => conversation.signOut());
  on(byID("try-now"), "click", () => client.connect().catch(() => {}));
  const ticking = setInterval(() => tick(conversation), 500);
  tick(conversation);

  return new Promise((resolve) => {
    on(conversation, "end", ({ detail }) => {
      keepDraft();
      clearInterval(ticking);
      over.abort();
      resolve(detail);
    });
  });
}

/** Updates the texts that count seconds. */
function tick(conversation) {
  drawStatus(conversation);
  if (conversation.outbox.entries.some((entry) => entry.until)) drawPending(conversation);
}

/** Saves the text in the message box as the draft of its room. */
function keepDraft() {
  const { room } = byID("main");
  if (room) room.draft = composer.draft;
}

function open(conversation, room) {
  if (byID("main").room !== room) keepDraft();
  byID("main").room = room;
  if (!room) {
    composer.close();
    log.clear();
    for (const id of ["room-title", "room-facts", "typing"]) byID(id).textContent = "";
    return;
  }
  byID("room-title").replaceChildren(make("span.hash", { "aria-hidden": "true" }, "#"), room.name);
  showInAddress(room.name);
  log.show(room, conversation.me.name);
  drawPending(conversation);
  drawPeople(conversation);
  drawRooms(conversation);
  closeDrawers();
  composer.open(room);
}

function drawStatus(conversation) {
  const { client, outbox, windows } = conversation;
  const isOpen = showStatus(client, outbox.waiting.length);
  if (isOpen) byID("my-state").textContent = windows > 1 ? `open in ${windows} windows` : "online";
  if (byID("main").wasOnline !== isOpen) drawPending(conversation);
  byID("main").wasOnline = isOpen;
}

function drawPending({ outbox, current }) {
  const entries = outbox.entries.filter((entry) => entry.room === current?.name);
  log.showPending(entries);
  const paused = outbox.entries.find((entry) => entry.until);
  const seconds = paused ? Math.max(1, Math.ceil((paused.until - Date.now()) / 1_000)) : 0;
  composer.note(paused ? `You are sending too fast. Your message will be sent in ${seconds} s.` : "");
  // Screen readers announce only the first pause, without the seconds, while messages are waiting.
  const { wasPaused } = byID("main");
  if (paused && !wasPaused) announce("You are sending too fast. Your message will be sent automatically.");
  byID("main").wasPaused = paused !== undefined || (wasPaused && outbox.waiting.length > 0);
}

/** The names of all rooms, in the order of the page. */
const shownNames = ({ listed, rooms }) => [...new Set([...listed.map((room) => room.name), ...rooms.keys()])];

function drawRooms(conversation) {
  const { rooms, listed, current } = conversation;
  const people = new Map(listed.map((room) => [room.name, room.people]));
  const rows = shownNames(conversation).map((name) => ({
    name,
    people: people.get(name) ?? 0,
    isJoined: rooms.has(name),
    isCurrent: name === current?.name,
    unread: rooms.get(name)?.unread ?? 0,
  }));
  const leave = (name) => conversation.leave(name).catch(() => {});
  showRooms(rows, { open: (name) => go(conversation, name), leave });
  const unread = rows.reduce((sum, row) => sum + row.unread, 0);
  byID("menu-badge").hidden = unread === 0;
  document.title = `${unread ? `(${unread}) ` : ""}${current ? `#${current.name} · ` : ""}Chat`;
}

function drawPeople(conversation) {
  const { current, me } = conversation;
  if (!current) return;
  const { people, typists } = current;
  showPeople(people, me, typists, async (name) => {
    const reason = await askForReason(name);
    if (reason === null) return;
    await conversation.kick(name, reason).catch((error) => announce(error.message));
  });
  const number = count(people.length, "person is", "people are");
  byID("room-facts").textContent = people.length === 1 ? "Only you are here" : `${number} here`;
  byID("typing").textContent = typingWords([...typists.keys()]);
}

function typingWords(names) {
  if (names.length === 0) return "";
  if (names.length > 3) return "Several people are typing…";
  return `${list(names)} ${names.length === 1 ? "is" : "are"} typing…`;
}

/** Joins and shows a room. An error is shown below the list of rooms. */
async function go(conversation, name) {
  if (!name || name === conversation.current?.name) return closeDrawers();
  byID("room-error").textContent = "";
  try {
    await conversation.open(name);
    return true;
  } catch (error) {
    sayWhyNot(error);
  }
}

function sayWhyNot(error) {
  const wait = error.retryAfter === undefined ? "" : ` Please try again in ${Math.ceil(error.retryAfter / 1_000)} s.`;
  byID("room-error").textContent = `${error.message}${wait}`;
}

async function openRoom(conversation, event) {
  event.preventDefault();
  const field = byID("room-name");
  if (await go(conversation, field.value.trim())) field.value = "";
}

function hearKey(conversation, event) {
  if (byID("kick").open) return;
  if (event.key === "Escape") {
    if (!closeDrawers()) composer.focus();
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const rooms = shownNames(conversation).map((name) => conversation.rooms.get(name)).filter(Boolean);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = rooms.at((rooms.indexOf(conversation.current) + step) % rooms.length);
    if (next) conversation.look(next);
  } else if (event.key === "/" && !event.target.matches("input, textarea")) {
    event.preventDefault();
    composer.focus();
  }
}
