"""Swap sets and totals are those of two runs, one with each strategy, compared row by row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from artefact_cases import KEY, SEGMENTS, pricing, published, strategy_files
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BookError, DataError
from engine.evaluate import EconomicsConfig, Pricing
from engine.evaluate.strategy_file import StrategyFile
from engine.market_file import read_market
from engine.strategy.file.customers import Strategy
from engine.strategy.file.swaps import SETS, lacking, mean, tally, whole
from kernels.exact_sum import rounded

MONEY = ("exposure", "expected_loss", "expected_profit")


def write_parts(folder: Path, rows: pl.DataFrame, parts: int = 3) -> list[Path]:
    cuts = np.linspace(0, rows.height, parts + 1).astype(int).tolist()
    paths = [folder / f"part-{number}.parquet" for number in range(parts)]
    for path, lo, hi in zip(paths, cuts, cuts[1:], strict=False):
        rows[lo:hi].write_parquet(path)
    return paths


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("swaps")


def twin(seed: int, sides: Sequence[Strategy], priced: Pricing) -> pl.DataFrame:
    """Each customer's set, and what the runs publish, by side."""
    today = published(seed, priced)
    ruled = pl.col("knock_out").is_null() | (pl.col("knock_out") == "no offer")
    frame = today.select(KEY, "segment", "group", "pd", eligible=ruled)
    for side, strategy in zip("ab", sides, strict=True):
        rows = today if strategy is None else published(seed, replace(priced, file=strategy))
        columns = ("approve", "rate", "limit", "take_up", *MONEY)
        frame = frame.with_columns(rows[name].alias(f"{side} {name}") for name in columns)
    a, b = pl.col("a approve"), pl.col("b approve")
    kind = pl.when(a & b).then(0).when(a).then(1).when(b).then(2).when("eligible").then(3)
    prices = [pl.col(f"a {name}") != pl.col(f"b {name}") for name in ("rate", "limit")]
    return frame.with_columns(
        kind.otherwise(4).alias("set"),
        ((a ^ b) | (a & b & pl.any_horizontal(prices))).alias("changed"),
    )


ECONOMICS = (
    EconomicsConfig(mode="source", funding_cost=0.03, operating_cost=0.01, lgd=0.5),
    EconomicsConfig(funding_cost=0.03, lgd=0.5, term_months=24, acquisition_cost=20),
)
MARKET = {
    "kind": "market",
    "rates": {"lo": 0.02, "step": 0.2, "n": 2},
    "log_limits": {"lo": 5.0, "step": 4.0, "n": 2},
    "tables": [
        {"segment": segment, "grade": grade, "win": [[0.5, top], [0.1, 0.3]]}
        for segment, grade, top in (("*", "A", 0.9), ("*", "B", 0.8), ("north", "B", 0.7))
    ],
    "support": {g: {"rate": [0.02, 0.2], "limit": [100.0, 9000.0]} for g in "AB"},
    "cliffs": [],
}


def with_market(priced: Pricing) -> Pricing:
    """Take-up by a market whose tables differ by the book's grade and by segment."""
    market = read_market(MARKET, file="market.json")
    return replace(priced, take_up=replace(priced.take_up, form="market", market=market))


SIDES = st.tuples(st.none() | strategy_files(), st.none() | strategy_files())


