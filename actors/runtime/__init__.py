"""The life of an actor: claimed, started, called, committed, put to sleep. Knows no Django."""
