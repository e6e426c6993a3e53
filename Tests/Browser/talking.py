"""Normal use of the chat: two browsers, a page in two windows, a terminal, and an admin."""
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
        with checks.group("a page in two windows"):
            opened_twice(ann, bob, checks)
        with checks.group("kicking"):
            kicking(rig, server, ann, bob, checks)
        for page in [ann, bob]:
            checks.equal("there are no errors, warnings or policy violations", page.browser.complaints(), [])


def two_talk(ann, bob, checks):
    ann.come_in("Ann", "#tea")
    bob.come_in("Bob", "#tea")
    wait_for("both people", lambda: ann.people == ["Ann", "Bob"] == bob.people)
    checks.that("a new member is announced to the other members", wait_for("the event", lambda: "Bob is here" in ann.events))
    checks.equal("earlier members are not announced to a new member", bob.events, [])

    bob.browser.find("#text").send_keys("hel")
    checks.equal("the typing indicator is shown", wait_for("the indicator", lambda: ann.browser.text("#typing")), "Bob is typing…")
    bob.browser.find("#text").send_keys("lo, Ann", Keys.ENTER)
    ann.hears("hello, Ann")
    checks.equal("the typing indicator is removed when the message arrives", ann.browser.text("#typing"), "")
    ann.browser.find("#text").send_keys("two", Keys.SHIFT, Keys.ENTER, Keys.NULL, "lines", Keys.ENTER)
    bob.hears("two\nlines")
    for number in range(3):
        ann.say(f"number {number}")
    bob.hears("number 2")
    spoken = ["hello, Ann", "two\nlines", "number 0", "number 1", "number 2"]
    checks.equal("all pages have the same messages, in order", (ann.texts, bob.texts), (spoken, spoken))
    checks.equal("the senders are shown", [message["from"] for message in bob.messages], ["Bob"] + ["Ann"] * 4)

    bob.browser.open("about:blank")
    bob.open("#tea")
    bob.wait_until_in()
    checks.equal("the session survives a reload", bob.browser.text("#my-name"), "Bob")
    bob.hears("number 2")
    checks.equal("earlier messages are shown after a reload", bob.texts, spoken)
    ann.say("welcome back")
    bob.hears("welcome back")
    checks.that("a reload does not announce that the user has left", "Bob has left" not in ann.events, ann.events)

    ann.go("lobby")
    bob.say("are you there?")
    row = "#room-list .room-button[aria-label^='tea,']"
    wait_for("an unread message", lambda: "1 unread" in ann.browser.run(
        "return document.querySelector(arguments[0]).getAttribute('aria-label')", row))
    checks.that(
    "the title shows the number of unread messages",
    ann.browser.driver.title.startswith("(1) #lobby"),
     ann.browser.driver.title)
    ann.browser.find(row).click()
    ann.hears("are you there?")
    wait_for("the title", lambda: ann.browser.driver.title == "#tea · Chat")
    checks.that("a separator marks the unread messages", ann.browser.is_shown(".day.unread"))

    for number in range(8):
        bob.post("\n".join([f"line {number}"] * 6))
    ann.hears("\n".join(["line 7"] * 6))
    ann.browser.run("document.getElementById('log').scrollTop = 0")
    wait_for("the scroll position", lambda: ann.browser.run("return document.getElementById('log').scrollTop") == 0)
    bob.say("below")
    wait_for("the button", lambda: ann.browser.is_shown("#to-newest"))
    checks.equal("a new message does not change the scroll position", ann.browser.run("return document.getElementById('log').scrollTop"), 0)
    checks.equal("a button shows the number of new messages", ann.browser.text("#to-newest").strip(), "1 new message")
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
        checks.equal("markup in a name is shown as text", third.text("#my-name"), "<b>")
        third.find("#sign-out").click()
        wait_for("the login form", lambda: third.is_shown("#name"))
        checks.that("signing out is confirmed", "signed out" in third.text("#welcome-words"))
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
        checks.that("a browser and a terminal exchange messages", carl.said(r"Carl \| #tea Ann: hello, terminal"))
        carl.type("/who")
        checks.that("the terminal lists the members", carl.said(r"#tea here: Ann, Bob, Carl"))
        carl.type("/quit")
        wait_for("the process to exit", lambda: carl.process.poll() is not None)
        checks.equal("the terminal client exits with 0", carl.process.returncode, 0)
    checks.that("a member who leaves is announced after a moment", wait_for("the event", lambda: "Carl has left" in ann.events))


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
    checks.equal("a user with two windows is listed once", bob.people, ["Ann", "Bob"])
    ann.say("from the second window")
    ann.hears("from the second window")
    driver.switch_to.window(first)
    ann.hears("from the second window")
    checks.equal("a message from one window is shown once in the other", ann.texts.count("from the second window"), 1)
    checks.equal("both windows show that there are two", ann.browser.text("#my-state"), "open in 2 windows")
    driver.switch_to.window(next(handle for handle in driver.window_handles if handle != first))
    driver.close()
    driver.switch_to.window(first)
    wait_for("one window", lambda: ann.browser.text("#my-state") == "online")
    checks.equal("the remaining window shows that it is the only one", ann.browser.text("#my-state"), "online")


