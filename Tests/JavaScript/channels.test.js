import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, RPCError, WebshocketClient } from "../../Sources/JavaScriptClient/webshocket.js";
import { fakeSockets, startPeer } from "./support/peer.js";
import { startProxy } from "./support/proxy.js";
import { connected, makeClient, sharedURL, startServer } from "./support/serving.js";
import { next, rejection, unique, until } from "./support/waiting.js";

const mine = (client) => client.sendRPC("mine");

test("a handler receives messages of its channel from clients and from the server", async (t) => {
    const url = await sharedURL();
    const [client, other] = [await connected(t, url), await connected(t, url)];
    const channel = unique("news");
    const heard = [];
    await client.subscribe(channel, ({ channel, data, event, source }) => heard.push([channel, data, event, source]));
    await other.publish(channel, { a: 1 }, { event: "rain" });
    await client.publish(channel, "not to oneself");
    await client.sendRPC("tell", [channel, null]);
    await until(() => heard.length === 2);
    assert.deepEqual(heard, [[channel, { a: 1 }, "rain", "channel"], [channel, null, undefined, "channel"]]);
});

test("handlers of one pattern share a subscription, which ends with the last handler", async (t) => {
    const client = await connected(t, await sharedURL());
    const pattern = `${unique("scores")}.*`;
    const channel = pattern.replace("*", "tennis");
    const heard = [];
    const subscriptions = await Promise.all(["a", "b", "c"].map((name) =>
        client.subscribe(pattern, ({ data }) => heard.push(name + data))));
    assert.deepEqual((await mine(client)).channels, [pattern]);
    assert.equal(subscriptions[0].pattern, pattern);
    await client.sendRPC("tell", [channel, 1]);
    assert.deepEqual(heard.splice(0), ["a1", "b1", "c1"]);
    await subscriptions[1].unsubscribe();
    await client.sendRPC("tell", [channel, 2]);
    assert.deepEqual(heard.splice(0), ["a2", "c2"]);
    await subscriptions[0].unsubscribe();
    await subscriptions[2].unsubscribe();
    await subscriptions[2].unsubscribe();
    assert.deepEqual((await mine(client)).channels, []);
    await client.sendRPC("tell", [channel, 3]);
    assert.deepEqual(heard, []);
});

test("after subscribing and unsubscribing in any order, the last operation decides", async (t) => {
    const client = await connected(t, await sharedURL());
    const channel = unique("changing");
    for (const last of ["on", "off"]) {
        const works = [];
        for (let index = 0; index < 10; index++) {
            works.push(client.subscribe(channel, () => {}).then((subscription) => subscription.unsubscribe()));
        }
        await Promise.all(works);
        const subscription = await client.subscribe(channel, () => {});
        if (last === "off") await subscription.unsubscribe();
        assert.deepEqual((await mine(client)).channels, last === "on" ? [channel] : []);
        await subscription.unsubscribe();
    }
});

test("a message that several patterns match reaches each handler once", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("all");
    const heard = [];
    for (const pattern of [`${name}.a.b`, `${name}.*.b`, `${name}.**`, `${name}.*`, `${name}/*`]) {
        await client.subscribe(pattern, () => heard.push(pattern));
    }
    await client.sendRPC("tell", [`${name}.a.b`, 1]);
    assert.deepEqual(heard, [`${name}.a.b`, `${name}.*.b`, `${name}.**`]);
});

test("a refused subscription rejects, and its handler receives nothing", async (t) => {
    const client = await connected(t, await sharedURL());
    const ended = t.mock.fn();
    const error = await rejection(client.subscribe("private.a", () => {}, { ended }));
    assert.ok(error instanceof RPCError);
    assert.equal(error.code, -32002);
    assert.equal((await rejection(client.subscribe("half*", () => {}))).code, -32602);
    assert.equal(ended.mock.callCount(), 0);
    await client.sendRPC("login", ["ann"]);
    await client.subscribe("private.a", () => {});
    assert.deepEqual((await mine(client)).channels, ["private.a"]);
});

test("subscriptions and rooms are restored, and the event \"restored\" lists them", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url);
    const names = [unique("a"), unique("b")];
    const heard = [];
    for (const name of names) await client.subscribe(name, ({ data }) => heard.push(data));
    const gone = await client.subscribe(unique("gone"), () => {});
    await gone.unsubscribe();
    const room = await client.join(`room.${unique("tea")}`);
    const restored = next(client, "restored");
    proxy.cut();
    assert.deepEqual(await restored, { channels: names, rooms: [room.name], refused: [] });
    assert.deepEqual(await mine(client), { channels: names.toSorted(), rooms: [room.name] });
    await client.sendRPC("tell", [names[1], "again"]);
    assert.deepEqual(heard, ["again"]);
    assert.equal(room.members.length, 1);
});

