"""A shared document: state per person, edits that do not overwrite each other, and its page."""
