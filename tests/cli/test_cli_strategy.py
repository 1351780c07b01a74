"""``nightbook strategy``: sql, diff and groups of a published run, as a user calls them."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from command import call, nightbook
from small_book import make_frames, write_book

OFFER = ["customer_id", "segment", "grade", "pd", "rate", "limit", "approve"]
AMOUNTS = ["take_up", "margin", "exposure", "expected_loss", "expected_profit"]
MONEY = ("expected_profit", "expected_loss", "exposure")
GRADES = """\
[optimise]
grades = [0.01, 0.02, 0.05]
[optimise.menu.rates]
from = 0.051
to = 0.249
steps = 30
round_to = 0.0025
[optimise.menu.limits]
from = 333
to = 9000
steps = 12
spacing = "log"
round_to = 50

[output]
"""


def with_groups(text: str) -> str:
    """The small book with groups, incomes (so caps) that are missing, and a menu."""
    for old, new in (
        ("arrears = { type", 'branch = { type = "int64" }\narrears = { type'),
        ('"coalesce(income, 9000) * 0.3"', '"income * 0.3"'),
        ('caps = ["income_cap"]', 'caps = ["income_cap"]\ngroup = "branch"'),
        ("[output]\n", GRADES),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def make_book(folder: Path, edit: Callable[[str], str] = with_groups) -> Path:
    frames = make_frames(400)
    branch = np.random.default_rng(3).choice([1, 2, 3], 400)
    frames["customers"] = frames["customers"].with_columns(pl.Series("branch", branch))
    return write_book(folder, frames, edit=edit)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose run is published, with the best strategy beside it."""
    path = make_book(tmp_path_factory.mktemp("strategy"))
    done = call("optimise", path, "--json").json
    assert Path(done["file"]) == path.parent / "out" / "strategy.toml"
    return path


@pytest.fixture(scope="module")
def best(book: Path) -> Path:
    return book.parent / "out" / "strategy.toml"


def current(folder: Path) -> tuple[Path, dict[str, Any]]:
    run = folder / (folder / "CURRENT").read_text()
    return run, json.loads((run / "manifest.json").read_text())


@pytest.fixture(scope="module")
def applied(book: Path, best: Path) -> pl.DataFrame:
    """The rows of a run with the best strategy."""
    named = book.with_name("applied.toml")
    text = book.read_text().replace("[strategy]\n", '[strategy]\nfile = "out/strategy.toml"\n')
    named.write_text(text)
    done = call("run", named, "--out", book.parent / "applied", "--json").json
    return pl.read_parquet(Path(done["path"]) / "part-*.parquet").sort("customer_id")


def selected(sql: str) -> pl.DataFrame:
    with duckdb.connect() as bank:
        return bank.sql(sql).pl().sort("customer_id")


def edited(strategy: Path, folder: Path, *changes: tuple[str, str]) -> Path:
    text = strategy.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "edited.toml"
    path.write_text(text)
    return path


def test_the_sql_gives_what_a_run_publishes(
    book: Path, best: Path, applied: pl.DataFrame, tmp_path: Path
) -> None:
    run, _ = current(book.parent / "out")
    parts, out = run / "part-*.parquet", tmp_path / "new" / "s.sql"
    done = nightbook("strategy", "sql", best, "--book", book, "--table", parts, "-o", out)
    assert (done.code, done.out, done.err) == (0, "", "")
    found = selected(out.read_text())
    assert found.columns == OFFER + AMOUNTS
    assert found.select(OFFER).equals(applied.select(OFFER), null_equal=True)
    assert found["approve"].any()
    assert applied["limit_cap"].null_count() > 10
    assert applied["knock_out"].n_unique() == 3
    for name in AMOUNTS:
        assert found[name].is_null().equals(applied[name].is_null())
        assert ((found[name] - applied[name]).abs() <= 1e-9 * applied[name].abs()).all(), name


