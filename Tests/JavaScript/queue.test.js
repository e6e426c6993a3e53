import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, QueueFullError } from "../../Sources/JavaScriptClient/webshocket.js";
import { fakeSockets } from "./support/peer.js";
import { startProxy } from "./support/proxy.js";
import { connected, makeClient, sharedURL } from "./support/serving.js";
import { next, rejection, unique, until } from "./support/waiting.js";

async function offline(t, options) {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url, options);
    proxy.refuse();
    proxy.cut();
    await next(client, "waiting");
    return { proxy, client };
}

test("messages without a connection are queued, counted, and sent in order", async (t) => {
    const { proxy, client } = await offline(t);
    const name = unique("order");
    const bumps = Array.from({ length: 20 }, () => client.sendRPC("bump", [name]));
    await until(() => client.queued.items === 20);
    assert.ok(client.queued.bytes > 20 * 50);
    proxy.refuse(false);
    assert.deepEqual(await Promise.all(bumps), Array.from({ length: 20 }, (_, index) => index + 1));
    assert.deepEqual(client.queued, { items: 0, bytes: 0 });
});

test("items above the queue's limit are refused, and the queued items stay", async (t) => {
    const { proxy, client } = await offline(t, { offlineQueue: { items: 3 } });
    const waiting = [client.sendRPC("add", [1, 1]), client.notify("add", [1, 1]), client.send("a")];
    for (const refused of [client.sendRPC("add", [1, 1]), client.notify("add"), client.send("a"), client.streamRPC("numbers", [1]).next()]) {
        const error = await rejection(refused);
        assert.ok(error instanceof QueueFullError);
        assert.equal(error.delivery, "notSent");
    }
    assert.equal(client.queued.items, 3);
    proxy.refuse(false);
    assert.deepEqual(await Promise.all(waiting), [2, undefined, undefined]);
});

test("bytes of UTF-8 above the queue's limit are refused", async (t) => {
    const { client } = await offline(t, { offlineQueue: { bytes: 1000 } });
    const waiting = rejection(client.sendRPC("echo", ["é".repeat(400)]));
    await until(() => client.queued.items === 1);
    assert.ok(client.queued.bytes > 800);
    assert.ok(await rejection(client.sendRPC("echo", ["é".repeat(100)])) instanceof QueueFullError);
    await client.close();
    assert.equal((await waiting).delivery, "notSent");
    assert.deepEqual(client.queued, { items: 0, bytes: 0 });
});

test("a message whose time to live has ended is not sent", async (t) => {
    const { proxy, client } = await offline(t, { offlineQueue: { timeToLive: 60 } });
    const name = unique("expired");
    const error = await rejection(client.sendRPC("bump", [name]));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.delivery, "notSent");
    assert.match(error.message, /within 60 ms/);
    const lasting = client.notify("bump", [name], { timeToLive: 60_000 });
    await rejection(client.send("a", { timeToLive: 30 }));
    proxy.refuse(false);
    await lasting;
    assert.equal(await client.sendRPC("counted", [name]), 1);
});

test("short connections do not extend the time to live", async (t) => {
    const sockets = fakeSockets();
    const client = makeClient(t, "ws://x", { WebSocket: sockets, reconnect: { base: 1, cap: 2 }, offlineQueue: { timeToLive: 300 } });
    const prepared = client.connect({ retry: true });
    prepared.catch(() => {});
    const began = performance.now();
    const waiting = rejection(client.sendRPC("a"));
    // Connections that end while they are being opened.
    sockets.born = (socket) => setTimeout(() => socket.end(), 20);
    setTimeout(() => sockets.last.end(), 20);
    await waiting;
    const time = performance.now() - began;
    assert.ok(time > 290, String(time));
});

test("nothing waits in a queue without capacity", async (t) => {
    const { client } = await offline(t, { offlineQueue: { items: 0 } });
    const error = await rejection(client.sendRPC("add", [1, 1], { idempotent: true }));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.delivery, "notSent");
});

test("idempotent calls that were sent are queued first, up to the queue's limit", async (t) => {
    const sockets = fakeSockets();
    const client = makeClient(t, "ws://x", { WebSocket: sockets, offlineQueue: { items: 3 }, heartbeat: false });
    const connecting = client.connect();
    await until(() => sockets.all.length === 1);
    sockets.last.open();
    await connecting;
    const calls = ["a", "b", "c", "d"].map((method) => client.sendRPC(method, [], { idempotent: true }));
    const refused = rejection(calls[3]);
    calls.forEach((call) => call.catch(() => {}));
    sockets.last.end();
    const error = await refused;
    assert.ok(error instanceof QueueFullError);
    assert.equal(error.delivery, "maybeExecuted");
    await until(() => sockets.all.length === 2);
    sockets.last.open();
    await until(() => sockets.last.sent.length === 3);
    assert.deepEqual(sockets.last.sent.map(({ rpc }) => rpc.method), ["a", "b", "c"]);
});

test("while the socket's buffer is full, messages wait in the queue and count as not sent", async (t) => {
    const sockets = fakeSockets();
    const client = makeClient(t, "ws://x", { WebSocket: sockets, heartbeat: false });
    const connecting = client.connect();
    await until(() => sockets.all.length === 1);
    sockets.last.open();
    await connecting;
    sockets.last.bufferedAmount = 1_000_000;
    const first = rejection(client.sendRPC("first"));
    const second = client.notify("second");
    await until(() => client.queued.items === 2);
    assert.deepEqual(sockets.last.sent, []);
    sockets.last.bufferedAmount = 0;
    await second;
    assert.deepEqual(sockets.last.sent.map(({ rpc }) => rpc.method), ["first", "second"]);
    sockets.last.bufferedAmount = 1_000_000;
    const third = rejection(client.sendRPC("third"));
    await client.close();
    assert.equal((await first).delivery, "maybeExecuted");
    assert.equal((await third).delivery, "notSent");
});
