"""The chat on a network that fails: cut for a moment and for a minute, stalled, and with more to say than may wait."""
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
        with checks.group("a cut"):
            cut(ann, bob, network, checks)
        with checks.group("a stall"):
            stall(ann, bob, network, checks)
        with checks.group("a full queue"):
            full_queue(ann, bob, network, checks)
        with checks.group("a cut of 60 s"):
            long_cut(rig, server, ann, bob, network, checks)
        checks.equal("the page that was never cut off complains of nothing", ann.browser.complaints(), [])
        # That a connection is refused, the browser says by itself.
        others = [line for line in bob.browser.complaints() if "WebSocket connection to" not in line]
        checks.equal("the other only of the network", others, [])


def cut(ann, bob, network, checks):
    network.cut()
    wait_for("the banner", lambda: bob.is_offline)
    checks.that("whoever is cut off is told, and when the next try is",
                wait_for("the words", lambda: bob.banner.startswith("No connection. Trying again in ")), bob.banner)
    # Each try says "connecting" for a moment.
    checks.equal("by their own name as well",
                 wait_for("the state", lambda: bob.browser.text("#my-state") == "offline" and "offline"), "offline")
    checks.that("a screen reader is told", "The connection was lost." in bob.browser.text("#announcer"))
    ann.say("while Bob is away")
    for number in range(3):
        bob.say(f"offline {number}")
    wait_for("what waits", lambda: len(bob.pending) == 3)
    checks.equal("what is written meanwhile waits", [message["fate"] for message in bob.pending],
                 ["Waiting for the connection"] * 3)
    wait_for("the number", lambda: "3 messages are waiting to be sent." in bob.banner)
    checks.equal("nobody hears of it yet", ann.texts, ["while Bob is away"])
    network.heal()

    def is_back():
        bob.browser.run("document.getElementById('try-now').click()")
        return not bob.is_offline

    wait_for("the way back", is_back)
    ann.hears("offline 2")
    spoken = ["while Bob is away", "offline 0", "offline 1", "offline 2"]
    checks.equal("it is said once and in order", ann.texts, spoken)
    bob.hears("offline 2")
    checks.equal("and who was away reads what was said meanwhile", bob.texts, spoken)
    checks.equal("nothing waits any more", bob.pending, [])
    checks.equal("a screen reader is told", bob.browser.text("#announcer"), "Reconnected.")


def stall(ann, bob, network, checks):
    network.stall()
    bob.say("into the void")
    ann.say("from the other side")
    wait_for("a sign of life is missed", lambda: bob.is_offline, 120)
    checks.that("a network that passes nothing on is found out", bob.is_offline)
    network.heal()
    bob.hears("from the other side", 120)
    ann.hears("into the void", 120)
    checks.equal("what was under way is said once",
                 (ann.texts.count("into the void"), bob.texts.count("into the void")), (1, 1))
    checks.equal("both have the same", sorted(ann.texts), sorted(bob.texts))


def full_queue(ann, bob, network, checks):
    network.cut()
    wait_for("the banner", lambda: bob.is_offline)
    for number in range(22):
        bob.post(f"queued {number}")
    wait_for("what waits", lambda: len(bob.pending) == 22)
    fates = [message["fate"] for message in bob.pending]
    checks.equal("20 messages may wait", fates[:20], ["Waiting for the connection"] * 20)
    checks.equal("more are refused, and not lost", fates[20:], ["Not sent: 20 messages are waiting already"] * 2)
    network.heal()
    note = wait_for("the limit of the server", lambda: bob.browser.text("#composer-note"), 120)
    checks.that("who is too fast is told so kindly", note.startswith(
        "You are sending too fast. Your message will be sent in "), note)
    ann.hears("queued 19", 120)
    spoken = [text for text in ann.texts if text.startswith("queued")]
    checks.equal("all that waited is said once and in order", spoken, [f"queued {number}" for number in range(20)])
    checks.equal("the note is gone",
                 wait_for("no note", lambda: not bob.browser.text("#composer-note") and "gone"), "gone")
    for _ in range(2):
        bob.browser.run("document.querySelector('.message.failed .fate button').click()")
    ann.hears("queued 21", 120)
    checks.equal("what was refused can be sent again", [text for text in ann.texts if text.startswith("queued 2")][1:],
                 ["queued 20", "queued 21"])
    checks.equal("nothing is left", wait_for("nothing", lambda: not bob.pending and "nothing"), "nothing")


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
        checks.that("for 60 s the page says that there is no connection", bob.is_offline)
        checks.equal("and keeps what was written", [message["text"] for message in bob.pending], ["written in the tunnel"])
        network.heal()
        wait_for("the way back, without a word", lambda: not bob.is_offline, 120)
        ann.hears("written in the tunnel", 120)
        ann.hears("typed in the tunnel", 120)
        bob.hears("outside")
        carl.said(r"#tea Ann: outside", 120)
        for text in ["written in the tunnel", "typed in the tunnel", "outside"]:
            checks.equal(f"'{text}' is said once", (ann.texts.count(text), bob.texts.count(text)), (1, 1))
        checks.equal("the same name as before", bob.browser.text("#my-name"), "Bob")
        carl.type("/quit")
        wait_for("the end", lambda: carl.process.poll() is not None)
