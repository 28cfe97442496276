"""A chat room: an actor with structured state, checked input and a bounded history, and its page."""
