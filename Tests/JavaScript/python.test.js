import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, hasPython, startPython } from "./support/serving.js";
import { next, rejection, until } from "./support/waiting.js";

// The server of the Python package sends JSON in binary frames. It does not support credit, notifications, deadlines, or the
// methods for channels.

const skip = hasPython ? false : "no Python environment: `Tests/prepare` makes it";

test("calls a Python server with arguments by position and by name", { skip }, async (t) => {
    const client = await connected(t, (await startPython(t)).url);
    assert.equal(await client.sendRPC("add", [10, 20]), 30);
    assert.deepEqual(await client.sendRPC("named", { a: 1, b: 5 }), { a: 1, b: 5 });
    assert.equal(await client.sendRPC("renamed"), null);
    for (const value of [null, true, -1, 1.5, "é\u{1F600}", [[]], { a: { b: [1, "two"] } }]) {
        assert.deepEqual(await client.sendRPC("echo", [value]), value);
    }
    assert.deepEqual(await client.sendRPC("types_text"), [null, true, -1, 2 ** 40, 1.5, "é", { k: [1] }]);
    assert.equal((await client.sendRPC("types"))[6], "AP8=");
});

test("receives errors from a Python server", { skip }, async (t) => {
    const client = await connected(t, (await startPython(t)).url);
    for (const [method, args, code] of [
        ["fails", [], -32001], ["breaks", [], -32603], ["nope", [], -32601], ["add", [1], -32602], ["secret", [], -32002],
    ]) {
        assert.equal((await rejection(client.sendRPC(method, args))).code, code, method);
    }
    await client.sendRPC("limited");
    assert.equal((await rejection(client.sendRPC("limited"))).code, -32000);
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});

test("receives streams from a Python server, and aborts them by leaving the loop", { skip }, async (t) => {
    const client = await connected(t, (await startPython(t)).url);
    const numbers = [];
    for await (const number of client.streamRPC("count", [500], { credit: 2 })) numbers.push(number);
    assert.equal(numbers.length, 500);
    for await (const tick of client.streamRPC("ticks")) if (tick === 3) break;
    await until(async () => await client.sendRPC("aborted_streams") === 1);
    assert.match((await rejection(client.streamRPC("count", [-1]).next())).message, /count takes 0 or more$/);
});

test("works with channels that a Python server subscribes its clients to, notifications, and packets", { skip }, async (t) => {
    const { url } = await startPython(t);
    const [client, other] = [await connected(t, url), await connected(t, url)];
    await client.sendRPC("login");
    const news = next(client, "message", ({ source }) => source === "channel");
    const broadcast = next(client, "message", ({ source }) => source === "broadcast");
    await other.sendRPC("tell", ["rain"]);
    assert.equal((await news).data, "rain");
    assert.equal((await broadcast).data, "to all");
    const said = next(client, "message", ({ source }) => source === "custom");
    await client.send("hello");
    assert.deepEqual((await said).data, { you_said: "hello" });
    await client.notify("login");
    assert.equal(await client.sendRPC("secret"), "Sensitive Data");
    assert.equal((await rejection(client.subscribe("news", () => {}))).code, -32601);
});

test("times out a call that a Python server continues to run", { skip }, async (t) => {
    const client = await connected(t, (await startPython(t)).url, { heartbeat: { interval: 50, timeout: 60_000 } });
    assert.equal((await rejection(client.sendRPC("sleep", [1_000], { timeout: 50 }))).name, "TimeoutError");
    // This call begins later and takes longer, so the late response has arrived before this one.
    await client.sendRPC("sleep", [1_200]);
    // The response to the heartbeat's call is an error, which is a sign of life.
    assert.equal(client.state, "open");
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});
