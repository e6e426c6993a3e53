import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { repository } from "./serving.js";

const articles = "Sources/Webshocket/Webshocket.docc";

/** The JavaScript snippets of README.md, Protocol.md and the DocC catalogue, by the names in their marks. */
export const snippets = new Map();

const names = await readdir(repository(articles), { recursive: true }).catch(() => []);
const files = names.filter((name) => name.endsWith(".md")).map((name) => `${articles}/${name}`);
for (const file of ["README.md", "Protocol.md", ...files]) {
    const text = await readFile(repository(file), "utf8");
    for (const [, name, snippet] of text.matchAll(/<!-- run: (\w+) -->\n```javascript\n(.*?)```/gs)) {
        // Snippets of one name in several documents are the same.
        assert.equal(snippets.get(name) ?? snippet, snippet, `${name} in ${file}`);
        snippets.set(name, snippet);
    }
}
