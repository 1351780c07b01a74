"""What both ends of the worker's socket agree on: frames, kinds of answers, limits.

A frame is 8 bytes of length, little-endian, and that many bytes.
"""

from __future__ import annotations

LENGTH_BYTES = 8

READY = b"ready"
"""First frame of the child."""
PARTS, REFUSED = b"P", b"E"
"""First byte of an answer: packed parts follow, or a message in UTF-8."""

IDLE_SECONDS = 10.0
"""Without a request for so long, the child leaves."""

_SECONDS, _SECONDS_PER_BYTE = 2.0, 1e-6
"""LightGBM text took 0.06 seconds a MB (500 trees of 63 leaves) to 0.3 (10,000 of 2 leaves), on two
cores that five other processes wanted."""
_MEMORY, _MEMORY_PER_BYTE = 2**29, 128
"""The same files took 6 to 21 bytes a byte, XGBoost JSON 39, UBJSON 58."""
_ANSWER, _ANSWER_PER_BYTE = 2**26, 32
"""Their answers are a third of their size; category sets can be longer than the file."""


def time_limit(size: int) -> float:
    """Seconds that a file of ``size`` bytes may take."""
    return _SECONDS + _SECONDS_PER_BYTE * size


def answer_limit(size: int) -> int:
    """Bytes that its answer may have."""
    return _ANSWER + _ANSWER_PER_BYTE * size


def memory_limit(size: int) -> int:
    """Bytes of address space that parsing it may add."""
    return _MEMORY + _MEMORY_PER_BYTE * size


def length(data: bytes) -> bytes:
    """What goes before ``data`` in its frame."""
    return len(data).to_bytes(LENGTH_BYTES, "little")
