// Restoring subscriptions and rooms if the server's limits do not allow all of them in one request.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EncodingError } from "../../Sources/JavaScriptClient/webshocket.js";
import { scripted, watched } from "./support/script.js";

const name = (letter, length = 100) => letter.repeat(length);

/** Returns a client that is subscribed to the channels, and whose next connection has the limits. */
async function restoring(t, channels, limits) {
    const server = await scripted(t);
    const { client, sockets, answer, cut, open } = server;
    const ended = [];
    for (const channel of channels) {
        const subscribing = client.subscribe(channel, () => {}, { ended: (error) => ended.push([channel, error]) });
        answer("__subscribe__");
        await subscribing;
    }
    sockets.hello({ limits });
    const restored = watched(new Promise((resolve) => client.on("restored", resolve)));
    await cut();
    await open();
    return { ...server, restored, ended };
}

for (const limits of [{ message_size: 400 }, { elements: 21 }]) {
    test(`too many channels for one request are restored in several requests: ${JSON.stringify(limits)}`, async (t) => {
        const channels = ["a", "b", "c", "d", "e"].map((letter) => name(letter));
        const { client, sockets, restored, ended, asked, answer, settled } = await restoring(t, channels, limits);
        assert.ok(asked().length > 1 && asked().length < 5, asked().join("\n"));
        assert.deepEqual(asked().flatMap((request) => request.split(" ").slice(1)).toSorted(), channels);
        for (const _ of asked()) answer("__subscribe__");
        await settled();
        assert.deepEqual(restored.value?.channels.toSorted(), channels);
        assert.deepEqual([restored.value.refused, ended], [[], []]);
        assert.deepEqual([client.state, sockets.all.length], ["open", 2]);
    });
}

test("a channel whose name alone is above the limit ends, and the others are restored", async (t) => {
    const [short, long, other] = [name("a"), name("b", 500), name("c")];
    const { client, sockets, restored, ended, asked, answer, settled, cut, open } =
        await restoring(t, [short, long, other], { message_size: 400 });
    for (const _ of asked()) answer("__subscribe__");
    await settled();
    assert.deepEqual(restored.value?.channels.toSorted(), [short, other]);
    const [[refused, error]] = ended;
    assert.deepEqual(restored.value.refused, [{ name: long, error }]);
    assert.equal(refused, long);
    assert.ok(error instanceof EncodingError);
    assert.deepEqual([error.code, error.limit, error.delivery], ["messageSize", 400, "notSent"]);
    assert.deepEqual([client.state, sockets.all.length, ended.length], ["open", 2, 1]);
    await cut();
    await open();
    assert.deepEqual(asked(), [`__subscribe__ ${short} ${other}`]);
});

test("a room whose name alone is above the limit ends", async (t) => {
    const { client, sockets, answer, cut, open } = await scripted(t);
    const joining = client.join(name("a", 500));
    answer("__join__", [{ id: 1, metadata: {}, you: true }]);
    const room = await joining;
    const ended = [];
    room.on("ended", ({ code }) => ended.push(code));
    sockets.hello({ limits: { message_size: 400 } });
    await cut();
    await open();
    assert.deepEqual([ended, client.state, sockets.all.length], [["messageSize"], "open", 2]);
});
