"""Ranks among all customers are made elsewhere; aggregation puts them in their places."""

from __future__ import annotations

import polars as pl
import pytest
from builders import AS_OF, KEY

from engine.aggregate import EventTable, RecipeConfig, ShapeConfig, aggregate, expand

CUSTOMERS = pl.DataFrame({KEY: [1, 2, 3], "as_of": [AS_OF] * 3})
ROWS = pl.DataFrame({KEY: [1, 3], "day": [AS_OF] * 2, "x": [4.0, 6.0], "as_of": [AS_OF] * 2})
RANKS = pl.DataFrame({KEY: [3, 1], "x__last_rank_in_month": [1.0, 0.5]})


def made(
    ranks: dict[str, pl.DataFrame] | None,
    statistics: tuple[str, ...] = ("min", "last_rank_in_month", "max"),
    **expressions: str,
) -> pl.DataFrame:
    features = expand([RecipeConfig(table="t", columns=("x",), statistics=statistics)], {})
    return aggregate(
        CUSTOMERS,
        {"t": ROWS},
        {},
        key=KEY,
        single={},
        events=[EventTable("t", ShapeConfig(), (KEY,), "day", features)],
        expressions=expressions,
        threads=1,
        ranks=ranks,
    )


def test_ranks_are_joined_in_the_order_of_the_recipe() -> None:
    found = made({"t": RANKS}, sum="x__max + x__last_rank_in_month")
    assert found.columns[2:] == ["x__min", "x__last_rank_in_month", "x__max", "sum"]
    assert found["x__last_rank_in_month"].to_list() == [0.5, None, 1.0]
    assert found["sum"].to_list() == [4.5, None, 7.0]


def test_a_table_with_nothing_else() -> None:
    found = made({"t": RANKS}, ("last_rank_in_month",))
    assert found.columns == [KEY, "as_of", "x__last_rank_in_month"]
    assert found["x__last_rank_in_month"].to_list() == [0.5, None, 1.0]


@pytest.mark.parametrize("ranks", [None, {}])
def test_ranks_must_be_there(ranks: dict[str, pl.DataFrame] | None) -> None:
    with pytest.raises(KeyError, match="'t'"):
        made(ranks)
