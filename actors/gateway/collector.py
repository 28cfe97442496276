"""What Python's garbage collector of a serving process need not search: all that was there before it served.

Called by the servers once the code is loaded. A full collection stops the event loop, and Django with its
apps is a hundred thousand objects: 60 ms each time, twice a second where actors come and go.
"""

from __future__ import annotations

import gc


def spare_what_is_loaded() -> None:
    """Take everything that exists out of later collections, for the life of the process."""
    gc.collect()
    gc.freeze()
