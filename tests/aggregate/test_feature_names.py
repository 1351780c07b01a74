"""What features are called: ``<prefix><column>[__diff][__last_3|__last_30d]__<statistic>``."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from engine.aggregate import (
    Feature,
    RecipeConfig,
    ShapeConfig,
    check_columns,
    cross_sectional,
    expand,
)
from engine.aggregate.config import Window
from engine.aggregate.statistics import CROSS_SECTIONAL, STATISTICS
from engine.errors import BookError


def recipe(table: str = "t", **changes: Any) -> RecipeConfig:
    return RecipeConfig.model_validate(
        {"table": table, "columns": ["x"], "statistics": ["mean"]} | changes
    )


def names(*recipes: RecipeConfig, **prefixes: str) -> list[str]:
    return [feature.name for feature in expand(recipes, prefixes)]


def test_every_combination_in_the_order_of_the_recipe() -> None:
    found = names(
        recipe(
            columns=["x", "y"],
            statistics=["mean", "last"],
            windows=["all", "last_3", "last_30d"],
            of=["value", "diff"],
        ),
        t="cc_",
    )
    assert found[:12] == [
        *("cc_x__mean", "cc_x__last", "cc_x__last_3__mean", "cc_x__last_3__last"),
        *("cc_x__last_30d__mean", "cc_x__last_30d__last"),
        *("cc_x__diff__mean", "cc_x__diff__last", "cc_x__diff__last_3__mean"),
        *("cc_x__diff__last_3__last", "cc_x__diff__last_30d__mean", "cc_x__diff__last_30d__last"),
    ]
    assert found[12:] == [name.replace("x", "y") for name in found[:12]]


def test_defaults() -> None:
    (feature,) = expand([recipe()], {})
    assert feature == Feature("x__mean", "t", "x", "value", Window(name="all"), "mean")


def test_window() -> None:
    assert Window.parse("last_3") == Window(name="last_3", rows=3)
    assert Window.parse("last_30d") == Window(name="last_30d", days=30)


def test_row_filter() -> None:
    assert Window.parse("applicant") == Window(name="applicant")
    assert Window.parse("applicant").is_row_filter
    assert not any(Window.parse(text).is_row_filter for text in ("all", "last_3", "last_3d"))
    assert names(recipe(of=["diff"], windows=["new_loans"])) == ["x__diff__new_loans__mean"]


@pytest.mark.parametrize("name", ["all", "diff", "last", "last_3", "lasting", "A", "a__b", "a b"])
def test_no_name_of_a_row_filter(name: str) -> None:
    with pytest.raises(ValidationError, match=rf"'{name}' cannot name a row filter"):
        ShapeConfig(windows={name: "x > 0"})


@pytest.mark.parametrize("statistic", [*STATISTICS, *CROSS_SECTIONAL, "lag_1", "lag_12"])
def test_statistic(statistic: str) -> None:
    (feature,) = expand([recipe(statistics=[statistic])], {})
    assert feature.name == f"x__{statistic}"
    assert cross_sectional(feature) == (statistic in CROSS_SECTIONAL)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("lag_0", "; did you mean 'lag_1'"),
        ("medain", ""),
        ("lag_", ""),
        ("lag_<k>", ""),
        ("maxi", ""),
        ("Sum", ""),
    ],
)
def test_no_statistic(text: str, hint: str) -> None:
    with pytest.raises(
        ValidationError, match=f"statistic '{text}' is none of count, sum, .*{hint}"
    ):
        recipe(statistics=[text])


@pytest.mark.parametrize("changes", [{"windows": ["all", "last_3"]}, {"of": ["value", "diff"]}])
@pytest.mark.parametrize("statistic", CROSS_SECTIONAL)
def test_ranks_among_all_customers_are_of_all_values(statistic: str, changes: Any) -> None:
    message = f"{statistic} ranks among all customers: it has no window but 'all'"
    with pytest.raises(ValidationError, match=message):
        recipe(statistics=["mean", statistic], **changes)


@pytest.mark.parametrize(
    "text", ["", "last", "last_0", "last_03", "last_-1", "last_3m", "3d", "ALL"]
)
def test_no_window(text: str) -> None:
    with pytest.raises(ValidationError, match=rf"window '{text}' is none of 'all'"):
        recipe(windows=[text])


def test_the_same_feature_twice_is_one() -> None:
    assert names(recipe(statistics=["mean", "sum"]), recipe(statistics=["sum", "last"])) == [
        "x__mean",
        "x__sum",
        "x__last",
    ]


def test_two_tables_with_the_same_feature() -> None:
    message = "tables 't' and 'u' both make the feature 'x__mean'; give one of the tables a prefix"
    with pytest.raises(BookError, match=message):
        names(recipe(), recipe("u"))
    assert names(recipe(), recipe("u"), u="u_") == ["x__mean", "u_x__mean"]


def test_two_columns_with_the_same_feature() -> None:
    """``x`` as a difference is called as ``x__diff`` as a value would be."""
    message = "columns 'x' and 'x__diff' of table 't' both make the feature 'x__diff__mean'"
    with pytest.raises(BookError, match=message):
        names(recipe(of=["diff"]), recipe(columns=["x__diff"]))


def test_names_that_are_not_there() -> None:
    columns = {"statements": ("balance", "payment")}
    with pytest.raises(BookError, match=r"no table 'statments' with an order; did you mean 'state"):
        check_columns(expand([recipe("statments")], {}), columns)
    with pytest.raises(BookError, match=r"'statements' has no column 'balanse'; did you mean 'bal"):
        check_columns(expand([recipe("statements", columns=["balanse"])], {}), columns)
    check_columns(expand([recipe("statements", columns=["balance"])], {}), columns)


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": []},
        {"statistics": []},
        {"statistics": ["median"]},
        {"windows": []},
        {"of": ["x"]},
    ],
)
def test_recipe_that_says_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        recipe(**changes)
