"""What numba compiles. Nothing imports this but ``kernels.native.compiler``, and that only where
the machine code of a kernel is not kept yet (``kernels.kernel``): a process that finds it kept
never waits for numba, whose import and first compiled function take half a second.

A kernel's function takes arrays, numbers and ``NamedTuple``s of them; it allocates nothing, so that
its code needs no run-time library: scratch is handed in. It is made of a point (scalar maths) and a
block (a serial loop over rows), each a ``part``. Errors are NumPy's: a division by zero gives inf
or NaN. Called from Python all of it runs as Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba.extending import register_jitable

_Part = TypeVar("_Part", bound=Callable[..., Any])


def part(function: _Part) -> _Part:
    """Compile into the kernels that call it, without what Python would need to call it."""
    return register_jitable(no_cfunc_wrapper=True, error_model="numpy")(function)
