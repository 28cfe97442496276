"""The unchanged official client on Node.js against real server processes."""