test("a refusal on a new connection ends only the subscription or room that is refused", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url);
    const judge = await connected(t, await sharedURL());
    const [open, shut, room] = [unique("open"), unique("shut"), `room.${unique("shut")}`];
    const ended = [];
    await client.subscribe(open, () => {}, { ended: () => ended.push("open") });
    await client.subscribe(shut, () => {}, { ended: ({ code }) => ended.push(code) });
    (await client.join(room)).on("ended", ({ code }) => ended.push(`room ${code}`));
    for (const name of [shut, room]) await judge.sendRPC("set_closed", [name, true]);
    proxy.cut();
    const { channels, rooms, refused } = await next(client, "restored");
    assert.deepEqual(channels, [open]);
    assert.deepEqual(rooms, []);
    assert.deepEqual(refused.map(({ name, error }) => [name, error.code]).toSorted(), [[room, -32002], [shut, -32002]].toSorted());
    assert.deepEqual(ended.toSorted(), [-32002, "room -32002"].toSorted());
    for (const name of [shut, room]) await judge.sendRPC("set_closed", [name, false]);
    proxy.cut();
    assert.deepEqual((await next(client, "restored")).channels, [open]);
});

test("after a temporary refusal, the request is repeated on the same connection", async (t) => {
    const peer = await startPeer(t, (peer, number) => {
        let refusals = number === 1 ? 0 : 2;
        peer.hear = ({ rpc }) => rpc.method === "__subscribe__" && refusals-- > 0
            ? peer.answer(rpc.call_id, "Rate limit exceeded.", { error: -32000, retry_after: 0.01 })
            : peer.answer(rpc.call_id, true);
    });
    const client = await connected(t, peer.url);
    await client.subscribe("a", () => {});
    peer.peers[0].destroy();
    assert.deepEqual((await next(client, "restored")).channels, ["a"]);
    assert.equal(peer.peers[1].calls("__subscribe__").length, 3);
});

test("if a server does not respond to restored subscriptions, the client reconnects", async (t) => {
    const peer = await startPeer(t, (peer, number) => {
        peer.hear = ({ rpc }) => number !== 2 && peer.answer(rpc.call_id, true);
    });
    const client = await connected(t, peer.url, { callTimeout: 60 });
    await client.subscribe("a", () => {});
    peer.peers[0].destroy();
    assert.deepEqual((await next(client, "restored")).channels, ["a"]);
    assert.equal(peer.peers.length, 3);
});

test("a request that is abandoned without a connection is not made on the next one", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url);
    const subscription = await client.subscribe(unique("a"), () => {});
    const room = await client.join(`room.${unique("a")}`);
    const kept = unique("kept");
    await client.subscribe(kept, () => {});
    proxy.refuse();
    proxy.cut();
    await next(client, "waiting");
    await subscription.unsubscribe();
    await room.leave();
    proxy.refuse(false);
    assert.deepEqual(await next(client, "restored"), { channels: [kept], rooms: [], refused: [] });
    assert.deepEqual(await mine(client), { channels: [kept], rooms: [] });
});

test("a subscription or room that ends while it is being restored also ends on the server", async (t) => {
    const peer = await startPeer(t, (peer, number) => {
        let late;
        peer.hear = ({ rpc }) => {
            if (number > 1 && rpc.method === "__subscribe__") return void (late = rpc.call_id);
            peer.answer(rpc.call_id, true);
            if (late) peer.answer(late, true);
        };
    });
    const client = await connected(t, peer.url);
    const kept = await client.subscribe("kept", () => {});
    const given = await client.subscribe("given", () => {});
    peer.peers[0].destroy();
    await next(client, "open");
    const restored = next(client, "restored");
    await given.unsubscribe();
    assert.deepEqual(await restored, { channels: [kept.pattern], rooms: [], refused: [] });
    await until(() => peer.peers[1].calls("__unsubscribe__").length === 2);
    assert.ok(peer.peers[1].calls("__unsubscribe__").every(({ args }) => args[0][0] === "given"));
});

