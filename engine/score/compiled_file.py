"""The compiled form of a model: validated, plain arrays, read in this process in milliseconds.

    magic      14 bytes, ``engine.score.formats.COMPILED_MAGIC``
    version    4 bytes, little-endian
    sha256     32 bytes, of all that follows
    content    ``engine.score.packing``: JSON header, then raw arrays; the header's ``about`` holds
               the format and the sha256 of the file it was made from

The hash tells damage from a model; it does not make the file trusted, which is validated like any.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from engine.errors import ModelError
from engine.score.formats import COMPILED_MAGIC
from engine.score.packing import pack
from engine.score.parts import Parts
from engine.score.unpacking import unpack

VERSION = 1
_VERSION_END = len(COMPILED_MAGIC) + 4
_START = _VERSION_END + hashlib.sha256().digest_size


class Compiled(NamedTuple):
    """The bytes of a compiled file and the sha256, hex, of its content."""

    data: bytes
    content_sha256: str


def make_compiled(parts: Parts, *, source_format: str, source_sha256: str) -> Compiled:
    """The compiled form of validated parts; the same parts and source give the same bytes."""
    content = pack(parts, {"source_format": source_format, "source_sha256": source_sha256})
    digest = hashlib.sha256(content)
    version = VERSION.to_bytes(_VERSION_END - len(COMPILED_MAGIC), "little")
    return Compiled(COMPILED_MAGIC + version + digest.digest() + content, digest.hexdigest())


def read_compiled(data: bytes) -> Parts:
    """The parts of a compiled file, not yet validated.

    ``data`` starts with the magic.

    Raises
    ------
    ModelError
        Another version, or the content is not what its hash says: cut, damaged or edited.
    """
    version = int.from_bytes(data[len(COMPILED_MAGIC) : _VERSION_END], "little")
    if version != VERSION:
        raise ModelError(
            f"a compiled model of version {version}, but this Nightbook reads version {VERSION}; "
            "compile the model again"
        )
    content = memoryview(data)[_START:]
    if hashlib.sha256(content).digest() != data[_VERSION_END:_START]:
        raise ModelError(
            "its content is not what its sha256 says: it is damaged or cut short; compile the "
            "model again"
        )
    return unpack(content)[0]
