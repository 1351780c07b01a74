"""A night by the command line, as a user calls it: demo, dry run, run, verify, run again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from command import nightbook

KEYS = {
    "run_id",
    "content_hash",
    "customers",
    "quarantined",
    "expected_profit",
    "expected_loss",
    "exposure",
    "fee_income",
    "seconds",
    "rows_per_second",
    "peak_rss_bytes",
    "no_op",
    "path",
    "warnings",
}
"""Of the public contract, and ``path`` and ``warnings``."""
LOG_LINE = re.compile(r"\[ *\d+\.\ds\] \S.*")


def tree(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo book; its run is published by the first test."""
    folder = tmp_path_factory.mktemp("night") / "demo"
    done = nightbook("demo", "demo", "--customers", 3000, "--json", cwd=folder.parent)
    found = done.json
    assert {"book", "customers", "seed", "model", "calibrator", "metrics_file", "metrics"} == set(
        found
    )
    assert (found["book"], found["customers"], found["seed"]) == ("demo/book.toml", 3000, 7)
    assert (folder / "models" / "pd.txt").exists()
    return folder


def test_dry_run_writes_nothing(demo: Path) -> None:
    before = tree(demo)
    plan = nightbook("run", demo / "book.toml", "--dry-run", "--json").json
    tables = {table["table"]: table for table in plan["tables"]}
    assert set(tables) == {"customers", "statements", "operations", "fees", "tariffs"}
    assert plan["not_read"] == ["performance"]
    assert (plan["customers"], plan["chunks"], plan["chunk_customers"]) == (3000, 1, 50_000)
    assert tables["statements"]["rows"] == 36_000
    assert tables["tariffs"]["does_not_read"] == ["period_days"]
    assert {model["model"] for model in plan["models"]} == {"pd", "fee_good"}
    assert 2**28 < plan["memory_bytes"] < 2**30
    assert plan["output"] == str(demo / "out")

    text = nightbook("run", demo / "book.toml", "--dry-run", "--chunk-customers", 700)
    assert (text.code, text.err) == (0, "")
    for piece in (
        "table customers",
        "36,000",
        "period_days",
        "5 of 700",
        "model pd",
        "performance",
    ):
        assert piece in text.out
    assert re.search(r"memory +about \d+ MiB", text.out)
    assert tree(demo) == before


def test_run_verify_run_again(demo: Path) -> None:
    first = nightbook("run", demo / "book.toml", "--json")
    found = first.json
    assert set(found) == KEYS
    assert list(found)[:6] == [
        *("run_id", "content_hash", "customers"),
        *("quarantined", "expected_profit", "expected_loss"),
    ]
    assert (found["customers"], found["quarantined"], found["no_op"]) == (3000, 0, False)
    assert (found["warnings"], found["fee_income"]) == ([], None)
    assert 0 < found["expected_loss"] < found["exposure"]
    assert 0 < found["seconds"] < 60
    assert found["rows_per_second"] > 0
    assert 100 << 20 < found["peak_rss_bytes"] < 2 << 30
    assert Path(found["path"]) == demo / "out" / found["run_id"]
    assert all(LOG_LINE.fullmatch(line) for line in first.err.splitlines())
    parts = pl.read_parquet(Path(found["path"]) / "part-*.parquet")
    assert parts.height == 3000
    assert parts.columns[:12] == [
        *("customer_id", "segment", "grade", "pd", "take_up", "rate", "limit", "approve"),
        *("margin", "exposure", "expected_loss", "expected_profit"),
    ]

    verified = nightbook("verify", found["path"], "--json").json
    assert verified["content_hash"] == found["content_hash"]
    assert (verified["customers"], verified["run_id"]) == (3000, found["run_id"])
    text = nightbook("verify", demo / "out")
    assert (text.code, text.err) == (0, "")
    assert found["content_hash"] in text.out

    before = tree(demo)
    again = nightbook("run", demo / "book.toml")
    assert again.code == 0
    assert "Nothing to do: this run is published already." in again.out
    assert found["content_hash"] in again.out
    other = nightbook("run", demo / "book.toml", "--exit-99-on-no-op", "--json")
    assert (other.code, other.json["no_op"]) == (99, True)
    assert other.json["expected_profit"] == found["expected_profit"]
    assert set(other.json) == KEYS
    assert tree(demo) == before


