"""The chat as it is meant: two browsers, a page that is opened twice, a terminal, and an admin."""
from browsing import DESKTOP, PHONE, Keys, browsing, wait_for
from chat_page import ChatPage
from programs import running


def talking(rig, checks):
    with rig.chat() as server, browsing() as one, browsing(size=PHONE) as other:
        ann, bob = ChatPage(one, server.url), ChatPage(other, server.url)
        with checks.group("two browsers"):
            two_talk(ann, bob, checks)
        with checks.group("names"):
            names(server, ann, bob, checks)
        with checks.group("a terminal"):
            terminal(rig, server, ann, bob, checks)
        with checks.group("a page that is opened twice"):
            opened_twice(ann, bob, checks)
        with checks.group("kicking"):
            kicking(rig, server, ann, bob, checks)
        for page in [ann, bob]:
            checks.equal("no error, no warning, no violation of the page's policy", page.browser.complaints(), [])


def two_talk(ann, bob, checks):
    ann.come_in("Ann", "#tea")
    bob.come_in("Bob", "#tea")
    wait_for("both are here", lambda: ann.people == ["Ann", "Bob"] == bob.people)
    checks.that("who comes is told to those who are here", wait_for("a line", lambda: "Bob is here" in ann.events))
    checks.equal("nobody hears of those who were here before", bob.events, [])

    bob.browser.find("#text").send_keys("hel")
    checks.equal("who types is shown", wait_for("the line", lambda: ann.browser.text("#typing")), "Bob is typing…")
    bob.browser.find("#text").send_keys("lo, Ann", Keys.ENTER)
    ann.hears("hello, Ann")
    checks.equal("the line is gone with the message", ann.browser.text("#typing"), "")
    ann.browser.find("#text").send_keys("two", Keys.SHIFT, Keys.ENTER, Keys.NULL, "lines", Keys.ENTER)
    bob.hears("two\nlines")
    for number in range(3):
        ann.say(f"number {number}")
    bob.hears("number 2")
    spoken = ["hello, Ann", "two\nlines", "number 0", "number 1", "number 2"]
    checks.equal("all have the same, in the order in which it was said", (ann.texts, bob.texts), (spoken, spoken))
    checks.equal("of whom it is", [message["from"] for message in bob.messages], ["Bob"] + ["Ann"] * 4)

    bob.browser.open("about:blank")
    bob.open("#tea")
    bob.wait_until_in()
    checks.equal("behind a reload one is who one was", bob.browser.text("#my-name"), "Bob")
    bob.hears("number 2")
    checks.equal("and can read what was said", bob.texts, spoken)
    ann.say("welcome back")
    bob.hears("welcome back")
    checks.that("a reload is no farewell", "Bob has left" not in ann.events, ann.events)

    ann.go("lobby")
    bob.say("are you there?")
    row = "#room-list .room-button[aria-label^='tea,']"
    wait_for("an unread message", lambda: "1 unread" in ann.browser.run(
        "return document.querySelector(arguments[0]).getAttribute('aria-label')", row))
    checks.that(
    "the title counts what is unread",
    ann.browser.driver.title.startswith("(1) #lobby"),
     ann.browser.driver.title)
    ann.browser.find(row).click()
    ann.hears("are you there?")
    wait_for("the title", lambda: ann.browser.driver.title == "#tea · Chat")
    checks.that("a line tells what is new", ann.browser.is_shown(".day.unread"))

    for number in range(8):
        bob.post("\n".join([f"line {number}"] * 6))
    ann.hears("\n".join(["line 7"] * 6))
    ann.browser.run("document.getElementById('log').scrollTop = 0")
    wait_for("to be away from the end", lambda: ann.browser.run("return document.getElementById('log').scrollTop") == 0)
    bob.say("below")
    wait_for("the button", lambda: ann.browser.is_shown("#to-newest"))
    checks.equal("who reads back is not moved", ann.browser.run("return document.getElementById('log').scrollTop"), 0)
    checks.equal("and is told of what is new", ann.browser.text("#to-newest").strip(), "1 new message")
    ann.browser.find("#to-newest").click()
    wait_for("the end", lambda: not ann.browser.is_shown("#to-newest"))


def names(server, ann, bob, checks):
    with browsing() as third:
        page = ChatPage(third, server.url)
        page.open()
        for name, words in [
            ("  ", "Please enter a name."), ("ann", "The name ann is already taken. Please choose another name."),
            ("x" * 33, "A name may have at most 32 characters."), ("a\u202eb", "A name may contain only visible characters, and needs a letter or a digit."),
            ("<b>", None),
        ]:
            third.run(
    "document.getElementById('name').value = arguments[0]; document.getElementById('login').requestSubmit()",
     name)
            if words:
                checks.equal(
    f"the name {name!r}",
    wait_for(
        words,
        lambda: third.text("#login-error") == words and words),
         words)
        page.wait_until_in()
        checks.equal("a name of markup is a text", third.text("#my-name"), "<b>")
        third.find("#sign-out").click()
        wait_for("the way out", lambda: third.is_shown("#name"))
        checks.that("who signs out is told", "signed out" in third.text("#welcome-words"))
        for room, words in [("a b/c", "A room name may contain only letters, digits and hyphens."),
                             ("x" * 25, "A room name may have at most 24 characters.")]:
            ann.browser.find("#room-name").clear()
            ann.browser.find("#room-name").send_keys(room, Keys.ENTER)
            checks.equal(
    f"the room {room!r}",
    wait_for(
        words,
        lambda: ann.browser.text("#room-error") == words and words),
         words)
        ann.browser.find("#room-name").clear()
        ann.go("tea")


