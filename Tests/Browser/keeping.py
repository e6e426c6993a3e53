"""Nothing is lost in the chat: what was typed before there is a room, or when the session ends, and the rooms one is in."""
import time

from browsing import Keys, browsing, wait_for
from chat_page import ChatPage
from cutting_proxy import CuttingProxy

#: No WebSocket opens before `mayConnect` is set: what is asked for instead answers with 404.
CUT_OFF = """
const Real = window.WebSocket;
window.WebSocket = class extends Real {
    constructor(url, ...rest) { super(window.mayConnect ? url : url.replace(/\\/chat.*$/, "/nowhere"), ...rest); }
};
"""

#: Opens rooms as several people, since each may open ten at once; what each says in them stays there.
OPEN_ROOMS = """
const [names, prefix, text] = input;
const { WebshocketClient } = await import("/webshocket.js");
const opener = async (name) => {
    const guest = new WebshocketClient("/chat?guest");
    await guest.connect();
    const { token } = await guest.call("login", [name, null]);
    await guest.close();
    const client = new WebshocketClient("/chat", { token });
    await client.connect();
    return client;
};
for (let start = 0; start < names.length; start += 9) {
    const client = await opener(`${prefix} ${start}`);
    for (const name of names.slice(start, start + 9)) {
        await client.call("open", [name]);
        if (!text) continue;
        await client.join(`room.${name}`);
        await client.call("say", [name, text, crypto.randomUUID()]);
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
        with checks.group("a page that connects at last"):
            connect_at_last(ann, began, checks)
        with checks.group("rooms that are given up"):
            rooms_given_up(ann, bob, network, checks)
        with checks.group("a log that is long"):
            long_log(ann, checks)
        with checks.group("what has failed"):
            failures(ann, checks)
        with checks.group("an admin's address"):
            admins_address(server, ann, checks)
        with checks.group("an admin's address in a second window"):
            admins_second_window(server, bob, checks)
        for page in [ann, bob]:
            others = [line for line in page.browser.complaints() if "WebSocket connection to" not in line]
            checks.equal("only the network is complained about", others, [])
    with checks.group("a server that is started anew"):
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
    checks.that("one cannot write where there is no room", not browser.find("#text").is_enabled())
    checks.that("nor send", not browser.find(".send").is_enabled())
    browser.run("document.getElementById('composer').requestSubmit()")


def connect_at_last(ann, began, checks):
    browser = ann.browser
    while time.monotonic() < began + 62:
        time.sleep(1)
    checks.equal("there is no room yet", browser.text("#room-title"), "")
    browser.run("window.mayConnect = true")
    wait_for("the room", lambda: browser.text("#room-title") == "#tea", 120)
    ann.say("here at last")
    ann.hears("here at last")
    checks.that("and the list of rooms", wait_for("the list", lambda: "garden" in browser.text("#room-list")))


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
    checks.equal("rooms that are not entered yet are not forgotten", sorted(bob.browser.run(SESSION_ROOMS)), rooms)
    checks.that("the server's pauses are waited out",
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
    # There are 50 at most: each new one takes the place of the oldest that nobody is in.
    ann.browser.run_async(OPEN_ROOMS, [f"full-{number}" for number in range(53)], "Opener", "")
    known = ann.browser.run("return [...document.querySelectorAll('#room-list .label')].map((e) => e.textContent)")
    checks.that("rooms were given up", "mine" not in known and "ours" not in known, known)
    ann.browser.run_async(OPEN_ROOMS, ["ours"], "Second", "in the new one")
    network.heal()
    bob.browser.run("document.getElementById('try-now').click()")
    bob.hears("in the new one", 120)
    checks.that("a room that was opened anew is heard, behind what was said before",
                bob.texts == ["ours 0", "ours 1", "ours 2", "in the new one"], bob.texts)
    checks.that("a line tells of it", "This room was deleted and created again." in bob.events, bob.events)
    wait_for("the other room", lambda: "mine" in joined(bob), 120)
    bob.go("mine")
    bob.say("mine again")
    bob.hears("mine again")
    checks.equal("a room that is gone is opened and joined again", bob.texts[-2:], ["mine 2", "mine again"])


def long_log(ann, checks):
    """What is heard comes from the page itself: to say so much, the server would not let one."""
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
    wait_for("to be away from the end", lambda: ann.browser.run_async(
        "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); return true"))
    before = ann.browser.run(place)
    ann.browser.run("for (let id = 501; id <= 520; id += 1) window.hear(id)")
    ann.browser.run_async("await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found = ann.browser.run("return [document.querySelectorAll('#log > .message').length, window.room.items.length]")
    checks.equal("the log has no more than the room", found, [419, 419])
    checks.that("and who reads back is not moved", abs(ann.browser.run(place) - before) <= 2,
                (before, ann.browser.run(place)))
    checks.equal("a day still stands on top", ann.browser.run(
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
        // Twenty wait; one that fails is drawn below them.
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
    checks.equal("the focus stays on a button while seconds are counted",
                 (kept, browser.run("return document.activeElement === window.focusedButton")), ("Send again", True))
    said = browser.run("return window.said")
    checks.equal("a pause is told once", [words for words in said if words.startswith("You are sending too fast")],
                 ["You are sending too fast. Your message will be sent automatically."])
    checks.that("what has failed is told", any("20 messages are waiting already. You wrote: fast 2" in words for words in said),
                said)
    browser.press(Keys.TAB, Keys.ENTER)
    checks.equal("the focus goes to the box with the button that had it", browser.run("return document.activeElement.id"),
                 "text")
    wait_for("the end of it", lambda: len([m for m in ann.pending if not m["fate"].startswith("Not sent")]) == 0, 120)
    checks.equal("the note is gone", wait_for("no note", lambda: not browser.text("#composer-note") and "gone"), "gone")


def admins_address(server, ann, checks):
    browser = ann.browser
    browser.run("location.hash = '%'")
    checks.equal("an address that is none is none", browser.run("return document.getElementById('room-error').textContent"), "")
    browser.find("#text").send_keys("half a sen")
    browser.run("location.hash = arguments[0]", f"admin={server.admin_key}")
    wait_for("the question", lambda: browser.is_shown("#name"))
    checks.that("an admin's address is taken where the chat is open", browser.is_shown("#admin-hint"))
    checks.that("and out of the address", server.admin_key not in browser.driver.current_url)
    checks.equal("the name is the one that one has", browser.find("#name").get_attribute("value"), "Ann")
    browser.run("document.getElementById('login').requestSubmit()")
    ann.wait_until_in()
    checks.equal("one's own session does not keep one out", browser.run(
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
    checks.equal("one's own first window does not keep one out", bob.browser.run(is_admin), True)
    driver.switch_to.window(first)
    wait_for("two windows", lambda: bob.browser.text("#my-state") == "open in 2 windows")
    checks.equal("which comes in again by itself", (bob.browser.text("#my-name"), bob.browser.run(is_admin)), ("bob", True))


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
            wait_for("what waits", lambda: len(page.pending) == 2)
        with rig.chat() as server:
            network.target = server.port
            network.heal()
            one.run("document.getElementById('try-now').click()")
            wait_for("the question", lambda: one.is_shown("#name"), 120)
            checks.equal("who is not known any more is told what waits", one.text("#welcome-words"),
                         "Your session has expired. Please join again. "
                         "2 messages will be sent when you join as Dora again.")
            page.choose("Dora")
            page.wait_until_in()
            page.hears("nor this")
            checks.equal("it is said once one is back", page.texts, ["not to be lost", "nor this"])
            checks.equal("the draft is there as well", one.find("#text").get_attribute("value"), "a draft")
            network.cut()
            wait_for("the banner", lambda: page.is_offline)
            one.find("#text").clear()
            page.say("too late")
            wait_for("what waits", lambda: len(page.pending) == 1)
            one.find("#sign-out").click()
            wait_for("the way out", lambda: one.is_shown("#name"))
            checks.equal("who signs out is told what was not sent", one.text("#welcome-words"),
                         "You have signed out. 1 message was not sent.")
