/** The state of a room that the user is in. */
export class Room {
  /** The messages and events, oldest first: `{ message }`, or `{ at, words, name }` for an event. */
  items = [];
  lastID = 0;
  #lastKey = null;
  unread = 0;
  /** The ID of the last message that was read. */
  readID = 0;
  /** Whether messages may be missing. If so, new messages are kept in `early` until the missing ones are read. */
  hasGap = true;
  early = [];
  draft = "";
  /** The names of the people who are typing, with the time at which that ends. */
  typists = new Map();
  /** The room of the client module; null while it is being joined. */
  joined = null;
  #listening = [];
  #here = new Set();
  #changed;

  /** @param {(room: Room, item: Object?) => void} changed called after a change, with the new item if there is one */
  constructor(name, changed) {
    this.name = name;
    this.#changed = changed;
  }

  /** The people in the room, sorted by name, each with the number of windows and the admin flag. */
  get people() {
    const people = new Map();
    for (const { user, metadata } of this.joined?.members ?? []) {
      const person = people.get(user) ?? { name: user, windows: 0, isAdmin: metadata?.isAdmin === true };
      person.windows += 1;
      people.set(user, person);
    }
    return [...people.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  /** @param {Object<string, Function>} listeners the listeners by event */
  enter(joined, listeners) {
    this.joined = joined;
    this.hasGap = true;
    this.#here = new Set(this.people.map((person) => person.name));
    const noteMembers = () => this.noteMembers();
    this.#listening = Object.entries({ join: noteMembers, leave: noteMembers, ...listeners })
      .map(([event, listener]) => joined.on(event, listener));
  }

  /** Removes the listeners. Returns the room of the client module. */
  exit() {
    for (const end of this.#listening.splice(0)) end();
    clearTimeout(this.leaving);
    return this.joined;
  }

  /** Whether the first message from the last known ID on shows that this is still the same room. */
  isContinued(message) {
    return message !== undefined && (message.id > this.lastID || message.key === this.#lastKey);
  }

  /** Resets the IDs, because the room was deleted and created again; its messages are numbered from 1. */
  startOver() {
    this.lastID = this.readID = 0;
    this.tell("This room was deleted and created again.");
  }

  /**
   * Adds an event for each person who has joined. Events for people who have left follow after 4 s, unless they return,
   * so that a reload does not show any.
   */
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

  /** Adds an event. */
  tell(words, name = "") {
    const item = { at: Date.now(), words, name };
    this.#add(item);
    this.#changed(this, item);
  }

  /** Adds a message, unless it or a later one was added before. Returns whether it was added. */
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
