// After a suspension of the program: overdue timers, and messages after a long silence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { connected } from "./support/serving.js";
import { timed } from "./support/timing.js";
import { next, rejection } from "./support/waiting.js";

const heartbeat = { interval: 1000, timeout: 400 };

const methods = (socket) => socket.sent.map(({ rpc }) => rpc.method);

async function open(t, options) {
    const timing = timed(t, { heartbeat, ...options });
    const connecting = timing.client.connect();
    await timing.settled();
    timing.sockets.last.open();
    await connecting;
    return { ...timing, socket: timing.sockets.last };
}

/** Fires the timers, and then delivers the data that has arrived meanwhile. */
async function overdue({ tick }, time, arrive) {
    const ticking = tick(time);
    arrive();
    await ticking;
}

test("a received response takes precedence over the call's overdue timer", async (t) => {
    const timing = await open(t, { callTimeout: 500 });
    const calling = timing.client.sendRPC("a");
    const [{ rpc }] = timing.socket.sent;
    await overdue(timing, 900, () => timing.socket.answer(rpc.call_id, "reply"));
    assert.equal(await calling, "reply");
    assert.deepEqual(methods(timing.socket), ["a"]);
});

test("a received response takes precedence over the timer, also if the program was blocked", { timeout: 60_000 }, async (t) => {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(new URL("./support/worker.js", import.meta.url), { workerData: flags });
    t.after(() => worker.terminate());
    const [url] = await new Promise((resolve) => worker.once("message", (url) => resolve([url])));
    const client = await connected(t, url);
    const timeout = 100;
    const calling = client.sendRPC("a", [], { timeout });
    // Nothing is read before the response has arrived and the timer is overdue.
    Atomics.wait(flags, 0, 0);
    Atomics.wait(flags, 1, 0, 2 * timeout);
    assert.equal(await calling, "reply");
});

test("a received element is read before the stream's timer ends it", async (t) => {
    const timing = await open(t);
    const stream = timing.client.streamRPC("a", [], { timeout: 500 });
    const first = stream.next();
    const [{ rpc }] = timing.socket.sent;
    await overdue(timing, 900, () => {
        timing.socket.answer(rpc.call_id, 1, { is_stream: true });
        timing.socket.answer(rpc.call_id, null, { is_stream: true, is_end: true });
    });
    assert.deepEqual(await first, { done: false, value: 1 });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test("a call without a response still times out after the received data is read", async (t) => {
    const timing = await open(t, { callTimeout: 500 });
    const calling = rejection(timing.client.sendRPC("a"));
    await overdue(timing, 900, () => timing.socket.say({ source: 1, data: "news" }));
    assert.equal((await calling).name, "TimeoutError");
    assert.deepEqual(methods(timing.socket), ["a", "__abort__"]);
});

test("a received sign of life takes precedence over the overdue heartbeat", async (t) => {
    const timing = await open(t);
    await timing.tick(1000);
    assert.deepEqual(methods(timing.socket), ["__ping__"]);
    await overdue(timing, 400, () => timing.socket.answer("-", null));
    assert.equal(timing.client.state, "open");
    await timing.tick(1000);
    await timing.tick(400);
    assert.equal(timing.client.state, "waiting");
});

test("an open connection takes precedence over its overdue timer, and so do the responses to the token and to __hello__", async (t) => {
    const timing = timed(t, { connectTimeout: 1000, token: "good" });
    timing.sockets.hello(undefined);
    const connecting = timing.client.connect();
    await timing.settled();
    const socket = timing.sockets.last;
    await overdue(timing, 5000, () => socket.open());
    assert.deepEqual(methods(socket), ["__authenticate__", "__hello__"]);
    await overdue(timing, 5000, () => socket.sent.forEach(({ rpc }) => socket.answer(rpc.call_id, true)));
    await connecting;
    assert.equal(timing.client.state, "open");
});

for (const [name, asleep] of [["the monotonic clock", (timing, time) => timing.suspend(time)],
    ["the date alone, as after a computer has slept", (timing, time, t) => {
        const now = Date.now();
        t.mock.method(Date, "now", () => now + time);
    }]]) {
    test(`after a silence longer than the heartbeat allows, by ${name}, the client first sends a ping`, async (t) => {
        const timing = await open(t);
        const { client, socket, settled } = timing;
        asleep(timing, 60_000, t);
        const calling = client.sendRPC("a");
        const posting = client.notify("b");
        const stream = client.streamRPC("c").next();
        await settled();
        assert.deepEqual(methods(socket), ["__ping__"]);
        assert.equal(client.queued.items, 3);
        socket.answer("-", null);
        assert.deepEqual(methods(socket), ["__ping__", "a", "b", "c"]);
        await posting;
        socket.answer(socket.sent[1].rpc.call_id, "reply");
        assert.equal(await calling, "reply");
        stream.catch(() => {});
    });
}

test("a message that arrived before the ping is not a sign of life", async (t) => {
    const { client, socket, suspend, settled } = await open(t);
    suspend(60_000);
    socket.say({ source: 1, data: "old news" });
    client.sendRPC("a").catch(() => {});
    socket.say({ source: 1, data: "more of it" });
    assert.deepEqual(methods(socket), []);
    await settled();
    assert.deepEqual(methods(socket), ["__ping__"]);
    socket.say({ source: 1, data: "new" });
    assert.deepEqual(methods(socket), ["__ping__", "a"]);
});

test("without a sign of life, held messages are sent on the next connection, in order", async (t) => {
    const { client, sockets, socket, suspend, settled, tick } = await open(t, { reconnect: { base: 1, cap: 1 } });
    suspend(60_000);
    const calls = ["a", "b"].map((method) => client.sendRPC(method));
    const posting = client.send("c");
    await settled();
    const waiting = next(client, "waiting");
    await tick(400);
    await waiting;
    assert.deepEqual(methods(socket), ["__ping__"]);
    await tick(1);
    sockets.last.open();
    await posting;
    assert.equal(sockets.all.length, 2);
    assert.deepEqual(sockets.last.sent.map(({ rpc, data }) => rpc?.method ?? data), ["a", "b", "c"]);
    for (const { rpc } of sockets.last.sent.slice(0, 2)) sockets.last.answer(rpc.call_id, rpc.method);
    assert.deepEqual(await Promise.all(calls), ["a", "b"]);
});

test("a held call that ends has delivery notSent", async (t) => {
    const { client, socket, suspend, settled } = await open(t, { reconnect: false });
    suspend(60_000);
    const calling = rejection(client.sendRPC("a"));
    await settled();
    socket.end(1006);
    assert.equal((await calling).delivery, "notSent");
});

test("after a silence that the heartbeat allows, calls are sent at once", async (t) => {
    const { client, socket, suspend } = await open(t);
    suspend(1400);
    client.sendRPC("a").catch(() => {});
    assert.deepEqual(methods(socket), ["a"]);
});

test("without a heartbeat, calls are sent at once after any silence", async (t) => {
    const { client, socket, suspend } = await open(t, { heartbeat: false });
    suspend(3_600_000);
    client.sendRPC("a").catch(() => {});
    assert.deepEqual(methods(socket), ["a"]);
});
