"""Tests all functions of the JavaScript client in Chromium, with the checks of pages/checks.js."""
from pathlib import Path

from browsing import browsing, wait_for
from programs import running

PAGES = Path(__file__).resolve().parent / "pages"


def module_checks(rig, checks):
    server = rig.programs / "browser-test-server"
    files = [rig.programs / "webshocket", "serve", "--port", "0", "--files", PAGES, "--javascript-client", "/webshocket.js"]
    with running([server]) as tested, running([server, "--patterns", "globs"]) as globs, \
            running([server, "--json-frames", "binary"]) as binary, running(files) as pages, browsing() as browser:
        servers = {"url": tested, "globs": globs, "binary": binary}
        urls = {name: program.said(r"ws://127\.0\.0\.1:\d+")[0] for name, program in servers.items()}
        page = pages.said(r"ws://(127\.0\.0\.1:\d+)")[1]
        browser.open(f"http://{page}/")
        wait_for("the page's script", lambda: browser.run("return typeof window.runChecks === 'function'"))
        browser.driver.set_script_timeout(300)
        for name, fault in browser.run_async("return await window.runChecks(...input)", urls):
            checks.that(f"in Chromium: {name}", fault is None, fault)
        allowed = ("WebSocket connection to",)
        others = [line for line in browser.complaints() if not any(word in line for word in allowed)]
        checks.equal("the console has only errors of connections that are expected to fail", others, [])
