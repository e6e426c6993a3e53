"""The chat on a failing network: short and long disconnections, a stall, and a full outbox."""
import time

from browsing import browsing, wait_for
from chat_page import ChatPage
from cutting_proxy import CuttingProxy
from programs import running


def failing_network(rig, checks):
    with rig.chat() as server, CuttingProxy(server.port) as network, browsing() as one, browsing() as other:
        ann, bob = ChatPage(one, server.url), ChatPage(other, network.url)
        ann.come_in("Ann", "#tea")
        bob.come_in("Bob", "#tea")
        with checks.group("a lost connection"):
            cut(ann, bob, network, checks)
        with checks.group("a stall"):
            stall(ann, bob, network, checks)
        with checks.group("a full outbox"):
            full_queue(ann, bob, network, checks)
        with checks.group("a lost connection for 60 s"):
            long_cut(rig, server, ann, bob, network, checks)
        checks.equal("the page with a working network has no errors or warnings", ann.browser.complaints(), [])
        # The browser itself logs an error for each refused connection.
        others = [line for line in bob.browser.complaints() if "WebSocket connection to" not in line]
        checks.equal("the other page has only network errors", others, [])


def cut(ann, bob, network, checks):
    network.cut()
    wait_for("the banner", lambda: bob.is_offline)
    checks.that("the page shows that the connection is lost, and the time of the next attempt",
                wait_for("the words", lambda: bob.banner.startswith("No connection. Trying again in ")), bob.banner)
    # During each attempt, the state is "connecting" for a moment.
    checks.equal("the user's state is shown as offline",
                 wait_for("the state", lambda: bob.browser.text("#my-state") == "offline" and "offline"), "offline")
    checks.that("the lost connection is announced", "The connection was lost." in bob.browser.text("#announcer"))
    ann.say("while Bob is away")
    for number in range(3):
        bob.say(f"offline {number}")
    wait_for("the queued messages", lambda: len(bob.pending) == 3)
    checks.equal("messages that are written offline are queued", [message["fate"] for message in bob.pending],
                 ["Waiting for the connection"] * 3)
    wait_for("the number", lambda: "3 messages are waiting to be sent." in bob.banner)
    checks.equal("queued messages are not delivered yet", ann.texts, ["while Bob is away"])
    network.heal()

    def is_back():
        bob.browser.run("document.getElementById('try-now').click()")
        return not bob.is_offline

    wait_for("the new connection", is_back)
    ann.hears("offline 2")
    spoken = ["while Bob is away", "offline 0", "offline 1", "offline 2"]
    checks.equal("queued messages are delivered once and in order", ann.texts, spoken)
    bob.hears("offline 2")
    checks.equal("messages from the time offline are received", bob.texts, spoken)
    checks.equal("the queue is empty", bob.pending, [])
    checks.equal("the new connection is announced", bob.browser.text("#announcer"), "Reconnected.")


def stall(ann, bob, network, checks):
    network.stall()
    bob.say("into the void")
    ann.say("from the other side")
    wait_for("the heartbeat timeout", lambda: bob.is_offline, 120)
    checks.that("a stalled network is detected", bob.is_offline)
    network.heal()
    bob.hears("from the other side", 120)
    ann.hears("into the void", 120)
    checks.equal("a message in flight is delivered once",
                 (ann.texts.count("into the void"), bob.texts.count("into the void")), (1, 1))
    checks.equal("both pages have the same messages", sorted(ann.texts), sorted(bob.texts))


def full_queue(ann, bob, network, checks):
    network.cut()
    wait_for("the banner", lambda: bob.is_offline)
    for number in range(22):
        bob.post(f"queued {number}")
    wait_for("the queued messages", lambda: len(bob.pending) == 22)
    fates = [message["fate"] for message in bob.pending]
    checks.equal("20 messages are queued", fates[:20], ["Waiting for the connection"] * 20)
    checks.equal("further messages fail, and are kept", fates[20:], ["Not sent: 20 messages are waiting already"] * 2)
    network.heal()
    note = wait_for("the rate limit of the server", lambda: bob.browser.text("#composer-note"), 120)
    checks.that("a note shows that the rate limit is exceeded", note.startswith(
        "You are sending too fast. Your message will be sent in "), note)
    ann.hears("queued 19", 120)
    spoken = [text for text in ann.texts if text.startswith("queued")]
    checks.equal("all queued messages are delivered once and in order", spoken, [f"queued {number}" for number in range(20)])
    checks.equal("the note is removed",
                 wait_for("no note", lambda: not bob.browser.text("#composer-note") and "gone"), "gone")
    for _ in range(2):
        bob.browser.run("document.querySelector('.message.failed .fate button').click()")
    ann.hears("queued 21", 120)
    checks.equal("failed messages can be sent again", [text for text in ann.texts if text.startswith("queued 2")][1:],
                 ["queued 20", "queued 21"])
    checks.equal("no unsent message is left", wait_for("an empty outbox", lambda: not bob.pending and "nothing"), "nothing")


def long_cut(rig, server, ann, bob, network, checks):
    url = f"ws://127.0.0.1:{network.port}/chat"
    with running([rig.programs / "Chat", "Carl", "--room", "tea", "--url", url]) as carl:
        carl.said(r"#tea with Ann, Bob, Carl")
        ends = time.monotonic() + 60
        network.cut()
        wait_for("the banner", lambda: bob.is_offline)
        carl.said("no connection; messages are kept; trying again in")
        bob.say("written in the tunnel")
        carl.type("typed in the tunnel")
        ann.say("outside")
        while time.monotonic() < ends and bob.is_offline:
            time.sleep(1)
        checks.that("the page is offline for 60 s", bob.is_offline)
        checks.equal("the unsent message is kept", [message["text"] for message in bob.pending], ["written in the tunnel"])
        network.heal()
        wait_for("the automatic reconnect", lambda: not bob.is_offline, 120)
        ann.hears("written in the tunnel", 120)
        ann.hears("typed in the tunnel", 120)
        bob.hears("outside")
        carl.said(r"#tea Ann: outside", 120)
        for text in ["written in the tunnel", "typed in the tunnel", "outside"]:
            checks.equal(f"'{text}' is delivered once", (ann.texts.count(text), bob.texts.count(text)), (1, 1))
        checks.equal("the name is unchanged", bob.browser.text("#my-name"), "Bob")
        carl.type("/quit")
        wait_for("the process to exit", lambda: carl.process.poll() is not None)
