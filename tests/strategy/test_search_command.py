"""``nightbook optimise --method nsga2|tpe``: the same keys as exact, set beside its bound."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import call
from small_book import make_frames, replace, write_book

_OPTIMISE = """
[optimise.menu]
rates = { from = 0.05, to = 0.25, steps = 6 }
limits = { values = [500, 2000, 6000] }
[optimise.constraints]
bad_rate_balance = { max = 0.05 }
[optimise.search]
trials = 100
[output]"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    return write_book(folder, make_frames(), edit=replace("[output]", _OPTIMISE))


def test_the_menu_is_searched_and_set_beside_the_exact_bound(book: Path) -> None:
    exact = call("optimise", book, "--json").json
    found = call("optimise", book, "--method", "nsga2", "--seed", 3, "--json").json
    assert found.keys() == exact.keys()
    assert found["method"] == "nsga2"
    assert found["upper_bound"] == exact["upper_bound"]
    assert found["expected_profit"] <= exact["upper_bound"]
    share = found["expected_profit"] / exact["upper_bound"]
    assert found["search"]["share_of_bound"] == pytest.approx(share)
    assert found["gap"] == pytest.approx(1.0 - share)
    assert (found["search"]["trials"], found["status"]) == (100, "searched")
    assert found["constraints"]["bad_rate_balance"]["satisfied"]
    assert 'method = "nsga2"' in Path(found["file"]).read_text()
    again = call("optimise", book, "--method", "nsga2", "--seed", 3, "--json").json
    assert again["strategy"] == found["strategy"]


def test_curves_are_reported_and_no_strategy_is_written(book: Path) -> None:
    exact = call("optimise", book, "--json").json
    before = Path(exact["file"]).read_bytes()
    command = ("optimise", book, "--method", "tpe", "--space", "curve", "--trials", 60)
    found = call(*command, "--json").json
    assert found.keys() == exact.keys()
    assert (found["upper_bound"], found["gap"], found["file"]) == (None, None, None)
    assert found["strategy"] == []
    segments = found["search"]["curve"]["segments"]
    assert [one["segment"] for one in segments] == ["retired", "salaried", "student"]
    assert found["search"]["share_of_menu_bound"] > 0.0
    assert found["constraints"]["bad_rate_balance"]["satisfied"]
    assert Path(exact["file"]).read_bytes() == before
    told = call(*command)
    assert told.code == 0
    assert "no strategy file is written" in told.out
    assert "retired: rate 0." in told.out


def test_a_search_that_cannot_be_resumed_says_why(book: Path) -> None:
    out = book.parent / "out"
    (out / "search.json").write_text("{")
    command = ("optimise", book, "--method", "nsga2", "--trials", 50)
    failed = call(*command, "--resume")
    assert (failed.code, "search.json is torn" in failed.message) == (74, True)
    assert (out / "search.json").read_text() == "{"
    assert call(*command).code == 0
    assert not (out / "search.json").exists()


def test_further_questions_are_for_the_exact_method(book: Path) -> None:
    failed = call("optimise", book, "--method", "tpe", "--sensitivities")
    assert (failed.code, "of the method exact, not of tpe" in failed.message) == (78, True)


@pytest.mark.parametrize("edit", ["trials = 0", "population = 1", 'space = "table"', "seed = -1"])
def test_a_search_section_that_does_not_fit(tmp_path: Path, edit: str) -> None:
    changed = replace("[output]", f"[optimise.search]\n{edit}\n[output]")
    failed = call("optimise", write_book(tmp_path, make_frames(6), edit=changed))
    assert failed.code == 78
    assert f"optimise.search.{edit.split()[0]}" in failed.message
