import { RPCError, WebshocketClient, WebshocketError } from "/webshocket.js";
import { Outbox } from "./outbox.js";
import { Room } from "./room.js";
import { session } from "./session.js";

const typingLasts = 5_000;

/** The chat of one session: the connection, the rooms and their messages. It does not draw anything. */
export class Conversation extends EventTarget {
  rooms = new Map();
  /** All rooms of the server, each as `{ name, people }`. */
  listed = [];
  current = null;
  /** The number of windows that this user has open. */
  windows = 1;

  /** All rooms that the user has joined and not left, including rooms that the server currently refuses. */
  #known = new Map();
  /** The names of the rooms that are not joined yet. */
  #wanted = new Set();
  #entering = new Map();
  #isComingIn = false;
  #isSigningOut = false;
  #listening = null;
  /** The unsent messages and drafts of an earlier conversation, for rooms that are not joined yet. */
  #unsaid;

  /**
   * @param {{ name, token, isAdmin }} session
   * @param unsaid the `unsaid` of an earlier conversation with the same name
   */
  constructor({ name, token, isAdmin }, unsaid) {
    super();
    this.me = { name, isAdmin };
    this.#unsaid = unsaid ?? { entries: [], drafts: new Map() };
    this.client = new WebshocketClient("/chat", {
      token,
      reconnect: { base: 500, cap: 15_000 },
      heartbeat: { interval: 10_000, timeout: 8_000 },
      offlineQueue: { items: 200, timeToLive: 300_000 },
      prepare: async (client) => this.#entered(await client.sendRPC("me")),
    });
    this.outbox = new Outbox(this.client, {
      changed: () => this.#changed("pending"),
      failed: (entry) => this.#changed("failed", { entry }),
    });
    this.client.on("state", (state) => {
      // Messages may be missed from now on. New ones must wait until the missing ones are read.
      if (state !== "open") for (const room of this.rooms.values()) room.hasGap = true;
      this.#changed("state");
    });
    this.client.on("open", () => this.#comeIn());
    this.client.on("restored", () => this.#catchUp());
    this.client.on("message", ({ event, data }) => event === "windows" && this.#noteWindows(data));
    this.client.on("close", ({ error }) => error && this.#ended(error));
  }

  /** Connects, with as many attempts as needed, and joins the rooms that this window was in. */
  begin(first) {
    this.#wanted = new Set(first ? [first, ...session.rooms] : session.rooms);
    this.client.connect({ retry: true }).catch(() => {});
  }

  /** Joins and shows a room, which is created if it does not exist. The message of an error is meant for the user. */
  async open(name) {
    this.look(this.rooms.get(name) ?? await this.#enter(name));
  }

  /** The unsent messages and the drafts by room name: `{ entries, drafts }`. */
  get unsaid() {
    const entries = [...this.outbox.entries, ...this.#unsaid.entries];
    const written = [...this.#known.values()].filter((room) => room.draft).map((room) => [room.name, room.draft]);
    return { entries, drafts: new Map([...this.#unsaid.drafts, ...written]) };
  }

  /** Shows a room and marks its messages as read. */
  look(room) {
    this.current = room;
    this.#changed("current", { room });
    this.noteRead();
  }

  /** Marks the messages of the current room as read, if the page is visible. */
  noteRead() {
    if (!this.current || document.hidden) return;
    this.current.unread = 0;
    this.current.readID = this.current.lastID;
    this.#changed("unread");
  }

  async leave(name) {
    const room = this.rooms.get(name);
    // A user who is in no other room cannot leave the lobby.
    if (!room || (name === "lobby" && this.rooms.size === 1)) return;
    this.rooms.delete(name);
    this.#known.delete(name);
    session.forget(name);
    if (room === this.current) this.#lookElsewhere(name);
    this.#changed("unread");
    await room.exit().leave();
  }

  say(text) {
    this.outbox.add(this.current.name, text);
  }

  tellTyping() {
    if (this.client.state === "open") this.client.notify("typing", [this.current.name]).catch(() => {});
  }

  kick(name, reason) {
    return this.client.sendRPC("kick", [name, reason]);
  }

  /** Ends the conversation in this window only. */
  giveWay() {
    this.#finish("", false);
  }

  /** Ends the session, in all windows, and frees the name. */
  async signOut() {
    this.#isSigningOut = true;
    await this.client.sendRPC("signOut", [], { timeout: 2_000 }).catch(() => {});
    this.#finish("You have signed out.", true);
  }

  #entered({ name, isAdmin, windows }) {
    this.me = { name, isAdmin };
    this.#noteWindows(windows);
    this.client.sendRPC("rooms").then((rooms) => this.#noteRooms(rooms), () => {});
  }

  /** Joins the rooms in `#wanted`. If the connection is lost, this continues on the next one. */
  async #comeIn() {
    this.#listening ??= this.client.subscribe("rooms", ({ data }) => this.#noteRooms(data)).catch(() => {
      this.#listening = null;
    });
    if (this.#isComingIn) return;
    this.#isComingIn = true;
    try {
      while (this.#wanted.size && this.client.state === "open") await this.#enterWanted([...this.#wanted][0]);
    } finally {
      this.#isComingIn = false;
    }
  }

  async #enterWanted(name) {
    try {
      const room = this.rooms.get(name) ?? await patiently(() => this.#enter(name));
      this.#wanted.delete(name);
      if (!this.current) this.look(room);
    } catch (error) {
      if (!(error instanceof WebshocketError)) throw error;
      if (!(error instanceof RPCError)) return;
      this.#wanted.delete(name);
      this.#changed("refused", { error });
      if (this.current ? this.current.name === name : !this.#wanted.size) this.#lookElsewhere(name);
    }
  }

  #lookElsewhere(former) {
    const next = [...this.rooms.values()][0];
    if (next) return this.look(next);
    this.current = null;
    this.#changed("current", { room: null });
    // If the lobby refuses the user too, no room is left.
    if (former !== "lobby") this.#wanted.add("lobby");
    this.#comeIn();
  }

  /** Opens and joins a room. Concurrent calls for one room share the result. */
  #enter(name) {
    if (!this.#entering.has(name)) {
      this.#entering.set(name, this.#join(name).finally(() => this.#entering.delete(name)));
    }
    return this.#entering.get(name);
  }

  async #join(name) {
    const opened = await this.client.sendRPC("open", [name], { idempotent: true });
    const joined = await this.client.join(`room.${opened}`);
    if (this.rooms.has(opened)) return this.rooms.get(opened);
    const room = this.#known.get(opened) ?? new Room(opened, (room, item) => this.#changed("room", { room, item }));
    this.#known.set(opened, room);
    this.rooms.set(opened, room);
    session.remember(opened);
    room.enter(joined, {
      said: ({ data }) => this.#heard(room, data),
      typing: ({ data }) => this.#noteTyping(room, data),
      notice: ({ data }) => room.tell(data),
      ended: () => this.#putOut(room),
    });
    this.#takeOver(room);
    // If this fails, the connection has been lost; the messages are then read on the next one.
    await this.#read(room).catch(() => {});
    this.#changed("unread");
    return room;
  }

  /**
   * The server has removed the user from a room: after a reconnect, or because the room was empty and was deleted.
   * Joins it again.
   */
  #putOut(room) {
    room.exit();
    this.rooms.delete(room.name);
    this.#wanted.add(room.name);
    this.#changed("unread");
    this.#comeIn();
  }

  /** Moves the unsent messages and the draft of an earlier conversation to their room. */
  #takeOver(room) {
    const { entries, drafts } = this.#unsaid;
    room.draft ||= drafts.get(room.name) ?? "";
    drafts.delete(room.name);
    this.#unsaid.entries = entries.filter((entry) => entry.room !== room.name);
    this.outbox.adopt(entries.filter((entry) => entry.room === room.name));
  }

  /** Reads the messages that were sent between two connections. */
  #catchUp() {
    for (const room of this.rooms.values()) {
      room.noteMembers();
      this.#read(room).catch(() => {});
    }
  }

  /** Reads the recent messages of a room, and then adds those that arrived in the meantime. */
  async #read(room) {
    const known = room.lastID;
    const ask = (id) => patiently(() => this.client.sendRPC("recent", [room.name, id], { idempotent: true }));
    // The last known message is requested again. If it differs, the room was deleted and created again.
    let missed = await ask(Math.max(0, known - 1));
    if (known && room.lastID === known && !room.isContinued(missed[0])) {
      room.startOver();
      missed = await ask(0);
    }
    room.hasGap = false;
    for (const message of missed) this.#heard(room, message, known === 0);
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

  #ended({ code, reason }) {
    if (this.#isSigningOut) return;
    // The advice not to reconnect is removed from the end of the reason.
    const kicked = code === 4500 && reason.replace(/; retry-after=never$/, "");
    const elsewhere = code === 4501 && "You have signed out in another window.";
    this.#finish(kicked || elsewhere || "Your session has expired. Please join again.", code === 4501);
  }

  #finish(words, isWanted) {
    this.client.close().catch(() => {});
    this.#changed("end", { words, isWanted });
  }

  #changed(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Runs a function, and retries it after a pause while the server refuses it with a time to wait. */
async function patiently(work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RPCError) || error.retryAfter === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.max(error.retryAfter, 500) + 50));
    }
  }
}
