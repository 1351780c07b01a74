"""``nightbook optimise`` with --frontier, --scenarios and --sensitivities, as a user calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import call, nightbook
from small_book import make_frames, write_book

from engine.errors import BookError

OPTIMISE = """
[optimise.menu]
rates = { from = 0.06, to = 0.3, steps = 9 }
limits = { values = [1000, 2000, 4000, 6000] }
[optimise.constraints]
bad_rate_balance = { max = 0.05 }
[[optimise.scenarios]]
name = "worse"
pd_shift = 0.4
[[optimise.scenarios]]
name = "impossible"
pd_shift = 0.1
funding_cost_add_on = 0.4
"""


def book(folder: Path, edit: Callable[[str], str] = str) -> Path:
    return write_book(folder, make_frames(), edit=lambda text: edit(text + OPTIMISE))


@pytest.mark.slow
def test_all_questions_in_one_json_object(tmp_path: Path) -> None:
    path = book(tmp_path)
    caps = "bad_rate_balance=0.02:0.08:4"
    asked = ("--frontier", caps, "--scenarios", "--sensitivities", "--json")
    found = nightbook("optimise", path, *asked).json
    curve = found["frontier"]
    assert [point["cap"] for point in curve["points"]] == [0.02, 0.04, 0.06, 0.08]
    assert (curve["constraint"], curve["side"], curve["basis"]) == (
        "bad_rate_balance",
        "max",
        "taken_up",
    )
    run = json.loads((tmp_path / "out" / found["run_id"] / "manifest.json").read_bytes())
    totals = run["totals"]["portfolio"]
    for name in ("expected_profit", "expected_loss", "exposure"):
        assert curve["today"][name] == totals[name]
    assert curve["today"]["as_published"]
    svg = ElementTree.parse(tmp_path / "out" / "frontier.svg")
    assert found["chart"] == str(tmp_path / "out" / "frontier.svg")
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}circle"))) == 4
    assert [one["name"] for one in found["scenarios"]] == ["base", "worse", "impossible"]
    assert len(found["crossed"]) == 9
    assert len(found["sensitivities"]) == 11
    base = found["crossed"][0]
    assert (base["strategy"], base["scenario"]) == ("base", "base")
    assert base["expected_profit"] == found["expected_profit"]


def test_tables_for_a_person(tmp_path: Path) -> None:
    path = book(tmp_path)
    asked = ("--frontier", "min_volume=1000,1e12", "--scenarios", "--sensitivities")
    done = call("optimise", path, *asked)
    assert done.code == 0, done.err
    for said in (
        "frontier of min_volume (",
        "  at least",
        "infeasible",
        "  today ",
        "scenarios, each solved anew",
        "strategies under scenarios",
        "sensitivities, one factor at a time",
        "not applicable",
    ):
        assert said in done.out
    assert "the run said otherwise" not in done.out


def test_nothing_asked_nothing_added(tmp_path: Path) -> None:
    path = book(tmp_path)
    found = call("optimise", path, "--json").json
    assert {found[n] for n in ("frontier", "scenarios", "crossed", "sensitivities", "chart")} == {
        None
    }
    assert not (tmp_path / "out" / "frontier.svg").exists()


def test_a_run_of_other_economics_says_so(tmp_path: Path) -> None:
    path = book(tmp_path)
    call("run", path)
    path.write_text(path.read_text().replace("lgd = 0.5", "lgd = 0.7"))
    done = call("optimise", path, "--frontier", "bad_rate_balance=0.05")
    assert "today's offers are priced by the book as it is now, the run said otherwise" in done.out


@pytest.mark.parametrize(
    ("asked", "edit", "says"),
    [
        (("--frontier", "bad_rate_balanc=0.1"), str, "did you mean 'bad_rate_balance'?"),
        (("--frontier", "el_rate=a,b"), str, "caps of el_rate must be numbers"),
        (("--frontier", "el_rate="), str, "caps of el_rate must be numbers"),
        (
            ("--scenarios",),
            lambda text: text.replace("pd_shift = 0.4", "rivals_move = -0.01"),
            "scenario 'worse': rivals_move needs take_up of the form",
        ),
        (
            ("--scenarios",),
            lambda text: text.replace('name = "worse"', 'name = "impossible"'),
            "scenario 'impossible' occurs 2 times",
        ),
        (
            ("--scenarios",),
            lambda text: text[: text.index("[[optimise.scenarios]]")],
            "the book has no [[optimise.scenarios]]",
        ),
    ],
)
def test_bad_questions_leave_the_strategy_as_it_was(
    asked: tuple[str, ...], edit: Callable[[str], str], says: str, tmp_path: Path
) -> None:
    path = book(tmp_path)
    assert call("optimise", path).code == 0
    strategy, chart = tmp_path / "out" / "strategy.toml", tmp_path / "out" / "frontier.svg"
    before = strategy.read_bytes()
    path.write_text(edit(path.read_text()))
    done = call("optimise", path, *asked)
    assert done.code == BookError.exit_code
    assert says in done.message
    assert strategy.read_bytes() == before
    assert not chart.exists()
