import { announce, byID } from "./elements.js";
import { length } from "./text.js";

const longest = 2_000;
const typingAgainAfter = 2_500;

/** Where one writes: Enter sends, Shift and Enter begin a line. */
export class Composer {
  #text = byID("text");
  #send = byID("composer").querySelector(".send");
  #note = byID("composer-note");
  #counter = byID("counter");
  #typedAt = 0;

  /** What becomes of it: `{ say: (text) => void, typing: () => void }`. */
  actions = null;

  constructor() {
    byID("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#say();
    });
    this.#text.addEventListener("input", () => this.#edited());
  }

  get draft() {
    return this.#text.value;
  }

  /** As long as there is no room, nothing can be written. */
  close() {
    this.#text.value = "";
    this.#text.placeholder = "One moment…";
    this.#allow(false);
    this.note("");
    this.#show();
  }

  open(room) {
    this.#allow(true);
    this.#text.placeholder = `Message #${room.name}`;
    this.#text.value = room.draft;
    this.#show();
    // Where a finger writes, the focus would bring up the keyboard.
    if (!matchMedia("(pointer: coarse)").matches) this.focus();
  }

  focus() {
    this.#text.focus();
  }

  #allow(isOpen) {
    this.#text.disabled = this.#send.disabled = !isOpen;
  }

  /** Shows something below the box; nothing for no words. */
  note(words, isBad = false) {
    if (this.#note.textContent !== words) this.#note.textContent = words;
    this.#note.classList.toggle("bad", isBad);
  }

  #say() {
    const text = this.#text.value.trim();
    if (!text || this.#text.disabled) return;
    if (length(text) > longest) {
      const excess = (length(text) - longest).toLocaleString();
      const words = `A message has 2,000 characters at most. Please take ${excess} away.`;
      announce(words);
      return this.note(words, true);
    }
    this.#text.value = "";
    this.#typedAt = 0;
    this.note("");
    this.#show();
    this.actions.say(text);
  }

  #edited() {
    this.#show();
    if (!this.#text.value || Date.now() - this.#typedAt < typingAgainAfter) return;
    this.#typedAt = Date.now();
    this.actions.typing();
  }

  #show() {
    const left = longest - length(this.#text.value);
    this.#counter.hidden = left > 200;
    this.#counter.textContent = `${left}`;
    this.#counter.classList.toggle("over", left < 0);
    if (left >= 0) this.#note.classList.contains("bad") && this.note("");
    // Where the style sheet's `field-sizing` is not known.
    if (!CSS.supports("field-sizing", "content")) {
      this.#text.style.height = "auto";
      this.#text.style.height = `${this.#text.scrollHeight}px`;
    }
  }
}
