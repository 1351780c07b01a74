"""nightbook score-one: an applicant gets the numbers that the batch gives a customer like it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from applicant_books import RANKED, book_with_models, found, published
from command import Done, call
from small_book import make_frames, replace

CUSTOMERS = ("segment", "joined_on", "income", "arrears")


def score_one(book: Path, *pairs: str, model: str | None = None, json: bool = False) -> Done:
    options = [part for pair in pairs for part in ("--set", pair)]
    options += ["--model", model] if model else []
    return call("score-one", book, *options, *(["--json"] if json else []))


def scored(book: Path, *pairs: str, **options: Any) -> dict[str, Any]:
    return score_one(book, *pairs, json=True, **options).json


def shown(value: Any) -> str:
    return "" if value is None else str(value)


def attributes(book: Path, key: int) -> dict[str, str]:
    """A customer's raw columns and aggregates, as texts."""
    row = make_frames(40)["customers"].row(by_predicate=pl.col("customer_id") == key, named=True)
    raw = {name: row[name] for name in CUSTOMERS}
    made = found(book, key)["features"]
    aggregates = {name: value for name, value in made.items() if "__" in name}
    return {name: shown(value) for name, value in (raw | aggregates).items()}


def pairs(values: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def test_an_applicant_like_a_customer_gets_its_row_to_the_bit(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    rows = published(book)
    for place in (0, 5, 11, 39):
        row = rows.row(place, named=True)
        key = row.pop("customer_id")
        told = scored(book, *pairs(attributes(book, key)))
        assert told["row"] == row
        assert (told["missing"], told["row_needs"]) == ([], [])
        assert told["unused"] == ["joined_on"]
        assert told["answers"] == found(book, key)["answers"]


def test_derived_columns_are_computed_unless_given(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    values = attributes(book, 1000) | {"income": "20000"}
    computed = scored(book, *pairs(values))["row"]
    assert computed["limit_cap"] == 6000.0  # income_cap = income * 0.3
    given = scored(book, *pairs(values | {"income_cap": "1234.5"}))["row"]
    assert given["limit_cap"] == 1234.5
    share = scored(book, *pairs(values | {"payment_share": "0.75"}), model="pd")["answers"][0]
    assert {s["name"]: s["value"] for s in share["shares"]}["payment_share"] == 0.75


def test_what_is_not_given_is_missing_and_listed(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    told = scored(book, "arrears=15", "balance__mean=900")
    assert told["missing"] == [
        "balance__last_90d__sum",
        "balance__sum",
        "income",
        "payment__last_3__std",
        "payment__sum",
    ]
    assert told["row"] is None
    assert told["row_needs"] == ["income", "segment"]
    answers = {answer["model"]: answer for answer in told["answers"]}
    assert answers["pd"]["score"] is not None  # its features have something to replace them
    assert score_one(book).code == 0


def test_a_score_that_is_unknown(tmp_path: Path) -> None:
    """Nothing replaces missing arrears: no score, no points, no decision; the run declines."""
    book = book_with_models(tmp_path)
    told = scored(book, "segment=student", "income=", "arrears=")
    answer = told["answers"][0]
    for name in ("score", "probability", "raw", "points", "decision"):
        assert answer[name] is None
    assert told["row"]["approve"] is False
    assert told["row"]["knock_out"] == "no pd"
    assert "missing" in score_one(book, "arrears=").out


def test_a_rule_knocks_out(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    told = scored(book, "segment=retired", "income=30000", "arrears=90")["row"]
    assert (told["approve"], told["knock_out"]) == (False, "overdue")
    told = scored(book, "segment=retired", "income=30000", "arrears=0")["row"]
    assert (told["approve"], told["knock_out"]) == (True, None)


def test_one_model(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    told = scored(book, "arrears=45", "segment=retired", model="good")
    assert [answer["model"] for answer in told["answers"]] == ["good"]
    assert told["missing"] == ["balance__sum"]
    assert told["unused"] == ["segment"]
    assert (told["row"], told["row_needs"]) == (None, [])


def test_as_text(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    out = score_one(book, "arrears=45", "segment=retired", "joined_on=2020-02-03").out
    for piece in ("model good", "points", "decision", "no offer", "income", "counted as missing"):
        assert piece in out
    assert "not read by anything: joined_on" in out
    out = score_one(book, "arrears=45", "segment=retired", "income=1e4").out
    assert "as a run would publish it" in out
    assert "  knock_out        none\n" in out


def test_the_text_of_a_scorecard(tmp_path: Path) -> None:
    """Decision, score and points; then the features, what adds most first, and all together."""
    book = book_with_models(tmp_path)
    out = score_one(book, "arrears=45", "balance__sum=2000", model="good").out
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["model", "good"]
    assert lines[1][:3] == ["decision", "bad", "(probability"]
    assert [line[0] for line in lines[2:4]] == ["good", "points"]
    names = ["without", "arrears", "balance__sum", "together"]
    assert [line[0] for line in lines[5:]] == names
    ends = {len(line) for line in out.splitlines()[4:]}
    assert len(ends) == 1
    together = [float(number) for number in lines[-1][1:]]
    parts = [[float(number) for number in line[-2:]] for line in lines[5:-1]]
    assert [sum(part) for part in zip(*parts, strict=True)] == pytest.approx(together, abs=0.2)
    at = lines[3].index("(cut-off")
    assert float(lines[3][at + 1].rstrip(")")) == pytest.approx(
        500 - 20 * np.log2(50 / 1.5), abs=0.1
    )


def test_a_score_that_is_unknown_has_no_decision(tmp_path: Path) -> None:
    """What keeps it from being known comes first."""
    lines = score_one(book_with_models(tmp_path), "arrears=", model="pd").out.splitlines()
    assert lines[1] == "  decision  none, since the score is missing (cut-off 0.03)"
    assert lines[5].split() == ["arrears", "missing", "missing", "missing"]
    assert lines[-2].split() == ["together", "missing", "missing"]


def test_numbers_beyond_float64_are_unknown(tmp_path: Path) -> None:
    """JSON cannot hold them, and no terminal the digits of those just below."""
    book = book_with_models(tmp_path)
    card = tmp_path / "models" / "good.json"
    steep = json.loads(card.read_text())
    steep["features"][1]["coefficient"] = 1e9
    card.write_text(json.dumps(steep))
    done = score_one(book, "arrears=45", "balance__sum=1e308", model="good", json=True)
    assert "Infinity" not in done.out
    (answer,) = done.json["answers"]
    assert (answer["raw"], answer["points"], answer["decision"]) == (None, None, "good")
    shown = score_one(book, "arrears=45", "balance__sum=1e299", model="good").out
    assert max(map(len, shown.splitlines())) < 100


def test_several_after_one_set(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    one = call("score-one", book, "--set", "arrears=45", "income=10", "--json").json
    assert one == scored(book, "arrears=45", "income=10")


def test_ranks_must_be_given(tmp_path: Path) -> None:
    """An applicant has no rank among the customers of its month, unless somebody says which."""
    book = book_with_models(tmp_path, make_frames(40), "parquet", *RANKED)
    asked = ("segment=retired", "income=90000", "arrears=0")
    assert scored(book, *asked)["row_needs"] == ["balance__last_rank_in_month"]
    told = scored(book, *asked, "balance__last_rank_in_month=0.25")
    assert told["row"]["limit_cap"] == 2250.0


TYPES = """
vip = { type = "boolean", nullable = true }
seen_at = { type = "datetime", nullable = true, min = 2020-01-01 }
arrears = {"""
BY_TYPE = '[features]\nvip_or_old = "vip = 1 or seen_at < as_of"\n'


@pytest.mark.parametrize(
    ("pair", "code", "says"),
    [
        ("arears=1", 78, "no feature 'arears'; did you mean 'arrears'?"),
        ("balance=1", 78, "no feature 'balance'"),
        ("customer_id=5", 78, "is the key"),
        ("as_of=2026-06-30", 78, "no feature 'as_of'"),
        ("arrears=many", 65, "'many' is not a whole number of 64 bits (column arrears)"),
        ("arrears=1.5", 65, "not a whole number"),
        ("arrears=1_0", 65, "not a whole number"),
        ("arrears=9223372036854775808", 65, "of 64 bits"),
        ("arrears=1000", 65, "the value '1000': above 999 (column arrears)"),
        ("arrears=-1", 65, "below 0"),
        ("income=nan", 65, "'nan' is not a finite number"),
        ("income=1e999", 65, "not a finite number"),
        ("income=-3", 65, "below 0"),
        ("segment=pensioner", 65, "not allowed"),
        ("joined_on=2026-13-01", 65, "not a date such as"),
        ("joined_on=1", 65, "not a date such as"),
        ("joined_on=2026-07-01", 65, "after the as-of date"),
        ("vip=yes", 65, "'yes' is not true or false"),
        ("seen_at=noon", 65, "not a date such as"),
        ("seen_at=2019-12-31", 65, "below 2020-01-01"),
        ("balance__mean=high", 65, "not a finite number (column balance__mean)"),
        ("payment_share=high", 65, "not a finite number"),
        ("income_cap=high", 65, "not a finite number"),
        ("arrears", 2, "'arrears' is not name=value"),
        ("=1", 2, "not name=value"),
    ],
)
def test_what_cannot_be_set(tmp_path: Path, pair: str, code: int, says: str) -> None:
    book = book_with_models(tmp_path, None, "parquet", replace("\narrears = {", TYPES))
    done = score_one(book, pair)
    assert done.code == code, done.err
    assert says in " ".join(done.err.replace("│", " ").split())
    assert done.out == ""


def test_values_of_every_type(tmp_path: Path) -> None:
    book = book_with_models(
        tmp_path,
        None,
        "parquet",
        replace("\narrears = {", TYPES),
        replace("[features]\n", BY_TYPE),
        replace('when = "arrears > 60"', 'when = "vip_or_old = 1"'),
    )
    asked = ("segment=retired", "income=9", "arrears=0.0")
    for vip, seen, out in (
        ("true", "2026-06-30 12:00:00", True),
        ("FALSE", "2026-06-29T23:59:59", True),
        ("false", "2026-06-30", False),
        ("", "", False),
    ):
        told = scored(book, *asked, f"vip={vip}", f"seen_at={seen}")["row"]
        assert (told["knock_out"] == "overdue") is out


def test_a_name_twice(tmp_path: Path) -> None:
    done = score_one(book_with_models(tmp_path), "arrears=1", "arrears=2")
    assert done.code == 2
    assert "is given twice" in " ".join(done.err.replace("│", " ").split())


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    done = score_one(book_with_models(tmp_path), model="goood")
    assert (done.code, "did you mean 'good'?" in done.message) == (78, True)


def test_a_book_or_a_model_that_cannot_be_used(tmp_path: Path) -> None:
    assert score_one(tmp_path / "none.toml").code == 66
    book = book_with_models(tmp_path)
    card = tmp_path / "models" / "good.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"cut_off": 7}))
    assert score_one(book).code == 78
    card.unlink()
    assert score_one(book).code == 66


def test_trees_whose_file_does_not_say_what_contributions_rest_on(tmp_path: Path) -> None:
    """They would not add up to the score, which is the same."""
    book = book_with_models(tmp_path)
    (before,) = scored(book, "arrears=10", model="trees")["answers"]
    assert before["base"] + sum(s["contribution"] for s in before["shares"]) == pytest.approx(
        before["raw"], abs=1e-9
    )
    file = tmp_path / "models" / "trees.txt"
    head, *trees = re.split(r"(?m)(?=^Tree=|^end of trees)", file.read_text())
    trees = [re.sub(r"(?m)^(leaf|internal)_count=.*\n", "", tree) for tree in trees]
    sizes = " ".join(str(len(tree)) for tree in trees if tree.startswith("Tree="))
    head = re.sub(r"(?m)^tree_sizes=.*$", f"tree_sizes={sizes}", head)
    file.write_text(head + "".join(trees))
    (after,) = scored(book, "arrears=10", model="trees")["answers"]
    assert (after["score"], after["raw"]) == (before["score"], before["raw"])
    assert (after["base"], {share["contribution"] for share in after["shares"]}) == (None, {None})


def test_trees_that_lightgbm_itself_cannot_read(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    file = tmp_path / "models" / "trees.txt"
    file.write_text(re.sub("learning_rate: .*]", "learning_rate: x]", file.read_text()))
    done = score_one(book, "arrears=10", model="trees")
    assert done.code == 78
    assert "models/trees.txt: LightGBM cannot read it" in done.message


def test_no_table_is_read(tmp_path: Path) -> None:
    book = book_with_models(tmp_path)
    for file in (tmp_path / "raw").iterdir():
        file.unlink()
    assert score_one(book, "arrears=0").code == 0
