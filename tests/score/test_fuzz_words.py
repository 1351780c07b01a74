"""Every word that some parser takes for a number, in the place of every kind of number.

Random mutants seldom meet a field that is there once. This found that XGBoost clamps the base score
of logistic models before it takes the logit, and that its integers wrap around.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz_judge import Judge
from fuzz_originals import originals
from fuzz_text import WORDS
from lightgbm_cases import with_sizes

MORE = (
    *("1111111111111111111", "11111111111111111111", "9007199254740993", "9007199791611905"),
    *("16777217", "33554433", "1E-46", "7e-46", "1e-45", "1e-38", "1e-20", "1e-7", "0.3", "0.9"),
    *("0.99999994", "0.100000001490116119384765625", "0.1000000014901161193847656251"),
    *("3.4028235677973366e38", "3.4028236e38", "0.1e1", "-0.0", "1e400"),
)
KEYS = {
    "json": re.compile(r'"(\w+)":[\["]+(-?\d[\d.eE+-]*)'),
    "lightgbm": re.compile(r"(?m)^(\w+)=(?:[a-z_]+ [a-z_]+:)?(-?\d[\d.e+-]*)"),
}


def with_words(kind: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The first number of each key, replaced."""
    text = data.decode()
    first = {found[1]: found for found in reversed(list(KEYS[kind].finditer(text)))}
    for key, found in first.items():
        for word in (*WORDS, *MORE):
            edited = text[: found.start(2)] + word + text[found.end(2) :]
            if kind == "lightgbm" and key != "tree_sizes":
                edited = with_sizes(edited)
            yield f"{key} {word[:30]!r}", edited.encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "which"), [("lightgbm", 0), ("lightgbm", 1), ("json", 0), ("json", 1), ("json", 2)]
)
def test_words_in_the_place_of_numbers(
    kind: str, which: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(kind, tmp_path)
    monkeypatch.setattr("engine.score.forest_scorer.forest_scorer", judge.scorer)
    try:
        for name, data in with_words(kind, originals(kind)[which]):
            judge.judge(name, data)
    finally:
        judge.close()
    assert not judge.wrong, "\n".join(judge.wrong[:20])
    assert min(judge.met["accepted"], judge.met["refused"], judge.met["compared"]) > 100
