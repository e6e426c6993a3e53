import assert from "node:assert/strict";
import { test } from "node:test";
import { RPCError } from "../../Sources/JavaScriptClient/webshocket.js";
import { startPeer } from "./support/peer.js";
import { connected } from "./support/serving.js";
import { next, rejection, until } from "./support/waiting.js";

/** Returns a client whose server responds to each call with the method's name, and sends other messages in between. */
async function amid(t, options) {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => rpc && peer.answer(rpc.call_id, rpc.method);
    });
    const client = await connected(t, peer.url, options);
    return { client, peer: peer.peers[0], server: peer };
}

const malformed = [
    "", " ", "{", "null", "7", "\"text\"", "[]", "{}", "[{}]", "{\"source\":\"5\"}", "{\"source\":0}", "{\"source\":6}", "{\"source\":null}",
    "{\"source\":5}", "{\"source\":5,\"rpc\":null}", "{\"source\":5,\"rpc\":7}", "{\"source\":5,\"rpc\":{}}",
    "{\"source\":5,\"rpc\":{\"type\":\"response\"}}", "{\"source\":5,\"rpc\":{\"type\":\"response\",\"call_id\":7}}",
    "{\"source\":5,\"rpc\":{\"type\":\"request\",\"call_id\":\"1\",\"method\":\"add\"}}", "{\"source\":2}", "{\"source\":2,\"channel\":7}",
    "{\"source\":2,\"channel\":\"a\",\"event\":{}}", "{\"source\":4,\"event\":[]}", "{\"source\":\"toString\"}", "{\"source\":[1]}",
    "\u0000", "NaN", "{'source':1}", "[".repeat(100_000), `{"source":${"[".repeat(10_000)}}`,
];

test("a message that is not a packet is emitted as an error, and later calls work", async (t) => {
    const { client, peer } = await amid(t);
    const errors = [];
    client.on("error", (error) => errors.push(error));
    const messages = [];
    client.on("message", (message) => messages.push(message));
    for (const text of malformed) peer.text(text);
    for (const bytes of [[], [0xff, 0xfe], [0x7b], [0xc3]]) peer.binary(bytes);
    assert.equal(await client.sendRPC("add"), "add");
    // `[1]` is not 1, although both are the same property key.
    assert.deepEqual(messages, []);
    assert.equal(errors.length, malformed.length + 4);
    for (const error of errors) assert.equal(error.name, "WebshocketError");
    assert.equal(client.state, "open");
});

test("without an error listener, malformed messages are dropped", async (t) => {
    const reported = [];
    globalThis.reportError = (error) => reported.push(error);
    t.after(() => delete globalThis.reportError);
    const { client, peer } = await amid(t);
    peer.text("{");
    assert.equal(await client.sendRPC("add"), "add");
    assert.deepEqual(reported, []);
});

test("responses without a call, second responses and late responses are dropped", async (t) => {
    const { client, peer } = await amid(t);
    const errors = [];
    client.on("error", (error) => errors.push(error));
    for (const id of ["nobody", "-", "", "__proto__", "1".repeat(10_000)]) {
        peer.answer(id, 1);
        peer.element(id, 1);
        peer.answer(id, 1, { is_stream: true, is_end: true });
    }
    assert.equal(await client.sendRPC("add"), "add");
    // The ID of the first call.
    for (let count = 0; count < 10; count++) peer.answer("1", "again");
    assert.equal(await client.sendRPC("sub"), "sub");
    assert.deepEqual(errors, []);
});

