// Bounds on the memory and work that a server can cause in a client.

import assert from "node:assert/strict";
import { test } from "node:test";
import { timed } from "./support/timing.js";

const answer = (call_id, response) =>
    ({ source: 5, rpc: { type: "response", call_id, response, error: null, is_stream: false, is_end: false } });

const calls = (socket, method) => socket.sent.filter(({ rpc }) => rpc?.method === method).map(({ rpc }) => rpc);

/** Returns a client in a room with these members. */
async function joined(t, members) {
    const timing = timed(t);
    const { client, sockets, settled, tick } = timing;
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await connecting;
    const joining = client.join("tea");
    sockets.last.say(answer(calls(sockets.last, "__join__")[0].call_id, members));
    const room = await joining;
    await tick(1);
    const change = (event, data) => sockets.last.say({ source: 2, channel: "tea", event, data });
    return { ...timing, room, change };
}

const ids = (members) => members.map(({ id }) => id);

test("a room's members are the same array until the next change, in the order of their joins", async (t) => {
    const { room, change } = await joined(t, [{ id: 7, user: "ann" }, { id: 3 }, { id: 5 }]);
    const first = room.members;
    assert.deepEqual(ids(first), [7, 3, 5]);
    assert.equal(room.members, first);
    change("__join__", { id: 1 });
    assert.deepEqual(ids(room.members), [7, 3, 5, 1]);
    assert.equal(room.members, room.members);
    change("__join__", { id: 7, user: "bob" });
    assert.deepEqual(ids(room.members), [3, 5, 1, 7]);
    assert.equal(room.members.at(-1).user, "bob");
    change("__leave__", { id: 5 });
    change("__leave__", { id: 99 });
    assert.deepEqual(ids(room.members), [3, 1, 7]);
    assert.deepEqual(ids(first), [7, 3, 5]);
});

test("each join and leave of thousands of members is emitted once", async (t) => {
    const { room, change } = await joined(t, [{ id: 0 }]);
    const [came, left] = [[], []];
    room.on("join", ({ id }) => came.push(id));
    room.on("leave", ({ id }) => left.push(id));
    const many = Array.from({ length: 5000 }, (_, index) => index + 1);
    for (const id of many) change("__join__", { id });
    for (const id of many) change("__join__", { id });
    assert.deepEqual(ids(room.members), [0, ...many]);
    for (const id of many) change("__leave__", { id });
    for (const id of many) change("__leave__", { id });
    assert.deepEqual([came, left, ids(room.members)], [many, many, [0]]);
});

test("a room has at most 100,000 members, and one more ends the connection", async (t) => {
    const all = Array.from({ length: 99_999 }, (_, id) => ({ id }));
    const { client, room, change } = await joined(t, all);
    change("__join__", { id: 100_000 });
    change("__join__", { id: 100_000 });
    assert.equal(room.members.length, 100_000);
    assert.equal(client.state, "open");
    const reasons = [];
    client.on("waiting", ({ error }) => reasons.push(error.reason));
    change("__join__", { id: 100_001 });
    assert.equal(client.state, "waiting");
    assert.match(reasons[0], /room tea/);
    assert.equal(room.members.length, 100_000);
});

test("10,000 changes before the list of members are kept, and one more ends the connection", async (t) => {
    const { client, sockets, settled } = timed(t);
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await connecting;
    client.join("tea").catch(() => {});
    const join = (id) => sockets.last.say({ source: 2, channel: "tea", event: "__join__", data: { id } });
    for (let id = 1; id <= 10_000; id++) join(id);
    assert.equal(client.state, "open");
    join(10_001);
    assert.equal(client.state, "waiting");
});

test("if a server repeats that the client has left, only one request for the members is in flight", async (t) => {
    const { client, sockets, settled, change } = await joined(t, [{ id: 1 }, { id: 2 }]);
    for (let count = 0; count < 100; count++) change("__leave__", { id: 2 });
    await settled();
    assert.equal(calls(sockets.last, "__members__").length, 1);
    sockets.last.say(answer(calls(sockets.last, "__members__")[0].call_id, []));
    await settled();
    change("__leave__", { id: 2 });
    await settled();
    assert.equal(calls(sockets.last, "__members__").length, 2);
    assert.equal(client.state, "open");
});

test("messages of channels and rooms that the client never requested are not kept", async (t) => {
    const { client, sockets, room } = await joined(t, [{ id: 1 }]);
    const heard = [];
    client.on("message", ({ channel }) => heard.push(channel));
    for (let number = 0; number < 1000; number++) {
        sockets.last.say({ source: 2, channel: `other.${number}`, event: "__join__", data: { id: number } });
    }
    assert.equal(heard.length, 1000);
    assert.deepEqual(ids(room.members), [1]);
});

test("messages that exceed the socket's buffer are sent in order when it has room", async (t) => {
    const { client, sockets, tick } = await joined(t, []);
    const socket = sockets.last;
    socket.sent.length = 0;
    socket.bufferedAmount = 1_000_000;
    const sending = Array.from({ length: 1000 }, (_, number) => client.send(number));
    assert.equal(client.queued.items, 1000);
    // The buffer has room for some messages, and then for none.
    const send = socket.send.bind(socket);
    socket.send = (text) => {
        send(text);
        if (socket.sent.length % 300 === 0) socket.bufferedAmount = 1_000_000;
    };
    for (const sent of [300, 600, 900]) {
        socket.bufferedAmount = 0;
        await tick(20);
        assert.equal(socket.sent.length, sent);
    }
    sending.push(client.send(1000));
    assert.equal(client.queued.items, 101);
    socket.bufferedAmount = 0;
    await tick(20);
    await Promise.all(sending);
    assert.deepEqual(socket.sent.map(({ data }) => data), Array.from({ length: 1001 }, (_, number) => number));
    assert.equal(client.queued.items, 0);
});

test("any number of waiting elements are taken in order", async (t) => {
    const { client, sockets, settled } = await joined(t, []);
    const stream = client.streamRPC("numbers", [], { credit: 8192 });
    const first = stream.next();
    const { call_id } = calls(sockets.last, "numbers")[0];
    const element = (response) => {
        const packet = answer(call_id, response);
        packet.rpc.is_stream = true;
        sockets.last.say(packet);
    };
    for (let number = 0; number < 20_000; number++) element(number);
    const taken = [(await first).value];
    while (taken.length < 10_000) taken.push((await stream.next()).value);
    for (let number = 20_000; number < 20_100; number++) element(number);
    const waiting = [];
    while (taken.length + waiting.length < 20_100) waiting.push(stream.next());
    for (const each of waiting) taken.push((await each).value);
    assert.deepEqual(taken, Array.from({ length: 20_100 }, (_, number) => number));
    const last = stream.next();
    element("last");
    assert.equal((await last).value, "last");
    await settled();
});
