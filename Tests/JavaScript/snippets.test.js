// Runs the snippets of the documents for a browser's console, unchanged.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { snippets } from "./support/documents.js";
import { connected, repository, sharedURL } from "./support/serving.js";

test("every snippet in JavaScript has a test", async () => {
    const tests = [];
    for (const file of ["board", "module", "snippets"]) {
        const text = await readFile(repository(`Tests/JavaScript/${file}.test.js`), "utf8");
        tests.push(...[...text.matchAll(/(?:snippets\.get\(|runSnippet\(t, )"(\w+)"/g)].map(([, name]) => name));
    }
    assert.deepEqual([...snippets.keys()].toSorted(), [...new Set(tests)].toSorted());
});

test("the documented call from a console prints the result", async (t) => {
    const text = snippets.get("console").replace("ws://127.0.0.1:5000", await sharedURL());
    assert.notEqual(text, snippets.get("console"));
    let socket;
    const values = await new Promise((resolve) => {
        const console = { log: (...values) => resolve(values) };
        socket = new Function("console", `${text}; return socket;`)(console);
    });
    t.after(() => socket.close());
    assert.deepEqual(values, [30]);
});

test("the documented packets join a room and publish to its members", async (t) => {
    const url = await sharedURL();
    const friend = await connected(t, url);
    const room = await friend.join("room.tea");
    const joined = new Promise((resolve) => room.on("join", resolve));
    const said = new Promise((resolve) => room.on("said", resolve));
    const socket = new WebSocket(url);
    t.after(() => socket.close());
    const received = new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(JSON.parse(data))));
    await new Promise((resolve) => (socket.onopen = resolve));
    new Function("socket", snippets.get("packets"))(socket);
    await joined;
    assert.deepEqual((await said).data, { from: "guest", text: "hello" });
    assert.equal((await received).rpc.error, null);
});
