"""``nightbook optimise --bootstrap``, as a user calls it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from command import nightbook
from small_book import make_frames, write_book

OPTIMISE = """
[optimise.menu]
rates = { from = 0.06, to = 0.3, steps = 9 }
limits = { values = [1000, 2000, 4000, 6000] }
[optimise.constraints]
bad_rate_balance = { max = 0.02 }
"""
MARGIN = "[optimise.belief]\nmargin = { probability = 0.8 }\n"


def book(folder: Path, more: str = "", edit: Callable[[str], str] = str) -> Path:
    return write_book(folder, make_frames(), edit=lambda text: edit(text + OPTIMISE + more))


@pytest.mark.slow
def test_belief_in_json_and_in_the_strategy(tmp_path: Path) -> None:
    path = book(tmp_path)
    found = nightbook("optimise", path, "--bootstrap", "20", "--json").json
    belief = found["belief"]
    assert belief["repetitions"] == 20
    assert belief["interval"][0] < belief["interval"][1]
    assert belief["expected_profit"] == pytest.approx(found["expected_profit"], rel=1e-12)
    assert belief["sources"] == {"pd": "default", "slope": "default", "intercept": "default"}
    written = tomllib.loads((tmp_path / "out" / "strategy.toml").read_text())
    assert written["certificate"]["belief"]["optimism"] == belief["optimism"]
    again = nightbook("optimise", path, "--bootstrap", "20", "--json").json
    assert again["belief"] == belief
    assert "20 draws" in nightbook("optimise", path, "--bootstrap", "20").out


@pytest.mark.slow
def test_a_margin_changes_the_strategy_and_needs_draws(tmp_path: Path) -> None:
    plain = nightbook("optimise", book(tmp_path), "--json").json
    assert plain["belief"] is None
    path = book(tmp_path, MARGIN)
    before = (tmp_path / "out" / "strategy.toml").read_bytes()
    refused = nightbook("optimise", path)
    assert refused.code == 78
    assert "--bootstrap" in refused.message
    assert (tmp_path / "out" / "strategy.toml").read_bytes() == before
    found = nightbook("optimise", path, "--bootstrap", "40", "--json").json
    assert found["belief"]["margins"]["bad_rate_balance"]["max"] < 0.02
    assert found["expected_profit"] < plain["expected_profit"]
    assert (tmp_path / "out" / "strategy.toml").read_bytes() != before


@pytest.mark.slow
def test_reports_beside_the_models_are_used_and_broken_ones_refused(tmp_path: Path) -> None:
    path = book(tmp_path)
    report = tmp_path / "models" / "pd.metrics.json"
    rows = [{"mean_score": 0.02, "bads": 30, "customers": 900}]
    report.write_text(json.dumps({"parts": {"heldout": {"calibration": rows}}}))
    found = nightbook("optimise", path, "--bootstrap", "5", "--json").json
    assert found["belief"]["sources"]["pd"] == "pd.metrics.json"
    before = (tmp_path / "out" / "strategy.toml").read_bytes()
    report.write_text("{}")
    refused = nightbook("optimise", path, "--bootstrap", "5")
    assert refused.code == 78
    assert "pd.metrics.json" in refused.message
    assert (tmp_path / "out" / "strategy.toml").read_bytes() == before
