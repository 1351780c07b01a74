"""``fit market`` from the book's files to the market file, and as a command."""

from __future__ import annotations

import json

import polars as pl
import pytest
from command import call
from market_cases import averages, averages_config, gapped_offers, offers_config
from small_book import make_frames, write_book

from engine.errors import BookError, DataError, InputMissingError
from engine.market_file import read_market
from engine.market_training import write_market


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_offers_become_a_file(tmp_path, suffix):
    table = gapped_offers()
    (table.write_csv if suffix == "csv" else table.write_parquet)(tmp_path / f"offers.{suffix}")
    result = write_market(offers_config(offers=f"offers.{suffix}"), tmp_path)
    assert result.file == tmp_path / "models" / "market.json"
    content = json.loads(result.file.read_text())
    assert read_market(content).grades == ("A", "B")
    assert len(result.summary["cliffs"]) == 2
    assert result.summary["counts"]["rows"] == 600
    assert not {"tables", "joint"} & set(result.summary)


def test_grades_of_a_csv_are_text(tmp_path):
    gapped_offers().with_columns(grade=pl.lit("007")).write_csv(tmp_path / "offers.csv")
    result = write_market(offers_config(offers="offers.csv"), tmp_path)
    assert list(result.summary["support"]) == ["007"]


def test_the_same_table_gives_the_same_bytes(tmp_path):
    averages().write_csv(tmp_path / "averages.csv")
    first = write_market(averages_config(), tmp_path).file.read_bytes()
    assert write_market(averages_config(), tmp_path).file.read_bytes() == first


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("missing.csv", None, InputMissingError, "there is no file"),
        ("offers.xlsx", b"", BookError, "offers.xlsx ends in none of .parquet, .pq, .csv"),
        ("offers.parquet", b"not parquet", DataError, "cannot read"),
        ("offers.csv", b"", DataError, "cannot read"),
        (
            "offers.csv",
            b"sector,grade,rate,limit\nbank,A,0.1\nx,A,1,2,3\n",
            DataError,
            "cannot read",
        ),
        ("offers.csv", b"sector,grade,rate,limit\nbank,A,0.1\n", DataError, "column limit, rows 1"),
        ("offers.csv", b"sector,grade,rate,limit\nbank,A,7%,9\n", DataError, "column rate, rows 1"),
    ],
)
def test_bad_files_leave_the_previous_market(tmp_path, name, content, error, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "market.json").write_text("previous")
    with pytest.raises(error, match=says) as caught:
        write_market(offers_config(offers=name), tmp_path)
    assert name in str(caught.value)
    assert (tmp_path / "models" / "market.json").read_text() == "previous"


SECTION = '\n[market]\noffers = "offers.csv"\ntrade_offs = { student = 0.01 }\n'


def book_with(folder, section):
    book = write_book(folder, make_frames(30))
    book.write_text(book.read_text() + section)
    return book


def test_the_command_shows_the_market(tmp_path):
    book = book_with(tmp_path, SECTION)
    gapped_offers().write_csv(book.parent / "offers.csv")
    done = call("fit", "market", book)
    assert (done.code, done.err) == (0, "")
    for piece in ("offers", "grade A", "grade B", "sector savings bank", "market.json"):
        assert piece in done.out
    assert "7.125% .. 9.875%, above bank, below card, 0.00% of rivals in it" in done.out
    as_json = call("fit", "market", book, "--json").json
    assert as_json["summary"]["cliffs"][0]["sector_above"] == "card"
    assert read_market(json.loads((book.parent / "models/market.json").read_text())).keys == (
        ("*", "A"),
        ("*", "B"),
        ("student", "A"),
        ("student", "B"),
    )


def test_wrong_use_of_the_command(tmp_path):
    book = book_with(tmp_path, SECTION)
    done = call("fit", "market", book)
    assert done.code == 66
    assert "offers.csv" in done.message
    gapped_offers().drop("grade").write_csv(book.parent / "offers.csv")
    done = call("fit", "market", book)
    assert done.code == 65
    assert "column grade" in done.message
    without = call("fit", "market", book_with(tmp_path / "other", ""))
    assert without.code == 78
    assert "[market] is missing" in without.message
