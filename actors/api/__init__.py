"""Floor 3, the author's API: what actor classes are written with and what callers hold.

Turns classes into the runtime's `ActorDefinition`, and calls on handles into transport calls.
Knows no Django and no sockets; authors import its names from the package root.
"""
