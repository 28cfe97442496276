"""Noughts and crosses: a game for two with a clock of its own in `run`, and its page."""
