"""The experiment's answer, and the words that go with it."""

from __future__ import annotations

import numpy as np
import pytest
from real_books import real_data_folder

from bench_data.kz import tables as measure
from bench_data.kz.data import read_kz
from bench_data.kz.policy import BY_CLASS, LEAST_LETTERS
from bench_data.kz.profit import MAIN
from bench_data.kz.study import (
    AT_STANDARD,
    AVERAGE,
    DEALS,
    TOP_BAND,
    Study,
    Valued,
    choices_of,
    in_sample_value,
    study_of,
    sums_for,
    value_all,
)
from bench_data.kz.sums import Sums, by_fold
from bench_data.kz.trial import BANDS, FOLDS, STRATA, Vector
from bench_data.kz.value import Estimate

PLACES = range(len(STRATA))


@pytest.fixture(scope="module")
def study() -> Study:
    """With fewer replicates than the measurement has."""
    real_data_folder()
    full = study_of(read_kz())
    return Study(full.kept, full.trial, full.outcomes, full.folds, full.weights[:101])


@pytest.fixture(scope="module")
def sums(study: Study) -> Sums:
    return sums_for(study, MAIN)


@pytest.fixture(scope="module")
def valued(study: Study) -> dict[str, Valued]:
    return value_all(study, MAIN, measure.GROUPS)


def by_stratum(study: Study, kinds: list[int]) -> float:
    """Mean profit of the letters of the named kinds, strata put together by size."""
    trial, y = study.trial, study.outcomes[MAIN].to_numpy()
    total = 0.0
    for place, kind in zip(PLACES, kinds, strict=True):
        mine = trial.stratum == place
        of_kind = trial.at_standard if kind == BANDS else trial.band == kind
        total += mine.mean() * y[mine & of_kind].mean()
    return total


@pytest.mark.realdata
@pytest.mark.slow
def test_no_improvement_on_the_standard_rate(study: Study, valued: dict[str, Valued]) -> None:
    """The finding. What the experiment does show: its cheap letters cost the lender."""
    branches = study.weights.shape[1]
    for policy in measure.GROUPS:
        for baseline in (AT_STANDARD, TOP_BAND):
            found = measure.gain(valued[policy], valued[baseline], branches)
            assert measure.verdict(found) == measure.UNDECIDED
    found = measure.gain(valued[TOP_BAND], valued[AVERAGE], branches)
    assert measure.verdict(found) == "better"


@pytest.mark.realdata
@pytest.mark.slow
def test_values_are_those_of_the_letters(study: Study, valued: dict[str, Valued]) -> None:
    y = study.outcomes[MAIN].to_numpy()
    assert valued[AVERAGE].ipw[0, 0] == pytest.approx(y.mean())
    for name, kind in ((AT_STANDARD, BANDS), (TOP_BAND, BANDS - 1)):
        assert valued[name].ipw[0, 0] == pytest.approx(by_stratum(study, [kind] * len(STRATA)))
    assert valued[AT_STANDARD].letters == study.trial.at_standard.sum()
    for one in valued.values():
        assert one.borrowers < one.letters
        assert one.effective < one.letters + 1e-6
        assert abs(one.ipw[0].mean() - one.dr[0].mean()) < 1.5  # rand; two views of one thing


@pytest.mark.realdata
def test_policies_stay_within_the_support(study: Study, sums: Sums) -> None:
    ones: Vector = study.weights[0]
    for groups in measure.GROUPS.values():
        choices = choices_of(study, sums, groups)
        assert choices.shape == (DEALS * FOLDS, len(STRATA))
        for number, choice in enumerate(choices):
            letters = by_fold(sums, study.folds[number // FOLDS], ones).letters
            learned_on = letters.sum(axis=0) - letters[number % FOLDS]
            assert learned_on[PLACES, choice].min() >= LEAST_LETTERS
            assert choice.max() < BANDS


@pytest.mark.realdata
def test_value_in_sample_flatters(study: Study, sums: Sums) -> None:
    choice, flattered = in_sample_value(sums, BY_CLASS)
    assert flattered == pytest.approx(by_stratum(study, choice.tolist()))
    assert flattered >= by_stratum(study, [BANDS - 1] * len(STRATA))


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (((1, 3), (0.5, 2)), "better"),
        (((1, 3), (-0.5, 2)), measure.UNDECIDED),
        (((-3, -1), (-2, -0.5)), "worse"),
        (((-3, -1), (1, 2)), measure.UNDECIDED),
    ],
)
def test_words_follow_both_intervals(ends: tuple[tuple[float, float], ...], said: str) -> None:
    found = [Estimate((low + high) / 2, 1.0, low, high) for low, high in ends]
    assert measure.verdict(found) == said


def test_amounts_have_no_negative_zero() -> None:
    assert [measure.amount(value) for value in (-0.04, 0.04, -0.06)] == ["0.0", "0.0", "-0.1"]


@pytest.mark.realdata
@pytest.mark.slow
def test_all_tables_are_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, study: Study
) -> None:
    """With two outcomes, two dealings and 50 replicates, which is what makes it short."""
    outcomes = study.outcomes.select(MAIN, "interest")
    part = Study(study.kept, study.trial, outcomes, study.folds[:2], study.weights[:51])
    monkeypatch.setattr(measure, "study_of", lambda _: part)
    measure.print_tables()
    printed = capsys.readouterr().out
    for words in ("-0.002888", "HIGH wave 3", "doubly robust", "would be found", "dealings"):
        assert words in printed
    assert f"policy by class: no improvement on the {AT_STANDARD} is detectable." in printed
    assert np.sum([line.startswith("| interest |") for line in printed.splitlines()]) == 8
