"""Which files of a Home Credit folder belong to which table.

A table is ``<split>_<table>.parquet``, or parts ``<split>_<table>_<part>.parquet`` from 0 on. Names
of tables end in a number themselves, their depth: ``applprev_1_0`` is part 0 of ``applprev_1``,
``other_1`` is the whole of ``other_1``, ``static_0_1`` is part 1 of ``static_0``. So a name is
looked for among the tables first, and only what follows a table's whole name is a part.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from engine.errors import DataError, InputMissingError
from engine.presets.folder import Folder

_PART = re.compile(r"(.+)_(0|[1-9]\d*)")


def table_files(folder: Folder, split: str, tables: Collection[str]) -> dict[str, list[str]]:
    """Names of the files of each table, by part; an empty list for a table without files.

    Raises
    ------
    InputMissingError
        A part is missing between others.
    DataError
        A table is there both whole and in parts: its rows would be doubled.
    """
    found: dict[str, dict[int | None, str]] = {table: {} for table in tables}
    for file in folder.files():
        stem = file.removeprefix(f"{split}_").removesuffix(".parquet")
        if file == f"{split}_{stem}.parquet":
            table, part = split_name(stem, tables)
            if table is not None:
                found[table][part] = file
    return {table: _in_order(folder, parts) for table, parts in found.items()}


def split_name(stem: str, tables: Collection[str]) -> tuple[str | None, int | None]:
    """Table and part that a file name without split and suffix stands for; None: no such table."""
    if stem in tables:
        return stem, None
    match = _PART.fullmatch(stem)
    if match and match[1] in tables:
        return match[1], int(match[2])
    return None, None


def _in_order(folder: Folder, parts: Mapping[int | None, str]) -> list[str]:
    whole = parts.get(None)
    numbers = sorted(part for part in parts if part is not None)
    if whole is not None and numbers:
        raise DataError(
            f"the table is there whole and in {len(numbers)} parts such as {parts[numbers[0]]}; "
            "keep one of the two",
            file=str(folder.path / whole),
        )
    if numbers and numbers != list(range(len(numbers))):
        _raise_gap(folder, parts, numbers)
    return [whole] if whole is not None else [parts[number] for number in numbers]


def _raise_gap(folder: Folder, parts: Mapping[int | None, str], numbers: list[int]) -> None:
    last = parts[numbers[-1]]
    missing = [number for number in range(numbers[-1]) if number not in numbers]
    name = last.replace(f"_{numbers[-1]}.parquet", f"_{missing[0]}.parquet")
    raise InputMissingError(
        f"{len(missing)} of {numbers[-1] + 1} parts are missing in {folder.path}: there is {last}, "
        f"but no {name}"
    )
