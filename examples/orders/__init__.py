"""An order workflow: each step is a message, and one that keeps failing waits for a person."""
