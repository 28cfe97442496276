"""Starts every server, drives each with the load generator in turn, and says how they compare."""
