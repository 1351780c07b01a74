"""What a person who waits for a search sees: lines, or a bar on a terminal."""

from __future__ import annotations

import re

import pytest

from engine.cli.display import Bar, Log


def test_a_line_per_generation(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log()
    log.trials_done(50, 2_000, "best that holds 7.00, 3 hold")
    log.close()
    said = capsys.readouterr().err
    assert re.fullmatch(r"\[ *\d+\.\ds\] trial 50 of 2,000: best that holds 7\.00, 3 hold\n", said)


def test_a_bar_of_trials(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    for done in (50, 100):
        bar.trials_done(done, 100, f"{done} hold")
    bar.close()
    said = capsys.readouterr().err
    assert "trials" in said
    assert "100/100" in said
    assert "100 hold" in said
