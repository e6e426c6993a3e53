import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, RPCError, TimeoutError, WebshocketClient, WebshocketError } from "../../Sources/JavaScriptClient/webshocket.js";
import { startPeer } from "./support/peer.js";
import { connected, makeClient, sharedURL } from "./support/serving.js";
import { next, rejection, unique, until } from "./support/waiting.js";

test("a call has arguments by position, by name, or no arguments", async (t) => {
    const client = await connected(t, await sharedURL());
    assert.equal(await client.sendRPC("add", [10, 20]), 30);
    assert.equal(await client.sendRPC("add", [10]), 12);
    assert.equal(await client.sendRPC("add", { b: 5, a: 1 }), 6);
    assert.deepEqual(await client.sendRPC("mine"), { channels: [], rooms: [] });
});

test("values survive a round trip", async (t) => {
    const client = await connected(t, await sharedURL());
    const values = [null, true, -1, 2 ** 53 - 1, 1.5, "é\u0000\u{1F600}", [[]], { a: { b: [1, "two"] }, "": 0, __proto__: 1 }];
    for (const value of values) assert.deepEqual(await client.sendRPC("echo", [value]), value);
});

test("dates are sent as ISO 8601, bytes as base64", async (t) => {
    const client = await connected(t, await sharedURL());
    const date = new Date(0);
    assert.equal(await client.sendRPC("echo", [date]), "1970-01-01T00:00:00.000Z");
    const bytes = new Uint8Array([9, 0, 255, 9]);
    assert.equal(await client.sendRPC("echo", [bytes.subarray(1, 3)]), "AP8=");
    assert.equal(await client.sendRPC("echo", [bytes.buffer]), "CQD/CQ==");
    assert.equal(await client.sendRPC("echo", [Buffer.from("hello")]), "aGVsbG8=");
});

test("values that JSON does not support are refused, and nothing is sent", async (t) => {
    const client = await connected(t, await sharedURL());
    const circle = {};
    circle.itself = circle;
    for (const value of [NaN, Infinity, 10n, circle]) {
        assert.equal((await rejection(client.sendRPC("echo", [value]))).name, "EncodingError", String(value));
    }
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});

test("an integer beyond 2^53 arrives as the nearest number", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.text(`{"source":5,"rpc":{"type":"response","call_id":"${rpc.call_id}","response":9007199254740993}}`);
    });
    const client = await connected(t, peer.url);
    assert.equal(await client.sendRPC("id"), 9007199254740992);
});

test("an error arrives with its code, message and data", async (t) => {
    const client = await connected(t, await sharedURL());
    const error = await rejection(client.sendRPC("fails"));
    assert.ok(error instanceof RPCError && error instanceof WebshocketError && error instanceof Error);
    assert.equal(error.name, "RPCError");
    assert.equal(error.message, "no such user");
    assert.equal(error.code, 4001);
    assert.deepEqual(error.data, { user: "ann" });
    assert.equal(error.retryAfter, undefined);
    assert.equal((await rejection(client.sendRPC("nope"))).code, -32601);
    assert.equal((await rejection(client.sendRPC("add", ["one"]))).code, -32602);
    assert.equal((await rejection(client.sendRPC("secret"))).code, -32002);
});

test("the error of a rate limit has retryAfter", async (t) => {
    const client = await connected(t, await sharedURL());
    await client.sendRPC("limited");
    const error = await rejection(client.sendRPC("limited"));
    assert.equal(error.code, -32000);
    assert.ok(error.retryAfter > 50_000 && error.retryAfter <= 60_000, String(error.retryAfter));
});

test("calls run concurrently, and responses arrive as the calls end", async (t) => {
    const client = await connected(t, await sharedURL());
    const abort = new AbortController();
    let isAnswered = false;
    const slow = client.sendRPC("sleep", [60_000], { timeout: Infinity, signal: abort.signal }).finally(() => (isAnswered = true));
    assert.equal(await client.sendRPC("sleep", [1]), 1);
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
    assert.equal(isAnswered, false);
    abort.abort();
    await rejection(slow);
});

test("thousands of concurrent calls all get a response", async (t) => {
    const client = await connected(t, await sharedURL());
    const add = (_, index) => client.sendRPC("add", [index, 1], { timeout: Infinity });
    const sums = await Promise.all(Array.from({ length: 4000 }, add));
    assert.ok(sums.every((sum, index) => sum === index + 1));
    assert.deepEqual(client.queued, { items: 0, bytes: 0 });
});

test("a timeout ends the call on the client and on the server", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("late");
    const error = await rejection(client.sendRPC("sleep", [30_000, name], { timeout: 50 }));
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.name, "TimeoutError");
    assert.equal(error.delivery, "maybeExecuted");
    await until(async () => await client.sendRPC("counted", [`${name} aborted`]) === 1);
});

