"""Bytes to parts: the reverse of ``engine.score.packing``, for bytes that nobody vouches for.

What comes out has the right types, dtypes and dimensions and owns its memory; whether it is a model
is for ``engine.score.validate`` to say. Checked by hand: importing pydantic would take longer than
all the rest of loading a compiled model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.packing import ARRAYS, LENGTH_BYTES
from engine.score.parts import Parts
from engine.score.strict_json import read_object
from kernels.transforms import Output
from kernels.trees import Trees

_HEADER = {
    "about": dict,
    "feature_names": list,
    "classes": int,
    "is_probability": bool,
    "pandas_categories": bool,
    "dialect": int,
    "raw": dict,
    "output": dict,
    "arrays": list,
}
_OUTPUT = {"divisor": int, "transform": int, "sigmoid": float, "ratio": float, "single": bool}
_ARRAY = {"name": str, "dtype": str, "shape": list, "offset": int}
_MOST = 2**63 - 1


def unpack(data: memoryview) -> tuple[Parts, dict[str, str]]:
    """The parts, not yet validated, and ``about``.

    Raises
    ------
    ModelError
        The bytes are not what ``pack`` makes: cut, edited or of another version.
    """
    start = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")
    if not LENGTH_BYTES < start <= len(data):
        raise ModelError("the header is longer than the file: it is cut short or edited")
    header = _header(bytes(data[LENGTH_BYTES:start]))
    arrays = _arrays(header["arrays"], data[start:])
    parts = Parts(
        trees=Trees(
            **{name: arrays[name] for name in Trees._fields if name in arrays},
            dialect=header["dialect"],
        ),
        feature_names=tuple(header["feature_names"]),
        classes=header["classes"],
        raw=_output("raw", header, arrays),
        output=_output("output", header, arrays),
        is_probability=header["is_probability"],
        pandas_categories=header["pandas_categories"],
    )
    return parts, header["about"]


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = read_object(text)
    except ModelError as exc:
        raise ModelError(f"the header is not understood: {exc}") from exc
    _check_fields(header, _HEADER, "header")
    _check_all(header["feature_names"], str, "header: 'feature_names'")
    _check_all(header["about"].values(), str, "header: 'about'")
    for key in ("raw", "output"):
        _check_fields(header[key], _OUTPUT, f"header: '{key}'")
    for array in header["arrays"]:
        _check_fields(array, _ARRAY, "header: 'arrays'")
        _check_all(array["shape"], int, "header: 'arrays': 'shape'")
    return header


def _check_fields(value: Any, wanted: Mapping[str, type], where: str) -> None:
    """An object of just these fields."""
    if not isinstance(value, dict) or value.keys() != wanted.keys():
        raise ModelError(f"{where} is not an object of {', '.join(wanted)}")
    for key, kind in wanted.items():
        _check_all([value[key]], kind, f"{where}: '{key}'")


def _check_all(values: Iterable[Any], kind: type, where: str) -> None:
    """All are of this very type (``bool`` is no ``int``), integers from 0 to what int64 holds."""
    for value in values:
        if type(value) is not kind or (isinstance(value, int) and not 0 <= value <= _MOST):
            raise ModelError(f"{where} is not what it should be")


def _arrays(table: list[dict[str, Any]], data: memoryview) -> dict[str, NDArray[Any]]:
    """Copies, so that they are aligned and writable as the kernels' compiled types want them."""
    wanted = [(name, *kind) for name, kind in ARRAYS.items()]
    if [(a["name"], a["dtype"], len(a["shape"])) for a in table] != wanted:
        raise ModelError("the header does not list the arrays of a model in their order")
    arrays: dict[str, NDArray[Any]] = {}
    offset = 0
    for name, dtype, shape, start in map(itemgetter(*_ARRAY), table):
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if start != offset or size > len(data) - offset or (size == 0 and max(shape)):
            raise ModelError(f"array '{name}' does not lie where the header says")
        raw = np.frombuffer(data[offset : offset + size], dtype).reshape(shape)
        arrays[name] = raw.astype(raw.dtype.newbyteorder("="))
        offset += size
    if offset != len(data):
        raise ModelError(f"{len(data) - offset} bytes after the last array")
    return arrays


def _output(name: str, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Output:
    return Output(start=arrays[f"{name}.start"], base=arrays[f"{name}.base"], **header[name])
