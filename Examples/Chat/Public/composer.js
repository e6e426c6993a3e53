import { announce, byID } from "./elements.js";
import { length } from "./text.js";

const longest = 2_000;
const typingAgainAfter = 2_500;

/** The message box: Enter sends, Shift+Enter begins a new line. */
export class Composer {
  #text = byID("text");
  #send = byID("composer").querySelector(".send");
  #note = byID("composer-note");
  #counter = byID("counter");
  #typedAt = 0;

  /** The actions for the typed text: `{ say: (text) => void, typing: () => void }`. */
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

  /** Disables the box while there is no room. */
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
    // On a touch screen, the focus would open the keyboard.
    if (!matchMedia("(pointer: coarse)").matches) this.focus();
  }

  focus() {
    this.#text.focus();
  }

  #allow(isOpen) {
    this.#text.disabled = this.#send.disabled = !isOpen;
  }

  /** Shows a note below the box; an empty text removes it. */
  note(words, isBad = false) {
    if (this.#note.textContent !== words) this.#note.textContent = words;
    this.#note.classList.toggle("bad", isBad);
  }

  #say() {
    const text = this.#text.value.trim();
    if (!text || this.#text.disabled) return;
    if (length(text) > longest) {
      const excess = (length(text) - longest).toLocaleString();
      const words = `A message may have at most 2,000 characters. Please remove ${excess}.`;
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
    // For browsers that do not support the style sheet's `field-sizing`.
    if (!CSS.supports("field-sizing", "content")) {
      this.#text.style.height = "auto";
      this.#text.style.height = `${this.#text.scrollHeight}px`;
    }
  }
}
