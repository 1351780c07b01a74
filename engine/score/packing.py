"""Parts as bytes: what the worker hands back, and the content of a compiled file.

    8 bytes    length of the header, little-endian
    header     JSON: all that is not an array; name, dtype, shape and offset of each array
    arrays     raw, little-endian, C order, one after the other; offsets count from the first

``engine.score.unpacking`` reads it. Transforms and dialects are written as the numbers that
``kernels`` gives them; ``tests/score/test_compiled_file.py`` holds a file that must stay readable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.score.parts import Parts
from kernels.transforms import Output

LENGTH_BYTES = 8
ARRAYS = {
    **dict.fromkeys(("root", "target", "feature"), ("<i4", 1)),
    "threshold": ("<f8", 1),
    "decision": ("|u1", 1),
    **dict.fromkeys(("left", "right", "words"), ("<i4", 1)),
    "bitset": ("<u4", 1),
    "leaf": ("<f8", 2),
    **dict.fromkeys(("raw.start", "raw.base", "output.start", "output.base"), ("<f8", 1)),
}
"""Dtype and number of dimensions of each array, in their order."""


def pack(parts: Parts, about: Mapping[str, str]) -> bytes:
    """``parts`` as bytes; ``about`` is free text for the header.

    Raises
    ------
    TypeError
        An array is not of the dtype that ``Trees`` and ``Output`` promise.
    """
    arrays = _arrays(parts)
    table, offset = [], 0
    for name, array in arrays.items():
        table.append(
            {"name": name, "dtype": array.dtype.str, "shape": array.shape, "offset": offset}
        )
        offset += array.nbytes
    header = {
        "about": dict(about),
        "feature_names": parts.feature_names,
        "classes": parts.classes,
        "is_probability": parts.is_probability,
        "pandas_categories": parts.pandas_categories,
        "dialect": parts.trees.dialect,
        "raw": _scalars(parts.raw),
        "output": _scalars(parts.output),
        "arrays": table,
    }
    text = json.dumps(header, allow_nan=False).encode()
    length = len(text).to_bytes(LENGTH_BYTES, "little")
    return b"".join([length, text, *(array.tobytes() for array in arrays.values())])


def _arrays(parts: Parts) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for name, (dtype, _) in ARRAYS.items():
        owner, _, field = name.rpartition(".")
        array = np.asarray(getattr(getattr(parts, owner or "trees"), field))
        found[name] = array.astype(dtype, casting="equiv", copy=False)
    return found


def _scalars(output: Output) -> dict[str, Any]:
    return {k: v for k, v in output._asdict().items() if not isinstance(v, np.ndarray)}
