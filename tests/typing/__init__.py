"""What mypy and pyright infer from the author's API, with no plugin."""
