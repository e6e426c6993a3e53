// Runs the documents' program for the notice board of Examples/Board, unchanged but for the port.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as module from "../../Sources/JavaScriptClient/webshocket.js";
import { snippets } from "./support/documents.js";
import { start } from "./support/serving.js";

test("the documented client of the notice board runs unchanged", async (t) => {
    const board = process.env.WEBSHOCKET.replace(/[^/]*$/, "Board");
    const server = (await start(board, "0")).stopAfter(t);
    const snippet = snippets.get("board");
    const body = snippet.replace(/^import (\{.*?\}) from "\.\/webshocket.js";\n/m, "const $1 = module;\n")
        .replace("127.0.0.1:5000", `127.0.0.1:${server.port}`);
    assert.doesNotMatch(body, /import |:5000/);
    const lines = [];
    const console = { log: (...values) => lines.push(values) };
    await new Function("module", "console", `return (async () => {${body}\n})()`)(module, console);
    assert.deepEqual(lines, [["members:", ["bob"]], ["posted", 1], ["refused:", 4001, "the notice is too long", 100]]);
});
