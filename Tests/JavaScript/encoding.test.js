// Messages that a server would certainly refuse are refused before they are sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebshocketError } from "../../Sources/JavaScriptClient/webshocket.js";
import { startPeer } from "./support/peer.js";
import { connected, sharedURL } from "./support/serving.js";
import { next, rejection } from "./support/waiting.js";

/** Returns a client whose server responds to each call with true, and has limits. */
async function limited(t, limits) {
    const server = await startPeer(t, (peer) => {
        peer.hello = (rpc) => peer.answer(rpc.call_id, { limits });
        peer.hear = ({ rpc }) => rpc && !rpc.notify && peer.answer(rpc.call_id, true);
    });
    const client = await connected(t, server.url);
    return { client, server, peer: server.peers[0] };
}

/** Each way to send a value, or a string as a name. */
const sendings = {
    "an argument of a call": (client, value) => client.sendRPC("a", [value]),
    "a named argument of a call": (client, value) => client.sendRPC("a", { x: { y: [value] } }),
    "an argument of a notification": (client, value) => client.notify("a", [value]),
    "the data of a message": (client, value) => client.send(value),
    "the data of a publication": (client, value) => client.publish("a", { x: value }),
    "an argument of a stream": async (client, value) => client.streamRPC("a", [value]).next(),
};
const namings = {
    "a key": (client, text) => client.sendRPC("a", [{ [text]: 1 }]),
    "a named argument's name": (client, text) => client.sendRPC("a", { [text]: 1 }),
    "a method": (client, text) => client.sendRPC(text),
    "a notified method": (client, text) => client.notify(text),
    "a stream's method": async (client, text) => client.streamRPC(text).next(),
    "an event": (client, text) => client.send(1, { event: text }),
    "a published event": (client, text) => client.publish("a", 1, { event: text }),
    "a published channel": (client, text) => client.publish(text, 1),
    "a pattern": (client, text) => client.subscribe(text, () => {}),
    "a room": (client, text) => client.join(text),
    "a token": (client, text) => client.authenticate(text),
};

const surrogates = ["\ud83d", "\udc00", "a\ud83db", "\udc00\ud83d", "\u{1F600}\ud83d", "\\\ud83d", "\ud83d\ud83d\udc00"];

for (const [name, send] of Object.entries({ ...sendings, ...namings })) {
    test(`a lone surrogate in ${name} is refused at once, and nothing is sent`, async (t) => {
        const { client, peer } = await limited(t, {});
        for (const text of surrogates) {
            const error = await rejection(send(client, text));
            assert.ok(error instanceof WebshocketError, String(error));
            assert.deepEqual([error.name, error.code, error.delivery], ["EncodingError", "surrogate", "notSent"]);
        }
        assert.deepEqual(peer.packets, []);
    });
}

test("surrogate pairs, and text that looks like escapes of lone surrogates, are sent", async (t) => {
    const client = await connected(t, await sharedURL());
    for (const text of ["\u{1F600}", "\\ud83d", "\\\\ud83d", "\ud83d\udc00\ud83d\udc00", "\uffff\ue000\ud7ff"]) {
        assert.equal(await client.sendRPC("echo", [text]), text);
        assert.deepEqual(await client.sendRPC("echo", [{ [text]: 1 }]), { [text]: 1 });
    }
});

const circle = [];
circle.push({ circle });
const values = {
    NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity, "boxed NaN": Object(NaN), "a bigint": 10n, "a boxed bigint": Object(10n),
    "a function": () => 1, "a class": class {}, "a symbol": Symbol("a"), "a circular object": circle, "an invalid date": new Date(NaN),
    "a Map": new Map([[1, 2]]), "a Set": new Set([1]), "a promise": Promise.resolve(1), "a RegExp": /a/, "an Error": new Error("a"),
    "a WeakMap": new WeakMap(), "a Blob": new Blob(["a"]), "search parameters": new URLSearchParams("a=1"),
};
for (const [name, send] of Object.entries(sendings)) {
    test(`values that JSON does not support are refused as ${name}`, async (t) => {
        const { client, peer } = await limited(t, {});
        for (const [kind, value] of Object.entries(values)) {
            const error = await rejection(send(client, value));
            assert.deepEqual([error.name, error.code, error.delivery], ["EncodingError", "value", "notSent"], kind);
        }
        assert.deepEqual(peer.packets, []);
    });
}

