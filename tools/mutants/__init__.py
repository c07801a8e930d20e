"""Do the unit tests notice a wrong line? Seeded samples of small faults (mutants) in the learners' rooms.

`sampling` finds the places and draws from them, `testing` runs each fault's tests in a process that was forked with
the framework already imported, `recording` keeps what was found in benchmarks/recorded/mutants.json.
"""