test("the timeout is sent to the server", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.answer(rpc.call_id, rpc.timeout ?? "none");
    });
    const client = await connected(t, peer.url, { callTimeout: 12_500 });
    assert.equal(await client.sendRPC("a"), 12.5);
    assert.equal(await client.sendRPC("a", [], { timeout: 40 }), 0.04);
    assert.equal(await client.sendRPC("a", [], { timeout: Infinity }), "none");
});

test("a deadline that the server detects first is a TimeoutError too", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.answer(rpc.call_id, "The deadline passed.", { error: -32603, code: -32003 });
    });
    const client = await connected(t, peer.url);
    assert.ok(await rejection(client.sendRPC("a")) instanceof TimeoutError);
    assert.equal((await rejection(client.sendRPC("a", [], { timeout: Infinity }))).code, -32003);
});

test("a signal aborts the call on the client and on the server", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("aborted");
    const abort = new AbortController();
    const calling = client.sendRPC("sleep", [30_000, name], { signal: abort.signal });
    // When a later call has its response, the first call has begun.
    await client.sendRPC("add", [1, 1]);
    const reason = new Error("changed my mind");
    abort.abort(reason);
    assert.equal(await rejection(calling), reason);
    await until(async () => await client.sendRPC("counted", [`${name} aborted`]) === 1);
});

test("a call with an aborted signal sends nothing, and a signal that is aborted after the call has no effect", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("never");
    const error = await rejection(client.sendRPC("bump", [name], { signal: AbortSignal.abort() }));
    assert.equal(error.name, "AbortError");
    const abort = new AbortController();
    assert.equal(await client.sendRPC("bump", [name], { signal: abort.signal }), 1);
    abort.abort();
    assert.equal(await client.sendRPC("counted", [name]), 1);
});

test("a notification runs without a response", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("notified");
    assert.equal(await client.notify("bump", [name]), undefined);
    await client.notify("bump", { name });
    await client.notify("no such method");
    assert.equal(await client.sendRPC("counted", [name]), 2);
});

test("an event reaches its handler on the server, and a message from the server reaches the listener", async (t) => {
    const client = await connected(t, await sharedURL());
    const room = unique("room");
    const echo = next(client, "message");
    await client.send(room, { event: "typing" });
    assert.deepEqual(await echo, {
        source: "custom", channel: undefined, event: "typing", data: room, timestamp: undefined, correlationID: undefined,
    });
    assert.equal(await client.sendRPC("counted", [`typing in ${room}`]), 1);
});

test("the timestamp of a packet is a date, or undefined if it is absent or beyond the range of dates", async (t) => {
    const peer = await startPeer(t);
    const client = await connected(t, peer.url);
    const seen = [];
    client.on("message", ({ timestamp }) => seen.push(timestamp));
    for (const text of ["1714979289.5", "0", "-1.25", "1e300", '"soon"', "null"]) {
        peer.peers[0].text(`{"source":1,"data":1,"timestamp":${text}}`);
    }
    peer.peers[0].text(`{"source":1,"data":1}`);
    await until(() => seen.length === 7);
    const dates = [1_714_979_289_500, 0, -1250].map((milliseconds) => new Date(milliseconds));
    assert.deepEqual(seen, [...dates, undefined, undefined, undefined, undefined]);
});

test("an error in response to a message that is not a call is emitted as an error event", async (t) => {
    const client = await connected(t, await sharedURL());
    const refused = next(client, "error");
    await client.send("", { event: "typing" });
    const error = await refused;
    assert.ok(error instanceof RPCError);
    assert.equal(error.message, "no such room");
});

test("a broadcast reaches all clients", async (t) => {
    const url = await sharedURL();
    const clients = await Promise.all([connected(t, url), connected(t, url)]);
    const heard = clients.map((client) => next(client, "message", ({ data }) => data === "to all"));
    await clients[0].sendRPC("tell_all", ["to all"]);
    for (const { source } of await Promise.all(heard)) assert.equal(source, "broadcast");
});

test("call rejects for a streaming method", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("stream");
    const error = await rejection(client.sendRPC("numbers", [1_000_000, name]));
    assert.equal(error.name, "WebshocketError");
    assert.match(error.message, /streamRPC\(\)/);
    const made = async () => client.sendRPC("counted", [`${name} made`]);
    await until(async () => await made() === await made());
});

test("invalid arguments are refused before anything is sent", async (t) => {
    const client = await connected(t, await sharedURL());
    const calls = {
        "no method": () => client.sendRPC(""),
        "a method that is a number": () => client.sendRPC(7),
        "an argument that is not in a list": () => client.sendRPC("add", 10),
        "null for arguments": () => client.sendRPC("add", null),
        "a negative timeout": () => client.sendRPC("add", [1], { timeout: -1 }),
        "a timeout of 0": () => client.sendRPC("add", [1], { timeout: 0 }),
        "a timeout that is a string": () => client.sendRPC("add", [1], { timeout: "1s" }),
        "a timeout beyond the range of timers": () => client.sendRPC("add", [1], { timeout: 2 ** 31 }),
        "an invalid signal": () => client.sendRPC("add", [1], { signal: {} }),
        "an invalid handler": () => client.subscribe("a", "b"),
        "an empty pattern": () => client.subscribe("", () => {}),
        "an invalid room": () => client.join(undefined),
        "an invalid channel": () => client.publish(3, 4),
        "an invalid time to live": () => client.send("a", { timeToLive: 0 }),
        "an invalid retry policy": () => client.connect({ retry: { attempts: -1 } }),
    };
    for (const [name, call] of Object.entries(calls)) {
        const error = await rejection(call());
        assert.ok(error instanceof TypeError || error instanceof RangeError, `${name}: ${error}`);
    }
    for (const call of [() => client.streamRPC("a", [], { credit: 0 }), () => client.on("open", 7)]) {
        assert.throws(call, (error) => error instanceof TypeError || error instanceof RangeError);
    }
});