#: Calls a method with a token, and returns the code of the error, or null.
CALL = """
const [token, method, words] = input;
const { WebshocketClient } = await import("/webshocket.js");
const client = new WebshocketClient("/chat", { token, reconnect: false });
try {
    await client.connect();
    await client.sendRPC(method, words);
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
    checks.equal("only an admin can kick", refused, -32002)
    checks.that("other users have no button to kick", not ann.browser.is_shown(".person button"))
    with browsing() as third:
        admin = ChatPage(third, server.url)
        admin.open(f"#admin={server.admin_key}")
        wait_for("the admin hint", lambda: third.is_shown("#admin-hint"))
        checks.that("the secret is removed from the address", server.admin_key not in third.driver.current_url)
        admin.choose("Zoe")
        admin.wait_until_in()
        admin.go("tea")
        wait_for("the button", lambda: third.run(
            "return !!document.querySelector(\"[aria-label='Ask Bob to leave']\")"))
        third.run("document.querySelector(\"[aria-label='Ask Bob to leave']\").focus()")
        third.press(Keys.ENTER)
        wait_for("the dialog", lambda: third.is_shown("#kick"))
        third.find("#kick-reason").clear()
        third.find("#kick-reason").send_keys("No <b>shouting</b>.", Keys.ENTER)
        words = "Zoe asked you to leave: No <b>shouting</b>."
        checks.equal(
    "the reason is shown to the kicked user",
    wait_for(
        words,
        lambda: bob.browser.text("#welcome-words") == words and words),
         words)
        checks.that("the kicked user sees the login form", bob.browser.is_shown("#name") and not bob.browser.is_shown("#text"))
        checks.that(
    "the other members see an event",
    wait_for(
        "the line",
         lambda: "Bob was asked to leave by Zoe" in ann.events))
        checks.equal(
            "the token is no longer valid", ann.browser.run_async(CALL, bobs, "me", []), -32002)
        terminal_is_kicked(rig, server, third, token_of(admin), checks)
        checks.equal("the admin's console has no errors or warnings", third.complaints(), [])
    checks.equal("the kicked user has not reconnected", bob.browser.is_shown("#name"), True)


def terminal_is_kicked(rig, server, browser, admins, checks):
    """The terminal client exits when the user is kicked, although its input is still open."""
    url = f"ws://127.0.0.1:{server.port}/chat"
    with running([rig.programs / "Chat", "Dora", "--room", "garden", "--url", url]) as dora:
        dora.said(r"#garden with Dora")
        words = "Enough\n" + "!" * 40 + "; retry-after=0"
        checks.equal("the case of a name is ignored", browser.run_async(CALL, admins, "kick", ["dORA", words]), None)
        checks.that("the terminal prints the reason", dora.said(r"the chat has ended: Zoe asked you to leave: Enough!+$"))
        wait_for("the process to exit", lambda: dora.process.poll() is not None)
        checks.equal("the terminal client exits with 0 when it is kicked", dora.process.returncode, 0)
        checks.that("the terminal client does not reconnect", not any("reconnected" in line for line in dora.lines), dora.lines)
