"""The best strategy by the command line: found, checked by others, applied, and refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command import Done, call, nightbook
from small_book import make_frames, replace, write_book

OPTIMISE = """
[optimise.menu]
rates = { from = 0.05, to = 0.25, steps = 9 }
limits = { values = [500, 1500, 3000, 6000] }
[optimise.constraints]
bad_rate_balance = { max = 0.06 }
min_approval_rate = { min = 0.2 }
[output]
"""
KEYS = {"expected_profit", "upper_bound", "gap", "constraints", "strategy", "seconds"}
"""Of the public contract."""


def made(folder: Path, text: str = OPTIMISE) -> Path:
    return write_book(folder, make_frames(300), edit=replace("[output]\n", text.lstrip()))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A book that was never run, and the command that optimised it."""
    book = made(tmp_path_factory.mktemp("optimise"))
    return book, nightbook("optimise", book, "--json", "--menu", book.parent / "menu.parquet")


@pytest.fixture
def book(first: tuple[Path, Done]) -> Path:
    return first[0]


def test_a_book_that_was_never_run(first: tuple[Path, Done]) -> None:
    """The nightly job first, then the strategy; the file is applied by the next run."""
    book, done = first
    found = done.json
    assert set(found) >= KEYS
    assert "the nightly job runs first" in done.err
    assert found["gap"] <= 2e-4
    assert found["upper_bound"] >= found["expected_profit"] > found["today"]["expected_profit"]
    bad_rate = found["constraints"]["bad_rate_balance"]
    assert bad_rate["satisfied"]
    assert bad_rate["value"] <= bad_rate["limit"] == 0.06
    _check_with_the_menu(pl.read_parquet(book.parent / "menu.parquet"), found)

    applying = naming(book, book.parent / "out" / "strategy.toml")
    out = book.parent / "applied"
    applied = nightbook("run", applying, "--json", "--out", out).json
    for name in ("expected_profit", "expected_loss", "exposure"):
        assert applied[name] == found[name]  # to the last bit
    again = nightbook("optimise", applying, "--json", "--threads", 1, "--out", out).json
    assert again["strategy"] == found["strategy"]
    assert again["today"]["expected_profit"] == found["expected_profit"]


def naming(book: Path, strategy: Path) -> Path:
    """The same book, beside it, whose offers are those of a strategy."""
    path = book.with_name("applying.toml")
    named = f'[strategy]\nfile = "{strategy.relative_to(book.parent)}"\n'
    path.write_text(book.read_text().replace("[strategy]\n", named))
    return path


def _check_with_the_menu(menu: pl.DataFrame, found: dict[str, Any]) -> None:
    """The profit is the sum of the chosen rows: anyone can check the certificate."""
    offers = pl.DataFrame(
        [
            {name: cell[name] for name in ("segment", "grade", "rate", "limit")}
            for cell in found["strategy"]
            if cell["approve"]
        ]
    )
    chosen = menu.join(offers, on=["segment", "grade", "rate", "limit"], how="inner")
    assert chosen.height == offers.height
    profit = chosen["profit"].sum()
    assert profit == pytest.approx(found["expected_profit"], rel=1e-12)
    assert menu.height == 3 * 2 * 9 * 4


def test_for_people(book: Path) -> None:
    done = call("optimise", book)
    assert done.code == 0
    for piece in ("best strategy of run", "upper bound", "gap", "customers", "nothing more"):
        assert piece in done.out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max = 0.06", "max = 0.0001", "bad_rate_balance"),
        ("{ max = 0.06 }", "{}", "give min, max or both"),
        ("bad_rate_balance", "bad_rate_balanc", "did you mean 'bad_rate_balance'?"),
        ("[optimise.menu]", '[optimise]\nnever_approve = ["Z"]\n[optimise.menu]', "no grade 'Z'"),
        ("steps = 9", "steps = 0", "steps"),
    ],
)
def test_what_cannot_be_optimised(tmp_path: Path, old: str, new: str, message: str) -> None:
    """One message, exit code 78, and an older strategy stays."""
    path = made(tmp_path, OPTIMISE.replace(old, new))
    (tmp_path / "out").mkdir()
    kept = tmp_path / "out" / "strategy.toml"
    kept.write_text("older")
    done = call("optimise", path)
    assert (done.code, message in done.message) == (78, True), done.err
    assert kept.read_text() == "older"


def test_a_strategy_for_another_book(book: Path, tmp_path: Path) -> None:
    other = made(tmp_path)
    text = (
        (book.parent / "out" / "strategy.toml")
        .read_text()
        .replace('book = "small"', 'book = "other"')
    )
    (tmp_path / "best.toml").write_text(text)
    other.write_text(other.read_text().replace("[strategy]\n", '[strategy]\nfile = "best.toml"\n'))
    done = call("run", other)
    assert (done.code, "for the book 'other', not for 'small'" in done.message) == (78, True)
    (tmp_path / "best.toml").unlink()
    assert call("run", other).code == 66


def test_a_run_of_another_book(book: Path, tmp_path: Path) -> None:
    path = made(tmp_path)
    path.write_text(path.read_text().replace('name = "small"', 'name = "large"'))
    done = call("optimise", path, "--out", book.parent / "out")
    assert (done.code, "is a run of the book 'small', not of 'large'" in done.message) == (78, True)


def test_kept_columns_are_used_again_and_made_again(book: Path) -> None:
    folder = book.parent / "out" / "columns"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.npy")}
    assert before
    first = call("optimise", book, "--json").json
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.npy")} == before
    for path in before:
        path.unlink()
    broken = call("optimise", book)
    assert (broken.code, "remove it to have it made again" in broken.message) == (74, True)
    for path in folder.iterdir():
        (path / "columns.json").unlink()
    again = json.loads(call("optimise", book, "--json").out)
    assert again["strategy"] == first["strategy"]


def test_what_libraries_print_does_not_reach_stdout() -> None:
    program = (
        "import os\nfrom engine.cli.display import stdout_for_results\n"
        "with stdout_for_results():\n    os.write(1, b'noise')\nprint('result')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("result\n", "noise")
