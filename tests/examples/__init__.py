"""The example actors and their pages."""