test("the error names the path of the value", async (t) => {
    const { client } = await limited(t, {});
    assert.match((await rejection(client.sendRPC("a", [1, { b: [NaN] }]))).message, /rpc\.args\.1\.b\.0.*NaN/);
    assert.match((await rejection(client.send({ a: [[], {}], b: 7n }))).message, /data\.b.*bigint/);
});

test("values that JSON supports are sent unchanged", async (t) => {
    const client = await connected(t, await sharedURL());
    class Point { x = 1; }
    class Tagged { get [Symbol.toStringTag]() { return "Tagged"; } y = 2; }
    const shared = { a: 1 };
    for (const [value, result] of [
        [new Point(), { x: 1 }], [new Tagged(), { y: 2 }], [Object.create(null), {}], [Object(5), 5], [Object("a"), "a"],
        [Object(false), false], [new URL("https://example.org/a"), "https://example.org/a"], [[shared, shared], [shared, shared]],
        [{ a: undefined, b: [undefined] }, { b: [null] }], [{ toJSON: () => [1] }, [1]], [-0, 0], [1e300, 1e300], [[], []],
    ]) assert.deepEqual(await client.sendRPC("echo", [value]), result);
});

/** Returns nested arrays. */
const nested = (levels) => (levels ? [nested(levels - 1)] : 0);

// The packet, its `rpc` and the list of arguments count as levels too.
for (const [limits, depth] of [[{}, 64], [{ depth: 10 }, 10]]) {
    test(`${depth} levels are sent, and one more is refused`, async (t) => {
        const { client, peer } = await limited(t, limits);
        await client.sendRPC("a", [nested(depth - 3)]);
        await client.sendRPC("a", { x: nested(depth - 3) });
        await client.send(nested(depth - 1));
        await client.sendRPC("a");
        for (const refused of [
            client.sendRPC("a", [nested(depth - 2)]), client.sendRPC("a", { x: nested(depth - 2) }), client.send(nested(depth)),
            client.notify("a", [nested(depth - 2)]), client.publish("a", nested(depth - 2)),
        ]) {
            const error = await rejection(refused);
            assert.deepEqual([error.name, error.code, error.limit, error.delivery], ["EncodingError", "depth", depth, "notSent"]);
        }
        await client.sendRPC("a");
        assert.equal(peer.packets.length, 5);
    });
}

test("a value that is nested deeper than the stack allows is refused too", async (t) => {
    const { client } = await limited(t, {});
    let value = [];
    for (let level = 0; level < 100_000; level++) value = [value];
    assert.equal((await rejection(client.sendRPC("a", [value]))).code, "depth");
});

/** Counts the values and keys of a packet, with a different algorithm than the client. */
function elements(value) {
    if (typeof value !== "object" || value === null) return 1;
    const within = Object.values(value).reduce((sum, value) => sum + elements(value), 1);
    return Array.isArray(value) ? within : within + Object.keys(value).length;
}

for (const [limits, most] of [[{}, 65_536], [{ elements: 100 }, 100]]) {
    test(`${most} values and keys are sent, and one more is refused`, async (t) => {
        const { client, peer } = await limited(t, limits);
        await client.sendRPC("a", []);
        const base = elements(peer.packets[0]);
        await client.sendRPC("a", Array(most - base).fill(null));
        assert.equal(elements(peer.packets[1]), most);
        // Undefined properties of an object do not count; all others count twice.
        await client.sendRPC("a", [{ x: undefined, y: 1 }, ...Array(most - base - 3).fill(undefined)]);
        assert.equal(elements(peer.packets[2]), most);
        const error = await rejection(client.sendRPC("a", Array(most - base + 1).fill(null)));
        assert.deepEqual([error.name, error.code, error.limit, error.delivery], ["EncodingError", "elements", most, "notSent"]);
        assert.equal(peer.packets.length, 3);
    });
}

