"""The chat does not lose state: rooms, drafts and unsent messages, while offline and after the session ends."""
import time

from browsing import Keys, browsing, wait_for
from chat_page import ChatPage
from cutting_proxy import CuttingProxy

#: Prevents WebSocket connections until `mayConnect` is set, by redirecting them to a path that returns 404.
CUT_OFF = """
const Real = window.WebSocket;
window.WebSocket = class extends Real {
    constructor(url, ...rest) { super(window.mayConnect ? url : url.replace(/\\/chat.*$/, "/nowhere"), ...rest); }
};
"""

#: Creates rooms as several people, because each may create ten at once, and optionally sends a message to each room.
OPEN_ROOMS = """
const [names, prefix, text] = input;
const { WebshocketClient } = await import("/webshocket.js");
const opener = async (name) => {
    const guest = new WebshocketClient("/chat?guest");
    await guest.connect();
    const { token } = await guest.sendRPC("login", [name, null]);
    await guest.close();
    const client = new WebshocketClient("/chat", { token });
    await client.connect();
    return client;
};
for (let start = 0; start < names.length; start += 9) {
    const client = await opener(`${prefix} ${start}`);
    for (const name of names.slice(start, start + 9)) {
        await client.sendRPC("open", [name]);
        if (!text) continue;
        await client.join(`room.${name}`);
        await client.sendRPC("say", [name, text, crypto.randomUUID()]);
    }
    await client.close();
}
"""

SESSION_ROOMS = "return JSON.parse(sessionStorage.getItem('chat.rooms') ?? '[]')"


def keeping(rig, checks):
    with rig.chat() as server, CuttingProxy(server.port) as network, browsing() as one, browsing() as other:
        ann, bob = ChatPage(one, server.url), ChatPage(other, network.url)
        with checks.group("a page that cannot connect for more than a minute"):
            began = time.monotonic()
            wait_without_a_room(ann, checks)
        with checks.group("many rooms"):
            many_rooms(bob, checks)
        with checks.group("a page that connects eventually"):
            connect_at_last(ann, began, checks)
        with checks.group("rooms that are deleted"):
            rooms_given_up(ann, bob, network, checks)
        with checks.group("a long log"):
            long_log(ann, checks)
        with checks.group("failed messages"):
            failures(ann, checks)
        with checks.group("an admin link"):
            admins_address(server, ann, checks)
        with checks.group("an admin link in a second window"):
            admins_second_window(server, bob, checks)
        for page in [ann, bob]:
            others = [line for line in page.browser.complaints() if "WebSocket connection to" not in line]
            checks.equal("the console has only network errors", others, [])
    with checks.group("a server that is restarted"):
        started_anew(rig, checks)


def wait_without_a_room(ann, checks):
    browser = ann.browser
    browser.command("Page.addScriptToEvaluateOnNewDocument", source=CUT_OFF)
    ann.open("#tea")
    browser.run("window.mayConnect = true")
    ann.choose("Ann")
    ann.wait_until_in()
    ann.open("?again#tea")
    wait_for("the page", lambda: browser.is_shown("#text"))
    checks.that("the message box is disabled while there is no room", not browser.find("#text").is_enabled())
    checks.that("the send button is disabled too", not browser.find(".send").is_enabled())
    browser.run("document.getElementById('composer').requestSubmit()")


def connect_at_last(ann, began, checks):
    browser = ann.browser
    while time.monotonic() < began + 62:
        time.sleep(1)
    checks.equal("no room is joined yet", browser.text("#room-title"), "")
    browser.run("window.mayConnect = true")
    wait_for("the room", lambda: browser.text("#room-title") == "#tea", 120)
    ann.say("here at last")
    ann.hears("here at last")
    checks.that("the list of rooms is shown", wait_for("the list", lambda: "garden" in browser.text("#room-list")))


def joined(page):
    return page.browser.run("return [...document.querySelectorAll('.room-row.joined .label')].map((e) => e.textContent)")


def many_rooms(bob, checks):
    rooms = ["lobby", *(f"room-{number}" for number in range(5))]
    bob.come_in("Bob")
    for room in rooms[1:]:
        bob.go(room)
    for _ in range(2):
        bob.browser.driver.refresh()
        bob.wait_until_in()
    checks.equal("rooms that are not joined yet are kept", sorted(bob.browser.run(SESSION_ROOMS)), rooms)
    checks.that("rooms are joined after the pauses that the server asks for",
                wait_for("all rooms", lambda: sorted(joined(bob)) == rooms, 120), joined(bob))


