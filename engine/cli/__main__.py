"""``python -m engine.cli``: the same as ``nightbook``."""

from engine.cli import entry

entry()
