"""Template tags of the inspector."""
