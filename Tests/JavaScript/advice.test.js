// A server's advice is a lower bound for the client's pause before the next attempt, and at most a week.

import assert from "node:assert/strict";
import { test } from "node:test";
import { timed } from "./support/timing.js";
import { next } from "./support/waiting.js";

const WEEK = 604_800_000;
const LONGEST_TIMER = 2 ** 31 - 1;

/** Returns a client without a network, whose random pauses are the longest, and the delays of all its timers. */
function patient(t, options) {
    const timing = timed(t, options);
    t.mock.method(Math, "random", () => 1);
    const timers = [];
    const setTimer = globalThis.setTimeout;
    t.mock.method(globalThis, "setTimeout", (action, delay, ...more) => {
        timers.push(delay);
        return setTimer(action, delay, ...more);
    });
    return { ...timing, timers };
}

async function open({ client, sockets, settled }) {
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await connecting;
}

const refusal = (call_id, retry_after, error = -32000) =>
    `{"source":5,"rpc":{"type":"response","call_id":"${call_id}","response":"later","error":${error},` +
    `"is_stream":false,"is_end":true${retry_after === undefined ? "" : `,"retry_after":${retry_after}`}}}`;

const answer = (call_id, response) =>
    ({ source: 5, rpc: { type: "response", call_id, response, error: null, is_stream: false, is_end: false } });

const calls = (socket, method) => socket.sent.filter(({ rpc }) => rpc?.method === method).map(({ rpc }) => rpc);

for (const reason of ["; retry-after=0", "bye; retry-after=0.001", "; retry-after=5; retry-after=0", "; retry-after=-1",
    "; retry-after=1e9", "; retry-after=2592000", "; retry-after=NaN", ""]) {
    test(`connections that end at once with "${reason}" are followed by growing pauses`, async (t) => {
        const timing = patient(t);
        const { client, sockets, settled, tick } = timing;
        await open(timing);
        const delays = [];
        while (delays.length < 8) {
            const waiting = next(client, "waiting");
            sockets.last.end(1001, reason);
            const { delay } = await waiting;
            delays.push(delay);
            await tick(delay);
            sockets.last.open();
            await settled();
        }
        assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert.equal(sockets.all.length, 9);
    });
}

test("the client waits for advice that is longer than its own pause", async (t) => {
    const timing = patient(t);
    const { client, sockets, settled, tick } = timing;
    await open(timing);
    const delays = [];
    for (const advice of ["3", "3", "3", "3", "604800"]) {
        const waiting = next(client, "waiting");
        sockets.last.end(1001, `; retry-after=${advice}`);
        const { delay } = await waiting;
        delays.push(delay);
        await tick(delay - 1);
        assert.equal(sockets.all.length, delays.length);
        await tick(1);
        sockets.last.open();
        await settled();
    }
    assert.deepEqual(delays, [3000, 3000, 3000, 4000, WEEK]);
});

test("only a healthy connection resets the pauses", async (t) => {
    const timing = patient(t);
    const { client, sockets, settled, tick } = timing;
    await open(timing);
    const delays = [];
    for (const life of [9999, 9999, 10_000, 9999]) {
        await tick(life);
        const waiting = next(client, "waiting");
        sockets.last.end(1001, "; retry-after=0");
        const { delay } = await waiting;
        delays.push(delay);
        await tick(delay);
        sockets.last.open();
        await settled();
    }
    assert.deepEqual(delays, [500, 1000, 500, 500]);
});

// JSON text, and the milliseconds of advice that it means.
const advices = [
    ["0", 0], ["0.0001", 1], ["2.5", 2500], ["604800", WEEK], ["604801", WEEK], ["2592000", WEEK], ["1e300", WEEK],
    ["1e999", WEEK], [undefined, undefined], ["-1", undefined], ["-1e999", undefined], ['"5"', undefined],
    ["null", undefined], ["true", undefined], ["[5]", undefined], ["{}", undefined],
];

for (const [text, advice] of advices) {
    test(`retry_after ${text} of a refused token is ${advice === undefined ? "no advice" : `advice of ${advice} ms`}`, async (t) => {
        const { client, sockets, settled, timers } = patient(t, { token: "good" });
        client.connect({ retry: true }).catch(() => {});
        await settled();
        sockets.last.open();
        await settled();
        const waiting = next(client, "waiting");
        sockets.last.say(refusal(calls(sockets.last, "__authenticate__")[0].call_id, text));
        const { delay, error } = await waiting;
        assert.equal(error.retryAfter, advice);
        assert.equal(delay, (advice ?? 1000) + 500);
        assert.ok(timers.every((delay) => delay <= LONGEST_TIMER), String(timers));
    });
}

