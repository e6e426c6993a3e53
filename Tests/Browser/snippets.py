"""Runs the snippets of the documents for a browser's console in a browser."""
import re
from pathlib import Path

from browsing import browsing, wait_for
from programs import running

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "Protocol.md", *sorted(ROOT.glob("Sources/Webshocket/Webshocket.docc/**/*.md"))]

#: The first example of the product's description.
PRODUCT = """
const socket = new WebSocket("ws://localhost:5000");
socket.onopen = () => socket.send(JSON.stringify({ source: 5, rpc: { type: "request", method: "add", args: [10, 20], kwargs: {} } }));
socket.onmessage = (event) => console.log(JSON.parse(event.data).rpc.response); // 30
"""

WATCH = "window.logged = []; console.log = (...values) => window.logged.push(...values);"


def snippets(rig, checks):
    blocks = [block for file in DOCUMENTS for block in re.findall(r"```javascript\n(.*?)```", file.read_text(), re.S)]
    found = {text for text in blocks if "new WebSocket(" in text}
    checks.equal("the documents have one snippet with a plain WebSocket", len(found), 1)
    serve = [rig.programs / "webshocket", "serve", "--port", "0"]
    with running(serve) as one, running(serve) as other, running(serve + ["--host", "localhost"]) as third, browsing() as browser:
        address, elsewhere, local = [program.said(r"ws://([\w.]+:\d+)")[1] for program in (one, other, third)]
        for title, snippet, default, served in [
            ("the documents'", found.pop(), "127.0.0.1:5000", address), ("the product's", PRODUCT, "localhost:5000", local),
        ]:
            checks.that(f"{title} snippet uses the default address", f"ws://{default}\"" in snippet)
            snippet = snippet.replace(default, served)
            browser.open(f"http://{served}/")
            type_in(browser, snippet)
            wait_for("a reply", lambda: browser.run("return window.logged.length"))
            checks.equal(f"{title} snippet prints", browser.run("return window.logged"), [30])
            browser.open(f"http://{elsewhere}/")
            type_in(browser, snippet + "\nsocket.onclose = ({ code }) => window.closeCode = code;")
            checks.equal(f"{title} snippet is refused to a page of another origin",
                         wait_for("the close", lambda: browser.run("return window.closeCode")), 1006)
            checks.equal("the refused page receives no messages", browser.run("return window.logged"), [])
            checks.that("the browser logs the status 403", any("403" in line for line in browser.complaints()))
    call_with_the_client(serve, checks)


def call_with_the_client(serve, checks):
    """Runs README.md's call with the JavaScript client in the console of a page without content of its own."""
    [snippet] = re.findall(r"<!-- run: caller -->\n```javascript\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    with running(serve + ["--javascript-client", "/webshocket.js"]) as program, browsing() as browser:
        address = program.said(r"ws://([\w.]+:\d+)")[1]
        browser.open(f"http://{address}/")
        type_in(browser, snippet)
        wait_for("a reply", lambda: browser.run("return window.logged.length"))
        checks.equal("README.md's call with the client prints", browser.run("return window.logged"), [30])


def type_in(browser, text):
    """Evaluates text as in the console of the page."""
    browser.run(WATCH)
    outcome = browser.command("Runtime.evaluate", expression=text, replMode=True)
    if "exceptionDetails" in outcome:
        raise RuntimeError(outcome["exceptionDetails"])
