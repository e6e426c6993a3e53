"""The Autobahn suite for servers and clients: its cases, how to start it, and the evaluation of its report."""
import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON27 = ROOT / ".venv/autobahn/bin/python"

# `serving`, which starts and ends a server, is shared with the interop.
sys.path.insert(0, str(HERE.parent / "Interop"))

import children  # noqa: E402

#: All cases except the long ones (9: limits and speed) and most of the 216 compression cases (12 and 13).
QUICK = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*",
         "12.1.1", "12.1.3", "12.2.2", "12.4.1", "12.5.4", "13.1.1", "13.2.1", "13.3.2", "13.5.1", "13.7.3"]
CASES = {"quick": QUICK, "quick-tls": QUICK, "all": ["*"]}
SECONDS = {"quick": 700, "quick-tls": 700, "all": 4800}

#: The accepted results of a case. NON-STRICT is a choice that RFC 6455 leaves open, such as failing early or late.
ACCEPTED = {"behavior": {"OK", "NON-STRICT", "INFORMATIONAL"}, "behaviorClose": {"OK", "INFORMATIONAL"}}


def is_secure(which):
    """Whether the cases are run over TLS."""
    return which.endswith("-tls")


def certificates(title):
    """Creates the test certificates and returns their folder. Exits with 77 if openssl is not installed."""
    folder = ROOT / ".build/autobahn/certificates"
    shutil.rmtree(folder, ignore_errors=True)
    code = subprocess.run([HERE.parent / "Certificates/make", folder], stdin=subprocess.DEVNULL, timeout=120).returncode
    if code:
        print("SKIPPED: certificates need the openssl program")
        print(f"0 passed, {0 if code == 77 else 1} failed, {1 if code == 77 else 0} skipped ({title})")
        sys.exit(code)
    return folder


class Suite:
    def __init__(self, direction, which, spec):
        """`direction` is the name of the report's folder; `spec` is added to the cases in the suite's specification."""
        self.title = f"Autobahn {which}, {direction}"
        self.seconds = SECONDS[which]
        self.folder = ROOT / ".build/autobahn" / (f"{direction}-tls" if is_secure(which) else direction)
        # Remove the report of an earlier run.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.spec = self.folder / "spec.json"
        self.spec.write_text(json.dumps({"outdir": str(self.folder), "cases": CASES[which], "exclude-cases": [],
                                         "exclude-agent-cases": {}, **spec}))

    def start(self, mode):
        """Starts the suite in `mode`, with its output in a log file next to the report."""
        with open(self.folder / "log", "w") as log:
            return children.start([PYTHON27, HERE / "wstest27.py", mode, self.spec], cwd=self.folder,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def cases(self):
        return subprocess.run([PYTHON27, HERE / "wstest27.py", "cases", self.spec], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=True, text=True, timeout=60).stdout.split()

    def verdict(self):
        """Prints the failures and the counts. Returns whether every case was run and accepted."""
        try:
            (report,) = json.loads((self.folder / "index.json").read_text()).values()
        except (OSError, ValueError) as error:
            print(f"cannot read the report: {error}; end of the log:\n{(self.folder / 'log').read_text()[-2000:]}")
            report = {}
        expected = self.cases()
        failed = 0
        for case in expected:
            result = report.get(case, {})
            if any(result.get(key) not in accepted for key, accepted in ACCEPTED.items()):
                failed += 1
                print(f"FAIL  {case}: " + (", ".join(
                    f"{key} {result.get(key)}" for key in [*ACCEPTED, "remoteCloseCode"]) if result else "was not run"))
            elif result["behavior"] != "OK":
                print(f"ok    {case}: {result['behavior']}")
        print(f"The report: {(self.folder / 'index.html').relative_to(ROOT)}")
        print(f"{len(expected) - failed} passed, {failed} failed, 0 skipped ({self.title})")
        return failed == 0 and len(expected) > 0


def installed_or_skipped(title):
    """Installs the suite if necessary. Exits with 77 if its requirements are missing."""
    code = subprocess.run([HERE / "install"], stdin=subprocess.DEVNULL, timeout=1200).returncode
    if code:
        print("SKIPPED: the Autobahn suite could not be installed")
        print(f"0 passed, {0 if code == 77 else 1} failed, {1 if code == 77 else 0} skipped ({title})")
        sys.exit(code)