def test_out_is_relative_to_the_current_folder(demo: Path, tmp_path: Path) -> None:
    done = nightbook("run", demo / "book.toml", "--out", "here/out", "--json", cwd=tmp_path)
    assert (tmp_path / "here" / "out" / "CURRENT").read_text() == done.json["run_id"]
    plan = nightbook("run", demo / "book.toml", "--out", "x", "--dry-run", "--json", cwd=tmp_path)
    assert plan.json["output"] == "x"
    assert not (tmp_path / "x").exists()


def test_one_line_per_chunk(demo: Path, tmp_path: Path) -> None:
    done = nightbook("run", demo / "book.toml", "--out", tmp_path, "--chunk-customers", 900)
    lines = [line for line in done.err.splitlines() if "chunk " in line]
    assert [line.split("] ")[1] for line in lines] == [
        *(f"chunk {number}/4: 900 customers done" for number in (1, 2, 3)),
        "chunk 4/4: 300 customers done",
    ]
    assert all(LOG_LINE.fullmatch(line) for line in done.err.splitlines())
    assert "expected profit" in done.out
    assert "nightbook" not in done.err


def test_a_run_that_was_changed_does_not_verify(demo: Path, tmp_path: Path) -> None:
    found = nightbook("run", demo / "book.toml", "--out", tmp_path / "out", "--json").json
    part = next(Path(found["path"]).glob("part-*"))
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    done = nightbook("verify", tmp_path / "out")
    assert done.code == 65
    assert part.name in done.message


def test_warnings(demo: Path, tmp_path: Path) -> None:
    text = (demo / "book.toml").read_text()
    book = demo / "twice.toml"
    book.write_text(re.sub("credit_cost = 0.0 .*", "credit_cost = 0.01", text))
    done = nightbook("run", book, "--out", tmp_path, "--json")
    (warning,) = done.json["warnings"]
    assert "losses are counted twice" in warning
    assert f"warning: {warning}" in done.err
    book.unlink()


def test_the_same_seed_gives_the_same_demo(demo: Path, tmp_path: Path) -> None:
    done = nightbook("demo", tmp_path / "other", "--customers", 3000, "--seed", 7)
    assert done.code == 0
    assert "AUC" in done.out
    assert f"nightbook run {tmp_path / 'other' / 'book.toml'}" in done.out
    for file in ("book.toml", "models/pd.txt", "raw/customers.parquet", "raw/fees.csv"):
        assert (tmp_path / "other" / file).read_bytes() == (demo / file).read_bytes()


def test_demo_wants_an_empty_folder(demo: Path) -> None:
    before = tree(demo)
    done = nightbook("demo", demo)
    assert done.code == 74
    assert "not empty" in done.message
    assert tree(demo) == before


def test_manifest_says_what_was_done(demo: Path) -> None:
    found = nightbook("run", demo / "book.toml", "--json").json
    manifest = json.loads((Path(found["path"]) / "manifest.json").read_text())
    assert manifest["counts"]["customers"] == {"read": 3000, "scored": 3000, "quarantined": 0}
    assert manifest["tables"]["fees"]["order"].startswith(("streamed", "grouped"))
    assert set(manifest["inputs"]) == {"customers", "statements", "operations", "fees", "tariffs"}
    assert manifest["totals"]["portfolio"]["expected_profit"] == found["expected_profit"]
    assert manifest["config"]["book"]["name"] == "demo"
    assert manifest["versions"]["polars"]
