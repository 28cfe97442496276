"""The servers that a development machine lacks, and the supervisor of `manage.py actors run`.

Process tools, not part of a node: plain asyncio, no `Clock`. Nothing below the face imports them.
"""
