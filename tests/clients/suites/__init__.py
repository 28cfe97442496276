"""RivetKit's own driver suites, said anew: the unchanged client against actors written in Python.

The behaviours are the rows of the tables in docs/compatibility.md; `tests/node/suites` shows each of them.
"""
