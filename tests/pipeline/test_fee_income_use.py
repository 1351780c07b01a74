"""What a run does with fee income: says its total, counts it as profit, lets rules read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from command import call
from fee_book import fee_book, fee_frames
from small_book import replace

KEY = "customer_id"


def published(book: Path) -> pl.DataFrame:
    """The rows of a run, by key."""
    path = call("run", book, "--json").json["path"]
    return pl.read_parquet(Path(path) / "part-*.parquet").sort(KEY)


def test_a_run_says_what_it_comes_to(tmp_path: Path) -> None:
    book = fee_book(tmp_path, fee_frames(20))
    found = call("run", book, "--json").json
    manifest = json.loads((Path(found["path"]) / "manifest.json").read_text())
    assert found["fee_income"] == manifest["fee_income"]
    again = call("run", book)
    assert "Nothing to do" in again.out
    words = " ".join(again.out.split())
    assert f"fee income {found['fee_income']['total']:,.2f}" in words
    for reason, count in found["fee_income"]["excluded"].items():
        assert f"without: {reason} {count}" in words
    assert call("run", book, "--fresh", "--json").json["fee_income"] == found["fee_income"]


def unpriced(text: str) -> str:
    """The book without ``[strategy]`` and ``[take_up]``."""
    return text[: text.index("[strategy]")] + text[text.index("[output]") :]


@pytest.mark.parametrize(("edit_prices", "priced"), [(str, True), (unpriced, False)])
def test_economic_profit_from_fee_income(
    tmp_path: Path, edit_prices: Callable[[str], str], priced: bool
) -> None:
    frames = fee_frames(20)
    parts = ("net_interest_income", "provisions_change", "net_transfer_income", "servicing_cost")
    profit = "[economics.customer_profit]\n" + "".join(f'{p} = "arrears"\n' for p in parts)
    edit = replace("[strategy]", profit + 'net_fee_income = "fee_income"\n\n[strategy]')
    book = fee_book(tmp_path, frames, edit, edit_prices)
    rows = published(book)
    assert ("expected_profit" in rows.columns) is priced
    arrears = frames["customers"]["arrears"].cast(pl.Float64)
    by_hand = arrears + arrears + rows["fee_income"] + arrears - arrears
    assert rows["economic_profit"].to_list() == by_hand.to_list()
    excluded = rows.filter(pl.col("fee_excluded").is_not_null())
    assert excluded.height == excluded["economic_profit"].null_count() > 0


def test_a_rule_and_a_feature_read_it(tmp_path: Path) -> None:
    rule = '[[strategy.knock_outs]]\nreason = "many fees"\nwhen = "fee_thousands > 20"\n'
    rows = published(
        fee_book(
            tmp_path,
            fee_frames(),
            replace("[features]", '[features]\nfee_thousands = "fee_income / 1000"'),
            replace("[[strategy.knock_outs]]", rule + "[[strategy.knock_outs]]"),
        )
    )
    knocked = rows.filter(pl.col("knock_out") == "many fees")
    assert knocked[KEY].to_list() == rows.filter(pl.col("fee_income") > 20_000)[KEY].to_list() != []
