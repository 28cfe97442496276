"""What Python's garbage collector of a serving process need not search, and how seldom it searches all.

Called by the servers once the code is loaded. A full collection stops the event loop for as long as it takes
to look at everything that lives: Django with its apps alone is a hundred thousand objects.
"""

from __future__ import annotations

import gc
from typing import Final

RARELY: Final = 100
"""Collections of the middle generation before a full one, where Python has ten.

What the platform ends goes without the collector, so that a full collection only finds what cycles an app
makes of objects that live long.
"""


def spare_what_is_loaded() -> None:
    """Take everything that exists out of later collections, for the life of the process."""
    gc.collect()
    gc.freeze()
    youngest, middle, _ = gc.get_threshold()
    gc.set_threshold(youngest, middle, RARELY)
