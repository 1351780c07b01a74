"""Which fees and cards count: what was known at the as-of date, and what came after it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from command import call
from fee_book import Edit, expected, fee_book, fee_frames
from small_book import AS_OF, Frames, replace

from engine.book_file import load_book
from engine.fit import FitConfig
from engine.progress import Silent
from engine.training_data import training_rows

KEY = "customer_id"
WINDOW = 200
DROP = 'after_as_of = "drop"'
ALL_GOOD = 1e-9


def income(folder: Path, frames: Frames, *edits: Edit) -> pl.Series:
    """The fee income that a run publishes, by key."""
    done = call("run", fee_book(folder, frames, *edits), "--json")
    return pl.read_parquet(Path(done.json["path"]) / "part-*.parquet").sort(KEY)["fee_income"]


def twins(frames: Frames) -> list[float | None]:
    return expected(frames)["fee_income"].to_list()


def goods(folder: Path, frames: Frames, *edits: Edit) -> set[int]:
    """Customers with any fee in the days after the as-of date."""
    target = (
        f"\n[target]\ngood_fee_income = {ALL_GOOD}\nwindow_days = {WINDOW}\n"
        f"observed_until = {AS_OF + timedelta(days=WINDOW)}\n"
    )
    book = load_book(fee_book(folder, frames, *edits, lambda text: text + target))
    assert book.target is not None
    found = training_rows(book, book.target, FitConfig(), threads=1, progress=Silent()).target
    assert found.counts["missing"] == found.counts["immature"] == 0
    return set(found.frame.filter(pl.col("target") == 0)[KEY])


def on_days(frames: Frames, *days: int) -> Frames:
    """Customer after customer, one fee, on the next of these days from the as-of date."""
    keys = frames["customers"][KEY]
    dates = [AS_OF + timedelta(days=days[i % len(days)]) for i in range(keys.len())]
    fees = pl.DataFrame({KEY: keys, "fee_date": dates, "fee_type": "atm", "number": 1})
    return frames | {"fees": fees.with_row_index("fee_id").cast({"fee_id": pl.Int64})}


def plain(frames: Frames) -> Frames:
    """The same customers without one that a rule excludes."""
    kind = pl.lit("personal").alias("card_kind")
    return frames | {"customers": frames["customers"].with_columns(kind)}


def owners(frames: Frames, first: int, last: int) -> set[int]:
    day = (pl.col("fee_date") - AS_OF).dt.total_days()
    return set(frames["fees"].filter(day.is_between(first, last))[KEY])


@pytest.mark.parametrize("cutoff", ["up_to", "before"])
def test_no_fee_is_in_both_windows(tmp_path: Path, cutoff: str) -> None:
    """That of the as-of day counts up to it, or with "before" in neither: an outcome begins on the
    day after."""
    frames = on_days(plain(fee_frames(30)), -1, 0, 1, WINDOW, WINDOW + 1)
    edit = replace(DROP, f'{DROP}\ncutoff = "{cutoff}"')
    published = income(tmp_path / "run", frames, edit)
    last = 0 if cutoff == "up_to" else -1
    known = frames["customers"].filter(published > 0)[KEY]
    assert set(known) == owners(frames, -1, last) != set()
    assert goods(tmp_path / "fit", frames, edit) == owners(frames, 1, WINDOW) != set()


def test_a_fee_that_was_not_known_yet(tmp_path: Path) -> None:
    """It is none of the income up to the as-of date; what became of the customer, it tells."""
    frames = plain(fee_frames(30))
    known = pl.col("fee_date") + pl.duration(days=pl.col("fee_id") % 40)
    late = frames["fees"].with_columns(booked_on=pl.when(pl.col("fee_id") % 7 > 0).then(known))
    edits = (
        replace(DROP, f'{DROP}\nknown_at = "booked_on"'),
        replace(
            "fee_date = {",
            'booked_on = { type = "date", nullable = true, future = "allow" }\nfee_date = {',
        ),
    )
    in_time = frames | {"fees": late.filter(pl.col("booked_on") <= AS_OF)}
    assert in_time["fees"].height < late.filter(pl.col("fee_date") <= AS_OF).height
    found = income(tmp_path / "run", frames | {"fees": late}, *edits)
    assert found.to_list() == twins(in_time) != twins(frames)
    after = goods(tmp_path / "fit", frames | {"fees": late}, *edits)
    assert after == owners(frames, 1, WINDOW)


def test_cards_in_a_table_of_their_own(tmp_path: Path) -> None:
    """The earliest counts. One that was opened after the as-of date does not, where later rows are
    left out."""
    frames = plain(fee_frames(30))
    first = frames["customers"].select(KEY, opened_on="activated_on")
    more = [first.with_columns(pl.col("opened_on") + timedelta(days=d)) for d in (2000, 40, 0)]
    cards = pl.concat(more).with_row_index("card").cast({"card": pl.Int64})
    assert cards.filter(pl.col("opened_on") > AS_OF).height > 30
    nothing = frames["customers"].with_columns(activated_on=pl.lit(None, pl.Date))
    table = f"""
[tables.cards]
files = "raw/cards-0.parquet"
order = "opened_on"
tie = "card"
{DROP}
[tables.cards.columns]
{KEY} = {{ type = "int64" }}
opened_on = {{ type = "date" }}
card = {{ type = "int64" }}

[fee_income]
cards = "cards"
activated_on = "opened_on"
"""
    tables = frames | {"customers": nothing, "cards": cards}
    assert income(tmp_path, tables, replace("[fee_income]", table)).to_list() == twins(frames)


def test_dates_with_a_time_count_as_their_day(tmp_path: Path) -> None:
    frames = plain(fee_frames(20))
    late = pl.duration(hours=23, minutes=59)
    timed = frames | {
        "fees": frames["fees"].with_columns(pl.col("fee_date").cast(pl.Datetime("us")) + late),
        "customers": frames["customers"].with_columns(
            pl.col("activated_on").cast(pl.Datetime("us")) + late
        ),
    }
    as_times = (
        replace('fee_date = { type = "date" }', 'fee_date = { type = "datetime" }'),
        replace('activated_on = { type = "date"', 'activated_on = { type = "datetime"'),
    )
    assert income(tmp_path, timed, *as_times).to_list() == twins(frames)


def test_an_optional_table_without_a_file(tmp_path: Path) -> None:
    """Nobody has paid a fee, so nobody is good."""
    frames = plain(fee_frames(30))
    edit = replace('order = "fee_date"', 'optional = true\norder = "fee_date"')
    gone = replace("raw/fees-*", "raw/gone-*")
    assert set(income(tmp_path / "run", frames, edit, gone)) == {0.0}
    assert goods(tmp_path / "fit", frames, edit, gone) == set()