for (const [kind, unit] of [["ASCII", "x"], ["two bytes", "é"], ["three bytes", "€"], ["surrogate pairs", "\u{1F600}"]]) {
    test(`a message with the maximum number of bytes is sent, and one byte more is refused: ${kind}`, async (t) => {
        const { client, peer } = await limited(t, { message_size: 5000 });
        await client.sendRPC("a", [""]);
        const bytes = (packet) => Buffer.byteLength(JSON.stringify(packet));
        const room = 5000 - bytes(peer.packets[0]);
        const fill = (size) => unit.repeat(Math.floor(size / Buffer.byteLength(unit)))
            + "x".repeat(size % Buffer.byteLength(unit));
        await client.sendRPC("a", [fill(room)]);
        assert.equal(bytes(peer.packets[1]), 5000);
        const error = await rejection(client.sendRPC("a", [fill(room + 1)]));
        assert.deepEqual([error.name, error.code, error.limit, error.delivery], ["EncodingError", "messageSize", 5000, "notSent"]);
        assert.equal((await rejection(client.send(fill(5000)))).code, "messageSize");
        assert.equal((await rejection(client.notify("a", [fill(5000)]))).code, "messageSize");
        assert.equal((await rejection(client.streamRPC("a", [fill(5000)]).next())).code, "messageSize");
        assert.equal(peer.packets.length, 2);
        assert.equal(client.state, "open");
    });
}

test("a queued message is checked again with the limits of the connection that sends it", async (t) => {
    const { client, server } = await limited(t, {});
    server.peers[0].destroy();
    await next(client, "waiting");
    const large = client.sendRPC("large", ["x".repeat(1000)]);
    const many = client.notify("many", Array(100).fill(0));
    const deep = client.send(nested(20));
    const small = client.sendRPC("small");
    // The next connection has different limits.
    const { behave } = server;
    server.behave = (peer, number) => {
        behave(peer, number);
        peer.hello = (rpc) => peer.answer(rpc.call_id, { limits: { message_size: 500, elements: 50, depth: 10 } });
    };
    for (const [promise, code] of [[large, "messageSize"], [many, "elements"], [deep, "depth"]]) {
        const error = await rejection(promise);
        assert.deepEqual([error.name, error.code, error.limit, error.delivery],
            ["EncodingError", code, { messageSize: 500, elements: 50, depth: 10 }[code], "notSent"]);
    }
    assert.equal(await small, true);
    assert.deepEqual(server.peers[1].packets.map(({ rpc }) => rpc.method), ["small"]);
    assert.deepEqual(client.queued, { items: 0, bytes: 0 });
});

test("a token that cannot be encoded ends the attempts to connect", async (t) => {
    const server = await startPeer(t);
    const error = await rejection(connected(t, server.url, { token: "a\ud83d", reconnect: {} }));
    assert.equal(error.code, "surrogate");
});

/** Sends a message without the client's checks. Returns the error code of the response, or the close code. */
function answerTo(url, text) {
    return new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send(text);
        socket.onmessage = ({ data }) => {
            const { error, code } = JSON.parse(data).rpc;
            resolve(code ?? error);
            socket.close();
        };
        socket.onclose = ({ code }) => resolve(code);
    });
}

test("a real server accepts messages at its limits, and refuses messages above them", async (t) => {
    const url = await sharedURL();
    let text;
    class Recording extends WebSocket {
        send(data) {
            super.send(text = data);
        }
    }
    const client = await connected(t, url, { WebSocket: Recording, heartbeat: false });
    const deep = nested(61);
    assert.deepEqual(await client.sendRPC("echo", [deep]), deep);
    assert.equal(await answerTo(url, text), null);
    assert.equal(await answerTo(url, text.replace("[0]", "[[0]]")), -32700);
    // The packet's own values and keys, and the list in the arguments.
    await client.sendRPC("echo", [[]]);
    const list = Array(65_536 - elements(JSON.parse(text))).fill(7);
    assert.deepEqual(await client.sendRPC("echo", [list]), list);
    assert.equal(await answerTo(url, text), null);
    assert.equal(await answerTo(url, text.replace("7,", "7,7,")), -32700);
    await client.sendRPC("echo", [""]);
    const long = "é".repeat((1_048_576 - text.length - 8) / 2 | 0);
    await client.sendRPC("echo", [long]);
    const rest = 1_048_576 - Buffer.byteLength(text);
    assert.equal((await client.sendRPC("echo", [`${long}${"x".repeat(rest)}`])).length, long.length + rest);
    assert.equal(Buffer.byteLength(text), 1_048_576);
    assert.equal(await answerTo(url, text), null);
    assert.equal(await answerTo(url, text.replace("x", "xx")), 1009);
});
