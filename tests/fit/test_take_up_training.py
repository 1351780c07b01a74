"""``fit take-up`` from the book's tables and the market file to what is written beside the book."""

from __future__ import annotations

import json

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from small_book import make_frames, replace, shuffled, write_book
from take_up_cases import config as section

from engine.book_file import load_book
from engine.errors import BookError, DataError, InputMissingError, ModelError
from engine.progress import Silent
from engine.take_up_training import write_take_up

CUSTOMERS = 1_500
COLUMNS = """\
offered_rate = { type = "float64", nullable = true }
offered_limit = { type = "float64", nullable = true }
applied = { type = "int64", nullable = true }
offered_on = { type = "date", nullable = true }
credit_grade = { type = "string", nullable = true }
"""
NAMED = {
    "rate": "offered_rate",
    "limit": "offered_limit",
    "date": "offered_on",
    "grade": "credit_grade",
}


def config(**changes):
    return section(**(NAMED | changes))


def offers():
    """The small book's customers, of whom nine in ten got an offer once."""
    frames = make_frames(CUSTOMERS, seed=6)
    rng = np.random.default_rng(6)
    wealth = np.nan_to_num(frames["customers"]["income"].to_numpy(), nan=4e4) / 5e4
    rate = np.clip(0.14 - 0.02 * wealth + 0.02 * rng.standard_normal(CUSTOMERS), 0.01, None)
    limit = np.exp(8.0 + 0.5 * wealth + 0.3 * rng.standard_normal(CUSTOMERS))
    take_up = expit(1.0 - wealth - 20.0 * (rate - 0.12))
    got = rng.random(CUSTOMERS) < 0.9
    columns = pl.DataFrame(
        {
            "offered_rate": rate.round(5),
            "offered_limit": limit.round(2),
            "applied": (rng.random(CUSTOMERS) < take_up).astype(np.int64),
            "offered_on": np.datetime64("2025-01-01") + rng.integers(0, 300, CUSTOMERS),
            "credit_grade": pl.Series(["A", "B"])[(wealth < 0.9).astype(int)],
        }
    ).with_columns(pl.when(pl.Series(got)).then(pl.all()))
    return frames | {"customers": frames["customers"].hstack(columns)}, got


def market(**changes):
    """Rivals between 5 % and 20 %, whatever the segment."""
    rates, limits = 0.02 + 0.01 * np.arange(24), 6.0 + 0.25 * np.arange(20)
    win = expit(-(rates[:, None] - 0.12) / 0.02 + 0.5 * (limits - 8.5))
    content = {
        "kind": "market",
        "rates": {"lo": 0.02, "step": 0.01, "n": 24},
        "log_limits": {"lo": 6.0, "step": 0.25, "n": 20},
        "tables": [{"segment": "*", "grade": grade, "win": win.tolist()} for grade in "AB"],
        "support": {g: {"rate": [0.05, 0.2], "limit": [500, 50000]} for g in "AB"},
        "cliffs": [],
    }
    return json.dumps(content | changes)


def written(folder, frames, *, text=None, edit=str):
    """The book's path, its market beside it."""
    declare = replace("arrears = {", COLUMNS + "arrears = {")
    path = write_book(folder, frames, edit=lambda toml: edit(declare(toml)))
    (folder / "models" / "market.json").write_text(market() if text is None else text)
    return path


def trained(path, **changes):
    return write_take_up(load_book(path), config(**changes), threads=1, progress=Silent())


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    frames, got = offers()
    folder = tmp_path_factory.mktemp("book")
    return folder, frames, got, trained(written(folder, frames))


