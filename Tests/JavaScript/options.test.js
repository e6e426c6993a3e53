// Unknown option names, and a platform without a WebSocket class.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { WebshocketClient } from "../../Sources/JavaScriptClient/webshocket.js";
import { startPeer } from "./support/peer.js";
import { connected } from "./support/serving.js";
import { rejection } from "./support/waiting.js";

const unknown = (option, valid) => (error) => {
    assert.ok(error instanceof TypeError, String(error));
    assert.match(error.message, new RegExp(`'${option}' of .* \\(allowed: .*\\b${valid}\\b`));
    return true;
};

for (const [options, option, valid] of [
    [{ tokens: "a" }, "tokens", "token"], [{ Websocket: class {} }, "Websocket", "WebSocket"], [{ retry: {} }, "retry", "reconnect"],
    [{ connecttimeout: 5 }, "connecttimeout", "connectTimeout"], [{ timeout: undefined }, "timeout", "callTimeout"],
    [{ queue: {} }, "queue", "offlineQueue"], [{ offlineQueue: { item: 5 } }, "item", "items"], [{ offlineQueue: { ttl: 5 } }, "ttl", "timeToLive"],
    [{ reconnect: { max: 5 } }, "max", "attempts"], [{ reconnect: { healthyafter: 5 } }, "healthyafter", "healthyAfter"],
    [{ heartbeat: { intervall: 5 } }, "intervall", "interval"],
]) {
    test(`a client rejects the unknown option ${option}`, () => {
        assert.throws(() => new WebshocketClient("ws://x", options), unknown(option, valid));
    });
}

test("calls with unknown options are refused, and nothing is sent", async (t) => {
    const server = await startPeer(t);
    let preparing;
    const client = await connected(t, server.url, { prepare: (client) => (preparing = client) });
    const calls = [
        [() => client.sendRPC("a", [], { timeOut: 5 }), "timeOut", "timeout"],
        [() => client.sendRPC("a", [], { link: {} }), "link", "idempotent"],
        [() => client.notify("a", [], { timeout: 5 }), "timeout", "timeToLive"],
        [() => client.send("a", { events: "b" }), "events", "event"],
        [() => client.publish("a", 1, { evnt: "b" }), "evnt", "event"],
        [() => client.subscribe("a", () => {}, { end: () => {} }), "end", "ended"],
        [() => client.connect({ retries: true }), "retries", "retry"],
        [() => client.connect({ retry: { attempt: 1 } }), "attempt", "attempts"],
        [async () => client.streamRPC("a", [], { credits: 5 }), "credits", "credit"],
        [async () => client.streamRPC("a", [], { idempotent: true }), "idempotent", "signal"],
        [async () => preparing.sendRPC("a", [], { timeOut: 5 }), "timeOut", "timeout"],
        [async () => preparing.send("a", { timeout: 5 }), "timeout", "timeToLive"],
    ];
    for (const [call, option, valid] of calls) unknown(option, valid)(await rejection(call()));
    assert.deepEqual(server.peers[0].packets, []);
});

test("without a WebSocket class, the error says how to get one", (t) => {
    const { WebSocket } = globalThis;
    delete globalThis.WebSocket;
    t.after(() => (globalThis.WebSocket = WebSocket));
    assert.throws(() => new WebshocketClient("ws://x"), (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, /Node 22.*options\.WebSocket.*\bws\b/);
        return true;
    });
    new WebshocketClient("ws://x", { WebSocket: class {} });
});

for (const url of ["ftp://ann:secret@host/?token=secret", "ws://ann:secret@host:port/?token=secret"]) {
    test(`the error for an invalid URL does not show its secrets: ${url.slice(0, 5)}`, () => {
        assert.throws(() => new WebshocketClient(url, { WebSocket: class {} }), (error) => {
            assert.ok(error instanceof TypeError);
            assert.doesNotMatch(inspect(error), /secret/);
            return true;
        });
    });
}

for (const [name, args] of Object.entries({ date: new Date(), bytes: new Uint8Array(1), buffer: new ArrayBuffer(1) })) {
    test(`a ${name} as arguments is an error, and nothing is sent`, async () => {
        const client = new WebshocketClient("ws://localhost", { WebSocket: class {} });
        await assert.rejects(client.sendRPC("echo", args), TypeError);
    });
}