test("a subscription that is in flight when the connection is lost is made on the next one", async (t) => {
    const peer = await startPeer(t, (peer, number) => {
        peer.hear = ({ rpc }) => number > 1 && peer.answer(rpc.call_id, true);
    });
    const client = await connected(t, peer.url);
    const subscribing = client.subscribe("a", () => {});
    await until(() => peer.peers[0].packets.length);
    peer.peers[0].destroy();
    await subscribing;
    assert.equal(peer.peers[1].calls("__subscribe__").length, 1);
});

test("a subscription whose response is too late is withdrawn", async (t) => {
    const peer = await startPeer(t);
    const client = await connected(t, peer.url, { callTimeout: 40 });
    await rejection(client.subscribe("a", () => {}));
    await until(() => peer.peers[0].calls("__unsubscribe__").length === 1);
    assert.deepEqual(peer.peers[0].calls("__unsubscribe__")[0].args, [["a"]]);
});

test("members of a room receive joins, leaves and messages", async (t) => {
    const url = await sharedURL();
    const [ann, bob] = [await connected(t, url), await connected(t, url)];
    await ann.sendRPC("login", ["ann"]);
    await bob.sendRPC("login", ["bob"]);
    const name = `room.${unique("tea")}`;
    const room = await ann.join(name);
    assert.equal(room.name, name);
    assert.deepEqual(room.members.map(({ user, metadata }) => [user, metadata]), [["ann", { mood: "good" }]]);
    const heard = [];
    for (const event of ["join", "leave"]) room.on(event, ({ user }) => heard.push(`${event} ${user}`));
    room.on("message", ({ data, event }) => heard.push(`${event}: ${data}`));
    const off = room.on("says", ({ data }) => heard.push(`says ${data}`));
    const bobs = await bob.join(name);
    assert.deepEqual(bobs.members.map(({ user }) => user), ["ann", "bob"]);
    await until(() => room.members.length === 2);
    await bobs.publish("hello", { event: "says" });
    await until(() => heard.includes("says hello"));
    off();
    await bobs.publish("again", { event: "says" });
    await bobs.publish("join?", { event: "join" });
    await bobs.leave();
    await until(() => room.members.length === 1);
    assert.deepEqual(heard, ["join bob", "says: hello", "says hello", "says: again", "join: join?", "leave bob"]);
    assert.deepEqual((await mine(bob)).rooms, []);
    const before = room.members;
    const again = await bob.join(name);
    await until(() => room.members.length === 2);
    assert.equal(before.length, 1);
    await bob.close();
    await until(() => room.members.length === 1);
    assert.equal(again.members.length, 2);
});

test("a client that joins a room twice is a member once", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = `room.${unique("twice")}`;
    const rooms = await Promise.all([client.join(name), client.join(name)]);
    assert.equal(rooms[0], rooms[1]);
    assert.equal(rooms[0].members.length, 1);
    await rooms[0].leave();
    await rooms[1].leave();
    assert.deepEqual((await mine(client)).rooms, []);
    assert.equal((await client.join(name)).members.length, 1);
});

test("joining a refused room rejects", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = `room.${unique("shut")}`;
    await client.sendRPC("set_closed", [name, true]);
    assert.equal((await rejection(client.join(name))).code, -32002);
    await client.sendRPC("set_closed", [name, false]);
    await client.join(name);
});

test("a room that does not announce its members can be joined too", async (t) => {
    const url = await sharedURL();
    const [client, other] = [await connected(t, url), await connected(t, url)];
    const room = await client.join(unique("plain"));
    assert.deepEqual(room.members, []);
    const heard = next(room, "message");
    await other.publish(room.name, 7);
    assert.equal((await heard).data, 7);
});

test("joins and leaves during a lost connection are emitted later", async (t) => {
    const url = await sharedURL();
    const proxy = await startProxy(t, url);
    const [client, stays, goes, comes] = await Promise.all([connected(t, proxy.url), connected(t, url), connected(t, url), connected(t, url)]);
    for (const [user, each] of Object.entries({ me: client, stays, goes, comes })) await each.sendRPC("login", [user]);
    const name = `room.${unique("later")}`;
    await stays.join(name);
    const left = await goes.join(name);
    const room = await client.join(name);
    const heard = [];
    for (const event of ["join", "leave"]) room.on(event, ({ user }) => heard.push(`${event} ${user}`));
    proxy.refuse();
    proxy.cut();
    await next(client, "waiting");
    await left.leave();
    await comes.join(name);
    assert.equal(room.members.length, 3);
    proxy.refuse(false);
    await next(client, "restored");
    assert.deepEqual(room.members.map(({ user }) => user), ["stays", "comes", undefined]);
    // The client's own entry is a new one.
    assert.deepEqual(heard.filter((line) => !line.endsWith("me") && !line.endsWith("undefined")), ["leave goes", "join comes"]);
});

