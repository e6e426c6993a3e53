"""Accessibility of the chat: names and roles, contrast, focus, and a session with the keyboard only."""
from browsing import DESKTOP, PHONE, Keys, browsing, wait_for
from chat_page import ChatPage

#: Returns the visible texts with a contrast below the minimum of WCAG 2.2, 1.4.3.
CONTRAST = r"""
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function parts(color, below = [255, 255, 255]) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue].map((part, index) => part * alpha / 255 + below[index] * (1 - alpha / 255)).concat(alpha / 255);
}
function background(element) {
    const layers = [];
    for (let ancestor = element; ancestor; ancestor = ancestor.parentElement) {
        const color = getComputedStyle(ancestor).backgroundColor;
        layers.push(color);
        if (parts(color)[3] === 1) break;
    }
    return layers.reverse().reduce((below, color) => parts(color, below).slice(0, 3), [255, 255, 255]);
}
function luminance(rgb) {
    const [red, green, blue] = rgb.map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
const poor = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (!text || element.closest(".unseen, svg, .gutter-time") || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const behind = background(element);
    const [one, other] = [luminance(parts(style.color, behind).slice(0, 3)), luminance(behind)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24;
    if (ratio < (isLarge ? 3 : 4.5)) poor.push(`${text.slice(0, 30)}: ${ratio.toFixed(2)}`);
}
return poor;
"""


def accessibility(rig, checks):
    with rig.chat() as server, browsing() as one, browsing() as other:
        ann, bob = ChatPage(one, server.url), ChatPage(other, server.url)
        with checks.group("keyboard only"):
            by_keys(ann, server, checks)
        bob.come_in("Bob", "#tea")
        bob.say("hello, https://example.org/ is a link")
        ann.hears("hello, https://example.org/ is a link")
        with checks.group("names and roles"):
            names_and_roles(ann, checks)
        with checks.group("drawers"):
            drawers(ann, checks)
        with checks.group("contrast"):
            for dark in [False, True]:
                for size in [DESKTOP, PHONE]:
                    one.show(size, dark)
                    checks.equal(f"contrast, {'dark' if dark else 'light'}, {size[0]} wide", one.run(CONTRAST), [])
        with checks.group("system settings"):
            settings(ann, checks)
        checks.equal("the console has no errors or warnings", one.complaints(), [])


def focused(page):
    return page.browser.run("""
        const element = document.activeElement;
        return element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent.trim();
        """)


def by_keys(page, server, checks):
    """Uses the chat with the keyboard only."""
    browser = page.browser
    page.open("#tea")
    wait_for("the login form", lambda: browser.is_shown("#name"))
    checks.equal("the name field has the focus", focused(page), "Your name")
    browser.press("Ann", Keys.ENTER)
    page.wait_until_in()
    wait_for("the message box", lambda: focused(page) == "Message")
    browser.press("by keys", Keys.ENTER)
    page.hears("by keys")
    rounds = []
    browser.run("document.activeElement.blur(); getSelection().removeAllRanges()")
    browser.run("document.querySelector('.skip').focus()")
    for _ in range(24):
        shown = browser.run("""
            const element = document.activeElement;
            const style = getComputedStyle(element.closest(".new-room, .box") ?? element);
            return style.outlineStyle !== "none" || style.boxShadow !== "none";
            """)
        if browser.run("return document.activeElement !== document.body"):
            rounds.append((focused(page), shown))
        browser.press(Keys.TAB)
        if focused(page) == rounds[0][0]:
            break
    reached = [name for name, _ in rounds]
    for name in [
        "Skip to the message box", "tea, 1 person", "Leave tea", "garden, 0 people, not joined", "Name of a new room",
        "Dark colours", "Sign out", "Messages in tea", "Message", "Send",
    ]:
        checks.that(f"Tab reaches '{name}'", name in reached, reached)
    checks.equal("every focused element has a visible focus indicator", [name for name, shown in rounds if not shown], [])
    browser.run("document.querySelector('.skip').focus()")
    browser.press(Keys.ENTER)
    wait_for("the message box", lambda: focused(page) == "Message")
    checks.equal("the skip link focuses the message box and keeps the room", browser.text("#room-title"), "#tea")

    browser.chord(Keys.SHIFT, Keys.TAB)
    browser.run("document.getElementById('room-name').focus()")
    browser.press("Late night", Keys.ENTER)
    wait_for("the new room", lambda: browser.text("#room-title") == "#late-night")
    checks.equal("a room is created, and its message box has the focus",
                 wait_for("the message box", lambda: focused(page) == "Message" and "Message"), "Message")
    browser.chord(Keys.ALT, Keys.ARROW_UP)
    checks.that("Alt and the arrow keys switch between rooms", wait_for(
        "tea", lambda: browser.text("#room-title") == "#tea"))
    browser.run("document.getElementById('log').focus()")
    browser.press("/")
    checks.equal("a slash focuses the message box", (focused(page), browser.find("#text").get_attribute("value")), ("Message", ""))
    browser.run("document.getElementById('toggle-theme').focus()")
    browser.press(Keys.SPACE)
    checks.equal("the theme button selects dark colours", browser.find("#toggle-theme").get_attribute("aria-pressed"), "true")
    browser.press(Keys.SPACE, Keys.ESCAPE)
    checks.equal("Escape focuses the message box", focused(page), "Message")


