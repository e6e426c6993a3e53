"""Named checks that print one line each, and their counts at the end."""
import contextlib
import sys


class Checks:
    def __init__(self, title):
        self.title = title
        self.passed = self.failed = self.skipped = 0

    def equal(self, name, found, expected):
        """Checks that `found` has the same repr as `expected`, so that 1, 1.0 and True differ."""
        same = repr(found) == repr(expected)
        self.that(name, same, f"expected {shortened(expected)}, found {shortened(found)}")

    def that(self, name, holds, otherwise=""):
        if holds:
            self.passed += 1
            print(f"ok    {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {name}: {otherwise}", flush=True)

    def skip(self, name, reason):
        self.skipped += 1
        print(f"SKIPPED: {name}: {reason}", flush=True)

    @contextlib.contextmanager
    def group(self, name):
        """Counts an exception raised inside the block as one failed check, so that later groups still run."""
        try:
            yield
        except Exception as error:
            self.that(name, False, f"{type(error).__name__}: {error}")

    def finish(self):
        """Prints the counts, in the format that `.ci/run` adds up, and exits."""
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped ({self.title})", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


def shortened(value):
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:200]} … {text[-60:]} ({len(text)} characters)"
