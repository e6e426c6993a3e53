/** What the page knows of a room that one is in. */
export class Room {
  /** From the oldest: `{ message }`, or `{ at, words, name }` for what has happened. */
  items = [];
  lastID = 0;
  #lastKey = null;
  unread = 0;
  /** The id behind which nothing was read when one looked away. */
  readID = 0;
  /** Whether something may have been said that was not read; then what is heard waits behind that. */
  hasGap = true;
  early = [];
  draft = "";
  /** Who types, with when that is over. */
  typists = new Map();
  /** The module's room; nothing while it is being joined. */
  joined = null;
  #listening = [];
  #here = new Set();
  #changed;

  /** @param {(room: Room, item: Object?) => void} changed is called with what is new at the end, if something is */
  constructor(name, changed) {
    this.name = name;
    this.#changed = changed;
  }

  /** Who is here: the name, the number of windows and what the server says of them, sorted by name. */
  get people() {
    const people = new Map();
    for (const { user, metadata } of this.joined?.members ?? []) {
      const person = people.get(user) ?? { name: user, windows: 0, isAdmin: metadata?.isAdmin === true };
      person.windows += 1;
      people.set(user, person);
    }
    return [...people.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  /** @param {Object<string, Function>} listeners by what they are told of */
  enter(joined, listeners) {
    this.joined = joined;
    this.hasGap = true;
    this.#here = new Set(this.people.map((person) => person.name));
    const noteMembers = () => this.noteMembers();
    this.#listening = Object.entries({ join: noteMembers, leave: noteMembers, ...listeners })
      .map(([event, listener]) => joined.on(event, listener));
  }

  /** Hears nothing more; the module's room. */
  exit() {
    for (const end of this.#listening.splice(0)) end();
    clearTimeout(this.leaving);
    return this.joined;
  }

  /** Whether a message, the first from the last one that is known on, belongs to what was heard before. */
  isContinued(message) {
    return message !== undefined && (message.id > this.lastID || message.key === this.#lastKey);
  }

  /** The room was given up and opened anew: its messages count from 1 again. */
  startOver() {
    this.lastID = this.readID = 0;
    this.tell("This room was opened anew.");
  }

  /** Tells of who has come, and a while later of who has left, if they have not come back: a reload is no farewell. */
  noteMembers() {
    for (const { name } of this.people) {
      if (this.#here.has(name)) continue;
      this.#here.add(name);
      this.tell("is here", name);
    }
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => {
      const names = new Set(this.people.map((person) => person.name));
      for (const name of this.#here) {
        if (names.has(name)) continue;
        this.#here.delete(name);
        this.tell("has left", name);
      }
    }, 4_000);
    this.#changed(this);
  }

  /** A line about what has happened. */
  tell(words, name = "") {
    const item = { at: Date.now(), words, name };
    this.#add(item);
    this.#changed(this, item);
  }

  /** Adds a message unless it is here; what was missed comes before what is heard later. Whether it was new. */
  hear(message) {
    if (message.id <= this.lastID) return false;
    this.lastID = message.id;
    this.#lastKey = message.key;
    this.typists.delete(message.from);
    const item = { message };
    this.#add(item);
    this.#changed(this, item);
    return true;
  }

  #add(item) {
    this.items.push(item);
    if (this.items.length > 500) this.items.splice(0, this.items.length - 400);
  }
}
