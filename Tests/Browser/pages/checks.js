// Tests of all functions of the JavaScript client in a browser. The tests call `runChecks({ url, globs, binary })` with the
// URLs of three servers: one with the defaults, one with glob patterns, and one that sends JSON in binary messages. It
// returns an array with `[name, null | error]` for each check.

import {
    ConnectionError, QueueFullError, RPCError, TimeoutError, WebshocketClient, WebshocketError,
} from "/webshocket.js";

const checks = {
    async "a call with positional or named arguments"({ client }) {
        equal(await client.sendRPC("add", [10, 20]), 30);
        equal(await client.sendRPC("add", { a: 10, b: 5 }), 15);
        equal(await client.sendRPC("add", { a: 10 }), 12);
    },

    async "all JSON values survive a round trip"({ client }) {
        const value = { text: "ß 漢字 🙂 \u0000", list: [1, -2.5, true, null, []], nested: { a: { b: {} } }, large: 2 ** 52 };
        equal(await client.sendRPC("echo", [value]), value);
        equal((await client.sendRPC("echo", ["x".repeat(200_000)])).length, 200_000);
    },

    async "an error has the code, message and data of the method"({ client }) {
        const error = await rejection(client.sendRPC("fails"));
        equal([error instanceof RPCError, error instanceof WebshocketError, error.code, error.message, error.data],
            [true, true, 4001, "no such user", { user: "ann" }]);
        equal((await rejection(client.sendRPC("nope"))).code, -32601);
        equal((await rejection(client.sendRPC("add", ["one"]))).code, -32602);
        equal((await rejection(client.sendRPC("secret"))).code, -32002);
    },

    async "a rate limit reports the time to wait"({ client }) {
        await client.sendRPC("login", ["ann"]);
        await client.sendRPC("limited");
        const error = await rejection(client.sendRPC("limited"));
        equal([error.code, error.retryAfter > 0 && error.retryAfter <= 60_000], [-32000, true]);
    },

    async "a timeout and a signal end a call on both sides"({ client }) {
        const late = await rejection(client.sendRPC("sleep", [5_000, "late"], { timeout: 50 }));
        equal([late instanceof TimeoutError, late.delivery], [true, "maybeExecuted"]);
        const controller = new AbortController();
        const pending = rejection(client.sendRPC("sleep", [5_000, "given up"], { signal: controller.signal }));
        controller.abort("enough");
        equal(await pending, "enough");
        for (const name of ["late", "given up"]) await until(async () => (await client.sendRPC("counted", [`${name} aborted`])) === 1);
        equal((await rejection(client.sendRPC("add", [1, 2], { signal: AbortSignal.abort("before") }))), "before");
    },

    async "calls run concurrently"({ client }) {
        const controller = new AbortController();
        let ended = 0;
        const held = Array.from({ length: 19 }, () => rejection(
            client.sendRPC("sleep", [60_000], { timeout: Infinity, signal: controller.signal }).finally(() => ended++)));
        await client.sendRPC("sleep", [0]);
        equal(ended, 0);
        controller.abort("enough");
        equal(await Promise.all(held), Array(19).fill("enough"));
    },

    async "a notification has no response"({ client }) {
        await client.notify("bump", ["notified"]);
        equal(await client.sendRPC("counted", ["notified"]), 1);
    },

    async "a stream is in order and has backpressure"({ client }) {
        const seen = [];
        for await (const number of client.streamRPC("numbers", [200], { credit: 4 })) seen.push(number);
        equal(seen, Array.from({ length: 200 }, (_, index) => index));
        const slow = client.streamRPC("numbers", { n: 1_000, name: "slow" }, { credit: 4 });
        await slow.next();
        await pause(100);
        equal(await client.sendRPC("counted", ["slow made"]) <= 8, true);
        await slow.return();
    },

    async "breaking out of a stream ends it on the server"({ client }) {
        for await (const number of client.streamRPC("numbers", { n: 1_000_000, name: "left", ms: 5 })) if (number === 3) break;
        await until(async () => (await client.sendRPC("counted", ["left aborted"])) === 1);
        equal((await rejection(client.streamRPC("add", [1, 2]).next())) instanceof WebshocketError, true);
        equal((await rejection(client.sendRPC("numbers", [3]))) instanceof WebshocketError, true);
    },

    async "a signal and a timeout end a stream on both sides"({ client }) {
        const controller = new AbortController();
        const stream = client.streamRPC("numbers", { n: 1_000_000, name: "signalled", ms: 5 }, { signal: controller.signal });
        equal((await stream.next()).value, 0);
        controller.abort("enough");
        equal(await rejection(take(stream)), "enough");
        const late = await rejection(take(client.streamRPC("numbers", { n: 1_000_000, name: "too long", ms: 5 }, { timeout: 1000 })));
        equal([late instanceof TimeoutError, late.delivery], [true, "maybeExecuted"]);
        for (const name of ["signalled", "too long"]) {
            await until(async () => (await client.sendRPC("counted", [`${name} aborted`])) === 1);
        }
    },

    async "subscriptions with patterns, and unsubscribing"({ client }) {
        const heard = [];
        const subscription = await client.subscribe("news.*", (message) => heard.push(message));
        await client.sendRPC("tell", ["news.rain", { mm: 3 }, "weather"]);
        await client.sendRPC("tell", ["news.a.b", 1, null]);
        equal(heard.map(({ channel, data, event }) => [channel, data, event]), [["news.rain", { mm: 3 }, "weather"]]);
        await subscription.unsubscribe();
        await client.sendRPC("tell", ["news.rain", 2, null]);
        equal([heard.length, (await client.sendRPC("mine")).channels], [1, []]);
        equal((await rejection(client.subscribe("private.x", () => {}))).code, -32002);
    },

    async "glob patterns"({ globs, another }) {
        const client = await another({ url: globs, patterns: "globs" });
        const heard = [];
        await client.subscribe("n?ws.[a-c]*", ({ channel }) => heard.push(channel));
        for (const channel of ["news.a", "news.d", "nws.a", "news.b/x.y"]) await client.sendRPC("tell", [channel, 1, null]);
        equal(heard, ["news.a", "news.b/x.y"]);
    },

    async "JSON in binary messages"({ binary, another }) {
        const kinds = [];
        class Watched extends WebSocket {
            constructor(url) {
                super(url);
                this.addEventListener("message", ({ data }) => kinds.push(data instanceof ArrayBuffer));
            }
        }
        const client = await another({ url: binary, WebSocket: Watched });
        equal(await client.sendRPC("echo", ["ß 漢字 🙂"]), "ß 漢字 🙂");
        equal(await take(client.streamRPC("numbers", [3])), [0, 1, 2]);
        const heard = next((done) => client.subscribe("binary", done));
        await heard.ready;
        await client.sendRPC("tell", ["binary", { a: 1 }, null]);
        equal((await heard).data, { a: 1 });
        equal([kinds.length > 5, kinds.every((isBinary) => isBinary)], [true, true]);
    },

    async "a subscription ends if it is refused on a new connection"({ client, another }) {
        const ended = next((done) => client.subscribe("shut.1", () => {}, { ended: done }));
        await ended.ready;
        const other = await another();
        await other.sendRPC("set_closed", ["shut.1", true]);
        await client.sendRPC("close_me", [1011, ""]).catch(() => {});
        const error = await ended;
        equal([error instanceof RPCError, error.code], [true, -32002]);
        await other.sendRPC("set_closed", ["shut.1", false]);
        equal((await client.sendRPC("mine")).channels, []);
    },

    async "a publication is delivered to subscribers"({ client, another }) {
        const other = await another();
        const heard = next((done) => other.subscribe("talk.1", done));
        await heard.ready;
        await client.publish("talk.1", [1, 2], { event: "said" });
        const { channel, data, event } = await heard;
        equal([channel, data, event], ["talk.1", [1, 2], "said"]);
    },

    async "rooms, members and messages"({ client, another }) {
        const other = await another();
        await other.sendRPC("login", ["bob"]);
        const mine = await client.join("room.tea");
        equal([mine.name, mine.members.length], ["room.tea", 1]);
        const joined = next((done) => mine.on("join", done));
        const theirs = await other.join("room.tea");
        const member = await joined;
        equal([member.user, member.metadata, mine.members.length, theirs.members.length], ["bob", { mood: "good" }, 2, 2]);
        const said = next((done) => theirs.on("said", done));
        const anything = next((done) => theirs.on("message", done));
        await mine.publish("hello", { event: "said" });
        equal([(await said).data, (await anything).event], ["hello", "said"]);
        const left = next((done) => mine.on("leave", done));
        await theirs.leave();
        equal([(await left).user, mine.members.length], ["bob", 1]);
        const ended = next((done) => mine.on("ended", done));
        await other.sendRPC("kick", ["room.tea", mine.members[0].id]);
        equal((await ended).code, -32002);
    },

    async "non-RPC messages in both directions"({ client }) {
        const event = next((done) => client.on("message", done));
        await client.send("room 7", { event: "typing" });
        const { source, event: name, data } = await event;
        equal([source, name, data], ["custom", "typing", "room 7"]);
        const broadcast = next((done) => client.on("message", ({ source, data }) => source === "broadcast" && done(data)));
        await client.sendRPC("tell_all", ["all"]);
        equal(await broadcast, "all");
        const refused = next((done) => client.on("error", done));
        await client.send("", { event: "typing" });
        equal((await refused).message, "no such room");
        const malformed = next((done) => client.on("error", done));
        await client.sendRPC("say_to_me", ["{"]);
        equal((await malformed) instanceof WebshocketError, true);
    },

    async "a lost connection is replaced, and subscriptions are restored"({ client }) {
        const states = [];
        client.on("state", (state) => states.push(state));
        const heard = [];
        await client.subscribe("later.*", ({ data }) => heard.push(data));
        const room = await client.join("room.later");
        const waiting = next((done) => client.on("waiting", done));
        const restored = next((done) => client.on("restored", done));
        await client.sendRPC("close_me", [1011, "oops"]).catch(() => {});
        const { error, until } = await waiting;
        equal([error instanceof ConnectionError, error.code, error.reason, until instanceof Date], [true, 1011, "oops", true]);
        const { channels, rooms } = await restored;
        equal([channels, rooms, room.members.length], [["later.*"], ["room.later"], 1]);
        await client.sendRPC("tell", ["later.x", 1, null]);
        equal([heard, states.slice(0, 3), client.state], [[1], ["waiting", "connecting", "open"], "open"]);
    },

    async "an idempotent call survives a lost connection, and another call does not"({ client }) {
        const again = client.sendRPC("sleep", [300], { idempotent: true });
        const once = rejection(client.sendRPC("sleep", [30_000]));
        await client.sendRPC("close_me", [1011, ""]).catch(() => {});
        const error = await once;
        equal([error instanceof ConnectionError, error.delivery, await again], [true, "maybeExecuted", 300]);
    },

    async "a client reports the time of the next attempt, unless it does not reconnect"({ another }) {
        const client = await another({ reconnect: { base: 200, cap: 200 } });
        equal(client.waitingUntil, undefined);
        const waiting = next((done) => client.on("waiting", done));
        const opened = next((done) => client.on("open", done));
        await client.sendRPC("close_me", [1011, ""]).catch(() => {});
        const { until } = await waiting;
        equal([client.waitingUntil instanceof Date, client.waitingUntil.getTime()], [true, until.getTime()]);
        await opened;
        equal([client.waitingUntil, Date.now() >= until.getTime() - 5], [undefined, true]);
        const brief = await another({ reconnect: false });
        const closed = next((done) => brief.on("close", done));
        await brief.sendRPC("close_me", [1011, "oops"]).catch(() => {});
        equal([(await closed).error.reason, brief.state, brief.waitingUntil], ["oops", "closed", undefined]);
    },

    async "a heartbeat keeps a responsive connection, and replaces a silent one"({ another }) {
        let pings = 0;
        let isMute = false;
        class Watched extends WebSocket {
            send(text) {
                if (text.includes("__ping__")) pings++;
                if (!isMute) super.send(text);
            }
        }
        const client = await another({ WebSocket: Watched, heartbeat: { interval: 100, timeout: 1_000 } });
        await until(() => pings >= 3);
        equal([client.state, await client.sendRPC("add", [1, 2])], ["open", 3]);
        const waiting = next((done) => client.on("waiting", done));
        const opened = next((done) => client.on("open", done));
        isMute = true;
        const { error } = await waiting;
        isMute = false;
        equal([error.code, error.reason], [1006, "No sign of life from the server"]);
        await opened;
        equal(await client.sendRPC("add", [1, 2]), 3);
    },

    async "calls while disconnected are queued, up to a limit"({ another }) {
        const client = await another({ offlineQueue: { items: 3, timeToLive: 5_000 }, reconnect: { base: 300, cap: 300 } });
        const waiting = next((done) => client.on("waiting", done));
        await client.sendRPC("close_me", [1011, ""]).catch(() => {});
        await waiting;
        const calls = [1, 2, 3, 4].map((number) => client.sendRPC("add", [number, 0]).catch((error) => error));
        equal([client.queued.items, client.queued.bytes > 100], [3, true]);
        const answers = await Promise.all(calls);
        equal([answers.slice(0, 3), answers[3] instanceof QueueFullError, client.queued], [[1, 2, 3], true, { items: 0, bytes: 0 }]);
    },

    async "a queued call that times out fails as not sent"({ url }) {
        const client = new WebshocketClient("ws://127.0.0.1:9", { offlineQueue: { timeToLive: 100 } });
        client.connect({ retry: true }).catch(() => {});
        const error = await rejection(client.sendRPC("add", [1, 2]));
        equal([error instanceof ConnectionError, error.delivery], [true, "notSent"]);
        await client.close();
    },

    async "a final close code prevents a reconnect"({ another }) {
        const client = await another();
        const closed = next((done) => client.on("close", done));
        await client.sendRPC("close_me", [4500, "go away"]).catch(() => {});
        const { error } = await closed;
        equal([error.code, error.reason, client.state], [4500, "go away", "closed"]);
        equal((await rejection(client.sendRPC("add", [1, 2]))).delivery, "notSent");
        await client.connect();
        equal(await client.sendRPC("add", [1, 2]), 3);
    },

    async "prepare runs first on each connection"({ another }) {
        const client = await another({ prepare: (client) => client.sendRPC("login", ["ann"]) });
        equal(await client.sendRPC("secret"), "Sensitive Data");
        const opened = next((done) => client.on("open", done));
        await client.sendRPC("close_me", [1011, ""]).catch(() => {});
        await opened;
        equal(await client.sendRPC("secret"), "Sensitive Data");
    },

    async "prepare can stream, notify and send"({ another }) {
        const seen = [];
        const client = await another({
            prepare: async (client) => {
                seen.push(...await take(client.streamRPC("numbers", [3])));
                await client.notify("bump", ["prepared"]);
                await client.send("prepared", { event: "typing" });
            },
        });
        equal([seen, await client.sendRPC("counted", ["prepared"])], [[0, 1, 2], 1]);
        equal(await client.sendRPC("counted", ["typing in prepared"]), 1);
    },

    async "a token is sent first on each connection, and can be renewed"({ url }) {
        let asked = 0;
        const client = new WebshocketClient(`${url}/members`, {
            token: async () => `good ann ${"".padEnd(asked++)}`.trim(), reconnect: { base: 20, cap: 100 },
        });
        await client.connect();
        equal(await client.sendRPC("secret"), "Sensitive Data");
        const opened = next((done) => client.on("open", done));
        await client.sendRPC("close_me", [1011, ""]).catch(() => {});
        await opened;
        equal([await client.sendRPC("secret"), asked], ["Sensitive Data", 2]);
        equal((await rejection(client.authenticate("bad"))).code, -32002);
        await client.authenticate("good bob");
        equal(await client.sendRPC("secret"), "Sensitive Data");
        await client.close();
        const stranger = new WebshocketClient(`${url}/members`, { token: "bad" });
        equal((await rejection(stranger.connect({ retry: true }))).code, -32002);
        equal(stranger.state, "closed");
    },

    async "closing ends all pending calls"({ another }) {
        const client = await another();
        const closed = next((done) => client.on("close", done));
        const pending = rejection(client.sendRPC("sleep", [5_000]));
        await client.close();
        equal([client.state, (await closed).error, (await pending) instanceof ConnectionError], ["closed", undefined, true]);
        equal((await rejection(client.sendRPC("add", [1, 2]))) instanceof ConnectionError, true);
    },

    async "a connection attempt can be aborted"() {
        const client = new WebshocketClient("ws://127.0.0.1:9");
        equal((await rejection(client.connect())) instanceof ConnectionError, true);
        const controller = new AbortController();
        const pending = rejection(client.connect({ retry: true, signal: controller.signal }));
        controller.abort("enough");
        equal(await pending, "enough");
        equal(client.state, "closed");
    },
};

