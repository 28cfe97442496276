"""A webhook bin: an actor that catches raw HTTP requests and shows them over raw websockets, and its page."""
