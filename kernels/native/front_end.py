"""numba as a front end only: a kernel is optimised and made machine code once, not part by part.

Left to itself, numba optimises each part, makes machine code of it, links it into the part that
calls it, and so on up to the kernel; only the last of these is used.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import codegen, compiler, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target


class _Unfinished(codegen.JITCodeLibrary):
    """Code that stays in LLVM's intermediate language."""

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        """Whoever links it does."""

    def _finalize_specific(self) -> None:
        """There are no addresses yet."""

    def get_pointer_to_function(self, name: str) -> int:
        return 0

    def finished(self) -> bytes:
        """Optimised as numba would, as an object file.

        Raises
        ------
        RuntimeError
            It calls what is not in the C library: numba's own, which is not there when the code is
            loaded, or Intel's SVML, whose ``exp`` has other bits.
        """
        self._ensure_finalized()
        super()._optimize_final_module()
        foreign = [f.name for f in self._final_module.functions if _is_foreign(f)]
        if foreign:
            raise RuntimeError(
                f"kernels may call the C library only, not {', '.join(foreign)}; "
                "if Intel's SVML is installed, set NUMBA_DISABLE_INTEL_SVML=1"
            )
        code: bytes = self._codegen._tm.emit_object(self._final_module)
        return code


def _is_foreign(function: Any) -> bool:
    own = not function.is_declaration or function.name.startswith("llvm.")
    return not own and not hasattr(ctypes.CDLL(None), function.name)


def object_code(function: Callable[..., int], argument: Any) -> tuple[str, bytes]:
    """The symbol and the object file of a function of one argument of numba's type ``argument``.

    It uses no run-time library of numba's, and its errors are NumPy's.
    """
    flags: Any = compiler.Flags()
    flags.nrt = False
    flags.error_model = "numpy"
    flags.no_cpython_wrapper = True
    flags.no_cfunc_wrapper = True
    with _unfinished() as (typing_context, target_context):
        made = compiler.compile_extra(
            typing_context, target_context, function, (argument,), types.int64, flags, {}
        )
        return made.fndesc.llvm_func_name, made.library.finished()


@contextmanager
def _unfinished() -> Iterator[tuple[Any, Any]]:
    """Whatever numba compiles in this process meanwhile stays unfinished."""
    with global_compiler_lock:
        target_context = cpu_target.target_context
        generator = target_context.codegen()
        generator._library_class = _Unfinished
        generator._add_module = generator.set_env = lambda *_: None
        try:
            yield cpu_target.typing_context, target_context
        finally:
            del generator._library_class, generator._add_module, generator.set_env