def test_three_files_are_written(case):
    folder, _, got, result = case
    assert result.model == folder / "models" / "take_up.txt"
    document = json.loads((folder / "models" / "take_up.json").read_text())
    assert list(document) == ["kind", "form", "label", "slopes", "intervals", "market"]
    assert document["kind"] == "take_up"
    assert document["form"] == "market"
    assert document["label"] == "estimated"
    assert set(document["slopes"]) == {"retired", "salaried", "student"}
    assert document["market"] == "models/market.json"
    metrics = json.loads((folder / "models" / "take_up.metrics.json").read_text())
    assert metrics == json.loads(json.dumps(result.metrics))
    assert metrics["customers_without_offer"] == (~got).sum()
    assert sum(metrics["rows"].values()) == got.sum()
    assert not list((folder / "models").glob("*.new"))


def test_the_model_reads_features_of_the_book_and_no_offer(case):
    folder, _, _, result = case
    names = lgb.Booster(model_str=result.model.read_text()).feature_name()
    book = load_book(folder / "book.toml")
    assert set(names) <= set(book.feature_columns)
    assert "income" in names
    assert "balance__mean" in names
    assert not {"customer_id", "applied", *NAMED.values()} & set(names)


def test_the_order_of_the_rows_does_not_matter(case, tmp_path):
    _, frames, _, result = case
    again = trained(written(tmp_path, shuffled(frames)))
    assert again.model.read_bytes() == result.model.read_bytes()
    assert again.take_up.read_bytes() == result.take_up.read_bytes()


def test_a_column_can_be_left_out(case, tmp_path):
    _, frames, _, _ = case
    result = trained(written(tmp_path, frames), leave_out=("income",), file="new/up.txt")
    assert result.model == tmp_path / "new" / "up.txt"
    assert "income" not in lgb.Booster(model_str=result.model.read_text()).feature_name()


def test_a_sample_is_drawn_and_counted(case, tmp_path):
    _, frames, got, _ = case
    metrics = trained(written(tmp_path, frames), sample=1_000).metrics
    assert sum(metrics["rows"].values()) == 1_000
    assert metrics["offers_not_drawn"] == got.sum() - 1_000
    assert metrics["customers_without_offer"] == (~got).sum()


def test_a_book_without_segments_has_one(case, tmp_path):
    _, frames, _, _ = case
    path = written(tmp_path, frames, edit=replace('segment = "segment"\n', ""))
    assert list(json.loads(trained(path).take_up.read_text())["slopes"]) == ["all"]


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("{", ModelError, "models/market.json is not JSON"),
        ("{}", ModelError, "kind is None"),
        (market(tables=json.loads(market())["tables"][:1]), ModelError, "no grade 'B', only A"),
    ],
)
def test_a_bad_market_leaves_the_previous_files(case, tmp_path, text, error, says):
    _, frames, _, _ = case
    path = written(tmp_path, frames, text=text)
    previous = tmp_path / "models" / "take_up.txt"
    previous.write_text("previous")
    with pytest.raises(error, match=says):
        trained(path)
    assert previous.read_text() == "previous"
    assert not (tmp_path / "models" / "take_up.json").exists()


def test_a_missing_market_is_named(case, tmp_path):
    _, frames, _, _ = case
    path = written(tmp_path, frames)
    with pytest.raises(InputMissingError, match="cannot read models/other.json"):
        trained(path, market="models/other.json")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rate": "offered_rat"}, r"fit.take_up.rate: .* 'offered_rat'; did you mean"),
        ({"leave_out": ("incom",)}, r"fit.take_up.leave_out: .* 'incom'; did you mean"),
        ({"file": "models/take_up.json"}, "cannot end in .json"),
    ],
)
def test_wrong_names_are_found_before_anything_is_read(case, changes, says):
    folder, _, _, _ = case
    with pytest.raises(BookError, match=says):
        trained(folder / "book.toml", **changes)


def test_an_incomplete_offer_is_counted(case, tmp_path):
    _, frames, got, _ = case
    rows = np.flatnonzero(got)[:4]
    gaps = pl.int_range(pl.len()).is_in(rows.tolist())
    customers = frames["customers"].with_columns(offered_rate=pl.when(~gaps).then("offered_rate"))
    path = written(tmp_path, frames | {"customers": customers})
    with pytest.raises(DataError, match=r"\(column offered_rate, rows 4\)"):
        trained(path)
