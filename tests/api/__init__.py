"""The author's API: classes to definitions, calls to transport calls."""
