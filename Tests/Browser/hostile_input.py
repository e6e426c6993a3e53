"""Hostile input: markup and scripts in messages, invalid calls, and paths outside of the page's folder."""
import http.client
import socket

from browsing import PHONE, browsing
from chat_page import ChatPage

HARM = "window.harmed = true; alert(1)"

TEXTS = [
    f"<img src=x onerror=\"{HARM}\">",
    f"<script>{HARM}</script>",
    f"<svg/onload='{HARM}'>",
    f"</textarea></script><iframe srcdoc=\"<script>parent.harmed=true</script>\"></iframe>",
    f"javascript:{HARM}",
    f"[click](javascript:{HARM})",
    f"data:text/html,<script>{HARM}</script>",
    f"http://javascript:{HARM}",
    f"https://example.org/\" onmouseover=\"{HARM}\" x=\"",
    f"{{{{constructor.constructor('{HARM}')()}}}} ${{{HARM}}} &lt;b&gt; &#x3c;b>",
    "\u202egnp.exe\u2066 right to left \u200f and \u202d back",
    "https://example.org/\u202emoc.elpmaxe//:sptth",
    "w" * 2_000,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 285,
    "Z\u0351\u036b\u0343\u036a\u0302" * 300,
    "\u0633\u0644\u0627\u0645 hello \u05e9\u05dc\u05d5\u05dd",
    "x\n" * 999 + "x",
]

ELEMENTS = """
const log = document.getElementById("log");
return {
    foreign: [...log.querySelectorAll("*")].map((element) => element.localName)
        .filter((name) => !["div", "p", "bdi", "span", "time", "a", "b", "svg", "use", "button"].includes(name)),
    links: [...log.querySelectorAll("a")].map((link) => [link.href, link.rel, link.target, link.textContent]),
    listeners: [...log.querySelectorAll("*")].flatMap((element) => [...element.attributes].map(({ name }) => name))
        .filter((name) => name.startsWith("on") || name === "style" || name === "srcdoc"),
    harmed: window.harmed ?? false,
};
"""


def hostile_input(rig, checks):
    with rig.chat() as server:
        with checks.group("paths"):
            paths(server, checks)
        with browsing() as one, browsing(size=PHONE) as other:
            ann, bob = ChatPage(one, server.url), ChatPage(other, server.url)
            with checks.group("markup and scripts"):
                markup(ann, bob, checks)
            with checks.group("invalid messages and calls"):
                calls(ann, checks)


def markup(ann, bob, checks):
    ann.come_in("Mallory", "#tea")
    bob.come_in("Bob", "#tea")
    for text in TEXTS:
        ann.post(text)
    # The rate limit allows ten at once, then one per second.
    bob.hears(TEXTS[-1], 40)
    for page, who in [(bob, "the recipient's"), (ann, "the sender's")]:
        checks.equal(f"every message is shown as text on {who} page", page.texts, TEXTS)
        found = page.browser.run(ELEMENTS)
        checks.equal("no message creates an unexpected element", found["foreign"], [])
        checks.equal("no message creates an event handler or style attribute", found["listeners"], [])
        checks.equal("no script of a message has run", found["harmed"], False)
        checks.that("no dialog is open", not page.browser.has_dialog())
        checks.that("links use HTTPS, open a new tab and do not expose the page",
                    all(href.startswith("https://example.org/") and rel == "noopener noreferrer nofollow" and target == "_blank"
                        for href, rel, target, _ in found["links"]) and found["links"], found["links"])
        checks.that("no link contains characters that change the writing direction",
                    not any(set("\u202e\u202d\u2066\u200f") & set(link[3]) for link in found["links"]))
        checks.that("no element is wider than the page", page.fits())
    bob.browser.open("about:blank")
    bob.open("#tea")
    bob.wait_until_in()
    bob.hears(TEXTS[-1])
    checks.equal("messages are shown as text after a reload",
                 (bob.texts, bob.browser.run(ELEMENTS)["harmed"]), (TEXTS, False))
    for page in [ann, bob]:
        checks.equal("no violation of the page's policy", page.browser.complaints(), [])
    # This comes last, because it violates the policy: even markup that is inserted does not run.
    ran = bob.browser.run_async("""
        const link = document.createElement("a");
        link.href = "javascript:window.harmed = true";
        document.body.append(link);
        link.click();
        try { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.harmed = true'>"); } catch {}
        const button = document.createElement("button");
        try { button.setAttribute("onclick", "window.harmed = true"); } catch {}
        document.body.append(button);
        button.click();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return window.harmed ?? false;
        """)
    checks.equal("the policy prevents inserted markup from running", ran, False)