/** Runs the checks. Each has its own client, and can create more; all are closed after the check. */
window.runChecks = async (urls) => {
    const outcomes = [];
    for (const [name, check] of Object.entries(checks)) {
        const clients = [];
        const another = async ({ url = urls.url, ...options } = {}) => {
            const client = new WebshocketClient(url, { reconnect: { base: 20, cap: 100 }, ...options });
            clients.push(client);
            await client.connect();
            return client;
        };
        try {
            await Promise.race([check({ ...urls, client: await another(), another }), failure("not done within 20 s", 20_000)]);
            outcomes.push([name, null]);
        } catch (error) {
            outcomes.push([name, error?.stack ?? String(error)]);
        }
        await Promise.all(clients.map((client) => client.close()));
    }
    return outcomes;
};

function equal(found, expected) {
    const [one, other] = [found, expected].map((value) => JSON.stringify(value, sorted));
    if (one !== other) throw new Error(`expected ${other}, found ${one}`);
}

/** Sorts the keys of objects, because their order is not significant. */
const sorted = (_, value) => value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value;

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

const failure = async (words, time) => {
    await pause(time);
    throw new Error(words);
};

async function rejection(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error("it was not rejected");
}

/** Returns all elements of a stream. */
async function take(stream) {
    const elements = [];
    for await (const element of stream) elements.push(element);
    return elements;
}

/** Resolves to the first argument of `done`; its property `ready` is the result of `listen`. */
function next(listen) {
    let ready;
    const promise = new Promise((resolve) => (ready = listen(resolve)));
    return Object.assign(promise, { ready });
}

async function until(condition) {
    for (const end = performance.now() + 60_000; !(await condition()); await pause(10)) {
        if (performance.now() > end) throw new Error(`not so within 60 s: ${condition}`);
    }
}
