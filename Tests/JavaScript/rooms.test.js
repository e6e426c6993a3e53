// Rooms: how a client identifies its own entry, and how it handles its removal by the server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RPCError, WebshocketError } from "../../Sources/JavaScriptClient/webshocket.js";
import { scripted, watched } from "./support/script.js";
import { connected, sharedURL } from "./support/serving.js";
import { next, unique } from "./support/waiting.js";

const member = (id, more) => ({ id, metadata: {}, ...more });
const you = (id) => member(id, { you: true });
const ids = (members) => members.map(({ id }) => id);

/** Returns a client in the room `tea` with these members, and the events of the room's listeners. */
async function joined(t, members) {
    const server = await scripted(t);
    const joining = server.client.join("tea");
    server.answer("__join__", members);
    const room = await joining;
    await server.tick(1);
    const heard = [];
    for (const event of ["join", "leave"]) room.on(event, ({ id }) => heard.push(`${event} ${id}`));
    room.on("message", ({ data }) => heard.push(data));
    room.on("ended", (error) => heard.push(error));
    return { ...server, room, heard };
}

test("a client that the server's code had joined to the room earlier detects its removal", async (t) => {
    const { room, heard, asked, publish, settled, cut, open } = await joined(t, [you(1), member(2), member(3)]);
    publish("tea", member(3), "__leave__");
    publish("tea", "still here");
    publish("tea", member(1), "__leave__");
    publish("tea", "after the end");
    await settled();
    const error = heard.at(-1);
    assert.deepEqual(heard.slice(0, -1), ["leave 3", "still here", "leave 1"]);
    assert.ok(error instanceof RPCError);
    assert.equal(error.code, -32002);
    assert.match(error.message, /'tea'/);
    // No request is needed, because the server has marked the client's entry.
    assert.deepEqual(asked(), ["__join__ tea"]);
    assert.deepEqual(ids(room.members), [2]);
    await cut();
    await open();
    assert.deepEqual(asked(), []);
});

test("a room that has ended refuses to publish, leaves without a request, and can be joined again", async (t) => {
    const { client, room, heard, asked, answer, publish, settled } = await joined(t, [you(1), member(2)]);
    publish("tea", member(1), "__leave__");
    const [publishing, leaving] = [watched(room.publish("hello")), watched(room.leave())];
    await settled();
    assert.equal(publishing.error, heard.at(-1));
    assert.ok(publishing.error instanceof RPCError);
    assert.ok(leaving.isResolved);
    const joining = client.join("tea");
    assert.deepEqual(asked(), ["__join__ tea", "__join__ tea"]);
    answer("__join__", [member(2), you(1)]);
    const again = await joining;
    assert.notEqual(again, room);
    assert.deepEqual(ids(again.members), [2, 1]);
    assert.equal(watched(room.publish("hello")).error, undefined);
    await settled();
    assert.deepEqual(asked(), ["__join__ tea", "__join__ tea"]);
});

test("a room that the client has left refuses to publish", async (t) => {
    const { room, answer, sockets, settled } = await joined(t, [you(1)]);
    const leaving = room.leave();
    const publishing = watched(room.publish("hello"));
    answer("__leave__");
    await leaving;
    await settled();
    assert.ok(publishing.error instanceof WebshocketError);
    assert.deepEqual(sockets.last.sent.filter(({ rpc }) => rpc?.method === "__publish__"), []);
});

test("a listener that leaves the room on the client's removal does not get the event \"ended\"", async (t) => {
    const { room, heard, publish, asked, settled } = await joined(t, [you(1)]);
    room.on("ended", () => room.leave());
    publish("tea", member(1), "__leave__");
    await settled();
    assert.equal(heard.length, 2);
    assert.deepEqual(asked(), ["__join__ tea"]);
});

test("join rejects if the client is removed right after the response", async (t) => {
    const { client, asked, answer, publish, settled } = await scripted(t);
    const joins = [watched(client.join("tea")), watched(client.join("tea"))];
    answer("__join__", [you(1), member(2)]);
    publish("tea", "hello");
    publish("tea", member(1), "__leave__");
    await settled();
    for (const { error } of joins) assert.ok(error instanceof RPCError && error.code === -32002);
    assert.deepEqual(asked(), ["__join__ tea"]);
});

test("join rejects if the client is removed before the response, and neither side has a member then", async (t) => {
    const { client, asked, answer, publish, settled } = await scripted(t);
    const joining = watched(client.join("tea"));
    publish("tea", member(1), "__leave__");
    answer("__join__", [you(1), member(2)]);
    await settled();
    assert.ok(joining.error instanceof RPCError && joining.error.code === -32002);
    // The removal may precede the join.
    assert.deepEqual(asked(), ["__join__ tea", "__leave__ tea"]);
});

test("join resolves if the server's code has joined the client again before the response", async (t) => {
    const { client, asked, answer, publish, settled } = await scripted(t);
    const joining = watched(client.join("tea"));
    publish("tea", member(1), "__leave__");
    publish("tea", member(1), "__join__");
    answer("__join__", [you(1), member(2)]);
    await settled();
    assert.deepEqual(joining.value.members.map(({ id, you }) => [id, you]), [[2, undefined], [1, true]]);
    assert.deepEqual(asked(), ["__join__ tea"]);
});

test("a removal that crosses a leave does not end a later join", async (t) => {
    const { client, room, asked, answer, publish, settled } = await joined(t, [you(1), member(2)]);
    const leaving = watched(room.leave());
    const joining = watched(client.join("tea"));
    publish("tea", member(1), "__leave__");
    answer("__leave__");
    await settled();
    assert.ok(leaving.isResolved && joining.isPending);
    answer("__join__", [member(2), you(1)]);
    await settled();
    assert.deepEqual(ids(joining.value.members), [2, 1]);
    assert.deepEqual(asked(), ["__join__ tea", "__leave__ tea", "__join__ tea"]);
});

