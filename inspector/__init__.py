"""The window onto running actors. This release has only the app's name; its pages come with a later one."""
