import { RPCError, WebshocketClient } from "/webshocket.js";
import { Outbox } from "./outbox.js";
import { Room } from "./room.js";
import { session } from "./session.js";

const typingLasts = 5_000;

/** The chat of one who is in: the connection, the rooms, and what is heard and said in them. Nothing here is drawn. */
export class Conversation extends EventTarget {
  rooms = new Map();
  /** All rooms of the server: `{ name, people }`. */
  listed = [];
  current = null;
  /** How many windows this user has open. */
  windows = 1;

  constructor({ name, token, isAdmin }) {
    super();
    this.me = { name, isAdmin };
    this.client = new WebshocketClient("/chat", {
      token,
      reconnect: { base: 500, cap: 15_000 },
      heartbeat: { interval: 10_000, timeout: 8_000 },
      queue: { items: 200, timeToLive: 300_000 },
      prepare: async (client) => this.#entered(await client.call("me")),
    });
    this.outbox = new Outbox(this.client, () => this.#changed("pending"));
    this.client.on("state", (state) => {
      // What is heard from now on may come behind something that is missed.
      if (state !== "open") for (const room of this.rooms.values()) room.hasGap = true;
      this.#changed("state");
    });
    this.client.on("restored", () => this.#catchUp());
    this.client.on("message", ({ event, data }) => event === "windows" && this.#noteWindows(data));
    this.client.on("close", ({ error }) => error && this.#ended(error));
  }

  /** Connects, for as long as that takes, and goes to the rooms that this window was in. */
  async begin(first) {
    const names = session.rooms;
    if (first && !names.includes(first)) names.push(first);
    this.client.connect({ retry: true }).catch(() => {});
    this.client.subscribe("rooms", ({ data }) => this.#noteRooms(data)).catch(() => {});
    for (const name of names) await this.open(name, { isQuiet: true }).catch(() => {});
    if (!this.rooms.size) await this.open("lobby", { isQuiet: true }).catch(() => {});
    const current = this.rooms.get(first) ?? [...this.rooms.values()][0];
    if (current) this.look(current);
  }

  /** Goes to a room, which is opened if there is none of that name; the error is for people to read. */
  async open(name, { isQuiet = false } = {}) {
    const known = this.rooms.get(name);
    if (known) return isQuiet ? known : this.look(known);
    const opened = await this.client.call("open", [name]);
    const room = this.rooms.get(opened) ?? new Room(opened, (room, item) => this.#changed("room", { room, item }));
    if (!this.rooms.has(opened)) {
      this.rooms.set(opened, room);
      const joined = await this.client.join(`room.${opened}`);
      room.enter(joined);
      joined.on("said", ({ data }) => this.#heard(room, data));
      joined.on("typing", ({ data }) => this.#noteTyping(room, data));
      joined.on("notice", ({ data }) => room.tell(data));
      await this.#read(room);
      this.#remember();
    }
    if (!isQuiet) this.look(room);
    return room;
  }

  /** Shows a room; what is in it counts as read. */
  look(room) {
    this.current = room;
    this.#changed("current", { room });
    this.noteRead();
  }

  /** What the eye has seen is not new any more. */
  noteRead() {
    if (!this.current || document.hidden) return;
    this.current.unread = 0;
    this.current.readID = this.current.lastID;
    this.#changed("unread");
  }

  async leave(name) {
    const room = this.rooms.get(name);
    this.rooms.delete(name);
    this.#remember();
    if (room === this.current) {
      const next = [...this.rooms.values()][0];
      if (next) this.look(next);
      else await this.open("lobby");
    }
    this.#changed("unread");
    await room?.joined?.leave();
  }

  say(text) {
    this.outbox.add(this.current.name, text);
  }

  tellTyping() {
    if (this.client.state === "open") this.client.notify("typing", [this.current.name]).catch(() => {});
  }

  kick(name, reason) {
    return this.client.call("kick", [name, reason]);
  }

  /** Gives the name back, and ends everywhere. */
  async signOut() {
    await this.client.call("signOut", [], { timeout: 2_000 }).catch(() => {});
    this.#finish("You have signed out. Come again!", true);
  }

  #entered({ name, isAdmin, windows }) {
    this.me = { name, isAdmin };
    this.#noteWindows(windows);
    this.client.call("rooms").then((rooms) => this.#noteRooms(rooms), () => {});
  }

  /** Between two connections something may have been said. */
  #catchUp() {
    for (const room of this.rooms.values()) {
      room.noteMembers();
      this.#read(room).catch(() => {});
    }
  }

  /** Reads what was said; what has been heard meanwhile comes behind it. */
  async #read(room) {
    const isFirst = room.lastID === 0;
    const missed = await this.client.call("recent", [room.name, room.lastID]);
    room.hasGap = false;
    for (const message of missed) this.#heard(room, message, isFirst);
    for (const message of room.early.splice(0)) this.#heard(room, message);
  }

  #heard(room, message, isOld = false) {
    if (room.hasGap) return room.early.push(message);
    if (message.from === this.me.name) this.outbox.drop(message.key);
    if (!room.hear(message) || isOld || message.from === this.me.name) return;
    if (room === this.current && !document.hidden) return this.noteRead();
    room.unread += 1;
    this.#changed("unread");
  }

  #noteTyping(room, name) {
    if (name === this.me.name) return;
    room.typists.set(name, Date.now() + typingLasts);
    this.#changed("typing", { room });
    setTimeout(() => {
      if (room.typists.get(name) <= Date.now()) room.typists.delete(name);
      this.#changed("typing", { room });
    }, typingLasts + 20);
  }

  #noteRooms(rooms) {
    this.listed = rooms;
    this.#changed("unread");
  }

  #noteWindows(windows) {
    this.windows = windows;
    this.#changed("state");
  }

  #remember() {
    session.rooms = [...this.rooms.keys()];
  }

  #ended({ code, reason }) {
    // Behind the words stands the advice to stay away.
    const kicked = code === 4500 && reason.replace(/; retry-after=never$/, "");
    const elsewhere = code === 4501 && "You have signed out in another window.";
    this.#finish(kicked || elsewhere || "The chat does not know you any more. Please come in again.", code === 4501);
  }

  #finish(words, isWanted) {
    this.client.close().catch(() => {});
    this.#changed("end", { words, isWanted });
  }

  #changed(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
