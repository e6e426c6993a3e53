// A server that shuts down refuses calls with -32007. They were not run, and wait for the next connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startPeer } from "./support/peer.js";
import { connected, makeClient } from "./support/serving.js";
import { timed } from "./support/timing.js";
import { next, rejection, until } from "./support/waiting.js";

const refusal = { error: -32603, code: -32007, retry_after: 0.02 };
const text = "The server is shutting down.";

/** Starts a server whose first connection refuses calls, and whose other connections respond with the method's name. */
const startLeaving = (t, refuse = ({ rpc }, peer) => peer.answer(rpc.call_id, text, refusal)) =>
    startPeer(t, (peer, number) => {
        peer.hear = (packet) => {
            if (number === 1) refuse(packet, peer);
            else if (packet.rpc && !packet.rpc.notify) peer.answer(packet.rpc.call_id, packet.rpc.method, {});
        };
    });

const said = (peer) => peer.packets.map(({ rpc, data }) => rpc?.method ?? data);

test("a call that is refused with -32007 is sent on the next connection, even if it is not idempotent", async (t) => {
    const server = await startLeaving(t);
    const client = await connected(t, server.url);
    const calling = client.sendRPC("a");
    await until(() => client.queued.items === 1);
    server.peers[0].close(1001, "Server is shutting down; retry-after=0.02");
    assert.equal(await calling, "a");
    assert.deepEqual(said(server.peers[0]), ["a"]);
    assert.deepEqual(said(server.peers[1]), ["a"]);
});

test("holds all later messages, and sends everything in the original order", async (t) => {
    const calls = [];
    const server = await startLeaving(t, ({ rpc }) => calls.push(rpc));
    const client = await connected(t, server.url);
    const waiting = ["a", "b", "c"].map((method) => client.sendRPC(method));
    await until(() => calls.length === 3);
    // The calls after it are refused later, and in a different order.
    const [peer] = server.peers;
    peer.answer(calls[1].call_id, text, refusal);
    await until(() => client.queued.items === 1);
    waiting.push(client.sendRPC("d"));
    const posting = [client.notify("e"), client.send("f")];
    const stream = client.streamRPC("g").next();
    await until(() => client.queued.items === 5);
    peer.answer(calls[2].call_id, text, refusal);
    peer.answer(calls[0].call_id, "done");
    assert.equal(await waiting[0], "done");
    assert.equal(client.queued.items, 6);
    assert.equal(client.state, "open");
    assert.equal(calls.length, 3);
    peer.close(1001, "; retry-after=0");
    assert.deepEqual(await Promise.all(waiting.slice(1)), ["b", "c", "d"]);
    await Promise.all(posting);
    await rejection(stream);
    assert.deepEqual(said(server.peers[1]), ["b", "c", "d", "e", "f", "g"]);
});

test("a stream that ends with -32007 fails with retryAfter, and a retry does not spin", async (t) => {
    const server = await startLeaving(t, ({ rpc }, peer) => {
        peer.element(rpc.call_id, 1);
        peer.answer(rpc.call_id, text, { ...refusal, is_stream: true, is_end: true });
    });
    const client = await connected(t, server.url);
    const elements = [];
    const errors = [];
    const consume = async () => {
        while (errors.length < 100) {
            try {
                for await (const element of client.streamRPC("numbers")) elements.push(element);
                return;
            } catch (error) {
                errors.push(error);
            }
        }
    };
    const consuming = consume();
    await until(() => client.queued.items === 1);
    server.behave = (peer) => {
        peer.hear = ({ rpc }) => peer.answer(rpc.call_id, null, { is_stream: true, is_end: true });
    };
    server.peers[0].close(1001);
    await consuming;
    assert.deepEqual(elements, [1]);
    assert.deepEqual(errors.map(({ name, code, retryAfter }) => [name, code, retryAfter]), [["RPCError", -32007, 20]]);
    assert.deepEqual(server.peers.map(said), [["numbers"], ["numbers"]]);
});

