"""A book without [strategy]: its runs publish scores and price nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from command import call
from small_book import make_frames, write_book

from engine.book_file import load_book
from engine.errors import BookError

PARTS = {
    "net_interest_income": "income",
    "provisions_change": "arrears",
    "net_fee_income": "balance__last",
    "net_transfer_income": "payment__sum",
    "servicing_cost": "balance__mean",
}
PROFIT = "".join(f'{name} = "{column}"\n' for name, column in PARTS.items())
ECONOMICS = f"""[economics]
term_months = 12
funding_cost = 0
lgd = 0
[economics.customer_profit]
{PROFIT}"""


def without(toml: str, *sections: str) -> str:
    """The book without sections (and those below them)."""
    kept, drop = [], False
    for line in toml.splitlines():
        if line.startswith("["):
            name = line.strip("[]").split(".")[0]
            drop = name in sections
        if not drop:
            kept.append(line)
    return "\n".join(kept) + "\n"


def unpriced(toml: str) -> str:
    return without(toml, "economics", "strategy", "take_up")


def scored(folder: Path, edit: Callable[[str], str]) -> tuple[dict[str, object], pl.DataFrame]:
    book = write_book(folder, make_frames(), edit=edit)
    done = call("run", book, "--json")
    assert done.code == 0, done.err
    result = json.loads(done.out)
    return result, pl.read_parquet(Path(result["path"]) / "part-*.parquet")


def test_scores_are_those_of_the_priced_book(tmp_path: Path) -> None:
    result, table = scored(tmp_path / "a", unpriced)
    priced, offers = scored(tmp_path / "b", str)
    assert table.columns == ["customer_id", "segment", "pd"]
    assert table.equals(offers.select(table.columns))
    assert result["customers"] == priced["customers"]
    assert (result["expected_profit"], result["exposure"]) == (None, None)
    assert priced["exposure"] is not None


def test_totals_count_customers_by_segment(tmp_path: Path) -> None:
    result, table = scored(tmp_path, unpriced)
    manifest = json.loads((Path(str(result["path"])) / "manifest.json").read_text())
    assert manifest["totals"]["portfolio"] == {"customers": table.height}
    sizes = dict(table.group_by("segment").len().iter_rows())
    found = {name: row["customers"] for name, row in manifest["totals"]["segments"].items()}
    assert found == sizes


def test_economic_profit_needs_no_offers(tmp_path: Path) -> None:
    _, table = scored(tmp_path / "a", lambda toml: unpriced(toml) + ECONOMICS)
    _, offers = scored(tmp_path / "b", lambda toml: without(toml, "economics") + ECONOMICS)
    assert table.columns == ["customer_id", "segment", "pd", "economic_profit"]
    assert table["economic_profit"].equals(offers["economic_profit"])
    assert table["economic_profit"].null_count() < table.height


def test_a_book_without_a_pd(tmp_path: Path) -> None:
    def edit(toml: str) -> str:
        return unpriced(toml).replace('predicts = "pd"', 'predicts = "fee_good"')

    _, table = scored(tmp_path, edit)
    assert table.columns == ["customer_id", "segment", "fee_good"]
    refused = call("fit", "pd", tmp_path / "book.toml")
    assert refused.code == 78


@pytest.mark.parametrize(
    "command", [("optimise",), ("strategy", "diff"), ("strategy", "groups")], ids=" ".join
)
def test_what_needs_offers_says_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    book = write_book(tmp_path, make_frames(), edit=unpriced)
    assert call("run", book).code == 0
    more = {"diff": ("today", "x.toml"), "groups": ("today",)}.get(command[-1], ())
    done = call(*command, book, *more)
    assert done.code == 78
    assert "has no [strategy]" in done.err


def test_a_strategy_needs_economics(tmp_path: Path) -> None:
    book = write_book(tmp_path, make_frames(), edit=lambda toml: without(toml, "economics"))
    with pytest.raises(BookError, match=r"\[economics\] must say"):
        load_book(book)


def test_a_run_says_nothing_of_money(tmp_path: Path) -> None:
    book = write_book(tmp_path, make_frames(), edit=unpriced)
    done = call("run", book)
    assert "customers" in done.out
    assert "profit" not in done.out