test("a client that is removed from a room gets an error, and does not join again by itself", async (t) => {
    const url = await sharedURL();
    const proxy = await startProxy(t, url);
    const [client, other] = [await connected(t, proxy.url), await connected(t, url)];
    const name = `room.${unique("kicked")}`;
    const others = await other.join(name);
    const room = await client.join(name);
    const ended = next(room, "ended");
    assert.equal(await other.sendRPC("kick", [name, room.members.at(-1).id]), true);
    assert.ok(await ended instanceof RPCError);
    await until(() => others.members.length === 1);
    await client.subscribe(unique("kept"), () => {});
    proxy.cut();
    assert.deepEqual((await next(client, "restored")).rooms, []);
    await room.leave();
});

test("a member that joins while the list of members is in flight is on the list", async (t) => {
    const event = (name, id) => ({ source: 2, channel: "room.a", event: name, data: { id, metadata: {} } });
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => {
            peer.send(event("__join__", 3));
            peer.send(event("__leave__", 1));
            peer.send({ ...event("__join__", 4), data: "nobody" });
            peer.answer(rpc.call_id, [{ id: 1, metadata: {} }, { id: 2, metadata: {} }, 7, null]);
        };
    });
    const room = await (await connected(t, peer.url)).join("room.a");
    assert.deepEqual(room.members.map(({ id }) => id), [2, 3]);
});

test("a listener that is added when join resolves receives all messages after the response, in order", async (t) => {
    const said = (event, data) => ({ source: 2, channel: "room.a", event, data });
    const member = (id) => ({ id, metadata: {} });
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => peer.together(() => {
            peer.send(said("__join__", member(3)));
            peer.answer(rpc.call_id, [member(2), member(1)]);
            peer.send(said("says", "first"));
            peer.send(said("__leave__", member(2)));
            for (let index = 0; index < 1000; index++) peer.send(said("counts", index));
            peer.send(said("__join__", member(4)));
        });
    });
    const client = await connected(t, peer.url);
    const heard = [];
    const listen = async () => {
        const room = await client.join("room.a");
        assert.deepEqual(room.members.map(({ id }) => id), [2, 1, 3]);
        return room;
    };
    const room = await listen();
    room.on("join", ({ id }) => heard.push(`join ${id}`));
    room.on("leave", ({ id }) => heard.push(`leave ${id}`));
    room.on("message", ({ data }) => heard.push(data));
    await until(() => heard.at(-1) === "join 4");
    assert.deepEqual(heard, ["first", "leave 2", ...Array.from({ length: 1000 }, (_, index) => index), "join 4"]);
    assert.deepEqual(room.members.map(({ id }) => id), [1, 3, 4]);
});

test("on a new connection, joins are emitted before the messages of the new members", async (t) => {
    const peer = await startPeer(t, (peer, number) => {
        peer.hear = ({ rpc }) => peer.together(() => {
            peer.answer(rpc.call_id, [{ id: number, metadata: {} }]);
            if (number === 1) return;
            peer.send({ source: 2, channel: "room.a", event: "__join__", data: { id: 7, metadata: {} } });
            peer.send({ source: 2, channel: "room.a", data: "hello" });
        });
    });
    const client = await connected(t, peer.url);
    const room = await client.join("room.a");
    const heard = [];
    for (const event of ["join", "leave"]) room.on(event, ({ id }) => heard.push(`${event} ${id}`));
    room.on("message", ({ data }) => heard.push(data));
    peer.peers[0].destroy();
    await until(() => heard.includes("hello"));
    assert.deepEqual(heard, ["leave 1", "join 2", "join 7", "hello"]);
});

test("subscriptions and rooms survive close and connect", async (t) => {
    const client = await connected(t, await sharedURL());
    const channel = unique("kept");
    await client.subscribe(channel, () => {});
    await client.close();
    await client.connect();
    assert.deepEqual((await next(client, "restored")).channels, [channel]);
});

test("subscribing without a connection fails if no connection is made in time", async (t) => {
    const client = makeClient(t, "ws://127.0.0.1:1", { offlineQueue: { timeToLive: 40 } });
    client.connect({ retry: true }).catch(() => {});
    assert.ok(await rejection(client.subscribe("a", () => {})) instanceof ConnectionError);
});

