"""A counter and a room as a Django team writes them today: ORM, Channels, Redis."""
