"""Files that somebody has edited: loaded or refused, whatever it was; and scored as they say.

The process survives, nothing takes longer than the worker's limit, no structure that is not sound
is accepted, and what is accepted scores as the library that the file comes from scores it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fuzz_judge import Judge
from fuzz_mutants import mutant
from fuzz_originals import KINDS, originals
from fuzz_ubjson import encode

BATCH = 500
MUTANTS = {
    "lightgbm": 7_000,
    "json": 3_000,
    "ubj": 2_500,
    "checkpoint": 1_500,
    "compiled": 4_000,
    "scorecard": 3_000,
}
SAMPLE = {"lightgbm": 160, "json": 80, "ubj": 80, "checkpoint": 60, "compiled": 80, "scorecard": 60}
BATCHES = [(kind, lo) for kind, n in MUTANTS.items() for lo in range(0, n, BATCH)]

NewJudge = Callable[[str], Judge]


@pytest.fixture
def new_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewJudge]:
    made = []

    def new(kind: str) -> Judge:
        judge = Judge(kind, tmp_path)
        made.append(judge)
        monkeypatch.setattr("engine.score.forest_scorer.forest_scorer", judge.scorer)
        return judge

    yield new
    for judge in made:
        judge.close()


def judge_mutants(judge: Judge, kind: str, mutants: range) -> None:
    for i in mutants:
        judge.judge(*mutant(kind, i))
    print(kind, mutants, dict(judge.met), *judge.notes, sep="\n")
    assert not judge.wrong, "\n".join(judge.wrong[:20])
    assert judge.met["accepted"] + judge.met["refused"] == len(mutants)
    least = len(mutants) / 10
    assert min(judge.met["accepted"], judge.met["refused"], judge.met["compared"]) >= least


@pytest.mark.parametrize("kind", KINDS)
def test_originals_are_accepted_and_a_sample_of_mutants_is_judged(
    kind: str, new_judge: NewJudge
) -> None:
    judge = new_judge(kind)
    sound = list(originals(kind))
    if kind == "ubj":
        sound += [encode(json.loads(document)) for document in originals("json")]
    for k, data in enumerate(sound):
        assert judge.judge(f"original {k}", data)
    assert judge.met["compared"] == len(sound)
    judge.met.clear()
    judge_mutants(judge, kind, range(SAMPLE[kind]))


def test_the_suite_is_as_large_as_it_says() -> None:
    assert sum(MUTANTS.values()) >= 20_000
    assert len(BATCHES) * BATCH == sum(MUTANTS.values())
    assert sum(SAMPLE.values()) >= 500


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "lo"), BATCHES)
def test_a_batch_of_mutants(kind: str, lo: int, new_judge: NewJudge) -> None:
    judge_mutants(new_judge(kind), kind, range(lo, lo + BATCH))
