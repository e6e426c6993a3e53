"""Who is no WebSocket gets pages of `feature-server`, and who may come in is asked first: by curl and Python's websockets.

Usage: ask_pages.py URL
"""
import asyncio
import subprocess
import sys

import websockets
from checks import Checks
from peers import Peer


def ask(url, *options):
    """What curl gets: the status, the type, and the body."""
    command = ["curl", "-s", "--noproxy", "*", "-w", "\n%{http_code} %{content_type}", *options, url.replace("ws://", "http://")]
    body, _, facts = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.rpartition("\n")
    status, _, kind = facts.partition(" ")
    return int(status), kind, body


async def pages(url, checks):
    checks.equal("a page is served on the WebSockets' port", ask(url),
                 (200, "text/html; charset=utf-8", "<!doctype html><title>Features</title><p>hello"))
    async with Peer(url) as peer:
        checks.equal("… and an upgrade of the same path gets a socket", await peer.call("nothing"), None)
        await peer.call("subscribe", ["counted"])
        await peer.call("say", ["counted"], "x", False)
        status, kind, body = ask(f"{url}/metrics")
        counts = dict(line.split() for line in body.splitlines())
        checks.that("metrics are served", (status, kind) == (200, "text/plain; charset=utf-8") and counts == {
            "webshocket_connections": "1", "webshocket_rooms": "0", "webshocket_messages_published_total": "1",
            "webshocket_messages_delivered_total": "1"}, (status, kind, body))
    for title, path in [("health is told", "/health"), ("readiness is told", "/ready")]:
        checks.equal(title, ask(url + path)[0], 200)
    checks.equal("a page that is not there is 404", ask(f"{url}/nowhere")[0], 404)
    checks.equal("a path of WebSockets alone asks for an upgrade", ask(f"{url}/text")[0], 426)
    checks.equal("another method than GET and HEAD is 405", ask(f"{url}/", "-X", "DELETE")[0], 405)


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
        checks.equal("a cookie lets in at the handshake, with a user and attributes", await peer.call("whoami"),
                     {"team": "red", "userID": "ann"})
    checks.equal("who shows none is refused with 401", await status(members), 401)
    checks.equal("who may not come in is refused with 403", await status(members, Cookie="session=banned"), 403)
    async with Peer(f"{members}?token=later") as peer:
        checks.equal("a token lets in as the first message",
                     [await peer.call("__authenticate__", "bob's"), await peer.call("whoami")], [True, {"userID": "bob"}])
    async with Peer(f"{members}?token=later") as peer:
        refused = await peer.call("__authenticate__", "eve's")
        checks.equal("a wrong token does not", (refused, await peer.closed()), (-32002, (1008, "Authentication failed")))
    async with Peer(f"{members}?token=later") as peer:
        await peer.send(data="let me in")
        checks.equal("nothing else is heard before it", await peer.closed(), (1008, "Authentication required"))


async def main(url):
    checks = Checks(f"pages of {url}")
    for group in [pages, authentication]:
        with checks.group(group.__name__):
            await group(url, checks)
    checks.finish()


asyncio.run(main(*sys.argv[1:]))