test("a token that is refused temporarily is sent again after growing pauses", async (t) => {
    const { client, sockets, settled, tick } = patient(t, { token: async () => "good" });
    client.connect({ retry: true }).catch(() => {});
    await settled();
    const delays = [];
    while (delays.length < 7) {
        sockets.last.open();
        await settled();
        const waiting = next(client, "waiting");
        sockets.last.say(refusal(calls(sockets.last, "__authenticate__")[0].call_id, 0));
        const { delay } = await waiting;
        delays.push(delay);
        await tick(delay);
    }
    assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000]);
});

/** Subscribes and loses the connection. The client has requested the subscription again on the next one. */
async function resubscribe(timing) {
    const { client, sockets, settled, tick } = timing;
    await open(timing);
    const subscribing = client.subscribe("news", () => {});
    sockets.last.say(answer(calls(sockets.last, "__subscribe__")[0].call_id, true));
    await subscribing;
    sockets.last.end();
    await tick(500);
    sockets.last.open();
    await settled();
}

test("a subscription that a new connection refuses temporarily is requested after growing pauses", async (t) => {
    const timing = patient(t);
    const { sockets, settled, tick } = timing;
    await resubscribe(timing);
    const begin = performance.now();
    const times = [];
    for (let asked = 0; performance.now() - begin < 60_000; await tick(100)) {
        const asks = calls(sockets.last, "__subscribe__");
        if (asks.length === asked) continue;
        asked = asks.length;
        times.push(performance.now() - begin);
        sockets.last.say(refusal(asks.at(-1).call_id, 0));
        await settled();
    }
    assert.deepEqual(times, [0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    assert.equal(sockets.all.length, 2);
});

for (const text of ["2592000", "1e999"]) {
    test(`a subscription that is refused temporarily with retry_after ${text} waits for a week`, async (t) => {
        const timing = patient(t, { callTimeout: Infinity });
        const { sockets, settled, tick, timers } = timing;
        await resubscribe(timing);
        sockets.last.say(refusal(calls(sockets.last, "__subscribe__")[0].call_id, text));
        await settled();
        assert.ok(timers.every((delay) => delay <= LONGEST_TIMER), String(timers));
        await tick(WEEK - 1);
        assert.equal(calls(sockets.last, "__subscribe__").length, 1);
        await tick(1);
        assert.equal(calls(sockets.last, "__subscribe__").length, 2);
    });
}

test("retry-after=never in a close reason ends the attempts, also after an expired admission", async (t) => {
    const timing = patient(t, { token: async () => "good" });
    const { client, sockets, settled } = timing;
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await settled();
    sockets.last.say(answer(calls(sockets.last, "__authenticate__")[0].call_id, true));
    await connecting;
    sockets.last.end(4903, "Authentication expired; retry-after=never");
    await settled();
    assert.equal(client.state, "closed");
});

test("times that exceed the range of timers are refused", async (t) => {
    const timing = patient(t);
    const { client } = timing;
    const [WebSocket, far] = [timing.sockets, 2 ** 31];
    for (const value of [far, Infinity, NaN, -1, "5"]) {
        for (const options of [
            { connectTimeout: value }, { offlineQueue: { timeToLive: value } }, { heartbeat: { interval: value } },
            { heartbeat: { timeout: value } }, { reconnect: { base: value } }, { reconnect: { cap: value } },
            { reconnect: { healthyAfter: value } }, ...(value === Infinity ? [] : [{ callTimeout: value }]),
        ]) {
            assert.throws(() => new client.constructor("ws://x", { WebSocket, ...options }), RangeError);
        }
        await assert.rejects(client.notify("x", [], { timeToLive: value }), RangeError);
        if (value !== Infinity) await assert.rejects(client.sendRPC("x", [], { timeout: value }), RangeError);
    }
});

test("the event \"waiting\" has the duration and the end of the pause", async (t) => {
    const timing = patient(t);
    const { client, sockets } = timing;
    await open(timing);
    const now = Date.now();
    t.mock.method(Date, "now", () => now);
    const waiting = next(client, "waiting");
    sockets.last.end(1001, "; retry-after=3");
    const { delay, until, attempt, error } = await waiting;
    assert.deepEqual([delay, until, attempt, error.code], [3000, new Date(now + 3000), 2, 1001]);
    assert.deepEqual(client.waitingUntil, until);
});