for (const [name, options] of [["the queue is off", { offlineQueue: { items: 0 } }], ["the client does not reconnect", { reconnect: false }]]) {
    test(`fails at once if ${name}, and nothing more is sent`, async (t) => {
        const server = await startLeaving(t);
        const client = await connected(t, server.url, options);
        for (const error of [await rejection(client.sendRPC("a")), await rejection(client.sendRPC("b")), await rejection(client.send("c"))]) {
            assert.deepEqual([error.name, error.code, error.retryAfter, error.delivery], ["RPCError", -32007, 20, "notSent"]);
        }
        await client.close();
        assert.deepEqual(said(server.peers[0]), ["a"]);
    });
}

/** Returns a client without a network, whose only call was refused with a retry_after of 5 s. */
async function refused(t, options) {
    t.mock.method(Math, "random", () => 1);
    const timing = timed(t, { callTimeout: Infinity, ...options });
    const { client, sockets, settled } = timing;
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await connecting;
    const calling = client.sendRPC("a", [], { idempotent: options?.idempotent });
    const [{ rpc }] = sockets.last.sent;
    sockets.last.answer(rpc.call_id, text, { ...refusal, retry_after: 5 });
    return { ...timing, calling };
}

for (const [reason, delay] of [["", 3000], ["; retry-after=1", 3000], ["; retry-after=4", 4000]]) {
    test(`retry_after of the refusal is the minimum pause, here after "${reason}"`, async (t) => {
        const { client, sockets, tick, calling } = await refused(t);
        await tick(2000);
        const waiting = next(client, "waiting");
        sockets.last.end(1001, reason);
        assert.equal((await waiting).delay, delay);
        await tick(delay - 1);
        assert.equal(sockets.all.length, 1);
        await tick(1);
        sockets.last.open();
        await tick(0);
        sockets.last.answer(sockets.last.sent[0].rpc.call_id, "done");
        assert.equal(await calling, "done");
    });
}

test("waits no longer than the queue's time to live", async (t) => {
    const { client, tick, calling } = await refused(t, { offlineQueue: { timeToLive: 1000 } });
    const error = rejection(calling);
    await tick(1000);
    assert.equal((await error).delivery, "notSent");
    assert.equal(client.queued.items, 0);
});

test("the queue's limits apply to refused calls", async (t) => {
    const { client, calling } = await refused(t, { offlineQueue: { items: 2 } });
    calling.catch(() => {});
    const second = rejection(client.sendRPC("b"));
    const error = await rejection(client.sendRPC("c"));
    assert.deepEqual([error.name, error.delivery], ["QueueFullError", "notSent"]);
    await client.close();
    assert.equal((await second).delivery, "notSent");
});

test("a call's own timeout continues, and has delivery notSent", async (t) => {
    const { client, tick, calling } = await refused(t);
    calling.catch(() => {});
    const error = rejection(client.sendRPC("b", [], { timeout: 100 }));
    await tick(100);
    assert.deepEqual([(await error).name, (await error).delivery], ["TimeoutError", "notSent"]);
});

test("fails with the refusal if the connection ends for good", async (t) => {
    const { client, sockets, calling } = await refused(t);
    const closing = next(client, "close");
    sockets.last.end(1001, "; retry-after=never");
    await closing;
    const error = await rejection(calling);
    assert.deepEqual([error.name, error.code, error.retryAfter, error.delivery], ["RPCError", -32007, 5000, "notSent"]);
});

test("the client ends the connection if the server does not, when no response is pending", async (t) => {
    const { client, sockets, tick, settled } = timed(t, { callTimeout: Infinity });
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await connecting;
    const long = client.sendRPC("long");
    client.sendRPC("a").catch(() => {});
    const [first, second] = sockets.last.sent.map(({ rpc }) => rpc.call_id);
    sockets.last.answer(second, text, refusal);
    await tick(15_000);
    assert.equal(client.state, "open");
    sockets.last.answer(first, "done");
    assert.equal(await long, "done");
    await tick(15_000);
    assert.equal(client.state, "waiting");
});