def rooms_given_up(ann, bob, network, checks):
    bob.go("mine")
    for number in range(3):
        bob.say(f"mine {number}")
    bob.hears("mine 2")
    bob.go("ours")
    for number in range(3):
        bob.say(f"ours {number}")
    bob.hears("ours 2")
    network.cut()
    wait_for("the banner", lambda: bob.is_offline)
    wait_for("the server to see it", lambda: ann.browser.run(
        "return document.querySelector(\"[aria-label^='ours, 0 people']\") !== null"))
    # The limit is 50 rooms: each new room replaces the oldest empty room.
    ann.browser.run_async(OPEN_ROOMS, [f"full-{number}" for number in range(53)], "Opener", "")
    known = ann.browser.run("return [...document.querySelectorAll('#room-list .label')].map((e) => e.textContent)")
    checks.that("rooms were deleted", "mine" not in known and "ours" not in known, known)
    ann.browser.run_async(OPEN_ROOMS, ["ours"], "Second", "in the new one")
    network.heal()
    bob.browser.run("document.getElementById('try-now').click()")
    bob.hears("in the new one", 120)
    checks.that("messages of a room that was created again follow the old ones",
                bob.texts == ["ours 0", "ours 1", "ours 2", "in the new one"], bob.texts)
    checks.that("an event reports it", "This room was deleted and created again." in bob.events, bob.events)
    wait_for("the other room", lambda: "mine" in joined(bob), 120)
    bob.go("mine")
    bob.say("mine again")
    bob.hears("mine again")
    checks.equal("a deleted room is created and joined again", bob.texts[-2:], ["mine 2", "mine again"])