def test_the_sql_without_a_book(book: Path, best: Path, applied: pl.DataFrame) -> None:
    run, _ = current(book.parent / "out")
    done = call("strategy", "sql", best, "--table", f"{run}/part-*.parquet")
    found = selected(done.out)
    assert found.columns == ["customer_id", "limit_cap", "group", *OFFER[1:]]
    assert found.select(OFFER).equals(applied.select(OFFER), null_equal=True)
    plain = call("strategy", "sql", best, "--no-caps", "--key", "id").out
    assert 'FROM "run"' in plain
    assert 'SELECT "id",' in plain
    assert "limit_cap" not in plain


def test_the_diff_to_today(book: Path, best: Path, applied: pl.DataFrame) -> None:
    found = nightbook("strategy", "diff", book, "today", best, "--json").json
    run, manifest = current(book.parent / "out")
    assert list(found) == [
        *("book", "run_id", "currency", "a", "b", "customers", "total", "sets", "segments"),
        *("groups", "cells", "unchanged_cells", "notes"),
    ]
    assert (found["book"], found["run_id"], found["currency"]) == ("small", run.name, "EUR")
    assert (found["a"], found["b"], found["notes"]) == ("today", str(best), [])
    portfolio = manifest["totals"]["portfolio"]
    other = current(book.parent / "applied")[1]["totals"]["portfolio"]
    for side, totals in (("a", portfolio), ("b", other)):
        assert found["total"][side]["approved"] == totals["approved"]
        assert {name: found["total"][side][name] for name in MONEY} == {
            name: totals[name] for name in MONEY
        }
    today = pl.read_parquet(run / "part-*.parquet").sort("customer_id")
    gained = applied.filter(~today["approve"] & pl.col("approve"))
    sets = found["sets"]
    assert sets["only_b"]["customers"] == gained.height
    assert sets["knocked_out"]["customers"] == today["knock_out"].count()
    assert sum(kind["customers"] for kind in sets.values()) == found["customers"] == 400
    for what in ("segment", "group"):
        for kind, values in sets.items():
            assert sum(row[kind] for row in found[f"{what}s"]) == values["customers"]
        assert [row[what] for row in found[f"{what}s"]] == sorted(today[what].unique())
    cells = found["cells"]
    profit = [abs(cell["difference"]["expected_profit"]) for cell in cells]
    assert profit == sorted(profit, reverse=True)
    assert {cell["a"]["offer"] for cell in cells} == {None}
    eligible = today.filter(pl.col("knock_out").is_null())
    for cell in cells:
        low, high = cell["pd_above"], cell["pd_up_to"]
        within = pl.col("pd").is_between(-1.0 if low is None else low, high or 1.0, closed="right")
        rows = eligible.filter(within, segment=cell["segment"])
        assert rows.height == cell["customers"]
        assert rows["grade"].unique().to_list() == [cell["a"]["grade"]]
    assert {tuple(cell["b"]["offer"]) for cell in cells} == {("approve", "rate", "limit")}


def test_a_diff_of_two_files(book: Path, best: Path, tmp_path: Path) -> None:
    """Of one cell that the second declines."""
    old = next(line for line in best.read_text().splitlines() if "approve = true" in line)
    new = old.split("approve = true")[0] + "approve = false },"
    other = edited(best, tmp_path, (old, new))
    found = call("strategy", "diff", book, best, other, "--json").json
    (cell,) = found["cells"]
    assert cell["changed"] == cell["customers"] == cell["a"]["approved"] > 0
    assert (cell["b"]["approved"], cell["b"]["rate"], cell["b"]["limit"]) == (0, None, None)
    assert cell["b"]["offer"] == {"approve": False, "rate": None, "limit": None}
    assert found["sets"]["only_a"]["customers"] == cell["customers"]
    assert found["sets"]["only_b"]["customers"] == 0
    assert found["sets"]["only_b"]["mean_pd"] is None
    assert found["total"]["difference"]["exposure"] == -cell["a"]["exposure"]
    same = call("strategy", "diff", book, best, best, "--json").json
    assert (same["cells"], same["total"]["difference"]["expected_profit"]) == ([], 0.0)
    assert same["unchanged_cells"] == found["unchanged_cells"] + 1


