"""Floor 4, the doors: HTTP views, the websocket consumer, the way to other nodes, and the launch of a server.

Turns requests into calls on the runtime and nothing more: no actor code and no SQL lives here.
"""