// Patterns, with the server's semantics.

/** Returns the names for which a handler of the pattern is called. */
async function heardBy(t, patterns, pattern, names) {
    const sockets = fakeSockets();
    const client = new WebshocketClient("ws://x", { WebSocket: sockets, patterns, heartbeat: false });
    t.after(() => client.close());
    const connecting = client.connect();
    await until(() => sockets.all.length);
    sockets.last.open();
    await connecting;
    const heard = [];
    const subscribing = client.subscribe(pattern, ({ channel }) => heard.push(channel));
    sockets.last.say({ source: 5, rpc: { type: "response", call_id: sockets.last.sent[0].rpc.call_id, response: true } });
    await subscribing;
    for (const channel of names) sockets.last.say({ source: 2, channel, data: 1 });
    return heard;
}

const segments = [
    ["news", ["news"], ["news.a", "New", "*"]],
    ["news.*", ["news.a", "news."], ["news", "news.a.b", "news/a", "xnews.a"]],
    ["news.**", ["news", "news.a", "news.a.b", "news/a"], ["newsx", "x.news"]],
    ["**.goal", ["goal", "a.goal", "a.b.goal", "a/b.goal"], ["goal.a", "a/goal"]],
    ["a.**.z", ["a.z", "a.b.z", "a.b.c.z"], ["a", "z", "a.b"]],
    ["**", ["a", "a.b/c:d", ""], []],
    ["*", ["a", ""], ["a.b"]],
    ["*.*", ["a.b", ".b"], ["a", "a/b", "a.b.c"]],
    ["a:*/c", ["a:b/c"], ["a.b/c", "a:b.c"]],
    ["a..*", ["a..b"], ["a.b"]],
    [".*", [".a"], ["a", "x.a"]],
    ["**.a.**.b.**", ["a.b", "x.a.y.b.z"], ["b.a"]],
];

const globs = [
    ["news.*", ["news.", "news.a", "news.a.b"], ["news"]],
    ["?", ["a", "\u{1F600}"], ["", "ab"]],
    ["[abc]x", ["ax", "cx"], ["dx", "x"]],
    ["[a-c]", ["a", "b", "c"], ["d", "-"]],
    ["[!a-c]", ["d", "-"], ["a"]],
    ["[]]", ["]"], ["["]],
    ["[!]]", ["a"], ["]"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["[*]", ["*"], ["a"]],
    ["[c-a]", [], ["a", "b", "c", "-"]],
    ["[", ["["], ["a"]],
    ["[!]", ["[!]"], ["a"]],
    ["a*b*c", ["abc", "axxbxxc", "abcbc"], ["ab", "acb"]],
    ["**", ["a", ""], []],
    ["a.b", ["a.b"], ["axb"]],
    ["(a|b)+", ["(a|b)+"], ["a"]],
];

for (const [syntax, table] of Object.entries({ segments, globs })) {
    for (const [pattern, inside, outside] of table) {
        test(`in ${syntax}, ${pattern} matches ${JSON.stringify(inside)} and not ${JSON.stringify(outside)}`, async (t) => {
            assert.deepEqual(await heardBy(t, syntax, pattern, [...inside, ...outside]), inside);
        });
    }
}

test("a pattern with many wildcards is matched quickly", async (t) => {
    // Backtracking into each wildcard would never end.
    const names = [`${"a".repeat(250)}`, "a.".repeat(120)];
    await heardBy(t, "globs", "a*a*a*a*a*a*a*a*b", names);
    await heardBy(t, "segments", "**.a.**.a.**.a.**.a.**.a.**.a.**.a.**.b", names);
});

test("the server and the client match patterns in the same way", async (t) => {
    for (const [syntax, table] of Object.entries({ segments, globs })) {
        const server = (await startServer("--patterns", syntax)).stopAfter(t);
        const client = await connected(t, server.url, { patterns: syntax });
        for (const [pattern, inside, outside] of table) {
            const heard = [];
            const subscription = await client.subscribe(pattern, ({ channel }) => heard.push(channel));
            // A name must not be empty or contain a wildcard.
            const names = [...inside, ...outside].filter((name) => name && !/[*]/.test(name) && !(syntax === "globs" && /[[\]?]/.test(name)));
            for (const name of names) await client.sendRPC("tell", [name, 1]);
            assert.deepEqual(heard, inside.filter((name) => names.includes(name)), `${syntax} ${pattern}`);
            await subscription.unsubscribe();
        }
    }
});
