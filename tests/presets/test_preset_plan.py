"""What of a preset a dry run shows, and what of it names a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command import call
from preset_cases import card_fees_folder, preset_book
from preset_runs import write_book

from engine.pipeline import run
from engine.presets import expand

FEATURES = ["turnover_per_day"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    card_fees_folder(tmp_path / "data")
    return tmp_path


def sections(folder: Path) -> dict[str, Any]:
    """The book of the preset as a user would write it, section by section."""
    made = expand(preset_book("card_fees"), folder)
    return {name: section for name, section in made.items() if name != "preset"}


def test_a_dry_run_names_the_preset_and_its_settings(folder: Path) -> None:
    book = write_book(folder, preset_book("card_fees"), FEATURES)
    shown = call("run", book, "--dry-run", "--json").json
    given = {"name": "card_fees", "folder": "data", "split": "train", "recipe": "daily"}
    assert shown["preset"] == given | {"window_days": 365}
    lines = call("run", book, "--dry-run").out.splitlines()
    assert lines[0] == "preset card_fees"
    assert [line.split() for line in lines[1:5]] == [
        ["folder", "data"],
        ["split", "train"],
        ["recipe", "daily"],
        ["window_days", "365"],
    ]


def test_a_book_without_preset_shows_none(folder: Path) -> None:
    book = write_book(folder, sections(folder), FEATURES)
    assert call("run", book, "--dry-run", "--json").json["preset"] is None
    assert call("run", book, "--dry-run").out.startswith("table customers")


def test_settings_of_the_preset_name_the_run(folder: Path) -> None:
    ids = []
    for settings in ({}, {"window_days": 365}, {"window_days": 90}):
        book = write_book(folder, preset_book("card_fees", **settings), FEATURES)
        ids.append(run(book, out=folder / "out").run_id)
    assert ids[0] == ids[1] != ids[2]


def test_the_preset_and_its_sections_give_the_same_numbers(folder: Path) -> None:
    book = write_book(folder, preset_book("card_fees"), FEATURES)
    first = run(book, out=folder / "out")
    write_book(folder, sections(folder), FEATURES)
    assert run(book, out=folder / "other").content_hash == first.content_hash
