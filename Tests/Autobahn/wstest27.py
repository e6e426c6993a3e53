"""For Python 2.7, as the test suite is: runs it with its server bound to loopback, or lists the cases of a spec.

Usage: wstest27.py cases SPEC                           prints the names of the cases, one per line
       wstest27.py fuzzingclient|fuzzingserver SPEC     runs that
"""
from __future__ import print_function

import functools
import json
import sys

from autobahntestsuite import fuzzing, wstest

what, spec = sys.argv[1:]
if what == "cases":
    known = fuzzing.CaseSet(fuzzing.CaseSetname, fuzzing.CaseBasename, fuzzing.Cases, fuzzing.CaseCategories,
                            fuzzing.CaseSubCategories)
    with open(spec) as file:
        print("\n".join(known.parseSpecCases(json.load(file))))
else:
    # By itself the fuzzing server listens on every address of the machine.
    fuzzing.listenWS = functools.partial(fuzzing.listenWS, interface="127.0.0.1")
    # Its page for browsers would want port 8080.
    sys.argv = ["wstest", "--mode", what, "--spec", spec, "--webport", "0"]
    wstest.run()