def test_the_diff_for_people(book: Path, best: Path) -> None:
    done = call("strategy", "diff", book, "today", best)
    assert (done.code, done.err) == (0, "")
    for piece in ("gain approval", "lose approval", "all, today", "profit", "cells do not change"):
        assert piece in done.out


def test_groups_as_the_optimiser_reports_them(book: Path, best: Path) -> None:
    expected = call("optimise", book, "--strategy", book.with_name("again.toml"), "--json").json
    found = call("strategy", "groups", book, best, "--json").json
    assert [pair["groups"] for pair in found["pairs"]] == [["1", "2"], ["1", "3"], ["2", "3"]]
    for pair, other in zip(found["pairs"], expected["groups"], strict=True):
        for name in ("customers", "approval_rate", "average_rate"):
            assert pair[name] == pytest.approx(other[name], rel=1e-12)
        for name in ("approval_ratio", "rate_difference"):
            assert pair[name] == pytest.approx(other[name], abs=1e-12)
    text = call("strategy", "groups", book, "today")
    assert (text.code, text.err) == (0, "")
    assert "1 and 2, at equal PD" in text.out
    assert "approval ratio" in text.out


def test_groups_where_some_are_declined(book: Path, best: Path, tmp_path: Path) -> None:
    """Against the definition, customer by customer: each weighs as its grade weighs in both."""
    text = [line for line in best.read_text().splitlines() if "approve = true" in line]
    old = text[len(text) // 2]
    other = edited(best, tmp_path, (old, old.split("approve = true")[0] + "approve = false },"))
    run, _ = current(book.parent / "out")
    sql = call("strategy", "sql", other, "--table", f"{run}/part-*.parquet").out
    known = pl.read_parquet(run / "part-*.parquet").select("customer_id", "knock_out")
    rows = selected(sql).join(known, on="customer_id").filter(pl.col("knock_out").is_null())
    assert not rows["approve"].all()
    for pair in call("strategy", "groups", book, other, "--json").json["pairs"]:
        both = rows.filter(pl.col("group").is_in(pair["groups"]))
        both = both.filter(pl.col("group").n_unique().over("grade") == 2).with_columns(
            weight=pl.len().over("grade") / pl.len().over("grade", "group") / pl.len()
        )
        approved = [both.filter("approve", group=group) for group in pair["groups"]]
        approval = [frame["weight"].sum() for frame in approved]
        rates = [(f["weight"] * f["rate"]).sum() / f["weight"].sum() for f in approved]
        assert pair["compared"] == [both.filter(group=group).height for group in pair["groups"]]
        assert pair["approval_rate"] == pytest.approx(approval, rel=1e-12)
        assert pair["average_rate"] == pytest.approx(rates, rel=1e-12)
        assert pair["approval_ratio"] == pytest.approx(min(approval) / max(approval), rel=1e-12)
        assert pair["rate_difference"] == pytest.approx(abs(rates[0] - rates[1]), abs=1e-12)
        assert pair["approval_ratio"] < 1.0


def test_prices_are_multiples(best: Path) -> None:
    """Of ``round_to``, so that they can be printed."""
    approved = [o for o in tomllib.loads(best.read_text())["offers"] if o["approve"]]
    assert approved
    for offer in approved:
        assert offer["rate"] == float(f"{round(offer['rate'] / 0.0025) * 0.0025:.4f}")
        assert offer["limit"] % 50 == 0


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ('book = "small"', 'book = "large"', 78, "strategy for the book 'large', not for 'small'"),
        ('currency = "EUR"', 'currency = "EUR"\nfrobnicate = 1', 78, "frobnicate"),
        ('currency = "EUR"', "currency = EUR", 78, "not TOML"),
        ('kind = "strategy"', 'kind = "market"', 78, "kind"),
        (
            'currency = "EUR"',
            'currency = "EUR"\neffective_from = 2026-07-01',
            78,
            "in force from 2026-07-01 until further notice, not at the book's as_of 2026-06-30",
        ),
        (
            'currency = "EUR"',
            'currency = "EUR"\neffective_until = 2026-06-29',
            78,
            "from the beginning until 2026-06-29",
        ),
    ],
)
def test_strategies_that_are_wrong(
    book: Path, best: Path, tmp_path: Path, old: str, new: str, code: int, message: str
) -> None:
    other = edited(best, tmp_path, (old, new))
    for command in (
        ("diff", book, "today", other),
        ("diff", book, other, best),
        ("groups", book, other),
        ("sql", other, "--book", book),
    ):
        done = call("strategy", *command)
        assert done.code == code
        assert message in done.message
        assert "edited.toml" in done.message


