import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import * as module from "../../Sources/JavaScriptClient/webshocket.js";
import { snippets } from "./support/documents.js";
import { connected, repository, sharedURL } from "./support/serving.js";
import { unique, until } from "./support/waiting.js";

const run = promisify(execFile);
const script = repository("Sources/JavaScriptClient/webshocket.js");
const declarations = repository("Sources/JavaScriptClient/webshocket.d.ts");

test("the module is below 15 KB minified and compressed", async (t) => {
    // rjsmin removes only white space and comments; other minifiers produce less.
    const program = "import rjsmin, sys; sys.stdout.write(rjsmin.jsmin(sys.stdin.read()))";
    const minifying = run(repository(".venv/javascript/bin/python"), ["-c", program]);
    minifying.child.stdin.end(await readFile(script));
    const { stdout } = await minifying;
    assert.ok(stdout.length > 10_000);
    const size = gzipSync(stdout, { level: 9 }).length;
    t.diagnostic(`${size} bytes`);
    assert.ok(size < 15_000, `${size} bytes`);
    // The minified module works.
    const folder = await mkdtemp(`${tmpdir()}/webshocket-`);
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(`${folder}/module.mjs`, stdout);
    const { WebshocketClient } = await import(`${folder}/module.mjs`);
    const client = new WebshocketClient(await sharedURL());
    t.after(() => client.close());
    await client.connect();
    assert.equal(await client.sendRPC("add", [1, 2]), 3);
});

test("the module imports nothing, and its lines have at most 130 characters", async () => {
    for (const file of [script, declarations]) {
        const text = await readFile(file, "utf8");
        assert.doesNotMatch(text, /^\s*import\b|\bimport\(|\brequire\(/m);
        assert.deepEqual(text.split("\n").filter((line) => line.length > 130), []);
    }
});

test("the declarations match the exports of the module", async () => {
    const text = await readFile(declarations, "utf8");
    const classes = [...text.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(classes.toSorted(), Object.keys(module).toSorted());
    const body = /^export class WebshocketClient \{\n(.*?)^\}/ms.exec(text)[1];
    const declared = new Set([...body.matchAll(/^    (?:readonly )?(\w+)[<(:]/gm)].map(([, name]) => name));
    const members = Object.getOwnPropertyNames(module.WebshocketClient.prototype);
    assert.deepEqual([...declared].toSorted(), members.toSorted());
});

test("a TypeScript program that uses every declaration compiles", async (t) => {
    try {
        await run("tsc", ["--version"]);
    } catch {
        return t.skip("no TypeScript: `Tests/prepare` installs it");
    }
    const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "node"];
    await run("tsc", [...options, repository("Tests/JavaScript/types.ts")]).catch(({ stdout }) => assert.fail(stdout));
});

/** Runs a snippet of the documents, with the variables that it assumes, and returns its output. */
async function runSnippet(t, name, given = {}) {
    const url = await sharedURL();
    const body = snippets.get(name).replace(/^import (\{.*?\}) from "\/webshocket.js";\n/m, "const $1 = module;\n")
        .replace('await import("/webshocket.js")', "module");
    const lines = [];
    const names = { module, console: { log: (...values) => lines.push(values) }, ...given };
    // A page has a host, and Node does not.
    globalThis.location = { href: url.replace("ws", "http") };
    t.after(() => delete globalThis.location);
    const run = new Function(...Object.keys(names), `return (async () => {${body}\n; return typeof client === "object" && client; })()`);
    const client = await run(...Object.values(names));
    t.after(() => client?.close?.());
    return { lines, client };
}

test("the documented call with the client runs unchanged", async (t) => {
    assert.deepEqual((await runSnippet(t, "caller")).lines, [[30]]);
});

test("the documented calls run unchanged", async (t) => {
    assert.deepEqual((await runSnippet(t, "calls")).lines, [[30], [6], [0], [1], [2]]);
});

test("the documented stream runs unchanged", async (t) => {
    const client = await connected(t, await sharedURL());
    assert.deepEqual((await runSnippet(t, "streams", { client })).lines, [[0], [1], [2]]);
});

test("the documented channels and rooms run unchanged", async (t) => {
    const url = await sharedURL();
    const [client, friend] = [await connected(t, url), await connected(t, url)];
    await client.sendRPC("login", ["ann"]);
    await friend.sendRPC("login", ["bob"]);
    const { lines } = await runSnippet(t, "channels", { client, friend });
    assert.deepEqual(lines.toSorted(), [
        ["drafts.sport", "changed", "A goal"], ["bob is here", 2], ["bob", "hello"],
    ].toSorted());
});

test("the documented connection runs unchanged", async (t) => {
    const { lines, client } = await runSnippet(t, "connection", { fetchToken: async () => "good ann" });
    assert.deepEqual(lines, [["connecting"], ["open"], [-32601, "RPC method 'bid' not found.", undefined]]);
    await client.subscribe(unique("news"), () => {});
    client.sendRPC("close_me", [1001, "bye; retry-after=0.05"]).catch(() => {});
    await until(() => lines.length === 8);
    assert.match(lines[4][0], /^the connection ended: 1001, bye; retry-after=0.05; next try at /);
    assert.deepEqual(lines.slice(5, 7), [["connecting"], ["open"]]);
    assert.equal(lines[7][0], "hears of");
});
