"""The table of facts about the competition's columns."""

from __future__ import annotations

from collections import Counter

from bench_data.amex.columns import (
    CUSTOMERS_BY_STATEMENTS,
    TRAIN_STATEMENTS,
    codes_of,
    columns,
)

DECLARED_CATEGORICAL = {
    *("B_30", "B_38", "D_114", "D_116", "D_117", "D_120", "D_126"),
    *("D_63", "D_64", "D_66", "D_68"),
}


def test_columns_by_prefix() -> None:
    names = [column.name for column in columns()]
    assert len(set(names)) == len(names) == 188
    counts = Counter(name[0] for name in names)
    assert counts == {"D": 96, "S": 21, "P": 3, "B": 40, "R": 28}
    assert names[:3] == ["P_2", "D_39", "B_1"]
    assert names[-1] == "D_145"


def test_codes_and_nulls_add_up_to_the_statements() -> None:
    coded = {column.name: column for column in columns() if column.kind == "codes"}
    assert set(coded) == set(codes_of()) == DECLARED_CATEGORICAL | {"B_31", "D_87"}
    for name, codes in codes_of().items():
        rows = sum(code.rows for code in codes)
        assert rows + coded[name].nulls == TRAIN_STATEMENTS, name


def test_statements_and_customers_add_up() -> None:
    assert sum(CUSTOMERS_BY_STATEMENTS) == 458_913
    statements = sum(count * of for count, of in enumerate(CUSTOMERS_BY_STATEMENTS, start=1))
    assert statements == TRAIN_STATEMENTS


def test_nulls_that_are_assumed_are_below_those_that_are_printed() -> None:
    """The source prints every column above 10 %: 39 of them."""
    printed = {column.name for column in columns() if column.null_rate > 0.1}
    assert len(printed) == 39
    assert all(column.nulls_are_public for column in columns() if column.name in printed)


def test_steps_are_wider_than_the_noise() -> None:
    stepped = [column for column in columns() if column.kind == "steps"]
    assert all(1 <= column.steps < 100 and column.lowest <= 0 for column in stepped)
    assert {column.kind for column in columns()} == {"bell", "skewed", "floored", "steps", "codes"}
