"""The verbs of `manage.py actors`: one module each, with `add_arguments(parser)` and `handle(options)`."""
