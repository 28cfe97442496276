"""Actors that only tests talk to: one for each way in which an action can end."""
