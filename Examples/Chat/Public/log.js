import { avatar, tint } from "./avatars.js";
import { byID, count, icon, make } from "./elements.js";
import { textNodes } from "./text.js";
import { dayKey, dayName, fullTimeOf, timeOf } from "./times.js";

const groupedFor = 300_000;

/**
 * The messages of the current room. It scrolls to new messages only if the end is visible; otherwise a button shows how
 * many there are.
 */
export class Log {
  #root = byID("log");
  #button = byID("to-newest");
  #pending = make("div", { "aria-live": "off" });
  #last = null;
  #isAtEnd = true;
  #missed = 0;
  #me = "";

  /**
   * The drawn unsent messages by key, as `{ element, shape }`. An element with an unchanged shape is reused, so that it
   * keeps the focus.
   */
  #drawn = new Map();

  /**
   * The actions for unsent messages:
   * `{ retry: (entry) => void, drop: (key) => void, isOnline: () => boolean, loseFocus: () => void }`.
   * The last is called when a button that has the focus is removed.
   */
  actions = null;

  constructor() {
    this.#root.addEventListener("scroll", () => {
      this.#isAtEnd = this.#root.scrollHeight - this.#root.scrollTop - this.#root.clientHeight < 60;
      if (this.#isAtEnd) this.#note(0);
    }, { passive: true });
    this.#button.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#isAtEnd && this.toEnd()).observe(this.#root);
  }

  clear() {
    this.#drawn.clear();
    this.#pending.replaceChildren();
    this.#root.replaceChildren();
    this.#note(0);
  }

  /** Shows a room, scrolled to its end. */
  show(room, me) {
    this.#me = me;
    this.#last = null;
    this.#root.setAttribute("aria-label", `Messages in ${room.name}`);
    // Screen readers do not announce the existing messages.
    this.#root.setAttribute("aria-live", "off");
    this.#root.replaceChildren(this.#pending);
    for (const item of room.items) this.#place(item, room.unread > 0 && room.readID);
    this.#nothing(room);
    this.toEnd();
    requestAnimationFrame(() => this.#root.setAttribute("aria-live", "polite"));
  }

  /** Appends a new item. */
  add(item, room) {
    this.#root.querySelector(".nothing")?.remove();
    this.#place(item);
    this.#trim(room);
    if (this.#isAtEnd || item.message?.from === this.#me) this.toEnd();
    else if (item.message) this.#note(this.#missed + 1);
    this.#nothing(room);
  }

  /** Shows the unsent messages. */
  showPending(entries) {
    const focused = this.#pending.querySelector(":focus-visible");
    const former = this.#drawn;
    this.#drawn = new Map(entries.map((entry, index) => [entry.key, this.#drawPending(entry, index === 0, former)]));
    const elements = [...this.#drawn.values()].map(({ element }) => element);
    for (const element of [...this.#pending.children]) if (!elements.includes(element)) element.remove();
    for (const [index, element] of elements.entries()) {
      if (this.#pending.children[index] !== element) this.#pending.insertBefore(element, this.#pending.children[index] ?? null);
    }
    if (focused && !focused.isConnected) this.actions.loseFocus();
    if (entries.length) this.#root.querySelector(".nothing")?.remove();
    if (this.#isAtEnd) this.toEnd();
  }

  toEnd() {
    this.#root.scrollTop = this.#root.scrollHeight;
    this.#isAtEnd = true;
    this.#note(0);
  }

  #note(missed) {
    this.#missed = missed;
    this.#button.hidden = missed === 0;
    this.#button.lastElementChild.textContent = count(missed, "new message");
  }

  #nothing(room) {
    if (room.items.some((item) => item.message) || this.#pending.childElementCount) return;
    if (this.#root.querySelector(".nothing")) return;
    const title = make("b", {}, `This is the beginning of #${room.name}`);
    this.#root.prepend(make("div.nothing", {}, title, "Everyone who joins this room can read your messages."));
  }

  /**
   * Removes the items that the room no longer keeps, and further ones up to the next sender name. The visible messages
   * keep their position.
   */
  #trim(room) {
    const shown = [...this.#root.querySelectorAll(":scope > .message, :scope > .event")];
    const surplus = shown.length - room.items.length;
    if (surplus <= 0) return;
    const below = this.#root.scrollHeight - this.#root.scrollTop;
    const oldest = shown.slice(surplus, surplus + 50).find((element) => element.matches(".first, .event")) ?? shown[surplus];
    const elements = [...this.#root.children];
    const former = elements.slice(0, elements.indexOf(oldest));
    const day = former.findLast((element) => element.matches(".day:not(.unread)"));
    for (const element of former) if (element !== day) element.remove();
    this.#root.scrollTop = this.#root.scrollHeight - below;
  }

  #place(item, readID = false) {
    const at = item.message?.at ?? item.at;
    if (this.#last === null || dayKey(this.#last.at) !== dayKey(at)) {
      if (item.message || this.#last) this.#insert(make("div.day", { role: "separator" }, dayName(at)));
    }
    if (readID !== false && item.message?.id > readID && !this.#root.querySelector(".unread")) {
      this.#insert(make("div.day.unread", { role: "separator" }, "New"));
      this.#last = null;
    }
    this.#insert(item.message ? this.#message(item.message) : this.#event(item));
    this.#last = { at, from: item.message?.from };
  }

  #insert(element) {
    this.#pending.before(element);
  }

  #event({ words, name }) {
    return make("p.event", {}, name ? make("bdi", {}, name) : null, name ? " " : null, words);
  }

  #message({ from, text, at, isAdmin }) {
    const last = this.#last;
    const isFirst = last?.from !== from || at - last.at > groupedFor || dayKey(at) !== dayKey(last.at);
    const time = (name) => make(name, { datetime: new Date(at).toISOString(), title: fullTimeOf(at) }, timeOf(at));
    const body = make("bdi.text", { dir: "auto" }, ...textNodes(text));
    if (!isFirst) {
      return make("div.message", {}, time("time.gutter-time"), make("span.unseen", {}, `${from}: `), body);
    }
    const tag = isAdmin ? make("span.tag", {}, "admin") : null;
    const head = make("div.head", {}, make(`bdi.name.${tint(from)}`, {}, from), tag, time("time"));
    return make("div.message.first", {}, avatar(from), head, body);
  }

  /** Draws an unsent message; if it is already drawn with the same shape, updates only the remaining time. */
  #drawPending(entry, isFirst, former) {
    const hasHead = isFirst && this.#last?.from !== this.#me;
    const seconds = Math.ceil((entry.until - Date.now()) / 1_000);
    const words = entry.state === "failed" ? entry.words
      : seconds > 0 ? `Sending in ${seconds} s`
      : this.actions.isOnline() ? "" : "Waiting for the connection";
    const shape = [entry.state, hasHead, words !== ""].join();
    const known = former.get(entry.key);
    if (known?.shape !== shape) return { shape, element: this.#pendingMessage(entry, hasHead, words) };
    const fate = known.element.querySelector(".fate-words");
    if (fate && fate.textContent !== words) fate.textContent = words;
    return known;
  }

  #pendingMessage(entry, hasHead, words) {
    const me = this.#me;
    const element = hasHead
      ? make("div.message.first", {}, avatar(me), make("div.head", {}, make(`bdi.name.${tint(me)}`, {}, me)))
      : make("div.message", {});
    element.classList.add(entry.state);
    element.dataset.key = entry.key;
    element.append(make("bdi.text", { dir: "auto" }, ...textNodes(entry.text)));
    if (!words) return element;
    const hasFailed = entry.state === "failed";
    const fate = make("div.fate", {},
      make("span", {}, icon(hasFailed ? "warning" : "clock"), make("span.fate-words", {}, words)));
    if (hasFailed) {
      fate.append(make("button", { type: "button", click: () => this.actions.retry(entry) }, "Send again"),
        make("button", { type: "button", click: () => this.actions.drop(entry.key) }, "Discard"));
    }
    element.append(fate);
    return element;
  }
}