test("invalid options of a client throw", () => {
    const url = "ws://localhost";
    const wrong = [
        { callTimeout: 0 }, { connectTimeout: Infinity }, { offlineQueue: { items: -1 } }, { offlineQueue: { bytes: "1" } },
        { offlineQueue: { timeToLive: 0 } }, { heartbeat: { interval: 0 } }, { heartbeat: { timeout: NaN } },
        { patterns: "regex" }, { patterns: "toString" }, { prepare: "login" }, { WebSocket: null, prepare: 3 },
        { reconnect: { base: 0 } }, { reconnect: { base: 100, cap: 50 } }, { reconnect: { healthyAfter: 0 } },
    ];
    for (const options of wrong) {
        assert.throws(() => new WebshocketClient(url, options), /TypeError|RangeError/, JSON.stringify(options));
    }
    for (const wrongURL of ["ftp://localhost", "localhost:5000", "/path", undefined, "ws://"]) {
        assert.throws(() => new WebshocketClient(wrongURL), TypeError, String(wrongURL));
    }
});

test("a path, or nothing, is resolved against the page's own host", (t) => {
    const urls = [];
    class WebSocket {
        constructor(url) {
            urls.push(url);
        }
        close() {
            this.onclose({ code: 1005, reason: "" });
        }
    }
    t.after(() => delete globalThis.location);
    for (const [page, url] of [
        ["https://example.org/a/b?c#d", undefined], ["http://example.org:8080/", "/chat?x=1#y"],
        ["http://example.org/a/b", "c"], ["https://example.org/", "wss://other.example/"], ["http://a/", "https://b/c"],
    ]) {
        globalThis.location = { href: page };
        const client = new WebshocketClient(url, { WebSocket, token: undefined });
        client.connect().catch(() => {});
        t.after(() => client.close());
    }
    return until(() => urls.length === 5).then(() => assert.deepEqual(urls, [
        "wss://example.org/", "ws://example.org:8080/chat?x=1", "ws://example.org/a/c", "wss://other.example/", "wss://b/c",
    ]));
});

test("calls of a client that was never connected reject at once", async (t) => {
    const client = makeClient(t, "ws://127.0.0.1:1");
    assert.equal(client.state, "idle");
    for (const call of [client.sendRPC("add", [1, 2]), client.notify("a"), client.send(1), client.join("a"), client.streamRPC("a").next()]) {
        const error = await rejection(call);
        assert.ok(error instanceof ConnectionError);
        assert.equal(error.delivery, "notSent");
    }
});

test("closing ends pending calls, and nothing more is sent", async (t) => {
    const client = await connected(t, await sharedURL());
    const states = [];
    client.on("state", (state) => states.push(state));
    const closing = next(client, "close");
    const calling = rejection(client.sendRPC("sleep", [30_000]));
    await client.close();
    await client.close();
    assert.deepEqual(states, ["closed"]);
    assert.deepEqual(await closing, { error: undefined });
    const error = await calling;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.delivery, "maybeExecuted");
    assert.equal((await rejection(client.sendRPC("add", [1, 2]))).delivery, "notSent");
    await client.connect();
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});

test("an error in a listener is reported, and other listeners still run", async (t) => {
    const client = await connected(t, await sharedURL());
    const errors = [];
    const off = client.on("error", (error) => errors.push(error.message));
    client.on("message", () => { throw new Error("one"); });
    client.on("message", async () => { throw new Error("two"); });
    const heard = next(client, "message");
    await client.sendRPC("send_me", [1, "e"]);
    await heard;
    await until(() => errors.length === 2);
    assert.deepEqual(errors, ["one", "two"]);
    off();
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    t.after(() => delete globalThis.reportError);
    client.on("error", () => { throw new Error("three"); });
    await client.sendRPC("send_me", [1, "e"]);
    await until(() => reported.length === 2);
    assert.deepEqual(reported, ["three", "three"]);
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});

test("without an error listener, errors are reported to the platform", async (t) => {
    const client = await connected(t, await sharedURL());
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    t.after(() => delete globalThis.reportError);
    client.on("message", () => { throw new Error("nobody listens"); });
    await client.sendRPC("send_me", [1, "e"]);
    assert.deepEqual(reported, ["nobody listens"]);
});
