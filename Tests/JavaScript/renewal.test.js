// A client with a token function renews its admission before the expiry.

import assert from "node:assert/strict";
import { test } from "node:test";
import { timed } from "./support/timing.js";
import { next } from "./support/waiting.js";

const tokens = (socket) => socket.sent.filter(({ rpc }) => rpc.method === "__authenticate__").map(({ rpc }) => rpc.args[0]);

/** Returns a client without a network that was admitted for some seconds, and the times of its calls for tokens. */
async function admitted(t, expires_in, { token = (number) => `token ${number}`, answer = [true], chance = 1, ...options } = {}) {
    t.mock.method(Math, "random", () => chance);
    const asked = [];
    const timing = timed(t, {
        token: () => {
            asked.push(performance.now());
            return token(asked.length);
        },
        ...options,
    });
    const { client, sockets, settled } = timing;
    const errors = [];
    client.on("error", (error) => errors.push(error));
    let answered = 0;
    timing.answer = answer;
    /** Responds to the tokens that were sent since the last call. */
    const judge = async () => {
        await settled();
        const shown = sockets.last.sent.filter(({ rpc }) => rpc.method === "__authenticate__");
        for (const { rpc } of shown.slice(answered)) sockets.last.answer(rpc.call_id, ...timing.answer);
        answered = shown.length;
        await settled();
    };
    sockets.hello({ limits: {}, expires_in });
    const connecting = client.connect({ retry: true });
    await settled();
    sockets.last.open();
    await judge();
    await connecting;
    return Object.assign(timing, { asked, errors, judge });
}

const LONGEST_TIMER = 2 ** 31 - 1;

for (const [seconds, chance, times] of [
    [3600, 1, [0, 3_480_000, 6_960_000]], [3600, 0, [0, 3_540_000, 7_080_000]], [240, 0.5, [0, 150_000, 300_000]],
    [90, 0, [0, 67_500, 135_000]], [60, 1, [0, 30_000, 60_000]], [3, 1, [0, 1500, 3000]],
]) {
    test(`an admission of ${seconds} s is renewed in time, repeatedly, with the random number ${chance}`, async (t) => {
        const { sockets, asked, judge, tick } = await admitted(t, seconds, { chance });
        while (asked.length < times.length) {
            const wait = times[asked.length] - times[asked.length - 1];
            const before = asked.length;
            await tick(wait - 1);
            assert.equal(asked.length, before);
            await tick(1);
            assert.equal(asked.length, before + 1);
            await judge();
        }
        assert.deepEqual(asked, times);
        assert.deepEqual(tokens(sockets.last), times.map((_, index) => `token ${index + 1}`));
        assert.equal(sockets.last.hellos.length, times.length);
        assert.equal(sockets.all.length, 1);
    });
}

test("an admission beyond the range of timers is renewed shortly before its expiry", async (t) => {
    const { asked, judge, tick } = await admitted(t, 5_000_000);
    for (let renewals = 1; renewals < 3; renewals++) {
        // Two timers of the longest delay, and one for the rest.
        await tick(LONGEST_TIMER);
        await tick(LONGEST_TIMER);
        await tick(4_999_880_000 - 2 * LONGEST_TIMER - 1);
        assert.equal(asked.length, renewals);
        await tick(1);
        assert.equal(asked.length, renewals + 1);
        await judge();
    }
});

test("a very long admission is not renewed after the longest delay of a timer", async (t) => {
    const { asked, tick } = await admitted(t, 1e300);
    for (let timers = 0; timers < 3; timers++) await tick(LONGEST_TIMER);
    assert.equal(asked.length, 1);
});

test("__hello__ follows the new token at once", async (t) => {
    const { sockets, tick } = await admitted(t, 60);
    const { last } = sockets;
    last.hello = undefined;
    last.sent.length = 0;
    await tick(30_000);
    assert.deepEqual(last.sent.map(({ rpc }) => rpc.method), ["__authenticate__", "__hello__"]);
    assert.deepEqual(last.sent.map(({ rpc }) => rpc.args), [["token 2"], [{}]]);
});

test("a token function that fails is called again after growing pauses, and the connection stays open", async (t) => {
    const token = (number) => {
        if (number > 1 && number < 5) throw new Error(`no token ${number}`);
        return `token ${number}`;
    };
    const { client, sockets, asked, errors, judge, tick } = await admitted(t, 60, { token });
    await tick(30_000);
    for (const pause of [500, 1000, 2000]) await tick(pause);
    assert.deepEqual(asked, [0, 30_000, 30_500, 31_500, 33_500]);
    await judge();
    assert.deepEqual(errors.map(({ message, cause }) => [message, cause.message]),
        [2, 3, 4].map((number) => ["the token could not be renewed", `no token ${number}`]));
    assert.equal(client.state, "open");
    assert.equal(sockets.all.length, 1);
    // The next renewal is an ordinary one.
    await tick(30_000);
    assert.equal(asked.length, 6);
});

for (const [name, answer, pause] of [
    ["refuses", ["Access denied.", { error: -32002, is_end: true }], 500],
    ["refuses temporarily", ["Rate limit exceeded.", { error: -32000, retry_after: 7 }], 7000],
]) {
    test(`a token that the server ${name} is followed by another one, and the connection stays open`, async (t) => {
        const timing = await admitted(t, 60);
        const { client, sockets, asked, errors, judge, tick } = timing;
        await tick(30_000);
        timing.answer = answer;
        await judge();
        await tick(pause - 1);
        assert.equal(asked.length, 2);
        timing.answer = [true];
        await tick(1);
        await judge();
        assert.deepEqual(tokens(sockets.last), ["token 1", "token 2", "token 3"]);
        assert.equal(errors[0].cause.code, answer[1].error);
        assert.equal(client.state, "open");
        await tick(30_000);
        assert.equal(asked.length, 4);
    });
}

