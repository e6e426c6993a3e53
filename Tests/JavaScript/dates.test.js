import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, sharedURL } from "./support/serving.js";

/** Returns a reproducible sequence of integers from `low` to `high`. */
function* noise(low, high) {
    let state = 0x7e57;
    const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
    while (true) yield low + Math.floor((next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53 * (high - low + 1));
}

const take = (count, numbers) => Array.from({ length: count }, () => numbers.next().value);

/** Returns dates in milliseconds after a round trip to a server that decodes dates. */
async function returned(client, milliseconds) {
    const dates = await client.sendRPC("dates", [milliseconds.map((number) => new Date(number))]);
    return dates.map((text) => new Date(text).getTime());
}

test("every millisecond of a second survives a round trip to a server that decodes dates", async (t) => {
    const client = await connected(t, await sharedURL());
    for (const second of [-62_135_596_800, -1, 0, 978_307_200, 1_714_979_289]) {
        const sent = Array.from({ length: 1_000 }, (_, millisecond) => second * 1_000 + millisecond);
        assert.deepEqual(await returned(client, sent), sent);
    }
});

test("dates of all years keep their milliseconds in a round trip", async (t) => {
    const client = await connected(t, await sharedURL());
    const sent = [...take(5_000, noise(0, 4_102_444_800_000)), ...take(5_000, noise(-8.64e15, 8.64e15)), 8.64e15, -8.64e15];
    assert.deepEqual(await returned(client, sent), sent);
});