test("a response with fields of wrong types still settles its call", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.answer(rpc.call_id, rpc.args[0], rpc.args[1]);
    });
    const client = await connected(t, peer.url);
    assert.equal(await client.sendRPC("a", ["ok", { error: undefined, is_stream: null }]), "ok");
    for (const [response, parts, message, code] of [
        [{ a: 1 }, { error: -32001 }, "{\"a\":1}", -32001], [null, { error: "bad" }, "null", -32603],
        ["x", { error: {}, code: "7", retry_after: "soon" }, "x", -32603], ["x", { error: 0, code: 5.5 }, "x", 0],
        ["x", { error: false, retry_after: -1 }, "x", -32603], [undefined, { error: -1, retry_after: 1e300 }, "", -1],
    ]) {
        const error = await rejection(client.sendRPC("a", [response, parts]));
        assert.ok(error instanceof RPCError);
        assert.equal(error.message, response === undefined ? "null" : message);
        assert.equal(error.code, code);
        assert.ok(error.retryAfter === undefined || error.retryAfter > 0);
    }
});

test("keys with a special meaning in JavaScript have no effect", async (t) => {
    const { client, peer } = await amid(t);
    const heard = next(client, "message");
    peer.text("{\"source\":2,\"channel\":\"__proto__\",\"event\":\"constructor\",\"data\":{\"__proto__\":{\"polluted\":1}}}");
    const { data } = await heard;
    assert.ok(Object.hasOwn(data, "__proto__"));
    assert.equal({}.polluted, undefined);
    assert.equal(await client.sendRPC("add"), "add");
});

test("a flood of messages, and large ones, are read to the end", async (t) => {
    const { client, peer } = await amid(t);
    let count = 0;
    client.on("message", () => count++);
    for (let index = 0; index < 20_000; index++) peer.send({ source: 1, data: index });
    const text = "é".repeat(2_000_000);
    const large = next(client, "message", ({ data }) => data === text);
    peer.send({ source: 1, data: text });
    await large;
    assert.equal(count, 20_001);
    assert.equal(await client.sendRPC("add"), "add");
});

test("binary frames are read like text frames", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.binary(Buffer.from(JSON.stringify({ source: 5, rpc: { type: "response", call_id: rpc.call_id, response: "é" } })));
    });
    const client = await connected(t, peer.url);
    assert.equal(await client.sendRPC("a"), "é");
});

test("a server that rejects every request, or is not a WebSocket server, causes only a failure", async (t) => {
    for (const status of [200, 301, 400, 401, 404, 500, 503]) {
        const peer = await startPeer(t, () => {}, { status });
        const { WebshocketClient } = await import("../../Sources/JavaScriptClient/webshocket.js");
        const client = new WebshocketClient(peer.url);
        assert.equal((await rejection(client.connect())).code, 1006, String(status));
    }
});

test("if a server ends every connection at once, the client reconnects only after growing pauses", async (t) => {
    const peer = await startPeer(t, (peer) => peer.destroy());
    const client = await connected(t, peer.url, { reconnect: { base: 50, cap: 100 } }).catch(() => undefined);
    if (client) await until(() => peer.requests >= 4);
    assert.ok(peer.requests < 50);
});

test("the client handles close codes and reasons of every kind", async (t) => {
    for (const [code, reason] of [[1000, "; retry-after="], [1001, "; retry-after=1e9"], [1001, "; retry-after=-1"], [4999, "é".repeat(60)]]) {
        const peer = await startPeer(t, (peer, number) => number === 1 && peer.whenOpen(() => peer.close(code, reason)));
        const client = await connected(t, peer.url);
        await Promise.race([next(client, "waiting"), next(client, "close")]);
        await client.close();
    }
});

test("the client leaves no rejection unhandled", async (t) => {
    const unhandled = [];
    const note = (error) => unhandled.push(error);
    process.on("unhandledRejection", note);
    t.after(() => process.off("unhandledRejection", note));
    const { client, peer, server } = await amid(t);
    await client.subscribe("a", () => {});
    await client.join("room.a");
    client.on("state", async () => { throw new Error("from a listener"); });
    client.on("error", () => {});
    for (let index = 0; index < 5; index++) {
        server.peers.at(-1).destroy();
        await next(client, "open");
    }
    await client.close();
    const connecting = rejection(client.connect({ retry: true }));
    await client.close();
    await connecting;
    await until(() => peer.packets.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(unhandled, []);
});
