"""The machine code that is kept on disk: a file per kernel and kinds of arguments.

A file's name tells the kernel, and a hash of all that its code depends on: the kinds of arguments,
every source file of this package, the compiler and its settings, the processor. So what was
compiled of other sources or for another machine is never found. Files lie in ``__pycache__`` beside
the sources, or where that cannot be written, in the user's cache folder; ``NIGHTBOOK_KERNELS``
names another. Where nothing can be written, nothing is kept.

A file holds a sha256 of the rest, the length of the symbol, the symbol and the object file; one
that is torn is not found. Whoever can write to the folder can run code as those who score: a folder
that is made is its owner's alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import llvmlite
import llvmlite.binding as llvm

_SOURCES = Path(__file__).parent
_FOLDER = "NIGHTBOOK_KERNELS"
_HASH = hashlib.sha256().digest_size
_LENGTH = 4


class Code(NamedTuple):
    """The name of a function, and the object file that it is in."""

    symbol: str
    object_file: bytes


def read(kernel: str, signature: str) -> Code | None:
    """What is kept of a kernel for such arguments, if anything is."""
    for folder in _folders():
        with contextlib.suppress(OSError):
            data = (folder / _name(kernel, signature)).read_bytes()
            content = data[_HASH:]
            if hashlib.sha256(content).digest() == data[:_HASH]:
                end = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
                return Code(content[_LENGTH:end].decode(), content[end:])
    return None


def write(kernel: str, signature: str, code: Code) -> None:
    """Keep it in the first folder that can be written, whole or not at all.

    Beside the sources, what was compiled of earlier ones is deleted; other folders may be shared.
    """
    symbol = code.symbol.encode()
    content = len(symbol).to_bytes(_LENGTH, "little") + symbol + code.object_file
    for folder in _folders():
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as room:
                unfinished = Path(room) / "unfinished"
                unfinished.write_bytes(hashlib.sha256(content).digest() + content)
                unfinished.replace(folder / _name(kernel, signature))
            if folder.parent == _SOURCES:
                _forget_other_sources(folder)
            return


def _folders() -> list[Path]:
    if _FOLDER in os.environ:
        return [Path(os.environ[_FOLDER])]
    folders = [_SOURCES / "__pycache__"]
    with contextlib.suppress(RuntimeError):  # a container's user may have no home
        users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folders.append(users / "nightbook")
    return folders


def _name(kernel: str, signature: str) -> str:
    """``module.function-SOURCES-ARGUMENTS.kernel``."""
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    processor = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    made_for = f"{signature} {processor} {settings}"
    return f"{kernel}-{_sources()}-{hashlib.sha256(made_for.encode()).hexdigest()[:16]}.kernel"


@cache
def _sources() -> str:
    """Of the source files and the compiler's version."""
    digest = hashlib.sha256(llvmlite.__version__.encode())
    for file in sorted(_SOURCES.rglob("*.py")):
        name = str(file.relative_to(_SOURCES))
        digest.update(name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _forget_other_sources(folder: Path) -> None:
    for kept in folder.glob("*-*-*.kernel"):
        if kept.name.split("-")[1] != _sources():
            kept.unlink(missing_ok=True)