def long_log(ann, checks):
    """Adds messages on the page itself, because the rate limit of the server does not allow as many."""
    ann.browser.run_async("""
        const { Log } = await import("/log.js");
        const { Room } = await import("/room.js");
        document.getElementById("log").replaceChildren();
        const log = new Log();
        log.actions = { isOnline: () => true };
        const room = new Room("long", (room, item) => item && log.add(item, room));
        log.show(room, "Ann");
        window.hear = (id) => room.hear({ id, key: `${id}`, from: `P${id % 7}`, text: `text ${id}`, at: Date.now() });
        window.room = room;
        for (let id = 1; id <= 500; id += 1) window.hear(id);
        """)
    place = """
        const log = document.getElementById("log");
        const row = [...log.querySelectorAll(".text")].find((element) => element.textContent === "text 300");
        return Math.round(row.getBoundingClientRect().top);
        """
    ann.browser.run("""
        const log = document.getElementById("log");
        [...log.querySelectorAll(".text")].find((element) => element.textContent === "text 300").scrollIntoView();
        """)
    wait_for("the scroll position", lambda: ann.browser.run_async(
        "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); return true"))
    before = ann.browser.run(place)
    ann.browser.run("for (let id = 501; id <= 520; id += 1) window.hear(id)")
    ann.browser.run_async("await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found = ann.browser.run("return [document.querySelectorAll('#log > .message').length, window.room.items.length]")
    checks.equal("the log has as many messages as the room", found, [419, 419])
    checks.that("the visible messages keep their position", abs(ann.browser.run(place) - before) <= 2,
                (before, ann.browser.run(place)))
    checks.equal("the log still begins with a day", ann.browser.run(
        "return document.querySelector('#log').firstElementChild.className"), "day")
    ann.browser.driver.refresh()
    ann.browser.run("window.mayConnect = true")
    ann.wait_until_in()


def failures(ann, checks):
    browser = ann.browser
    browser.run("""
        window.said = [];
        for (const id of ["announcer", "composer-note"]) {
            const element = document.getElementById(id);
            if (element.getAttribute("role") !== "status") continue;
            new MutationObserver(() => window.said.push(element.textContent)).observe(element, { childList: true });
        }
        // Twenty messages are queued; failed messages are shown below them.
        const field = document.getElementById("text");
        for (let number = 0; number < 22; number += 1) {
            field.value = `fast ${number}`;
            document.getElementById("composer").requestSubmit();
        }
        """)
    wait_for("the pause", lambda: browser.text("#composer-note").startswith("You are sending too fast."), 120)
    browser.run("document.querySelector('.message.failed .fate button').focus()")
    browser.press(Keys.SHIFT)
    kept = browser.run("window.focusedButton = document.activeElement; return window.focusedButton.textContent")
    first = browser.text("#composer-note")
    wait_for("a second to pass", lambda: browser.text("#composer-note") != first)
    checks.equal("a button keeps the focus while seconds are counted",
                 (kept, browser.run("return document.activeElement === window.focusedButton")), ("Send again", True))
    said = browser.run("return window.said")
    checks.equal("a pause is announced once", [words for words in said if words.startswith("You are sending too fast")],
                 ["You are sending too fast. Your message will be sent automatically."])
    checks.that("failed messages are announced", any("20 messages are waiting already. You wrote: fast 2" in words for words in said),
                said)
    browser.press(Keys.TAB, Keys.ENTER)
    checks.equal("the message box gets the focus of a removed button", browser.run("return document.activeElement.id"),
                 "text")
    wait_for("the queue to be sent", lambda: len([m for m in ann.pending if not m["fate"].startswith("Not sent")]) == 0, 120)
    checks.equal("the note is removed", wait_for("no note", lambda: not browser.text("#composer-note") and "gone"), "gone")


def admins_address(server, ann, checks):
    browser = ann.browser
    browser.run("location.hash = '%'")
    checks.equal("an invalid address is ignored", browser.run("return document.getElementById('room-error').textContent"), "")
    browser.find("#text").send_keys("half a sen")
    browser.run("location.hash = arguments[0]", f"admin={server.admin_key}")
    wait_for("the login form", lambda: browser.is_shown("#name"))
    checks.that("an admin link works while the chat is open", browser.is_shown("#admin-hint"))
    checks.that("the secret is removed from the address", server.admin_key not in browser.driver.current_url)
    checks.equal("the login form contains the current name", browser.find("#name").get_attribute("value"), "Ann")
    browser.run("document.getElementById('login').requestSubmit()")
    ann.wait_until_in()
    checks.equal("the name of the own session can be used again", browser.run(
        "return JSON.parse(localStorage.getItem('chat.session')).isAdmin"), True)
    wait_for("the draft", lambda: browser.find("#text").get_attribute("value") == "half a sen")
    browser.find("#text").send_keys("tence", Keys.ENTER)
    ann.hears("half a sentence")


def admins_second_window(server, bob, checks):
    driver = bob.browser.driver
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    bob.come_in("bob", f"#admin={server.admin_key}")
    is_admin = "return JSON.parse(localStorage.getItem('chat.session')).isAdmin ?? null"
    checks.equal("the name can be used again while a first window has it", bob.browser.run(is_admin), True)
    driver.switch_to.window(first)
    wait_for("two windows", lambda: bob.browser.text("#my-state") == "open in 2 windows")
    checks.equal("the first window joins again automatically", (bob.browser.text("#my-name"), bob.browser.run(is_admin)), ("bob", True))


def started_anew(rig, checks):
    with CuttingProxy(0) as network, browsing() as one:
        page = ChatPage(one, network.url)
        with rig.chat() as server:
            network.target = server.port
            page.come_in("Dora", "#tea")
            page.say("before")
            page.hears("before")
            network.cut()
            wait_for("the banner", lambda: page.is_offline)
            page.say("not to be lost")
            page.say("nor this")
            one.find("#text").send_keys("a draft")
            wait_for("the queued messages", lambda: len(page.pending) == 2)
        with rig.chat() as server:
            network.target = server.port
            network.heal()
            one.run("document.getElementById('try-now').click()")
            wait_for("the login form", lambda: one.is_shown("#name"), 120)
            checks.equal("the number of queued messages is shown after the session has expired", one.text("#welcome-words"),
                         "Your session has expired. Please join again. "
                         "2 messages will be sent when you join as Dora again.")
            page.choose("Dora")
            page.wait_until_in()
            page.hears("nor this")
            checks.equal("queued messages are sent after joining again", page.texts, ["not to be lost", "nor this"])
            checks.equal("the draft is restored", one.find("#text").get_attribute("value"), "a draft")
            network.cut()
            wait_for("the banner", lambda: page.is_offline)
            one.find("#text").clear()
            page.say("too late")
            wait_for("the queued messages", lambda: len(page.pending) == 1)
            one.find("#sign-out").click()
            wait_for("the login form", lambda: one.is_shown("#name"))
            checks.equal("the number of unsent messages is shown after signing out", one.text("#welcome-words"),
                         "You have signed out. 1 message was not sent.")
