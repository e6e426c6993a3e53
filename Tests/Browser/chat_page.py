"""The page of Examples/Chat, with the actions and observations of a user."""
from browsing import Keys, wait_for

MESSAGES = """
return [...document.querySelectorAll("#log .message")].map((element) => ({
    from: element.querySelector(".name, .unseen")?.textContent.replace(/: $/, "") ?? "",
    text: element.querySelector(".text").textContent,
    fate: element.querySelector(".fate > span")?.textContent ?? "",
    pending: element.dataset.key !== undefined,
}));
"""


class ChatPage:
    def __init__(self, browser, url):
        self.browser = browser
        self.url = url

    def open(self, fragment=""):
        self.browser.open(self.url + "/" + fragment)

    def come_in(self, name, fragment=""):
        """Opens the page, chooses a name, and waits for the room."""
        self.open(fragment)
        self.choose(name)
        self.wait_until_in()

    def choose(self, name):
        wait_for("the login form", lambda: self.browser.is_shown("#name"))
        field = self.browser.find("#name")
        field.clear()
        field.send_keys(name, Keys.ENTER)

    def wait_until_in(self):
        wait_for("the room", lambda: self.browser.text("#room-title") and self.browser.is_shown("#text"))
        wait_for("the connection", lambda: not self.is_offline and self.people)

    def say(self, text):
        """Types a message in the message box, key by key."""
        field = self.browser.find("#text")
        field.send_keys(text, Keys.ENTER)

    def post(self, text):
        """Sends a message as if it was pasted, for text that cannot be typed."""
        self.browser.run("""
            const field = document.getElementById("text");
            field.value = arguments[0];
            field.dispatchEvent(new InputEvent("input", { bubbles: true }));
            document.getElementById("composer").requestSubmit();
            """, text)

    def go(self, room):
        """Joins a room by typing its name."""
        field = self.browser.find("#room-name")
        field.clear()
        field.send_keys(room, Keys.ENTER)
        wait_for(f"the room {room}", lambda: self.browser.text("#room-title") == f"#{room}")

    @property
    def messages(self):
        return self.browser.run(MESSAGES)

    @property
    def texts(self):
        """The texts of the messages, without unsent messages."""
        return [message["text"] for message in self.messages if not message["pending"]]

    @property
    def pending(self):
        return [message for message in self.messages if message["pending"]]

    @property
    def events(self):
        return self.browser.run(
            "return [...document.querySelectorAll('#log .event')].map((element) => element.textContent)")

    @property
    def people(self):
        return self.browser.run(
            "return [...document.querySelectorAll('.person b')].map((element) => element.textContent)")

    @property
    def is_offline(self):
        return self.browser.is_shown("#banner")

    @property
    def banner(self):
        return self.browser.text("#banner-words")

    def hears(self, text, seconds=60):
        return wait_for(f"the message {text[:40]!r}", lambda: text in self.texts, seconds)

    def fits(self):
        """Whether no element is wider than the page."""
        return self.browser.run("""
            const log = document.getElementById("log");
            return document.documentElement.scrollWidth <= innerWidth && log.scrollWidth <= log.clientWidth;
            """)