PRICINGS = tuple(
    replace(priced, economics=economics)
    for economics in ECONOMICS
    for priced in (pricing(), pricing(caps=False), with_market(pricing()))
)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), sides=SIDES, priced=st.sampled_from(PRICINGS))
def test_as_two_runs(
    seed: int, sides: tuple[Strategy, Strategy], priced: Pricing, folder: Path
) -> None:
    parts = write_parts(folder, published(seed, priced))
    found = tally(parts, *sides, priced, grouped=True).by("set", "group")
    expected = twin(seed, sides, priced)
    assert sum(whole(values["customers"]) for values in found.values()) == expected.height
    for (kind, group), values in found.items():
        rows = expected.filter(set=SETS.index(kind), group=group)
        assert whole(values["customers"]) == rows.height
        assert whole(values["pd known"]) == rows["pd"].count()
        assert rounded(values["pd"]) == math.fsum(rows["pd"].drop_nulls())
        assert whole(values["changed"]) == rows.filter("changed").height
        for side in "ab":
            taken = rows.filter(f"{side} approve")
            assert whole(values[f"{side} approved"]) == taken.height
            for name in ("rate", "limit", *MONEY):
                assert rounded(values[f"{side} {name}"]) == math.fsum(taken[f"{side} {name}"])
            assert rounded(values[f"{side} count"]) == math.fsum(taken[f"{side} take_up"])


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), before=strategy_files(), after=strategy_files())
def test_a_run_with_a_strategy(
    seed: int, before: StrategyFile, after: StrategyFile, folder: Path
) -> None:
    """``None`` is what the run has offered; what it had no offer for is no knock-out."""
    priced = pricing(propensity="p")
    rows = published(seed, replace(priced, file=before))
    totals = [
        tally(write_parts(folder, rows), *sides, priced, grouped=False)
        for sides in ((None, after), (before, after))
    ]
    assert totals[0].by("segment", "set") == totals[1].by("segment", "set")
    expected = published(seed, replace(priced, file=after))
    ((_, values),) = totals[0].by().items()
    assert whole(values["b approved"]) == expected["approve"].sum()
    assert rounded(values["b exposure"]) == math.fsum(expected["exposure"])


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), sides=SIDES)
def test_cells(seed: int, sides: tuple[Strategy, Strategy], folder: Path) -> None:
    """Within a place both offers are one, so but for caps the average rate is the file's."""
    priced = pricing(caps=False)
    found = tally(write_parts(folder, published(seed, priced)), *sides, priced, grouped=False)
    assert found.bounds == tuple(sorted(found.bounds))
    for (segment, place), values in found.by("segment", "place").items():
        for side, strategy in zip("ab", sides, strict=True):
            approved = values[f"{side} approved"]
            if strategy is None or not approved:
                continue
            pd = found.bounds[place] if place < len(found.bounds) else 1.0
            grade = next(g.grade for g in strategy.grades if (g.max_pd or 1.0) >= pd)
            (offer,) = (o for o in strategy.offers if (o.segment, o.grade) == (segment, grade))
            assert offer.approve
            assert mean(values[f"{side} rate"], approved) == offer.rate
            assert mean(values[f"{side} limit"], approved) == offer.limit


@given(seed=st.integers(0, 10**6), parts=st.integers(1, 5), strategy=strategy_files())
@settings(max_examples=10)
def test_parts_and_order_do_not_matter(
    seed: int, parts: int, strategy: StrategyFile, folder: Path
) -> None:
    priced = pricing()
    rows = published(seed, priced)
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=seed)
    one, other = (
        tally(write_parts(folder, frame, n), None, strategy, priced, grouped=True)
        for frame, n in ((rows, 1), (mixed, parts))
    )
    assert one == other


@settings(max_examples=10)
@given(strategy=strategy_files(names=SEGMENTS[:3]))
def test_segments_without_an_offer(strategy: StrategyFile, folder: Path) -> None:
    priced = pricing()
    rows = published(1, priced)
    found = tally(write_parts(folder, rows), None, strategy, priced, grouped=False)
    eligible = rows.filter(
        pl.col("knock_out").is_null(), ~pl.col("segment").is_in(strategy.segments)
    )
    expected = dict(eligible.group_by("segment").len().iter_rows())
    assert lacking(found, strategy) == expected
    assert lacking(found, None) == {}


def test_a_mean_of_equals_is_their_value() -> None:
    three = sum([int(0.1 * 2**60) * 2**1014] * 3)
    assert mean(three, 3 * 2**1074) == 0.1
    assert mean(0, 0) is None


def test_a_column_that_the_run_lacks(tmp_path: Path) -> None:
    rows = published(1, pricing())
    parts = write_parts(tmp_path, rows.drop("group"))
    with pytest.raises(BookError, match="no column 'group'"):
        tally(parts, None, None, pricing(), grouped=True)
    assert tally(parts, None, None, pricing(), grouped=False).sums


def test_a_broken_part(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, published(1, pricing()))
    parts[1].write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="part-1.parquet"):
        tally(parts, None, None, pricing(), grouped=False)
    parts[1].unlink()
    with pytest.raises(DataError, match="cannot be read"):
        tally(parts, None, None, pricing(), grouped=False)
