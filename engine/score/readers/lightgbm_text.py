"""The layout of a LightGBM text model: sections, lines, numbers. What they mean is read elsewhere.

    tree                          the header: key=value lines
    version=v4
    ...
    tree_sizes=694 696            bytes of each tree below
                                  (blank)
    Tree=0                        key=value lines
    ...
    end of trees
    feature_importances:          not read
    parameters:                   lines of [name: value], not read
    end of parameters
    pandas_categorical:null       JSON; written by LightGBM's Python package only

The sizes must fit and the ends must be there, so a file that was cut or edited carelessly is
refused here. Sources: ``GBDT::SaveModelToString`` and ``Tree::ToString`` of LightGBM 4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.errors import ModelError

Fields = dict[str, str]

_HEADER = {
    *("tree", "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx"),
    *("objective", "average_output", "feature_names", "monotone_constraints", "feature_infos"),
    "tree_sizes",
}
NUMBERS = re.compile(r"[-+.0-9eEinfa ]*")  # int() and float() would also take 1_000 and the like
_PANDAS = "\npandas_categorical:"


class Sections(NamedTuple):
    """A model file in parts; ``pandas_categories`` is True if it renumbers pandas categories."""

    header: Fields
    trees: list[list[str]]
    pandas_categories: bool


def read_sections(data: bytes) -> Sections:
    """Cut the file along ``tree_sizes``.

    Raises
    ------
    ModelError
        Not UTF-8, a header line unknown or twice, a size that does not fit, a section that does
        not end.
    """
    head, found, _ = data.partition(b"\n\nTree=0\n")
    header = read_fields(_text(head).split("\n"), _HEADER, "header")
    if not found:
        raise ModelError("the file holds no trees: it is cut short, or the model is empty")
    start = len(head) + 2
    trees = []
    for index, size in enumerate(_sizes(header)):
        block = data[start : start + size]
        name = f"Tree={index}"
        if not (block.startswith(f"{name}\n".encode()) and block.endswith(b"\n")):
            raise ModelError(f"tree {index} is not as long as tree_sizes says: cut short or edited")
        trees.append(_text(block).split("\n")[1:])
        start += size
    tail = _text(data[start:])
    if not tail.startswith("end of trees\n"):
        raise ModelError("no 'end of trees' after the last tree: the file is cut short or edited")
    return Sections(header, trees, _pandas_categories(tail))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise ModelError(f"not UTF-8 text: {exc}") from exc


def _sizes(header: Fields) -> list[int]:
    sizes: list[int] = read_numbers(
        header, "tree_sizes", len(header.get("tree_sizes", "").split()), "header", int
    )
    if min(sizes, default=0) < 0:
        raise ModelError("header: a tree size is negative")
    return sizes


def _pandas_categories(tail: str) -> bool:
    """Whether the model was trained on codes that pandas gave, and not on the data's own values."""
    before, ended, rest = tail.partition("\nend of parameters\n")
    if not ended:
        raise ModelError("no 'end of parameters': the file is cut short")
    for line in filter(None, before.partition("\nparameters:\n")[2].split("\n")):
        if not (line.startswith("[") and line.endswith("]")):
            raise ModelError(f"parameters: unknown line '{line[:40]}'")
    _, found, value = f"\n{rest}".partition(_PANDAS)
    if not found:
        return False
    try:
        return bool(json.loads(value))
    except (ValueError, RecursionError) as exc:
        raise ModelError(f"pandas_categorical is not JSON ({exc}): the file is cut short") from exc


def read_fields(lines: Sequence[str], known: set[str], where: str) -> Fields:
    """``key=value`` lines as a dict; the value of a bare key is ``""``; unknown or twice: error."""
    fields: Fields = {}
    for line in filter(None, lines):
        key, _, value = line.partition("=")
        if key not in known:
            raise ModelError(f"{where}: unknown line '{line[:40]}'")
        if key in fields:
            raise ModelError(f"{where}: '{key}' is there twice")
        fields[key] = value
    return fields


def read_numbers(
    fields: Fields, key: str, count: int, where: str, kind: Callable[[str], Any] = float
) -> list[Any]:
    """The ``count`` numbers of a line; ``kind`` is ``int`` or ``float`` (correctly rounded)."""
    text = fields.get(key)
    if text is None:
        raise ModelError(f"{where}: '{key}' is missing")
    words = text.split()
    if len(words) != count:
        raise ModelError(f"{where}: '{key}' has {len(words)} values instead of {count}")
    try:
        if NUMBERS.fullmatch(text):
            return [kind(word) for word in words]
    except ValueError:
        pass
    noun = "an integer" if kind is int else "a number"
    raise ModelError(f"{where}: '{key}' holds something that is not {noun}")


def read_integer(fields: Fields, key: str, where: str, least: int = 0) -> int:
    """The one integer of a line, at least ``least``."""
    value: int = read_numbers(fields, key, 1, where, int)[0]
    if value < least:
        raise ModelError(f"{where}: '{key}' is {value}, below {least}")
    return value
