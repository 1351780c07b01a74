"""Labels by the fee income of a window after the as-of date, and of the same window."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command import call
from fee_book import fee_book, fee_frames, outcome
from small_book import AS_OF, Frames, replace, write_card

from engine.book_file import load_book
from engine.fit import FitConfig
from engine.progress import Silent
from engine.training_data import TrainingRows, candidates, training_rows

KEY = "customer_id"
LEAST = 8_000.0
WINDOW = 200
LATER = f"""
[target]
good_fee_income = {LEAST}
window_days = {WINDOW}
observed_until = {AS_OF + timedelta(days=WINDOW)}
exclude = [{{ reason = "overdue", when = "arrears > 60" }}]
"""
NOW = f"\n[target]\ngood_fee_income = {LEAST}\nsame_window = true\n"


def rows_of(folder: Path, frames: Frames, target: str = LATER, *edits: Any) -> TrainingRows:
    """The training rows of the book of ``frames``."""
    path = fee_book(folder, frames, *edits, lambda text: text + target)
    book = load_book(path)
    assert book.target is not None
    return training_rows(book, book.target, FitConfig(), threads=1, progress=Silent())


def included(frames: Frames, *, overdue: bool = True) -> list[int]:
    """Customers that no rule excludes."""
    rows = frames["customers"].filter(pl.col("card_kind") == "personal")
    return (rows.filter(pl.col("arrears") <= 60) if overdue else rows)[KEY].to_list()


def test_good_by_the_window_after_the_as_of_date(tmp_path: Path) -> None:
    frames = fee_frames()
    target = rows_of(tmp_path, frames).target
    incomes = outcome(frames, WINDOW)
    bads = {key: int(incomes[key] < LEAST) for key in included(frames)}
    assert dict(target.frame.iter_rows()) == bads
    counts = target.counts
    assert counts["good"] == list(bads.values()).count(0) > 5
    assert counts["bad"] == list(bads.values()).count(1) > 5
    kinds = frames["customers"].filter(pl.col("arrears") <= 60)["card_kind"]
    assert counts["excluded"] == {
        "overdue": frames["customers"].filter(pl.col("arrears") > 60).height,
        "corporate card": (kinds == "corporate").sum(),
        "payroll card": (kinds == "payroll").sum(),
    }
    known = counts["good"] + counts["bad"] + sum(counts["excluded"].values())
    assert known == counts["customers"] == 60


def moved(frames: Frames, factor: int) -> Frames:
    """Fees after the as-of date charged ``factor`` times as often; those up to it stay."""
    number = pl.when(pl.col("fee_date") > AS_OF).then(pl.col("number") * factor).otherwise("number")
    return frames | {"fees": frames["fees"].with_columns(number)}


def test_a_later_fee_changes_a_label_and_no_feature(tmp_path: Path) -> None:
    frames = fee_frames()
    recipe = '[[recipe]]\ntable = "fees"\ncolumns = ["number"]\nstatistics = ["sum", "count"]\n'
    edit = replace("[[recipe]]", recipe + "[[recipe]]")
    first, second = (
        rows_of(tmp_path / f"{factor}", moved(frames, factor), LATER, edit) for factor in (1, 100)
    )
    assert first.features.equals(second.features)
    assert first.features["number__sum"].sum() == (
        frames["fees"]
        .filter(pl.col("fee_date") <= AS_OF, pl.col(KEY).is_in(included(frames)))["number"]
        .sum()
    )
    assert first.target.counts["bad"] > second.target.counts["bad"]
    earlier = moved(frames, 1)["fees"].with_columns(
        pl.when(pl.col("fee_date") <= AS_OF).then(99).otherwise("number").alias("number")
    )
    third = rows_of(tmp_path / "3", frames | {"fees": earlier}, LATER, edit)
    assert third.target.frame.equals(first.target.frame)
    assert not third.features.equals(first.features)


def test_a_window_that_is_not_over(tmp_path: Path) -> None:
    """A third of the customers are reviewed a day later than it would take."""
    frames = fee_frames()
    later = pl.int_range(pl.len()) % 3 == 0
    as_of = pl.when(later).then(AS_OF + timedelta(days=1)).otherwise(AS_OF).alias("reviewed_on")
    frames["customers"] = frames["customers"].with_columns(as_of)
    own = (
        replace("as_of = 2026-06-30", 'as_of_column = "reviewed_on"'),
        replace("activated_on = {", 'reviewed_on = { type = "date" }\nactivated_on = {'),
    )
    counts = rows_of(tmp_path, frames, LATER, *own).target.counts
    waiting = frames["customers"].filter(later)
    assert counts["immature"] == waiting.filter(pl.col(KEY).is_in(included(frames))).height > 0


def test_an_unknown_type_after_the_as_of_date_puts_its_customer_aside(tmp_path: Path) -> None:
    frames = fee_frames()
    fees = frames["fees"]
    last = fees.filter(
        pl.col(KEY) == included(frames)[0],
        pl.col("fee_date").is_between(AS_OF, AS_OF + timedelta(WINDOW), closed="right"),
    )["fee_id"]
    kind = pl.when(pl.col("fee_id").is_in(last.implode())).then(pl.lit("fax")).otherwise("fee_type")
    frames = frames | {"fees": fees.with_columns(kind.alias("fee_type"))}
    found = rows_of(tmp_path, frames)
    assert last.len() > 0
    assert found.quarantined == {"labels": 1, "features": 0}
    assert included(frames)[0] not in found.target.frame[KEY]


def test_the_sources_same_window(tmp_path: Path) -> None:
    frames = fee_frames()
    edit = replace(
        "[features]", '[features]\nlog_fees = "ln(fee_income + 1)"\nold = "log_fees * 2"'
    )
    found = rows_of(tmp_path, frames, NOW, edit)
    book = load_book(tmp_path / "book.toml")
    assert book.target is not None
    names = candidates(book, book.target)
    gone = {"fee_income", "fee_income__atm", "fee_income__service", "log_fees", "old"}
    assert gone.isdisjoint(names)
    assert gone.isdisjoint(found.features.columns)
    assert set(names) == set(book.feature_columns) - gone - {KEY}
    other = rows_of(tmp_path / "later", frames, LATER, edit)
    income = dict(other.features.select(KEY, "fee_income").iter_rows())
    labels = dict(found.target.frame.iter_rows())
    assert {key: labels[key] for key in income} == {k: int(v < LEAST) for k, v in income.items()}
    assert len(labels) == len(included(frames, overdue=False))


@pytest.mark.slow
def test_a_report_says_that_it_describes(tmp_path: Path) -> None:
    frames = fee_frames(900)
    card = replace("models/pd.json", "models/pd.txt")
    for number, (target, descriptive) in enumerate(((NOW, True), (LATER, None))):
        path = fee_book(tmp_path / f"{number}", frames, card, lambda text, more=target: text + more)
        done = call("fit", "pd", path, "--threads", 1)
        assert done.code == 0, done.err
        assert ("  descriptive  features and outcome share" in done.out) is bool(descriptive)
        report = json.loads((path.parent / "models" / "pd.metrics.json").read_text())
        assert report.get("descriptive") is descriptive
        assert ("share a window" in report.get("note", "")) is bool(descriptive)
        assert ("fee_income" in report["gain_share"]) is not bool(descriptive)


def test_a_tuned_model_is_judged_on_what_it_describes(tmp_path: Path) -> None:
    tuning = '\n[fit]\nleast_bads = 1\n[fit.tuning]\nmodel = "pd"\nbase = "models/base.json"\n'
    tuning += 'method = "recalibrate"\nevent = "bad"\n'
    path = fee_book(tmp_path, fee_frames(300), lambda text: text + NOW + tuning)
    tenure = {"name": "fee_tenure_days", "coefficient": 0.01}  # the same fees in a longer time
    card = write_card(path.parent, intercept=-3.0, features=[tenure])
    card.rename(card.with_name("base.json"))
    done = call("fit", "tuning", path, "--threads", 1)
    assert done.code == 0, done.err
    report = json.loads(card.with_name("pd.tuning.json").read_text())
    assert report["new"]["descriptive"] is True
    assert "  descriptive " in done.out
