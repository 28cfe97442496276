"""Small Django apps that show the platform. Each has one `actors.py` to read and one page to open."""
