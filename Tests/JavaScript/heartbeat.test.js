import assert from "node:assert/strict";
import { test } from "node:test";
import { startPeer } from "./support/peer.js";
import { startProxy } from "./support/proxy.js";
import { connected, sharedURL } from "./support/serving.js";
import { timed } from "./support/timing.js";
import { next, pause, rejection, until } from "./support/waiting.js";

const heartbeat = { interval: 60, timeout: 60 };

test("the client sends a ping to a silent server, and any message is a sign of life", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.answer(rpc.call_id, "method not found", { error: -32601 });
    });
    const client = await connected(t, peer.url, { heartbeat: { interval: 60, timeout: 2_000 } });
    await until(() => peer.peers[0].calls("__ping__").length >= 3);
    assert.equal(client.state, "open");
    assert.equal(peer.requests, 1);
});

test("the client sends no ping while messages arrive, and one ping with a timeout after they stop", async (t) => {
    const { client, sockets, settled, tick } = timed(t, { heartbeat: { interval: 1000, timeout: 400 } });
    client.connect();
    await settled();
    sockets.last.open();
    await settled();
    const { sent } = sockets.last;
    for (let second = 0; second < 60; second++) {
        await tick(999);
        sockets.last.say({ source: 1, data: "tick" });
    }
    assert.equal(sent.length, 0);
    await tick(999);
    assert.equal(sent.length, 0);
    await tick(1);
    assert.equal(sent.length, 1);
    assert.equal(sent[0].rpc.method, "__ping__");
    await tick(399);
    assert.equal(client.state, "open");
    sockets.last.say("whatever it is");
    await tick(1);
    assert.equal(client.state, "open");
    await tick(999);
    assert.equal(sent.length, 2);
    await tick(400);
    assert.equal(client.state, "waiting");
});

test("a large message in transit is a sign of life, and a stuck message is not", async (t) => {
    const { client, sockets, settled, tick } = timed(t, { heartbeat: { interval: 1000, timeout: 400 } });
    client.connect();
    await settled();
    sockets.last.open();
    await settled();
    sockets.last.bufferedAmount = 10_000_000;
    await tick(1000);
    for (let index = 0; index < 20; index++) {
        sockets.last.bufferedAmount -= 100_000;
        await tick(400);
        assert.equal(client.state, "open");
    }
    assert.equal(sockets.last.sent.length, 1);
    await tick(400);
    assert.equal(client.state, "waiting");
});

test("while a response is pending, the heartbeat's timeout is extended once", async (t) => {
    const { client, sockets, settled, tick } = timed(t, { heartbeat: { interval: 1000, timeout: 400 }, callTimeout: Infinity });
    client.connect();
    await settled();
    sockets.last.open();
    await settled();
    const answer = client.sendRPC("large");
    await tick(1000);
    await tick(400);
    assert.equal(client.state, "open");
    await tick(300);
    const [{ rpc }] = sockets.last.sent;
    sockets.last.say({ source: 5, rpc: { type: "response", call_id: rpc.call_id, response: "x" } });
    assert.equal(await answer, "x");
    await tick(100);
    assert.equal(client.state, "open");
    const never = rejection(client.sendRPC("never"));
    await tick(900);
    await tick(400);
    assert.equal(client.state, "open");
    assert.deepEqual(sockets.last.sent.map(({ rpc }) => rpc.method), ["large", "__ping__", "never", "__ping__"]);
    await tick(399);
    assert.equal(client.state, "open");
    await tick(1);
    assert.equal(client.state, "waiting");
    assert.equal((await never).delivery, "maybeExecuted");
});

test("the client reconnects if a server gives no sign of life", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url, { heartbeat });
    const calling = rejection(client.sendRPC("sleep", [30_000], { timeout: Infinity }));
    const waiting = next(client, "waiting");
    const began = performance.now();
    proxy.stall();
    const { error } = await waiting;
    const time = performance.now() - began;
    assert.ok(time >= 55, String(time));
    assert.equal(error.code, 1006);
    assert.equal(error.reason, "No sign of life from the server");
    assert.equal((await calling).delivery, "maybeExecuted");
    proxy.resume();
    await next(client, "open");
});

test("a real server responds to pings, also while calls take long", async (t) => {
    const client = await connected(t, await sharedURL(), { heartbeat: { interval: 40, timeout: 60_000 } });
    let waits = 0;
    client.on("waiting", () => waits++);
    assert.equal(await client.sendRPC("sleep", [600]), 600);
    assert.equal(waits, 0);
});

test("without a heartbeat the client sends no pings", async (t) => {
    const peer = await startPeer(t);
    const client = await connected(t, peer.url, { heartbeat: false });
    await pause(150);
    assert.equal(client.state, "open");
    assert.equal(peer.peers[0].packets.length, 0);
});

test("the client sends no ping before the response to the token", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => setTimeout(() => peer.answer(rpc.call_id, true), 200);
    });
    await connected(t, peer.url, { heartbeat: { interval: 20, timeout: 60_000 }, token: "a" });
    assert.equal(peer.peers[0].packets.length, 1);
    assert.equal(peer.peers[0].packets[0].rpc.method, "__authenticate__");
});
