"""JSON of a file that is not trusted."""

from __future__ import annotations

import json
from typing import Any

from engine.errors import ModelError


def read_object(data: bytes) -> dict[str, Any]:
    """The one JSON object that ``data`` is, in UTF-8.

    Raises
    ------
    ModelError
        It is not JSON or nested too deep, a key is there twice, a number is NaN, infinite or of
        thousands of digits, or the value is not an object.
    """
    try:
        content = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_not_finite
        )
    except RecursionError as exc:
        raise ModelError("not JSON that can be read: it is nested too deep") from exc
    except ValueError as exc:  # what is no UTF-8 and what is no JSON are ValueErrors too
        raise ModelError(f"not JSON: {exc}") from exc
    if not isinstance(content, dict):
        raise ModelError(f"the JSON is a {type(content).__name__}; an object is needed")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is there twice")
        found[key] = value
    return found


def _not_finite(constant: str) -> float:
    raise ValueError(f"{constant} is not a number of JSON")
