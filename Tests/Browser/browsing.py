"""Chromium, driven by Selenium: a context manager for one browser with its own profile."""
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Interop"))

from children import ending_with_parent  # noqa: E402

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")

DESKTOP, PHONE = (1280, 800), (390, 844)

#: Runs in each page before its own scripts, and collects violations of its policy.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""


@contextlib.contextmanager
def browsing(*, size=DESKTOP, dark=False):
    """Provides a Browser; its process and its profile are removed at the end of the `with` block."""
    with tempfile.TemporaryDirectory(prefix="webshocket-browser-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-GB", "--no-first-run",
            # Chromium exits when the pipe is closed, even if the driver is killed.
            "--remote-debugging-pipe",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
            # A window in the background is not throttled.
            "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows", f"--user-data-dir={profile}",
        ]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # The driver ends its browser on SIGTERM.
        service = webdriver.ChromeService(DRIVER, popen_kw={"preexec_fn": ending_with_parent(signal.SIGTERM)})
        driver = webdriver.Chrome(options=options, service=service)
        try:
            driver.set_page_load_timeout(120)
            driver.set_script_timeout(120)
            yield Browser(driver, size, dark)
        finally:
            driver.quit()


class TimedOut(Exception):
    pass


def wait_for(what, condition, seconds=60):
    """Waits until a condition returns a true value, and returns that value."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimedOut(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return found


class Browser:
    def __init__(self, driver, size, dark):
        self.driver = driver
        self.console = []
        self.show(size, dark)

    def show(self, size, dark=False):
        """Sets the size and the colour scheme of the current window."""
        width, height = size
        self.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                     mobile=width < 500)
        self.command("Emulation.setTouchEmulationEnabled", enabled=width < 500)
        self.command("Emulation.setLocaleOverride", locale="en-GB")
        scheme = "dark" if dark else "light"
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        """Runs a script in the page and returns its result."""
        return self.driver.execute_script(script, *arguments)

    def run_async(self, script, *arguments):
        """Runs the body of an asynchronous function in the page and returns its result, or raises its error."""
        outcome = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async (...input) => {{ {script} }})(...arguments).then((value) => done({{ value }}),"
            "(error) => done({ error: String(error && error.stack || error) }));", *arguments)
        if "error" in outcome:
            raise RuntimeError(outcome["error"])
        return outcome.get("value")

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def is_shown(self, selector):
        return self.run(
            "return document.querySelector(arguments[0])?.checkVisibility({ visibilityProperty: true }) ?? false", selector)

    def press(self, *keys):
        """Sends keys to the focused element."""
        webdriver.ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def chord(self, *keys):
        """Presses keys at the same time."""
        chain = webdriver.ActionChains(self.driver, duration=0)
        for key in keys:
            chain.key_down(key)
        for key in reversed(keys):
            chain.key_up(key)
        chain.perform()

    def has_dialog(self):
        try:
            self.driver.switch_to.alert.dismiss()
        except NoAlertPresentException:
            return False
        return True

    def complaints(self):
        """The warnings and errors of the console since the start, and the violations of the page's policy."""
        self.console += self.driver.get_log("browser")
        return [entry["message"] for entry in self.console if entry["level"] in ("SEVERE", "WARNING")] + list(
            self.run("return window.violations ?? []"))


__all__ = ["Browser", "By", "CHROMIUM", "DESKTOP", "DRIVER", "Keys", "PHONE", "TimedOut", "browsing", "wait_for"]