def terminal(rig, server, ann, bob, checks):
    url = f"ws://127.0.0.1:{server.port}/chat"
    with running([rig.programs / "Chat", "Carl", "--room", "tea", "--url", url]) as carl:
        carl.said(r"#tea with Ann, Bob, Carl")
        carl.type("hello from the terminal")
        ann.hears("hello from the terminal")
        ann.say("hello, terminal")
        checks.that("a browser and a terminal talk", carl.said(r"Carl \| #tea Ann: hello, terminal"))
        carl.type("/who")
        checks.that("the terminal knows who is here", carl.said(r"#tea here: Ann, Bob, Carl"))
        carl.type("/quit")
        wait_for("the end", lambda: carl.process.poll() is not None)
        checks.equal("it ends by itself", carl.process.returncode, 0)
    checks.that("who leaves is told, a moment later", wait_for("the line", lambda: "Carl has left" in ann.events))


def opened_twice(ann, bob, checks):
    driver = ann.browser.driver
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    ann.browser.show(DESKTOP)
    ann.open("#tea")
    ann.wait_until_in()
    wait_for("two windows", lambda: ann.browser.text("#my-state") == "open in 2 windows")
    facts = "return [...document.querySelectorAll('.person span span')].map((element) => element.textContent)"
    wait_for("the list", lambda: "in 2 windows" in " ".join(bob.browser.run(
        "return [...document.querySelectorAll('.person-words')].map((element) => element.textContent)")))
    checks.equal("one who has two windows is one person", bob.people, ["Ann", "Bob"])
    ann.say("from the second window")
    ann.hears("from the second window")
    driver.switch_to.window(first)
    ann.hears("from the second window")
    checks.equal("what one window says, the other has once", ann.texts.count("from the second window"), 1)
    checks.equal("both say that there are two", ann.browser.text("#my-state"), "open in 2 windows")
    driver.switch_to.window(next(handle for handle in driver.window_handles if handle != first))
    driver.close()
    driver.switch_to.window(first)
    wait_for("one window", lambda: ann.browser.text("#my-state") == "online")
    checks.equal("the one that is left knows that it is alone", ann.browser.text("#my-state"), "online")


#: What calls a method with a token, and returns the error's code, or null where there is none.
CALL = """
const [token, method, words] = input;
const { WebshocketClient } = await import("/webshocket.js");
const client = new WebshocketClient("/chat", { token, reconnect: false });
try {
    await client.connect();
    await client.call(method, words);
    return null;
} catch (error) {
    return error.code;
} finally {
    await client.close();
}
"""


def token_of(page):
    return page.browser.run("return JSON.parse(localStorage.getItem('chat.session')).token")


def kicking(rig, server, ann, bob, checks):
    bobs = token_of(bob)
    refused = bob.browser.run_async(CALL, bobs, "kick", ["Ann", "because"])
    checks.equal("only an admin may kick", refused, -32002)
    checks.that("others are not offered to", not ann.browser.is_shown(".person button"))
    with browsing() as third:
        admin = ChatPage(third, server.url)
        admin.open(f"#admin={server.admin_key}")
        wait_for("the word about it", lambda: third.is_shown("#admin-hint"))
        checks.that("the secret is taken out of the address", server.admin_key not in third.driver.current_url)
        admin.choose("Zoe")
        admin.wait_until_in()
        admin.go("tea")
        wait_for("the button", lambda: third.run(
            "return !!document.querySelector(\"[aria-label='Ask Bob to leave']\")"))
        third.run("document.querySelector(\"[aria-label='Ask Bob to leave']\").focus()")
        third.press(Keys.ENTER)
        wait_for("the question", lambda: third.is_shown("#kick"))
        third.find("#kick-reason").clear()
        third.find("#kick-reason").send_keys("No <b>shouting</b>.", Keys.ENTER)
        words = "Zoe asked you to leave: No <b>shouting</b>."
        checks.equal(
    "who is kicked is told why",
    wait_for(
        words,
        lambda: bob.browser.text("#welcome-words") == words and words),
         words)
        checks.that("and is out", bob.browser.is_shown("#name") and not bob.browser.is_shown("#text"))
        checks.that(
    "those who stay are told",
    wait_for(
        "the line",
         lambda: "Bob was asked to leave by Zoe" in ann.events))
        checks.equal(
            "the token is worth nothing any more", ann.browser.run_async(CALL, bobs, "me", []), -32002)
        terminal_is_kicked(rig, server, third, token_of(admin), checks)
        checks.equal("nothing of the admin's is complained about", third.complaints(), [])
    checks.equal("nobody has come back by themselves", bob.browser.is_shown("#name"), True)


def terminal_is_kicked(rig, server, browser, admins, checks):
    """The terminal ends with the chat, although its input does not."""
    url = f"ws://127.0.0.1:{server.port}/chat"
    with running([rig.programs / "Chat", "Dora", "--room", "garden", "--url", url]) as dora:
        dora.said(r"#garden with Dora")
        words = "Enough\n" + "!" * 40 + "; retry-after=0"
        checks.equal("a name in other letters is the same", browser.run_async(CALL, admins, "kick", ["dORA", words]), None)
        checks.that("a terminal is told why", dora.said(r"the chat has ended: Zoe asked you to leave: Enough!+$"))
        wait_for("the end", lambda: dora.process.poll() is not None)
        checks.equal("and ends by itself", dora.process.returncode, 0)
        checks.that("without coming back", not any("reconnected" in line for line in dora.lines), dora.lines)
