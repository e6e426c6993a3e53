// What happens to timers that are overdue, and to what is sent after a long silence: the program was suspended.

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

/** Has timers fire, and then the platform tell what has arrived meanwhile. */
async function overdue({ tick }, time, arrive) {
    const ticking = tick(time);
    arrive();
    await ticking;
}

test("a reply that is in the socket wins over the call's timer that is overdue", async (t) => {
    const timing = await open(t, { timeout: 500 });
    const calling = timing.client.call("a");
    const [{ rpc }] = timing.socket.sent;
    await overdue(timing, 900, () => timing.socket.answer(rpc.call_id, "reply"));
    assert.equal(await calling, "reply");
    assert.deepEqual(methods(timing.socket), ["a"]);
});

test("a reply that is in the socket wins over the timer, also where a program was blocked", { timeout: 60_000 }, async (t) => {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(new URL("./support/worker.js", import.meta.url), { workerData: flags });
    t.after(() => worker.terminate());
    const [url] = await new Promise((resolve) => worker.once("message", (url) => resolve([url])));
    const client = await connected(t, url);
    const timeout = 100;
    const calling = client.call("a", [], { timeout });
    // Nothing is read before the reply is there and the timer is overdue.
    Atomics.wait(flags, 0, 0);
    Atomics.wait(flags, 1, 0, 2 * timeout);
    assert.equal(await calling, "reply");
});

test("an element that is in the socket is read before the stream's timer ends it", async (t) => {
    const timing = await open(t);
    const stream = timing.client.stream("a", [], { timeout: 500 });
    const first = stream.next();
    const [{ rpc }] = timing.socket.sent;
    await overdue(timing, 900, () => {
        timing.socket.answer(rpc.call_id, 1, { is_stream: true });
        timing.socket.answer(rpc.call_id, null, { is_stream: true, is_end: true });
    });
    assert.deepEqual(await first, { done: false, value: 1 });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test("a call without a reply still times out, once what has arrived is read", async (t) => {
    const timing = await open(t, { timeout: 500 });
    const calling = rejection(timing.client.call("a"));
    await overdue(timing, 900, () => timing.socket.say({ source: 1, data: "news" }));
    assert.equal((await calling).name, "TimeoutError");
    assert.deepEqual(methods(timing.socket), ["a", "__abort__"]);
});

test("a sign of life that is in the socket wins over the heartbeat that is overdue", async (t) => {
    const timing = await open(t);
    await timing.tick(1000);
    assert.deepEqual(methods(timing.socket), ["__ping__"]);
    await overdue(timing, 400, () => timing.socket.answer("-", null));
    assert.equal(timing.client.state, "open");
    await timing.tick(1000);
    await timing.tick(400);
    assert.equal(timing.client.state, "waiting");
});

test("a connection that is there wins over the timer for it, and so do the answers to the token and to hello", async (t) => {
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
    ["the date alone, as where a computer slept", (timing, time, t) => {
        const now = Date.now();
        t.mock.method(Date, "now", () => now + time);
    }]]) {
    test(`after a silence longer than the heartbeat allows, by ${name}, a ping comes first`, async (t) => {
        const timing = await open(t);
        const { client, socket, settled } = timing;
        asleep(timing, 60_000, t);
        const calling = client.call("a");
        const posting = client.notify("b");
        const stream = client.stream("c").next();
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

test("what had arrived before the silence ended is no sign of life", async (t) => {
    const { client, socket, suspend, settled } = await open(t);
    suspend(60_000);
    socket.say({ source: 1, data: "old news" });
    client.call("a").catch(() => {});
    socket.say({ source: 1, data: "more of it" });
    assert.deepEqual(methods(socket), []);
    await settled();
    assert.deepEqual(methods(socket), ["__ping__"]);
    socket.say({ source: 1, data: "new" });
    assert.deepEqual(methods(socket), ["__ping__", "a"]);
});

test("what is held goes to the next connection, in its order, where there is no sign of life", async (t) => {
    const { client, sockets, socket, suspend, settled, tick } = await open(t, { reconnect: { base: 1, cap: 1 } });
    suspend(60_000);
    const calls = ["a", "b"].map((method) => client.call(method));
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

test("what is held was not sent, if it ends before", async (t) => {
    const { client, socket, suspend, settled } = await open(t, { reconnect: false });
    suspend(60_000);
    const calling = rejection(client.call("a"));
    await settled();
    socket.end(1006);
    assert.equal((await calling).delivery, "notSent");
});

test("after a silence that the heartbeat allows calls are sent at once", async (t) => {
    const { client, socket, suspend } = await open(t);
    suspend(1400);
    client.call("a").catch(() => {});
    assert.deepEqual(methods(socket), ["a"]);
});

test("without a heartbeat no silence is too long", async (t) => {
    const { client, socket, suspend } = await open(t, { heartbeat: false });
    suspend(3_600_000);
    client.call("a").catch(() => {});
    assert.deepEqual(methods(socket), ["a"]);
});