test("the client's own entry is marked while the client is a member", async (t) => {
    const { room, publish } = await joined(t, [member(2), you(1), member(3)]);
    const own = () => room.members.filter(({ you }) => you);
    assert.deepEqual(ids(own()), [1]);
    publish("tea", member(4), "__join__");
    publish("tea", member(1, { user: "ann" }), "__join__");
    assert.deepEqual(own(), [{ id: 1, user: "ann", metadata: {}, you: true }]);
});

test("on a new connection the client is a new member, and its former entry is ignored", async (t) => {
    const { room, heard, answer, publish, settled, cut, open, asked } = await joined(t, [you(1), member(2)]);
    await cut();
    await open();
    // The server has not detected the end of the old connection yet.
    publish("tea", member(8), "__join__");
    answer("__join__", [member(1), member(2), you(7), member(9)]);
    publish("tea", member(1), "__leave__");
    publish("tea", member(9), "__leave__");
    await settled();
    assert.deepEqual(heard.splice(0), ["join 7", "join 9", "join 8", "leave 1", "leave 9"]);
    assert.deepEqual(room.members.filter(({ you }) => you).map(({ id }) => id), [7]);
    publish("tea", member(7), "__leave__");
    await settled();
    assert.equal(heard[0], "leave 7");
    assert.equal(heard[1].code, -32002);
    assert.deepEqual(asked(), ["__join__ tea"]);
});

test("a client that is removed while its room is restored gets the error, and the room is not reported as restored", async (t) => {
    const { client, heard, answer, publish, settled, cut, open } = await joined(t, [you(1)]);
    const restored = watched(new Promise((resolve) => client.on("restored", resolve)));
    await cut();
    await open();
    publish("tea", member(7), "__leave__");
    answer("__join__", [member(2), you(7)]);
    await settled();
    const { rooms, refused } = restored.value;
    assert.deepEqual(rooms, []);
    assert.deepEqual(refused.map(({ name, error }) => [name, error.code]), [["tea", -32002]]);
    assert.equal(heard.at(-1), refused[0].error);
});

test("with a server that does not mark members, the client checks whether it is still a member", async (t) => {
    const { room, heard, asked, answer, refuse, publish, settled } = await joined(t, [member(1), member(2)]);
    publish("tea", member(2), "__leave__");
    publish("tea", member(2), "__join__");
    answer("__members__", [member(1)]);
    await settled();
    publish("tea", member(2), "__leave__");
    refuse("__members__");
    await settled();
    assert.deepEqual(heard.slice(0, -1), ["leave 2", "join 2", "leave 2"]);
    assert.equal(heard.at(-1).code, -32002);
    assert.deepEqual(asked(), ["__join__ tea", "__members__ tea", "__members__ tea"]);
    const publishing = watched(room.publish("hello"));
    await settled();
    assert.equal(publishing.error, heard.at(-1));
});

test("with a server that does not mark members, join waits until the client has checked its membership", async (t) => {
    for (const when of ["before", "after"]) {
        for (const isIn of [true, false]) {
            await t.test(`${when} the response, ${isIn}`, async (t) => {
                const { client, answer, refuse, publish, settled } = await scripted(t);
                const joining = watched(client.join("tea"));
                if (when === "before") publish("tea", member(2), "__leave__");
                answer("__join__", [member(1), member(2)]);
                if (when === "after") publish("tea", member(2), "__leave__");
                await settled();
                assert.ok(joining.isPending);
                if (isIn) answer("__members__", [member(1)]);
                else refuse("__members__");
                await settled();
                if (isIn) assert.deepEqual(ids(joining.value.members), [1]);
                else assert.equal(joining.error.code, -32002);
            });
        }
    }
});

test("a room that does not announce its members is joined, left and restored, whatever its events contain", async (t) => {
    const { client, room, heard, asked, answer, publish, settled, cut, open } = await joined(t, null);
    assert.deepEqual(room.members, []);
    publish("tea", member(1), "__leave__");
    publish("tea", "hello");
    await settled();
    assert.deepEqual(heard, ["hello"]);
    const publishing = watched(room.publish("hi"));
    answer("__publish__");
    await settled();
    assert.ok(publishing.isResolved);
    const restored = watched(new Promise((resolve) => client.on("restored", resolve)));
    await cut();
    await open();
    answer("__join__", null);
    await settled();
    assert.deepEqual(restored.value, { channels: [], rooms: ["tea"], refused: [] });
    const leaving = watched(room.leave());
    answer("__leave__");
    await settled();
    assert.ok(leaving.isResolved);
    assert.deepEqual(asked(), ["__join__ tea", "__leave__ tea"]);
});

test("a real server marks the client's own entry, and the client detects its removal", async (t) => {
    const url = await sharedURL();
    const [client, other] = [await connected(t, url), await connected(t, url)];
    const name = `room.${unique("put")}`;
    assert.equal(await client.sendRPC("put_me", [name]), true);
    const others = await other.join(name);
    const room = await client.join(name);
    const own = room.members.filter(({ you }) => you);
    assert.deepEqual(own.map(({ id }) => id), [others.members[0].id]);
    assert.deepEqual(others.members.map(({ you }) => you), [undefined, true]);
    const ended = next(room, "ended");
    assert.equal(await other.sendRPC("kick", [name, own[0].id]), true);
    assert.equal((await ended).code, -32002);
});
