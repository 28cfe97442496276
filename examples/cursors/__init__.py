"""A room of cursors: presence that lives in connections and is never stored, and its page."""
