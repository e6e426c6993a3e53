"""Screenshots of a chat with several people: on a desktop and a phone, light and dark."""
import time

from browsing import DESKTOP, PHONE, browsing, wait_for
from chat_page import ChatPage

TALK = [
    ("Ada Lovelace", "tea", "Morning! I wrote down how the new rate limits work. It is shorter than I feared:\nhttps://example.org/notes/token-buckets"),
    ("Ada Lovelace", "tea", "Comments welcome, the diagram on page 2 is still rough."),
    ("Katherine", "tea", "Read it on the train. Page 2 is fine, I would only turn the arrows around 🙂"),
    ("Grace Hopper", "tea", "What happens when the burst is smaller than what one call costs?"),
    ("Ada Lovelace", "tea", "Then the server does not start, and says which method it is about."),
    ("Grace Hopper", "tea", "I like that."),
    ("Margaret", "tea", "Show and tell in ten minutes, same room as yesterday. Ivan, can you do the reconnect thing? The one where the "
                        "whole office pulled the cable and nobody lost a word."),
    ("Ivan", "tea", "Sure. I will bring two phones and a microwave oven."),
    ("Margaret", "tea", "…a microwave oven?"),
    ("Ivan", "tea", "You will see."),
    ("Linus", "release-5", "The branch is cut. Only fixes from now on, please."),
    ("Linus", "release-5", "And the notes are in."),
    ("Grace Hopper", "book-club", "Chapter 4 is where it gets good."),
]
ROOMS = {
    "tea": ["Ada Lovelace", "Grace Hopper", "Margaret", "Ivan", "Linus", "Radia"],
    "release-5": ["Linus", "Radia", "Margaret"], "book-club": ["Grace Hopper", "Radia"], "lobby": ["Radia"],
}

#: Connects people to the chat with the client module; `window.cast` contains their clients.
CAST = """
const [rooms, adminKey] = input;
const { WebshocketClient } = await import("/webshocket.js");
window.cast = {};
for (const name of new Set(Object.values(rooms).flat())) {
    const guest = new WebshocketClient("/chat?guest");
    await guest.connect();
    const { token } = await guest.sendRPC("login", [name, name === "Margaret" ? adminKey : null]);
    await guest.close();
    const client = window.cast[name] = new WebshocketClient("/chat", { token });
    await client.connect();
    for (const room of Object.keys(rooms).filter((room) => rooms[room].includes(name))) {
        await client.sendRPC("open", [room]);
        await client.join(`room.${room}`);
    }
}
"""
SAY = "await window.cast[input[0]].sendRPC('say', [input[1], input[2], crypto.randomUUID()]);"


def pictures(rig, checks):
    with rig.chat() as server, browsing() as stage, browsing() as one:
        stage.open(server.url + "/icon.svg")
        stage.open(server.url)
        stage.run_async(CAST, ROOMS, server.admin_key)
        page = ChatPage(one, server.url)
        page.come_in("Katherine", "#tea")
        for room in ["release-5", "lobby", "tea"]:
            page.go(room)
        for who, room, text in TALK:
            if who == "Katherine":
                page.post(text)
                wait_for("the message to be sent", lambda: not page.pending)
            else:
                stage.run_async(SAY, who, room, text)
        page.hears("You will see.")
        for size, kind in [(DESKTOP, "desktop"), (PHONE, "phone")]:
            for dark in [False, True]:
                one.show(size, dark)
                take(rig, stage, page, checks, f"{kind}-{'dark' if dark else 'light'}")
        one.show(PHONE, False)
        one.run("document.getElementById('show-rooms').click()")
        wait_for("the drawer", lambda: one.is_shown("#room-list"))
        time.sleep(0.3)
        shoot(rig, one, checks, "phone-rooms")


def take(rig, stage, page, checks, name):
    stage.run_async("await window.cast['Linus'].notify('typing', ['tea']);")
    browser = page.browser
    wait_for("the typing indicator", lambda: browser.text("#typing"))
    browser.run("document.getElementById('log').scrollTop = 1e6")
    wait_for("a frame", lambda: browser.run_async("await new Promise((done) => requestAnimationFrame(done)); return true;"))
    checks.that(f"{name}: no element is wider than the page", page.fits())
    shoot(rig, browser, checks, name)


def shoot(rig, browser, checks, name):
    path = rig.pictures / f"{name}.png"
    browser.driver.save_screenshot(str(path))
    checks.that(f"{path.name} exists", path.stat().st_size > 10_000)
