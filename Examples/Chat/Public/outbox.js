import { RPCError, TimeoutError } from "/webshocket.js";

/** How many messages wait here at most, and for how long, in milliseconds. */
export const most = 20;
const patience = 300_000;

/**
 * What was written and is not said yet, in its order: one message at a time is under way, so that none overtakes
 * another when a connection is lost or the server asks for a pause. Each has a key, by which the server knows one that
 * it has heard.
 */
export class Outbox {
  /** Of each `{ key, room, text, at, state, words, until }`, where the state is `waiting` or `failed`. */
  entries = [];
  #isRunning = false;
  #client;
  #changed;
  #failed;

  /**
   * @param {() => void} changed is called whenever an entry is another than before
   * @param {(entry) => void} failed is called with each that will not be sent by itself
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

  /** Takes over what another outbox has not sent. */
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

  /** Forgets a message: it has failed and is not wanted any more, or has arrived. */
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
      // The server knows the key, so a second time does no harm: a lost connection's call is sent again by itself.
      const order = { idempotent: true, timeout: left };
      await this.#client.call("say", [entry.room, entry.text, entry.key], order);
      this.drop(entry.key);
    } catch (error) {
      // It waits on, for the outbox that takes it over.
      if (this.#client.state === "closed") return;
      if (error instanceof RPCError && error.retryAfter !== undefined) return this.#pause(entry, Math.max(error.retryAfter, 500));
      const isLate = left <= 0 || error instanceof TimeoutError;
      const words = isLate ? "Not sent: it has waited for too long" : "Not sent";
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
