import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, QueueFullError, RPCError, TimeoutError } from "../../Sources/JavaScriptClient/webshocket.js";
import { startPeer } from "./support/peer.js";
import { startProxy } from "./support/proxy.js";
import { connected, sharedURL } from "./support/serving.js";
import { pause, rejection, unique, until } from "./support/waiting.js";

async function collect(stream) {
    const elements = [];
    for await (const element of stream) elements.push(element);
    return elements;
}

test("a stream yields its elements in order, and ends", async (t) => {
    const client = await connected(t, await sharedURL());
    assert.deepEqual(await collect(client.streamRPC("numbers", [5])), [0, 1, 2, 3, 4]);
    assert.deepEqual(await collect(client.streamRPC("numbers", { n: 0 })), []);
    for (const credit of [1, 2, 3, 64, 65_536]) {
        const numbers = await collect(client.streamRPC("numbers", [1000], { credit }));
        assert.ok(numbers.length === 1000 && numbers.every((number, index) => number === index), String(credit));
    }
});

test("nothing is sent before the first element is requested", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("lazy");
    const stream = client.streamRPC("numbers", [5, name]);
    assert.equal(await client.sendRPC("counted", [`${name} made`]), 0);
    assert.deepEqual(await stream.next(), { done: false, value: 0 });
    await stream.return();
});

test("a stream that is left before it begins sends nothing", async (t) => {
    const peer = await startPeer(t);
    const client = await connected(t, peer.url);
    const stream = client.streamRPC("ticks");
    assert.deepEqual(await stream.return(7), { done: true, value: 7 });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    await client.notify("last");
    await until(() => peer.peers[0].packets.length);
    assert.equal(peer.peers[0].packets[0].rpc.method, "last");
});

test("the server waits while the consumer does not take elements", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("flow");
    const made = () => client.sendRPC("counted", [`${name} made`]);
    const stream = client.streamRPC("numbers", [100_000, name], { credit: 10 });
    await stream.next();
    await until(async () => await made() >= 10);
    await pause(100);
    // The credit, and one element that the server has already produced.
    assert.ok(await made() <= 11, `${await made()} were made`);
    for (let index = 0; index < 100; index++) await stream.next();
    await until(async () => await made() >= 105);
    await pause(100);
    assert.ok(await made() <= 112, `${await made()} were made`);
    await stream.return();
});

test("leaving the loop aborts the method on the server", async (t) => {
    const client = await connected(t, await sharedURL());
    for (const leave of ["break", "throw"]) {
        const name = unique(leave);
        try {
            for await (const number of client.streamRPC("numbers", [100_000, name, 20])) {
                if (number < 2) continue;
                if (leave === "break") break;
                throw new Error("enough");
            }
        } catch (error) {
            assert.equal(error.message, "enough");
        }
        await until(async () => await client.sendRPC("counted", [`${name} aborted`]) === 1);
    }
});

test("throw() rejects with the error, and aborts the stream", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("thrown");
    const stream = client.streamRPC("numbers", [100_000, name, 20]);
    await stream.next();
    const error = new Error("given up");
    assert.equal(await rejection(stream.throw(error)), error);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    await until(async () => await client.sendRPC("counted", [`${name} aborted`]) === 1);
});

test("concurrent requests for elements resolve in order, and those after the end are done", async (t) => {
    const client = await connected(t, await sharedURL());
    const stream = client.streamRPC("numbers", [3]);
    const all = await Promise.all(Array.from({ length: 5 }, () => stream.next()));
    assert.deepEqual(all.map(({ value }) => value), [0, 1, 2, undefined, undefined]);
    assert.deepEqual(all.map(({ done }) => done), [false, false, false, true, true]);
});

test("leaving the stream ends a pending request for an element", async (t) => {
    const client = await connected(t, await sharedURL());
    const stream = client.streamRPC("numbers", [3, null, 30_000]);
    const waiting = stream.next();
    await stream.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
});

test("an error that refuses or ends the call is thrown once, after the preceding elements", async (t) => {
    const client = await connected(t, await sharedURL());
    for (const method of ["no such method", "secret"]) {
        assert.ok(await rejection(collect(client.streamRPC(method))) instanceof RPCError);
    }
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => {
            for (const element of [1, 2]) peer.element(rpc.call_id, element);
            peer.answer(rpc.call_id, "broken", { error: -32001, is_stream: true, is_end: true });
        };
    });
    const stream = (await connected(t, peer.url)).streamRPC("a");
    assert.equal((await stream.next()).value, 1);
    assert.equal((await stream.next()).value, 2);
    assert.equal((await rejection(stream.next())).message, "broken");
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test("stream rejects for a method that does not stream", async (t) => {
    const client = await connected(t, await sharedURL());
    assert.match((await rejection(collect(client.streamRPC("add", [1, 2])))).message, /sendRPC\(\)/);
});

test("a signal ends the stream at once, with its reason, and aborts the method", async (t) => {
    const client = await connected(t, await sharedURL());
    const name = unique("signal");
    const abort = new AbortController();
    const stream = client.streamRPC("numbers", [100_000, name, 20], { signal: abort.signal });
    await stream.next();
    abort.abort();
    assert.equal((await rejection(stream.next())).name, "AbortError");
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    await until(async () => await client.sendRPC("counted", [`${name} aborted`]) === 1);
    const late = client.streamRPC("numbers", [3], { signal: AbortSignal.abort() });
    assert.equal((await rejection(late.next())).name, "AbortError");
});

test("a stream's timeout covers the time until its end", async (t) => {
    const client = await connected(t, await sharedURL());
    const error = await rejection(collect(client.streamRPC("numbers", [100_000, null, 20], { timeout: 150 })));
    assert.ok(error instanceof TimeoutError);
});

test("a stream ends with its connection, after the received elements", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const client = await connected(t, proxy.url);
    const stream = client.streamRPC("numbers", [100_000, null, 10], { credit: 5 });
    await stream.next();
    await pause(200);
    proxy.cut();
    const left = [];
    const error = await rejection((async () => {
        for await (const element of stream) left.push(element);
    })());
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.delivery, "maybeExecuted");
    assert.deepEqual(left, [1, 2, 3, 4]);
});

test("the client aborts a stream if the server ignores credit and the consumer is far behind", async (t) => {
    const peer = await startPeer(t, (peer) => {
        peer.hear = ({ rpc }) => {
            if (rpc.method !== "flood") return;
            for (let element = 0; element < 9000; element++) peer.element(rpc.call_id, element);
        };
    });
    const client = await connected(t, peer.url);
    const stream = client.streamRPC("flood", [], { credit: 4 });
    await stream.next();
    await until(() => peer.peers[0].calls("__abort__").length === 1);
    let count = 1;
    const error = await rejection((async () => {
        for await (const element of stream) assert.equal(element, count++);
    })());
    assert.ok(error instanceof QueueFullError);
    assert.equal(count, 8193);
});

test("streams and calls run concurrently", async (t) => {
    const client = await connected(t, await sharedURL());
    const streams = Array.from({ length: 8 }, () => collect(client.streamRPC("numbers", [500], { credit: 7 })));
    const calls = Array.from({ length: 200 }, (_, index) => client.sendRPC("add", [index, 1]));
    for (const numbers of await Promise.all(streams)) assert.equal(numbers.at(-1), 499);
    assert.equal((await Promise.all(calls)).at(-1), 200);
});
