// The client's first call on each connection, and the limits and the expiry in the response.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startPeer } from "./support/peer.js";
import { connected, makeClient, sharedURL } from "./support/serving.js";
import { timed } from "./support/timing.js";
import { next, rejection, until } from "./support/waiting.js";

const methods = (peer) => peer.packets.map(({ rpc }) => rpc.method);

/** Starts a server that passes `__hello__` to the test instead of responding. */
const startSilentPeer = (t, hear = () => {}) => startPeer(t, (peer) => {
    peer.hello = undefined;
    peer.hear = hear;
});

test("calls __hello__ first on each connection, with an empty map", async (t) => {
    const server = await startSilentPeer(t, ({ rpc }, peer) => peer.answer(rpc.call_id, { limits: {} }));
    const client = await connected(t, server.url);
    server.peers[0].destroy();
    await next(client, "open");
    for (const peer of server.peers) {
        assert.deepEqual(methods(peer), ["__hello__"]);
        assert.deepEqual(peer.packets[0].rpc.args, [{}]);
    }
});

test("calls __hello__ right after the token, without waiting for its response", async (t) => {
    const server = await startSilentPeer(t);
    const client = makeClient(t, server.url, { token: "good" });
    const connecting = client.connect();
    await until(() => server.peers[0]?.packets.length === 2);
    const [peer] = server.peers;
    assert.deepEqual(methods(peer), ["__authenticate__", "__hello__"]);
    const [token, hello] = peer.packets.map(({ rpc }) => rpc.call_id);
    peer.answer(token, true);
    peer.answer(hello, {});
    await connecting;
});

test("is open, and sends queued messages, only after the response to __hello__", async (t) => {
    const server = await startSilentPeer(t);
    const client = makeClient(t, server.url);
    const connecting = client.connect();
    const calling = client.sendRPC("add");
    await until(() => server.peers[0]?.packets.length === 1);
    const [peer] = server.peers;
    // Earlier messages from the client would arrive before the response to this one.
    peer.send({ source: 1, data: "news" });
    await next(client, "message");
    assert.equal(client.state, "connecting");
    assert.deepEqual(methods(peer), ["__hello__"]);
    peer.hear = ({ rpc }) => peer.answer(rpc.call_id, rpc.method);
    peer.answer(peer.packets[0].rpc.call_id, { limits: {}, more: [1] });
    await connecting;
    assert.equal(await calling, "add");
});

for (const [name, response, more] of [
    ["the response of a server without __hello__", "RPC method '__hello__' not found.", { error: -32601, is_end: true }],
    ["a refusal by a guard", "Access denied.", { error: -32002, is_end: true }],
    ["any other error", "?", { error: -32603 }],
    ["null", null, {}], ["a text", "hello", {}], ["a list", [1], {}],
    ["invalid limits", { limits: { message_size: -1, depth: "5", elements: null }, expires_in: "soon" }, {}],
    ["limits of another type", { limits: 7 }, {}],
]) {
    test(`continues with the standard limits after ${name}`, async (t) => {
        const server = await startSilentPeer(t, ({ rpc }, peer) => rpc.method === "__hello__"
            ? peer.answer(rpc.call_id, response, more)
            : peer.answer(rpc.call_id, rpc.args.length));
        const client = await connected(t, server.url);
        assert.equal(await client.sendRPC("count", Array(65_000).fill(0)), 65_000);
        assert.equal((await rejection(client.sendRPC("count", Array(65_536).fill(0)))).limit, 65_536);
        assert.equal(await client.sendRPC("count", ["x".repeat(2_000_000)]), 1);
    });
}

test("the client waits for the response to __hello__ no longer than the connect timeout", async (t) => {
    const { client, sockets, settled, tick } = timed(t, { connectTimeout: 1000 });
    sockets.hello(undefined);
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await settled();
    await tick(999);
    assert.equal(client.state, "connecting");
    await tick(1);
    await connecting;
    assert.equal(client.state, "open");
});

test("a connection that ends before the response to __hello__ is a failed attempt", async (t) => {
    const server = await startSilentPeer(t, (_, peer) => peer.close(4901, "Authentication required"));
    const error = await rejection(connected(t, server.url));
    assert.equal(error.code, 4901);
    assert.equal(error.delivery, "notSent");
});

test("uses the limits of each connection", async (t) => {
    let depth = 10;
    const server = await startSilentPeer(t, ({ rpc }, peer) => peer.answer(rpc.call_id, { limits: { depth } }));
    const client = await connected(t, server.url);
    assert.equal((await rejection(client.sendRPC("echo", [[[[[[[[[]]]]]]]]]))).limit, 10);
    depth = 12;
    server.peers[0].destroy();
    await next(client, "open");
    await client.sendRPC("echo", [[[[[[[[[]]]]]]]]]);
});

test("prepares the connection after __hello__", async (t) => {
    const server = await startSilentPeer(t, ({ rpc }, peer) => peer.answer(rpc.call_id, { limits: { elements: 50 } }));
    const prepare = async (client) => {
        assert.equal((await rejection(client.sendRPC("login", Array(50).fill(1)))).code, "elements");
        await client.sendRPC("login");
    };
    await connected(t, server.url, { prepare });
    assert.deepEqual(methods(server.peers[0]), ["__hello__", "login"]);
});

test("a real server responds to __hello__, or refuses it as an unknown method", async (t) => {
    const client = await connected(t, await sharedURL());
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});
