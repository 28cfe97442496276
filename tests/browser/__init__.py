"""The demo pages in Chromium against real server processes."""