def test_a_run_refuses_a_strategy_that_is_not_in_force(
    book: Path, best: Path, tmp_path: Path
) -> None:
    dated = ('currency = "EUR"', 'currency = "EUR"\neffective_until = 2026-06-29')
    edited(best, book.parent, dated)
    named = book.with_name("late.toml")
    text = book.read_text().replace("[strategy]\n", '[strategy]\nfile = "edited.toml"\n')
    named.write_text(text)
    done = call("run", named, "--out", tmp_path / "out")
    assert done.code == 78
    assert "not at the book's as_of 2026-06-30" in done.message
    assert not (tmp_path / "out" / "CURRENT").exists()


def test_segments_that_the_strategy_does_not_know(book: Path, best: Path, tmp_path: Path) -> None:
    other = edited(best, tmp_path, ('segment = "student"', 'segment = "pupil"'))
    run, _ = current(book.parent / "out")
    rows = pl.read_parquet(run / "part-*.parquet")
    count = rows.filter(pl.col("knock_out").is_null(), segment="student").height
    for command in (("diff", book, other, "today"), ("groups", book, other)):
        done = call("strategy", *command)
        assert done.code == 78
        assert f"no offer for segments of the run: 'student' ({count} customers)" in done.message


def test_files_that_are_not_there(book: Path, best: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.toml"
    for command, message in (
        (("diff", book, "today", gone), "cannot read the strategy"),
        (("sql", gone), "cannot read the strategy"),
        (("diff", gone, "today", best), "there is no book"),
        (("sql", best, "--book", gone), "there is no book"),
        (("groups", book, best, "--out", tmp_path), "no published run in"),
    ):
        done = call("strategy", *command)
        assert done.code == 66
        assert message in done.message
    assert call("strategy", "sql", book).code == 78  # a book is no strategy


def test_a_run_that_cannot_be_read(book: Path, best: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(book.parent / "out", out)
    run, manifest = current(out)
    part = run / "part-00003.parquet"
    part.write_bytes(part.read_bytes()[:-9])
    done = call("strategy", "diff", book, "today", best, "--out", out)
    assert (done.code, "part-00003.parquet" in done.message) == (65, True)
    (run / "manifest.json").write_text(json.dumps(manifest | {"parts": []}))
    done = call("strategy", "diff", book, "today", best, "--out", out)
    assert (done.code, "no customers" in done.message) == (65, True)
    manifest["config"]["book"]["name"] = "large"
    (run / "manifest.json").write_text(json.dumps(manifest))
    done = call("strategy", "diff", book, "today", best, "--out", out)
    assert (done.code, "run of the book 'large'" in done.message) == (78, True)
    for wrong in ("{}", "[]", "no JSON"):
        (run / "manifest.json").write_text(wrong)
        done = call("strategy", "diff", book, "today", best, "--out", out)
        assert (done.code, "no readable manifest.json" in done.message) == (66, True)


def test_no_groups_to_compare(book: Path, best: Path) -> None:
    bare = book.with_name("bare.toml")
    bare.write_text(book.read_text().replace('group = "branch"\n', ""))
    done = call("strategy", "groups", bare, best)
    assert (done.code, "strategy.group is missing" in done.message) == (78, True)
    assert call("strategy", "diff", bare, "today", best, "--json").json["groups"] == []


def test_a_single_group(book: Path, best: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(book.parent / "out", out)
    for part in current(out)[0].glob("part-*.parquet"):
        pl.read_parquet(part).with_columns(group=pl.lit("1")).write_parquet(part)
    done = call("strategy", "groups", book, best, "--out", out)
    assert (done.code, "fewer than two groups" in done.message) == (78, True)


def test_a_book_whose_own_strategy_is_gone(book: Path, best: Path) -> None:
    """Today's offers are the run's; what the book names now does not matter."""
    gone = book.with_name("gone.toml")
    gone.write_text(book.read_text().replace("[strategy]\n", '[strategy]\nfile = "gone.toml"\n'))
    found = call("strategy", "diff", gone, "today", best, "--json").json
    assert found == call("strategy", "diff", book, "today", best, "--json").json


def test_a_rule_that_looks_like_no_offer(book: Path, best: Path) -> None:
    """Its customers would come back to life."""
    unclear = book.with_name("unclear.toml")
    unclear.write_text(book.read_text().replace('reason = "overdue"', 'reason = "no offer"'))
    for command in (("diff", unclear, "today", best), ("sql", best, "--book", unclear)):
        done = call("strategy", *command)
        assert (done.code, "'no offer'" in done.message) == (78, True)


def test_a_book_that_has_changed_since(book: Path, best: Path) -> None:
    changed = book.with_name("changed.toml")
    text = book.read_text().replace("funding_cost = 0.03", "funding_cost = 0.02")
    changed.write_text(text.replace("arrears > 60", "arrears > 50"))
    found = call("strategy", "diff", changed, "today", best, "--json").json
    assert "[economics] has changed since the run" in found["notes"][0]
    assert "knock-outs" in found["notes"][1]
    assert (
        found["total"]["a"]["expected_profit"]
        > call("strategy", "diff", book, "today", best, "--json").json["total"]["a"][
            "expected_profit"
        ]
    )


def test_customers_with_days_of_their_own(best: Path, tmp_path: Path) -> None:
    """A run declines those of another day; what a run publishes does not say whose day is which."""
    path = make_book(
        tmp_path,
        lambda text: with_groups(text).replace("as_of = 2026-06-30", 'as_of_column = "joined_on"')
        .replace('order = "statement_date"', 'order = "statement_date"\nafter_as_of = "drop"'),
    )  # fmt: skip
    dated = edited(
        best,
        tmp_path,
        (
            'currency = "EUR"',
            'currency = "EUR"\neffective_from = 2017-01-01\neffective_until = 2019-06-30',
        ),
    )
    book = path.with_name("dated.toml")
    book.write_text(
        path.read_text().replace("[strategy]\n", f'[strategy]\nfile = "{dated.name}"\n')
    )
    done = call("run", book, "--json").json
    rows = pl.read_parquet(Path(done["path"]) / "part-*.parquet").sort("customer_id")
    joined = pl.read_parquet(tmp_path / "raw/customers-*.parquet").sort("customer_id")["joined_on"]
    outside = (joined < date(2017, 1, 1)) | (joined > date(2019, 6, 30))
    reason = rows["knock_out"]
    assert (reason == "strategy not in force").any()
    assert not ((reason == "strategy not in force").fill_null(False) & ~outside).any()
    assert not (rows["approve"] & outside).any()
    assert rows["approve"].any()
    found = call("strategy", "diff", book, "today", dated, "--json").json
    (note,) = found["notes"]
    assert "taken as in force for all" in note
    assert found["sets"]["only_b"]["customers"] > 0
