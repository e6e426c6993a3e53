// Servers as child processes, and clients, which end with the test that has asked for them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { WebshocketClient } from "../../../Sources/JavaScriptClient/webshocket.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export const repository = (path) => root + path;

export const interopPython = repository(".venv/interop/bin/python");

/** Starts a command that prints a line with its URL when it is ready. */
export async function start(command, ...words) {
    // Its own pipes: a test file that is given up would else be waited for as long as its servers live. They end with it
    // where they watch the standard input.
    const child = spawn(command, words, { stdio: ["pipe", "pipe", "pipe"] });
    child.stderr.on("data", (data) => process.stderr.write(data));
    const exited = once(child, "exit");
    let said = "";
    const url = await new Promise((resolve, reject) => {
        child.stdout.on("data", (data) => {
            said += data;
            const url = /ws:\/\/[^\s/]+:\d+/.exec(said);
            if (url) resolve(url[0]);
        });
        child.on("error", reject);
        child.on("exit", (code) => reject(new Error(`${command} ended with ${code}, having said ${said}`)));
    });
    return {
        url,
        port: Number(new URL(url).port),
        child,
        async stop(signal = "SIGTERM") {
            if (child.exitCode === null && child.signalCode === null) child.kill(signal);
            await exited;
        },
        stopAfter(test) {
            test.after(() => this.stop("SIGKILL"));
            return this;
        },
    };
}

export const startServer = (...words) => start(process.env.BROWSER_TEST_SERVER, "--ends-with-input", "yes", ...words);

/** One server for a whole file of tests. */
let shared;
export const sharedURL = async () => (await (shared ??= startServer())).url;
after(async () => (await shared)?.stop("SIGKILL"));

export async function startPython(test) {
    return (await start(interopPython, repository("Tests/Interop/serve_python.py"))).stopAfter(test);
}

export const hasPython = existsSync(interopPython);

/** A client that is closed at the test's end, and whose pauses are short. */
export function makeClient(test, url, options = {}) {
    const client = new WebshocketClient(url, { reconnect: { base: 20, cap: 100 }, ...options });
    test.after(() => client.close());
    return client;
}

export async function connected(test, url, options) {
    const client = makeClient(test, url, options);
    await client.connect();
    return client;
}
