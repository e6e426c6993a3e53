import { RPCError, TimeoutError } from "/webshocket.js";

/** The limits of the outbox: the number of waiting messages, and the time that they may wait, in milliseconds. */
export const most = 20;
const patience = 300_000;

/**
 * The unsent messages, in order. One message is in flight at a time, so the order is kept if the connection is lost or
 * the server asks for a pause. Each message has a key, by which the server recognises a retry.
 */
export class Outbox {
  /** The messages, each as `{ key, room, text, at, state, words, until }`; the state is `waiting` or `failed`. */
  entries = [];
  #isRunning = false;
  #client;
  #changed;
  #failed;

  /**
   * @param {() => void} changed called when an entry is added, changed or removed
   * @param {(entry) => void} failed called with each entry that will not be sent automatically
   */
  constructor(client, { changed, failed }) {
    this.#client = client;
    this.#changed = changed;
    this.#failed = failed;
  }

  get waiting() {
    return this.entries.filter((entry) => entry.state === "waiting");
  }

  add(room, text) {
    const entry = { key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, room, text };
    this.#admit(entry);
    this.entries.push(entry);
    this.#changed();
    this.#run();
    return entry;
  }

  /** Adds the unsent messages of another outbox. */
  adopt(entries) {
    if (!entries.length) return;
    this.entries.push(...entries.map((entry) => ({ ...entry, at: Date.now(), until: 0 })));
    this.#changed();
    this.#run();
  }

  retry(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.#admit(entry);
    this.entries.push(entry);
    this.#changed();
    this.#run();
  }

  /** Removes a message that was delivered, or that failed and is discarded. */
  drop(key) {
    const count = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.key !== key);
    if (this.entries.length !== count) this.#changed();
  }

  #admit(entry) {
    entry.at = Date.now();
    if (this.waiting.length < most) {
      Object.assign(entry, { state: "waiting", words: "", until: 0 });
    } else {
      this.#fail(entry, `Not sent: ${most} messages are waiting already`);
    }
  }

  #fail(entry, words) {
    Object.assign(entry, { state: "failed", words, until: 0 });
    this.#failed(entry);
  }

  async #run() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let entry; this.#client.state !== "closed" && (entry = this.waiting[0]); ) await this.#say(entry);
    this.#isRunning = false;
  }

  async #say(entry) {
    const left = entry.at + patience - Date.now();
    try {
      if (left <= 0) throw new TimeoutError("too old");
      // The key makes the call idempotent, so the client sends it again after a reconnect.
      const order = { idempotent: true, timeout: left };
      await this.#client.sendRPC("say", [entry.room, entry.text, entry.key], order);
      this.drop(entry.key);
    } catch (error) {
      // The message stays in the list, for the outbox that adopts it.
      if (this.#client.state === "closed") return;
      if (error instanceof RPCError && error.retryAfter !== undefined) return this.#pause(entry, Math.max(error.retryAfter, 500));
      const isLate = left <= 0 || error instanceof TimeoutError;
      const words = isLate ? "Not sent: it has waited too long" : "Not sent";
      this.#fail(entry, error instanceof RPCError ? error.message : words);
      this.#changed();
    }
  }

  async #pause(entry, milliseconds) {
    entry.until = Date.now() + milliseconds;
    this.#changed();
    await new Promise((resolve) => setTimeout(resolve, milliseconds + 50));
    entry.until = 0;
    this.#changed();
  }
}
