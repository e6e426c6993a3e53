"""Runs the Autobahn suite with its server bound to loopback, or lists the cases of a specification. For Python 2.7.

Usage: wstest27.py cases SPEC                           prints the names of the cases, one per line
       wstest27.py fuzzingclient|fuzzingserver SPEC     runs the suite in this mode
"""
from __future__ import print_function

import functools
import json
import sys

from autobahntestsuite import fuzzing, wstest

mode, spec = sys.argv[1:]
if mode == "cases":
    known = fuzzing.CaseSet(fuzzing.CaseSetname, fuzzing.CaseBasename, fuzzing.Cases, fuzzing.CaseCategories,
                            fuzzing.CaseSubCategories)
    with open(spec) as file:
        print("\n".join(known.parseSpecCases(json.load(file))))
else:
    # By default, the fuzzing server listens on all addresses of the machine.
    fuzzing.listenWS = functools.partial(fuzzing.listenWS, interface="127.0.0.1")
    # By default, its page for browsers uses port 8080.
    sys.argv = ["wstest", "--mode", mode, "--spec", spec, "--webport", "0"]
    wstest.run()
