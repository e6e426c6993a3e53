// Servers as child processes, and clients. They end with the test that has started them.

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
    // With inherited pipes, the runner would wait for a test file that timed out as long as its servers run. Servers that
    // watch their standard input end with the test file.
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
        child.on("exit", (code) => reject(new Error(`${command} exited with ${code} after the output ${said}`)));
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

/** Returns a client with short pauses that is closed at the end of the test. */
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
