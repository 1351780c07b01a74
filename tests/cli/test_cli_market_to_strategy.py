"""From rivals' offers and a history to a strategy, as a user goes: four commands, one book."""

from __future__ import annotations

import json
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest
from command import call
from small_book import make_frames, replace, write_book

from engine.market_file import read_market, win

CUSTOMERS = 1_500
COLUMNS = """\
offered_rate = { type = "float64", nullable = true }
offered_limit = { type = "float64", nullable = true }
applied = { type = "int64", nullable = true }
offered_on = { type = "date", nullable = true }
arrears = {"""
FITTING = """
[market]
offers = "raw/rivals.csv"
rivals = [0, 0, 1]
[fit.take_up]
rate = "offered_rate"
limit = "offered_limit"
applied = "applied"
date = "offered_on"
grade = "lender_grade"
market = "models/market.json"
[output]
"""
pytestmark = pytest.mark.slow  # some 70 small LightGBM fits

USING = """
[models.keen]
file = "models/take_up.txt"
predicts = "keen"
[economics]
"""
TAKE_UP = """
[take_up]
file = "models/take_up.json"
propensity = "keen"
[optimise.menu]
rates = { from = 0.03, to = 0.21, steps = 10 }
limits = { values = [1000, 2000, 4000, 8000] }
[optimise.constraints]
el_rate = { max = 0.05 }
"""


def book_with_offers(folder: Path) -> Path:
    """The small book; most customers got an offer once, priced by their income and by chance."""
    frames = make_frames(CUSTOMERS, seed=6)
    rng = np.random.default_rng(6)
    wealth = np.nan_to_num(frames["customers"]["income"].to_numpy(), nan=4e4) / 5e4
    rate = np.clip(0.13 - 0.02 * wealth + 0.02 * rng.standard_normal(CUSTOMERS), 0.01, None)
    taken = rng.random(CUSTOMERS) < 1 / (1 + np.exp(-(1.0 - wealth - 25.0 * (rate - 0.1))))
    history = pl.DataFrame(
        {
            "offered_rate": rate.round(5),
            "offered_limit": np.exp(8.0 + 0.3 * rng.standard_normal(CUSTOMERS)).round(2),
            "applied": taken.astype(np.int64),
            "offered_on": np.datetime64("2025-01-01") + rng.integers(0, 300, CUSTOMERS),
        }
    ).with_columns(pl.when(pl.Series(rng.random(CUSTOMERS) < 0.9)).then(pl.all()))
    frames["customers"] = frames["customers"].hstack(history)
    derive = "[tables.customers.derive]"
    grade = f"{derive}\nlender_grade = \"case when income > 30000 then 'A' else 'B' end\""
    path = write_book(
        folder,
        frames,
        edit=lambda text: (
            replace("arrears = {", COLUMNS)(text)
            .replace(derive, grade)
            .replace("[output]\n", FITTING.lstrip())
        ),
    )
    _write_rivals(folder / "raw" / "rivals.csv", rng)
    return path


def _write_rivals(path: Path, rng: np.random.Generator) -> None:
    """Banks up to 7 %, card companies from 10 %; nobody between."""
    banks = rng.uniform(0.03, 0.07, 600)
    cards = rng.uniform(0.10, 0.20, 600)
    pl.DataFrame(
        {
            "sector": ["bank"] * 600 + ["card"] * 600,
            "grade": ["A", "B"] * 600,
            "rate": np.concatenate([banks, cards]).round(5),
            "limit": np.exp(rng.normal(8.2, 0.4, 1200)).round(2),
        }
    ).write_csv(path)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fitted: the market, then take-up, which the book then names."""
    path = book_with_offers(tmp_path_factory.mktemp("market"))
    market = call("fit", "market", path, "--json").json
    for cliff in market["summary"]["cliffs"]:
        assert (cliff["sector_below"], cliff["sector_above"]) == ("bank", "card")
        assert (cliff["from"], cliff["to"]) == pytest.approx((0.07, 0.1), abs=0.004)
    assert [cliff["grade"] for cliff in market["summary"]["cliffs"]] == ["A", "B"]
    done = call("fit", "take-up", path)
    assert done.code == 0, done.err
    text = path.read_text()
    start, end = text.index("[take_up]"), text.index("[market]")
    text = text[:start] + TAKE_UP.lstrip() + text[end:]
    path.write_text(text.replace("[economics]\n", USING.lstrip()))
    return path


def test_the_run_takes_up_as_the_fit_says(book: Path) -> None:
    """Row by row: the propensity's log odds and the slope times the log of the win probability."""
    result = call("run", book, "--json").json
    rows = pl.read_parquet(f"{result['path']}/part-*.parquet").sort("customer_id")
    document = json.loads((book.parent / "models" / "take_up.json").read_text())
    market = read_market(json.loads((book.parent / "models" / "market.json").read_text()))
    tables = np.array([market.table_of(*pair) for pair in rows.select("segment", "grade").rows()])
    offered = rows.filter(pl.col("limit") > 0)
    kept = rows["limit"].to_numpy() > 0
    chance = win(market, tables[kept], offered["rate"].to_numpy(), offered["limit"].to_numpy())
    slope = np.array([document["slopes"][name] for name in offered["segment"]])
    keen = offered["keen"].to_numpy()
    z = np.log(keen / (1 - keen)) + slope * np.log(np.maximum(chance, 1e-6))
    assert offered["take_up"].to_numpy() == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-9)
    assert lgb.Booster(model_file=str(book.parent / "models" / "take_up.txt")).num_trees() > 0


def test_the_best_strategy_says_what_rests_on_the_market(book: Path) -> None:
    found = call("optimise", book, "--json").json
    assert found["take_up"] in ("estimated", "assumed from the market")
    assert found["gap"] <= 2e-4
    flags = {flag for cell in found["strategy"] for flag in cell["flags"]}
    assert flags <= {"dilutes", "empty", "outside the market", "cliff's edge"}
    edge = [c for c in found["strategy"] if c["approve"] and 0.07 < c["rate"] < 0.1001]
    assert all(c["rate"] == pytest.approx(0.09) for c in edge if "cliff's edge" in c["flags"])
    loans = sum(c["expected_loans"] if "expected_loans" in c else c["count"] for c in edge)
    assert (found["cliff_share"] > 0) == (loans > 0)


def test_rivals_that_move_move_the_strategy(book: Path) -> None:
    """All rivals two points dearer: more profit is to be had."""
    before = call("optimise", book, "--json").json
    text = book.read_text()
    book.write_text(
        text.replace('propensity = "keen"\n', 'propensity = "keen"\nrivals_move = 0.02\n')
    )
    after = call("optimise", book, "--json").json
    book.write_text(text)
    assert after["expected_profit"] > before["expected_profit"] * 1.01


def test_a_market_that_is_not_there(book: Path) -> None:
    path = book.parent / "models" / "market.json"
    kept = path.read_bytes()
    path.unlink()
    assert call("run", book).code == 66
    path.write_text('{"kind": "market"')
    broken = call("run", book)
    path.write_bytes(kept)
    assert (broken.code, "not JSON" in broken.message) == (78, True)