test("a renewal is retried if its __hello__ times out, although the token was accepted", async (t) => {
    const { client, sockets, asked, errors, judge, tick } = await admitted(t, 60, { connectTimeout: 1000 });
    const { last } = sockets;
    const { hello } = last;
    last.hello = undefined;
    await tick(30_000);
    await judge();
    await tick(999);
    assert.deepEqual(errors, []);
    await tick(1);
    assert.deepEqual(errors.map(({ cause }) => cause.name), ["TimeoutError"]);
    last.hello = hello;
    await tick(500);
    await judge();
    assert.deepEqual(tokens(last), ["token 1", "token 2", "token 3"]);
    assert.equal(errors.length, 1);
    assert.equal(client.state, "open");
    await tick(30_000);
    assert.equal(asked.length, 4);
});

for (const [name, refusal, pause] of [
    ["temporarily", { error: -32000, retry_after: 7 }, 7000], ["as overloaded", { error: -32603, code: -32004 }, 500],
    ["as unknown", { error: -32601, is_end: true }, 500],
]) {
    test(`a renewal is retried if its __hello__ is refused ${name}`, async (t) => {
        const { client, sockets, asked, errors, judge, settled, tick } = await admitted(t, 60);
        const { last } = sockets;
        const { hello } = last;
        last.hello = undefined;
        await tick(30_000);
        await judge();
        last.answer(last.sent.at(-1).rpc.call_id, "No.", refusal);
        await settled();
        last.hello = hello;
        await tick(pause - 1);
        assert.equal(asked.length, 2);
        await tick(1);
        await judge();
        assert.deepEqual(tokens(last), ["token 1", "token 2", "token 3"]);
        assert.deepEqual(errors.map(({ cause }) => cause.code), [refusal.code ?? refusal.error]);
        assert.equal(client.state, "open");
        await tick(30_000);
        assert.equal(asked.length, 4);
    });
}

test("after a token that does not extend the admission, others are sent after growing pauses while there is time", async (t) => {
    const { client, sockets, asked, errors, judge, tick } = await admitted(t, 60);
    sockets.last.hello = {
        get expires_in() {
            return 60 - performance.now() / 1000;
        },
    };
    for (const pause of [30_000, 500, 1000, 2000, 4000, 8000, 14_500]) {
        await tick(pause);
        await judge();
    }
    assert.deepEqual(asked, [0, 30_000, 30_500, 31_500, 33_500, 37_500, 45_500]);
    assert.equal(errors.length, 6);
    assert.match(errors[0].cause.message, /extends the admission by only 0 ms/);
    // The next attempt would be after the expiry.
    await tick(60_000);
    assert.equal(asked.length, 7);
    assert.equal(client.state, "open");
});

for (const [expires_in, name, wait] of [[44.9, "less than half", 500], [45, "half", 22_500]]) {
    test(`a token that extends the admission by ${name} of the remaining time`, async (t) => {
        const { sockets, asked, errors, judge, tick } = await admitted(t, 60);
        sockets.last.hello = { expires_in };
        await tick(30_000);
        await judge();
        assert.equal(errors.length, wait === 500 ? 1 : 0);
        await tick(wait - 1);
        assert.equal(asked.length, 2);
        await tick(1);
        assert.equal(asked.length, 3);
    });
}

test("a token function that does not return times out, and is called again", async (t) => {
    const token = (number) => (number === 2 ? new Promise(() => {}) : `token ${number}`);
    const { asked, errors, tick } = await admitted(t, 3600, { token, connectTimeout: 1000 });
    await tick(3_480_000);
    await tick(1000);
    assert.match(errors[0].cause.message, /1000 ms/);
    await tick(500);
    assert.equal(asked.length, 3);
});

test("the token function is not called after the expiry; the next connection gets another token", async (t) => {
    const token = (number) => {
        if (number > 1 && number < 4) throw new Error("none");
        return `token ${number}`;
    };
    const { client, sockets, settled, asked, tick } = await admitted(t, 3, { token, reconnect: { base: 600, cap: 60_000 } });
    await tick(1500);
    await tick(600);
    assert.equal(asked.length, 3);
    // The expiry is before the next attempt.
    await tick(900);
    const waiting = next(client, "waiting");
    sockets.last.end(4903, "Authentication expired");
    const { delay } = await waiting;
    await tick(delay);
    sockets.last.open();
    await settled();
    assert.deepEqual(tokens(sockets.last), ["token 4"]);
});

test("nothing is renewed on a connection that has ended", async (t) => {
    const { client, sockets, asked, errors, tick } = await admitted(t, 60, { token: (number) => number === 2 ? new Promise(() => {}) : "good" });
    await tick(30_000);
    await client.close();
    await tick(60_000);
    assert.equal(asked.length, 2);
    assert.deepEqual(errors, []);
    assert.equal(sockets.all.length, 1);
});

for (const expires_in of [undefined, null, 0, -5, "soon", NaN, {}]) {
    test(`the token function is not called if __hello__ returns the expiry ${JSON.stringify(expires_in)}`, async (t) => {
        const { asked, tick } = await admitted(t, expires_in);
        await tick(LONGEST_TIMER);
        assert.equal(asked.length, 1);
    });
}

test("a fixed token is not sent again", async (t) => {
    const { client, sockets, settled, tick } = timed(t, { token: "good" });
    sockets.hello({ expires_in: 60 });
    const connecting = client.connect();
    await settled();
    sockets.last.open();
    await settled();
    sockets.last.answer(sockets.last.sent[0].rpc.call_id, true);
    await connecting;
    await tick(60_000);
    assert.deepEqual(tokens(sockets.last), ["good"]);
});
