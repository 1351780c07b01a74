"""Readers of model files: one per format, ``read(data: bytes) -> Parts``, ModelError if it cannot.

They call native parsers, which an edited file can crash, so they run in ``engine.score.worker``
only. A new format is a module here and a line in ``engine.score.formats``.
"""