/** Returns a client whose server is shutting down while one request is pending. */
async function awaiting(t, request) {
    const timing = timed(t, { callTimeout: Infinity });
    const { client, sockets, settled } = timing;
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await connecting;
    const outcome = rejection(request(client));
    client.sendRPC("a").catch(() => {});
    sockets.last.answer(sockets.last.sent[1].rpc.call_id, text, refusal);
    return { ...timing, outcome };
}

test("the client ends the connection if the server does not end its streams during a shutdown", async (t) => {
    const { client, outcome, tick } = await awaiting(t, (client) => client.streamRPC("endless").next());
    await tick(14_999);
    assert.equal(client.state, "open");
    await tick(1);
    assert.equal(client.state, "waiting");
    assert.equal((await outcome).name, "ConnectionError");
});

test("the client ends the connection to a server that shuts down after a minute, whatever is pending", async (t) => {
    const { client, outcome, tick } = await awaiting(t, (client) => client.sendRPC("endless"));
    for (let round = 0; round < 3; round++) await tick(15_000);
    await tick(14_999);
    assert.equal(client.state, "open");
    await tick(1);
    assert.equal(client.state, "waiting");
    assert.equal((await outcome).delivery, "maybeExecuted");
});

/** Returns a client whose first connection is being prepared, and a function that refuses the preparation's call. */
async function preparing(t, options) {
    t.mock.method(Math, "random", () => 1);
    const timing = timed(t, options);
    const { client, sockets, settled } = timing;
    client.connect({ retry: true }).catch(() => {});
    await settled();
    sockets.last.open();
    await settled();
    const waiting = next(client, "waiting");
    const refuse = (retry_after) =>
        sockets.last.answer(sockets.last.sent[0].rpc.call_id, text, { ...refusal, retry_after });
    return { ...timing, waiting, refuse };
}

for (const [name, options] of [
    ["a preparation", { prepare: (client) => client.sendRPC("login") }],
    ["a token", { token: "good" }],
]) {
    for (const [advice, delay] of [[5, 5000], [0.1, 500]]) {
        test(`${name} that is refused with -32007 waits for the longer of ${advice} s and the client's own pause`, async (t) => {
            const { waiting, refuse } = await preparing(t, options);
            refuse(advice);
            assert.equal((await waiting).delay, delay);
        });
    }
}

test("retry_after of the refusal applies if the connection ends while it is prepared", async (t) => {
    const prepare = async (client) => {
        await client.sendRPC("login").catch(() => {});
        await client.sendRPC("register");
    };
    const { sockets, settled, waiting, refuse } = await preparing(t, { prepare });
    refuse(5);
    await settled();
    assert.deepEqual(sockets.last.sent.map(({ rpc }) => rpc.method), ["login", "register"]);
    sockets.last.end(1006);
    assert.equal((await waiting).delay, 5000);
});

test("a preparation that is refused with -32007 is retried after retry_after", async (t) => {
    const server = await startLeaving(t);
    const client = makeClient(t, server.url, { prepare: (client) => client.sendRPC("login") });
    await client.connect({ retry: true });
    assert.deepEqual(server.peers.map(said), [["login"], ["login"]]);
});

test("an idempotent call that was sent before may have run", async (t) => {
    const server = await startPeer(t, (peer, number) => {
        peer.hear = ({ rpc }) => {
            if (number === 1) peer.destroy();
            else peer.answer(rpc.call_id, text, refusal);
        };
    });
    const client = await connected(t, server.url, { reconnect: { base: 1, cap: 2 } });
    const calling = rejection(client.sendRPC("a", [], { idempotent: true }));
    await until(() => server.peers[1]?.packets.length === 1 && client.queued.items === 1);
    await client.close();
    assert.equal((await calling).delivery, "maybeExecuted");
});
