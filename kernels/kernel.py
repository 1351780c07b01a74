"""Calling a kernel: its machine code is found kept, or compiled and kept, once for all.

numba compiles (``kernels.native``), llvmlite alone loads: see there why. What is kept is called by
what it was made of (``kernels.kept``).
"""

from __future__ import annotations

import ctypes
import threading
from array import array
from typing import Any

import llvmlite.binding as llvm

from kernels.kept import Code, read, write
from kernels.words import Kind, add_words, kind_of, spelled

_CALL = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_LOCK = threading.Lock()


class Kernel:
    """A function of ``kernels.native``; it is called without the interpreter's lock.

    An argument is an array in C order, a number, or a ``NamedTuple`` of those; the function returns
    an integer. Arrays are not checked further, and may be read-only if the function only reads.
    """

    def __init__(self, module: str, function: str) -> None:
        self._module, self._function = module, function
        self._linked: dict[tuple[Any, ...], Any] = {}

    def __call__(self, *arguments: Any) -> int:
        words = [0, 0]  # the result, an error; the arguments follow
        kinds: list[Any] = []
        add_words(arguments, words, kinds)
        call = self._linked.get(tuple(kinds)) or self._link(tuple(kinds), arguments)
        memory = array("q", words)
        address, _ = memory.buffer_info()
        if call(address, address + 8, address + 16):
            raise RuntimeError(f"kernel {self._module}.{self._function} failed")
        return memory[0]

    def _link(self, kinds: tuple[Any, ...], arguments: tuple[Any, ...]) -> Any:
        with _LOCK:
            if kinds not in self._linked:
                self._linked[kinds] = _linked(self._code(tuple(map(kind_of, arguments))))
            return self._linked[kinds]

    def _code(self, kinds: tuple[Kind, ...]) -> Code:
        name = f"{self._module}.{self._function}"
        signature = ", ".join(map(spelled, kinds))
        code = read(name, signature)
        if code is None:
            from kernels.native.compiler import compile_kernel

            code = Code(*compile_kernel(self._module, self._function, kinds))
            write(name, signature, code)
        return code


def _linked(code: Code) -> Any:
    """The code in memory, to be called with three addresses."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.object_file))
    engine.finalize_object()
    call: Any = _CALL(engine.get_function_address(code.symbol))
    call.engine = engine  # which holds the memory
    return call