def calls(ann, checks):
    answers = ann.browser.run_async("""
        const { WebshocketClient } = await import("/webshocket.js");
        const { token } = JSON.parse(localStorage.getItem("chat.session"));
        const client = new WebshocketClient("/chat", { token });
        await client.connect();
        const attempt = async (method, args) => {
            for (;;) {
                try {
                    return await client.sendRPC(method, args), "passed";
                } catch (error) {
                    if (error.retryAfter === undefined) return error.code;
                    await new Promise((resolve) => setTimeout(resolve, error.retryAfter));
                }
            }
        };
        await client.join("room.tea");
        const answers = [
            await attempt("say", ["tea", "x".repeat(2001), "k"]), await attempt("say", ["tea", " \\n ", "k"]),
            await attempt("say", ["tea", "x", "k".repeat(65)]), await attempt("say", ["garden", "x", "k"]),
            await attempt("say", ["tea", 7, "k"]), await attempt("open", ["../etc"]), await attempt("open", ["x".repeat(25)]),
            await attempt("recent", ["garden", 0]), await attempt("kick", ["Bob", "x"]),
            await attempt("__join__", ["room.nowhere"]), await attempt("__join__", ["room.Tea"]),
            await attempt("__publish__", ["room.tea", "forged", "said"]), await attempt("__subscribe__", ["room.*"]),
        ];
        await client.close();
        return answers;
        """)
    checks.equal("the server refuses calls that the page would not send", answers,
                 [4003, 4003, 4003, 4002, -32602, 4002, 4002, 4002, -32002, -32002, -32002, -32002, -32002])
    refused = ann.browser.run_async("""
        const { WebshocketClient } = await import("/webshocket.js");
        const client = new WebshocketClient("/chat", { token: "0".repeat(32), reconnect: false });
        try { await client.connect(); } catch (error) { return error.code; }
        """)
    checks.equal("an unknown token is refused", refused, -32002)


PATHS = [
    "/../ChatServer.swift",
    "/../../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e%2fChat",
    "/....//....//etc/passwd",
    "/..\\..\\etc\\passwd",
    "/..%5c..%5cetc%5cpasswd",
    "/%252e%252e/etc/passwd",
    "/chat.js/../../Chat",
    "/%c0%ae%c0%ae/etc/passwd",
    "/chat.js%00.css",
    "//etc/passwd",
    "/./../etc/passwd",
    "/.hidden",
    "/%2fetc%2fpasswd",
    "/chat.js/",
    "/nothing",
    "/Public/chat.js",
    "/..;/etc/passwd",
]


def paths(server, checks):
    for path in PATHS:
        checks.that(f"GET {path} is not served", status(server, path) in (400, 404), status(server, path))
    checks.equal("path traversals get 404", {status(server, path) for path in PATHS[:6]}, {404})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    for path, kind in [("/", "text/html"), ("/chat.js", "text/javascript"), ("/theme.css", "text/css"),
                       ("/icon.svg", "image/svg+xml"), ("/webshocket.js", "text/javascript")]:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        found = answer.headers.get_content_type()
        checks.that(f"GET {path} is {kind}", answer.status == 200 and found == kind and body, (answer.status, found))
        if path == "/":
            policy = answer.headers["Content-Security-Policy"]
            checks.that("the page has a strict policy", "script-src 'self'" in policy and "unsafe" not in policy, policy)
            checks.equal("the content type is not sniffed", answer.headers["X-Content-Type-Options"], "nosniff")
            page = body.decode()
            checks.that("the page has no inline scripts or styles", "style=" not in page and "<style" not in page
                        and all("src=" in part for part in page.split("<script")[1:]))


def status(server, path):
    """Returns the status for a path that is sent without normalization."""
    with socket.create_connection(("127.0.0.1", server.port), 120) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while b"\r\n" not in answer and (part := peer.recv(4_096)):
            answer += part
        return int(answer.split()[1]) if answer else 0
