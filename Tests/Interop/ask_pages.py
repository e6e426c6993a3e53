"""Tests the HTTP pages and the authentication of `feature-server`, with curl and Python's websockets.

Usage: ask_pages.py URL
"""
import asyncio
import subprocess
import sys

import websockets
from checks import Checks
from peers import Peer


def ask(url, *options):
    """Requests a page with curl, and returns its status, content type and body."""
    command = ["curl", "-s", "--noproxy", "*", "-w", "\n%{http_code} %{content_type}", *options, url.replace("ws://", "http://")]
    body, _, facts = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.rpartition("\n")
    status, _, kind = facts.partition(" ")
    return int(status), kind, body


async def pages(url, checks):
    checks.equal("a page is served on the WebSocket port", ask(url),
                 (200, "text/html; charset=utf-8", "<!doctype html><title>Features</title><p>hello"))
    async with Peer(url) as peer:
        checks.equal("… and an upgrade request to the same path opens a WebSocket", await peer.call("nothing"), None)
        await peer.call("subscribe", ["counted"])
        await peer.call("say", ["counted"], "x", False)
        status, kind, body = ask(f"{url}/metrics")
        counts = dict(line.split() for line in body.splitlines())
        checks.that("metrics are served", (status, kind) == (200, "text/plain; charset=utf-8") and counts == {
            "webshocket_connections": "1", "webshocket_rooms": "0", "webshocket_messages_published_total": "1",
            "webshocket_messages_delivered_total": "1"}, (status, kind, body))
    for title, path in [("the health page answers with 200", "/health"),
                        ("the readiness page answers with 200", "/ready")]:
        checks.equal(title, ask(url + path)[0], 200)
    checks.equal("an unknown page is answered with 404", ask(f"{url}/nowhere")[0], 404)
    checks.equal("a WebSocket-only path answers a plain request with 426", ask(f"{url}/text")[0], 426)
    checks.equal("methods other than GET and HEAD are answered with 405", ask(f"{url}/", "-X", "DELETE")[0], 405)


async def status(url, **headers):
    try:
        async with websockets.connect(url, additional_headers=headers):
            return 101
    except websockets.InvalidStatus as error:
        return error.response.status_code


async def authentication(url, checks):
    members = f"{url}/members"
    async with websockets.connect(members, additional_headers={"Cookie": "session=ann's"}) as socket:
        peer = Peer(members)
        peer.socket = socket
        checks.equal("a cookie authenticates at the handshake, with a user and attributes", await peer.call("whoami"),
                     {"team": "red", "userID": "ann"})
    checks.equal("a client without credentials is rejected with 401", await status(members), 401)
    checks.equal("a banned client is rejected with 403", await status(members, Cookie="session=banned"), 403)
    async with Peer(f"{members}?token=later") as peer:
        checks.equal("a token authenticates as the first message",
                     [await peer.call("__authenticate__", "bob's"), await peer.call("whoami")], [True, {"userID": "bob"}])
    async with Peer(f"{members}?token=later") as peer:
        refused = await peer.call("__authenticate__", "eve's")
        checks.equal("a wrong token is rejected",
                     (refused, await peer.closed()), (-32002, (1008, "Authentication failed")))
    async with Peer(f"{members}?token=later") as peer:
        await peer.send(data="let me in")
        checks.equal("a first message other than a token closes the connection",
                     await peer.closed(), (4901, "Authentication required"))


async def main(url):
    checks = Checks(f"pages of {url}")
    for group in [pages, authentication]:
        with checks.group(group.__name__):
            await group(url, checks)
    checks.finish()


asyncio.run(main(*sys.argv[1:]))
