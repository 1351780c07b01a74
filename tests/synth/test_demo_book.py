"""The demo book: the same bytes, sound tables, a book that fits them, a target worth learning."""

from __future__ import annotations

import json

import polars as pl
import pytest
from synth_cases import check_contract, digests, made_features, read_book, read_table

from engine.errors import BookError, OutputError
from engine.fit import FitConfig, TargetConfig, build_target, fit_pd
from engine.synth import write_demo
from engine.synth.blocks import BLOCK, FIRST_ID

CUSTOMERS = BLOCK + 300  # two blocks, the second one cut


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return write_demo(tmp_path_factory.mktemp("demo"), customers=CUSTOMERS)


def test_a_seed_decides_every_byte(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_demo(tmp_path / name, customers=500, seed=seed)
    a, b, c = (digests(tmp_path / name) for name in "abc")
    assert a == b
    same = {name for name in a if a[name] == c[name]}
    assert same == {"raw/tariffs.csv", "models/fee_good.json"}


def test_a_smaller_book_is_the_beginning_of_a_larger_one(book, tmp_path):
    small = write_demo(tmp_path / "small", customers=120)
    for name in ("customers", "statements", "operations", "fees", "performance"):
        rows = read_table(book, name).filter(pl.col("customer_id") < FIRST_ID + 120)
        assert read_table(small, name).equals(rows), name


def test_tables_keep_the_contract_of_the_book(book):
    check_contract(book)
    tables = read_book(book)["tables"]
    assert {name for name, table in tables.items() if "order" in table} == {
        "statements",
        "operations",
        "fees",
        "performance",
    }


def test_row_counts(book):
    customers = read_table(book, "customers")
    assert customers["customer_id"].to_list() == list(range(FIRST_ID, FIRST_ID + CUSTOMERS))
    statements = read_table(book, "statements")
    assert len(statements) == 12 * CUSTOMERS
    assert statements["statement_id"].n_unique() == len(statements)
    assert (statements.group_by("customer_id").len()["len"] == 12).all()
    parts = sorted((book.parent / "raw" / "statements").iterdir())
    assert [pl.scan_parquet(p).select(pl.len()).collect().item() for p in parts] == [
        12 * BLOCK,
        12 * 300,
    ]
    assert read_table(book, "operations")["operation_id"].is_unique().all()
    assert read_table(book, "fees")["fee_id"].is_unique().all()


def test_dates_lie_on_their_side_of_the_review(book):
    reviews = read_table(book, "customers").select("customer_id", "reviewed_on", "joined_on")
    assert (reviews["joined_on"] < reviews["reviewed_on"]).all()
    for name, column, first, last in (
        ("statements", "statement_date", -366, 0),
        ("operations", "operation_date", -364, 0),
        ("fees", "fee_date", -364, 0),
        ("performance", "month", 28, 365),
    ):
        rows = read_table(book, name).join(reviews, on="customer_id")
        days = (rows[column] - rows["reviewed_on"]).dt.total_days()
        assert (days.min(), days.max()) == pytest.approx((first, last), abs=35), name
        assert days.min() >= first, name
        assert days.max() <= last, name
    last = (
        read_table(book, "statements").group_by("customer_id").agg(pl.col("statement_date").max())
    )
    both = last.join(reviews, on="customer_id")
    assert (both["statement_date"] == both["reviewed_on"]).all()


def test_accounts_add_up(book):
    rows = read_table(book, "statements").drop_nulls().with_columns(
        before=pl.col("balance").shift(1).over("customer_id"),
        step=pl.col("statement_id").diff().over("customer_id"),
    )  # fmt: skip
    rows = rows.filter(pl.col("step") == 1)
    gap = rows.select(
        pl.col("before") + pl.col("interest") + pl.col("purchases") + pl.col("cash_advances")
        - pl.col("payment") - pl.col("balance")
    ).to_series()  # fmt: skip
    assert len(rows) > 100_000
    assert gap.abs().max() < 0.03  # rounding of four amounts to cents


def test_every_fee_has_a_tariff(book):
    tariffs = read_table(book, "tariffs")
    assert tariffs["fee_type"].is_unique().all()
    assert set(read_table(book, "fees")["fee_type"]) == set(tariffs["fee_type"])


def test_gaps_are_where_they_are_declared_and_nowhere_else(book):
    nulls = read_table(book, "customers").null_count().row(0, named=True)
    assert {name for name, count in nulls.items() if count} == {
        "income",
        "bureau_score",
        "months_since_arrears",
    }
    nulls = read_table(book, "statements").null_count().row(0, named=True)
    assert {name for name, count in nulls.items() if count} == {
        "payment",
        "minimum_payment",
        "purchases",
    }


def test_features_of_the_book(book):
    parsed = read_book(book)
    features = made_features(parsed)
    assert len(set(features)) == len(features)
    assert 80 <= len(features) <= 150
    scorecard = json.loads((book.parent / "models" / "fee_good.json").read_text())
    assert scorecard["kind"] == "scorecard"
    assert scorecard["intercept"] == 0.043446277
    assert {f["name"] for f in scorecard["features"]} <= set(features)
    assert {f["name"]: f["coefficient"] for f in scorecard["features"]} == {
        "products": 0.223607191,
        "sms_banking": 0.240639858,
        "operation_amount_per_day": -0.00011345,
        "turnover_per_day": 0.000050885,
    }
    assert set(parsed["strategy"]["caps"]) <= set(features)
    assert set(parsed["economics"]["customer_profit"].values()) <= set(features)
    segments = set(read_table(book, "customers")["segment"])
    assert set(parsed["take_up"]["segments"]) < segments
    assert len(segments) == 4


def test_the_volume_to_keep_grows_with_the_book(book, tmp_path):
    def volume(path):
        return read_book(path)["optimise"]["constraints"]["min_volume"]["min"]

    assert volume(book) == pytest.approx(1_400 * CUSTOMERS, rel=0.01)
    assert volume(write_demo(tmp_path / "one", customers=1)) == 1_400


def test_the_target_has_every_class_and_a_realistic_bad_rate(book):
    counts = _target(book).counts
    assert min(counts[name] for name in ("good", "bad", "indeterminate", "immature", "missing")) > 5
    assert min(counts["excluded"].values()) > 20
    assert 0.03 < counts["bad"] / (counts["bad"] + counts["good"]) < 0.06


def test_segments_differ_in_risk(book):
    customers = read_table(book, "customers").select("customer_id", "segment")
    rates = (
        _target(book).frame.join(customers, on="customer_id")
        .group_by("segment").agg(pl.col("target").mean())
    )  # fmt: skip
    rate = dict(rates.iter_rows())
    assert rate["retired"] < rate["self_employed"] < rate["student"]
    assert rate["salaried"] < rate["self_employed"]


def test_history_predicts_default_but_does_not_reveal_it(book):
    """An AUC near 1 would mean that some column knows the future."""
    customers = read_table(book, "customers")
    statements = read_table(book, "statements").drop("statement_id", "statement_date")
    history = statements.group_by("customer_id").agg(
        pl.all().mean().name.suffix("__mean"),
        pl.all().last().name.suffix("__last"),
    )
    operations = read_table(book, "operations").group_by("customer_id").agg(pl.col("amount").sum())
    fees = read_table(book, "fees").group_by("customer_id").agg(pl.col("number").sum())
    features = customers
    for frame in (history, operations, fees):
        features = features.join(frame, on="customer_id", how="left")
    names = [name for name in features.columns if name != "customer_id"]
    fitted = fit_pd(features, _target(book), names, FitConfig(**read_book(book)["fit"]))
    assert 0.75 < fitted.metrics["parts"]["heldout"]["auc"] < 0.88


def test_what_makes_no_book_is_refused(tmp_path):
    with pytest.raises(BookError, match="customers >= 1 and seed >= 0, not 0 and 7"):
        write_demo(tmp_path / "none", customers=0)
    with pytest.raises(BookError, match="-1"):
        write_demo(tmp_path / "none", customers=5, seed=-1)
    assert not (tmp_path / "none").exists()
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        write_demo(tmp_path, customers=5)
    with pytest.raises(OutputError, match="not empty"):
        write_demo(tmp_path / "notes.txt", customers=5)
    with pytest.raises(OutputError, match="cannot write"):
        write_demo(tmp_path / "notes.txt" / "below", customers=5)


def _target(book):
    config = TargetConfig(**read_book(book)["target"])
    customers, performance = (read_table(book, name) for name in ("customers", "performance"))
    return build_target(config, customers, performance, key="customer_id", as_of="reviewed_on")
