import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionError, QueueFullError, TimeoutError } from "../../Sources/JavaScriptClient/webshocket.js";
import { startProxy } from "./support/proxy.js";
import { connected, sharedURL } from "./support/serving.js";
import { pause, unique, until } from "./support/waiting.js";

test("during random cuts and stalls no call hangs, and only idempotent calls run twice", async (t) => {
    const proxy = await startProxy(t, await sharedURL());
    const direct = await connected(t, await sharedURL());
    const unhandled = [];
    const note = (error) => unhandled.push(error);
    process.on("unhandledRejection", note);
    t.after(() => process.off("unhandledRejection", note));

    const counts = { answered: 0, notSent: 0, maybeExecuted: 0, elements: 0, cuts: 0 };
    const isDone = () => counts.cuts >= 20 && counts.answered >= 50 && counts.elements >= 50;
    const pending = new Set();
    const names = [];
    const clients = await Promise.all(Array.from({ length: 8 }, () => connected(t, proxy.url, {
        heartbeat: { interval: 100, timeout: 300 }, reconnect: { base: 10, cap: 100, healthyAfter: 50 }, callTimeout: 2000,
    })));
    const channels = await Promise.all(clients.map(async (client) => {
        const channel = unique("soak");
        await client.subscribe(channel, () => {});
        return channel;
    }));

    async function call(client) {
        const name = unique("once");
        const outcome = { name };
        names.push(outcome);
        try {
            await client.sendRPC("bump", [name]);
            outcome.delivery = "answered";
        } catch (error) {
            assert.ok(error instanceof ConnectionError || error instanceof TimeoutError || error instanceof QueueFullError, String(error));
            outcome.delivery = error.delivery;
        }
        counts[outcome.delivery]++;
    }
    async function stream(client) {
        try {
            for await (const number of client.streamRPC("numbers", [50, null, 1], { credit: 4, timeout: 2000 })) {
                counts.elements++;
                if (number === 40) break;
            }
        } catch (error) {
            // A connection has at most 16 streams.
            const isRight = error instanceof ConnectionError || error instanceof TimeoutError || error.code === -32004;
            assert.ok(isRight, String(error));
        }
    }
    async function again(client) {
        try {
            assert.equal(await client.sendRPC("add", [1, 2], { idempotent: true }), 3);
        } catch (error) {
            assert.ok(error instanceof TimeoutError, String(error));
        }
    }
    async function work(client) {
        while (!isDone()) {
            for (const step of [call(client), again(client), Math.random() < 0.2 ? stream(client) : null]) {
                if (!step) continue;
                pending.add(step);
                step.then(() => pending.delete(step), () => {});
            }
            await pause(Math.random() * 10);
        }
    }
    async function disturb() {
        while (!isDone()) {
            await pause(50 + Math.random() * 250);
            counts.cuts++;
            if (Math.random() < 0.7) {
                proxy.cut();
            } else {
                proxy.stall();
                await pause(Math.random() * 500);
                proxy.resume();
            }
        }
    }
    await Promise.all([...clients.map(work), disturb()]);
    const settled = Promise.all(pending).then(() => "settled");
    let timer;
    const patience = new Promise((resolve) => (timer = setTimeout(resolve, 120_000, "some hang")));
    assert.equal(await Promise.race([settled, patience]), "settled");
    // The timer would keep the process alive.
    clearTimeout(timer);
    assert.deepEqual(unhandled, []);

    for (const { name, delivery } of names) {
        const runs = await direct.sendRPC("counted", [name]);
        const right = { answered: [1], notSent: [0], maybeExecuted: [0, 1] }[delivery];
        assert.ok(right.includes(runs), `${delivery}, and it ran ${runs} times`);
    }
    for (const [index, client] of clients.entries()) {
        await until(async () => (await client.sendRPC("mine", [], { timeout: 120_000 })).channels.includes(channels[index]));
        assert.deepEqual(client.queued, { items: 0, bytes: 0 });
    }
    t.diagnostic(JSON.stringify(counts));
});
