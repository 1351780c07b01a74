"""How kernels are compiled: an ``entry`` for Python to call, of parts that only kernels call.

Errors are NumPy's: a division by zero gives inf or NaN. An entry releases the interpreter's lock,
and its machine code is kept on disk. A ``part`` is compiled into what calls it, without the code
that Python would need to call it, which takes longer to compile than most parts; called from Python
it runs as Python.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.extending import register_jitable

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])

_SOURCES = Path(__file__).parent
_STAMP = "kernels.stamp"


def entry(function: _Kernel) -> _Kernel:
    """Compile for Python, and keep what is compiled."""
    compiled: Any = njit(nogil=True, cache=True, error_model="numpy")(function)
    _forget_other_sources(Path(compiled.stats.cache_path))
    return cast(_Kernel, compiled)


def part(function: _Kernel) -> _Kernel:
    """Compile into the kernels that call it."""
    return register_jitable(no_cfunc_wrapper=True, error_model="numpy")(function)


@cache
def _forget_other_sources(folder: Path) -> None:
    """Delete what is kept in numba's ``folder`` if it was compiled of other files than these.

    numba itself looks at the file of the entry only, not at those of its parts.
    """
    files = ((path.name, path.stat()) for path in sorted(_SOURCES.glob("*.py")))
    sources = "".join(f"{name} {found.st_mtime_ns} {found.st_size}\n" for name, found in files)
    stamp = folder / _STAMP
    if stamp.exists() and stamp.read_text() == sources:
        return
    for kept in folder.glob("*.nb[ic]"):
        kept.unlink(missing_ok=True)
    stamp.write_text(sources)
