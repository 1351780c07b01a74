"""Reading the values of a block of rows, and writing them: see ``kernels.source``."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from kernels.native import part
from kernels.native.vector import read_float32, read_float64, write_float64
from kernels.source import Source


@part
def load(source: Source, column: int, lo: int, values: NDArray[Any]) -> None:
    """Block: rows from ``lo`` of a column, in the precision of ``values``.

    A step that is known when compiling makes it a copy of vectors.
    """
    step = source.step[column]
    address = source.address[column] + lo * step
    if source.wide[column] and step == 8:
        for i in range(values.size):
            values[i] = read_float64(address + i * 8)
    elif source.wide[column]:
        for i in range(values.size):
            values[i] = read_float64(address + i * step)
    elif step == 4:
        for i in range(values.size):
            values[i] = read_float32(address + i * 4)
    else:
        for i in range(values.size):
            values[i] = read_float32(address + i * step)


@part
def store(source: Source, column: int, lo: int, values: NDArray[Any]) -> None:
    """Block: rows from ``lo`` of a column of float64 become ``values``."""
    step = source.step[column]
    address = source.address[column] + lo * step
    if step == 8:
        for i in range(values.size):
            write_float64(address + i * 8, values[i])
    else:
        for i in range(values.size):
            write_float64(address + i * step, values[i])