def names_and_roles(page, checks):
    nodes = [node for node in page.browser.command("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")]

    def value(node, key):
        return node.get(key, {}).get("value", "")

    found = {(value(node, "role"), value(node, "name")) for node in nodes}
    for expected in [("navigation", "Rooms"), ("main", "tea"), ("complementary", "People"), ("log", "Messages in tea"),
                     ("textbox", "Message"), ("textbox", "Name of a new room"), ("button", "Send"), ("heading", "tea"),
                     ("list", "Rooms"), ("button", "Sign out")]:
        checks.that(f"there is a {expected[0]} '{expected[1]}'", expected in found, sorted(found)[:60])
    nameless = [node for node in nodes if value(node, "role") in ("button", "link", "textbox", "list", "img", "dialog")
                and not value(node, "name").strip()]
    checks.equal("every control has a name", [value(node, "role") for node in nameless], [])
    live = page.browser.run("return [...document.querySelectorAll('[aria-live]')].map((element) => element.id)")
    checks.that("new messages are announced", {"announcer", "log", "typing"} <= set(live), live)
    checks.equal("the page has a language and one top-level heading", page.browser.run(
        "return [document.documentElement.lang, [...document.querySelectorAll('h1')].filter((h) => h.checkVisibility()).length]"), ["en", 1])


def drawers(page, checks):
    browser = page.browser
    browser.show(PHONE)
    checks.that("on a phone the lists are hidden",
                wait_for("hidden lists", lambda: not browser.is_shown("#room-list") and not browser.is_shown("#people-list")))
    checks.that("no element is wider than the phone", page.fits())
    browser.run("document.getElementById('show-rooms').focus()")
    browser.press(Keys.ENTER)
    wait_for("the drawer", lambda: browser.is_shown("#room-list"))
    checks.equal("a drawer receives the focus when it opens", focused(page), "Close the list of rooms")
    checks.equal("the rest of the page is inert", browser.run(
        "return document.getElementById('main').inert"), True)
    browser.press(Keys.ESCAPE)
    wait_for("the drawer to close", lambda: not browser.is_shown("#room-list"))
    checks.equal("a drawer returns the focus when it closes", focused(page), "Rooms")
    small = browser.run("""
        return [...document.querySelectorAll("button")].filter((button) => button.checkVisibility({ visibilityProperty: true }))
            .map((button) => [button.getAttribute("aria-label") ?? button.textContent, button.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name);
        """)
    checks.equal("touch targets are at least 24 px wide and high (WCAG 2.2, 2.5.8)", small, [])
    browser.show(DESKTOP)


def settings(page, checks):
    browser = page.browser
    browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    moving = browser.run("""
        document.getElementById("banner").hidden = false;
        const names = [...document.querySelectorAll("*")].map((element) => getComputedStyle(element))
            .filter((style) => style.animationName !== "none" || parseFloat(style.transitionDuration) > 0).length;
        document.getElementById("banner").hidden = true;
        return names;
        """)
    checks.equal("there are no animations if reduced motion is preferred", moving, 0)
    browser.show((640, 400))
    checks.that("at twice the size, no element overflows to the side (WCAG 2.2, 1.4.10)",
                page.fits() and browser.is_shown("#text"))
    browser.show((320, 640))
    checks.that("at a width of 320 px, no element overflows to the side", page.fits() and browser.is_shown("#text"))
    browser.show(DESKTOP)
