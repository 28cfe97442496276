"""The window onto actors: pages for people at `/inspector/`. Looking never wakes an actor."""
