import { avatar, tint } from "./avatars.js";
import { byID, count, icon, make } from "./elements.js";
import { textNodes } from "./text.js";
import { dayKey, dayName, fullTimeOf, timeOf } from "./times.js";

const groupedFor = 300_000;

/** The messages of the room that is open. Who reads back is not moved; a button tells of what is new. */
export class Log {
  #root = byID("log");
  #button = byID("to-newest");
  #pending = make("div", { "aria-live": "off" });
  #last = null;
  #isAtEnd = true;
  #missed = 0;
  #me = "";

  /** For what was not sent: `{ retry: (entry) => void, drop: (key) => void, isOnline: () => boolean }`. */
  actions = null;

  constructor() {
    this.#root.addEventListener("scroll", () => {
      this.#isAtEnd = this.#root.scrollHeight - this.#root.scrollTop - this.#root.clientHeight < 60;
      if (this.#isAtEnd) this.#note(0);
    }, { passive: true });
    this.#button.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#isAtEnd && this.toEnd()).observe(this.#root);
  }

  /** Shows a room from its end. */
  show(room, me) {
    this.#me = me;
    this.#last = null;
    this.#root.setAttribute("aria-label", `Messages in ${room.name}`);
    // What was there already is not read aloud.
    this.#root.setAttribute("aria-live", "off");
    this.#root.replaceChildren(this.#pending);
    for (const item of room.items) this.#place(item, room.unread > 0 && room.readID);
    this.#nothing(room);
    this.toEnd();
    requestAnimationFrame(() => this.#root.setAttribute("aria-live", "polite"));
  }

  /** Adds what is new at the end. */
  add(item, room) {
    this.#root.querySelector(".nothing")?.remove();
    this.#place(item);
    if (this.#isAtEnd || item.message?.from === this.#me) this.toEnd();
    else if (item.message) this.#note(this.#missed + 1);
    this.#nothing(room);
  }

  /** Shows what was written and is not said yet. */
  showPending(entries) {
    this.#pending.replaceChildren(...entries.map((entry, index) => this.#pendingMessage(entry, index === 0)));
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
    this.#root.prepend(make("div.nothing", {}, title, "Say something, and whoever comes can read it."));
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

  #pendingMessage(entry, isFirst) {
    const me = this.#me;
    const element = isFirst && this.#last?.from !== me
      ? make("div.message.first", {}, avatar(me), make("div.head", {}, make(`bdi.name.${tint(me)}`, {}, me)))
      : make("div.message", {});
    element.classList.add(entry.state);
    element.dataset.key = entry.key;
    element.append(make("bdi.text", { dir: "auto" }, ...textNodes(entry.text)));
    const seconds = Math.ceil((entry.until - Date.now()) / 1_000);
    if (entry.state === "failed") {
      element.append(make("div.fate", {}, make("span", {}, icon("warning"), entry.words),
        make("button", { type: "button", click: () => this.actions.retry(entry) }, "Send again"),
        make("button", { type: "button", click: () => this.actions.drop(entry.key) }, "Discard")));
    } else if (seconds > 0 || !this.actions.isOnline()) {
      const words = seconds > 0 ? `Goes out in ${seconds} s` : "Waiting for the connection";
      element.append(make("div.fate", {}, make("span", {}, icon("clock"), words)));
    }
    return element;
  }
}
