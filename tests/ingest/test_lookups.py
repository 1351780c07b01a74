"""Lookup tables hold their contract too, or the run stops."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import prepared, raw

from engine.errors import DataError
from engine.ingest import read_lookups

LOOKUPS: list[tuple[pl.DataFrame | str, str]] = [
    (
        pl.DataFrame({"code": ["a"], "tariff": [-1.0]}),
        r"below 0, such as '-1.0' .*column tariff, rows 1",
    ),
    (pl.DataFrame({"code": ["a", None], "tariff": [1.0, 1.0]}), r"null .*column code, rows 1"),
    (pl.DataFrame({"code": ["a", "a"], "tariff": [1.0, 2.0]}), r"repeated, such as 'a' .*rows 2"),
    ('code,tariff\na,"0,5"\nb,1\n', r"unreadable, such as '0,5' .*column tariff, rows 1"),
]


@pytest.mark.parametrize(("content", "message"), LOOKUPS)
def test_lookup_that_breaks_its_contract_stops_the_run(
    tmp_path: Path, content: pl.DataFrame | str, message: str
) -> None:
    spec = {"code": "string", "tariff": {"type": "float64", "min": 0}}
    lookup = raw("tariffs", content, spec, lookup=True, unique=["code"])
    tables = prepared(tmp_path, {"tariffs": lookup})
    with pytest.raises(DataError, match=rf"lookup table 'tariffs': {message}"):
        read_lookups(tables)


def test_lookup_has_its_declared_columns_only(tmp_path: Path) -> None:
    spec = {"code": "string", "tariff": "float64?"}
    lookup = raw("tariffs", "code,tariff,note\na,1,x\nb,,y\n", spec, lookup=True)
    frames = read_lookups(prepared(tmp_path, {"tariffs": lookup}))
    assert frames["tariffs"].to_dict(as_series=False) == {"code": ["a", "b"], "tariff": [1.0, None]}
