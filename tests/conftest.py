"""Puts this folder on the path, for ``builders``; properties are not timed."""

from hypothesis import settings

settings.register_profile("nightbook", deadline=None)
settings.load_profile("nightbook")
