"""Calibrators: what they compute, each score alone, and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightgbm_cases import same_bits

from engine.errors import InputMissingError, ModelError
from engine.score.calibration import Isotonic, Platt, load_calibrator

ISOTONIC = {"kind": "isotonic", "x": [0.1, 0.2, 0.7], "y": [0.0, 0.25, 1.0]}
PLATT = {"kind": "platt", "slope": 0.9, "intercept": -0.4}


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_isotonic_by_hand(tmp_path: Path) -> None:
    calibrator, digest = load_calibrator(written(tmp_path / "c.json", ISOTONIC))
    p = np.array([0.0, 0.1, 0.15, 0.2, 0.45, 0.7, 1.0, np.nan])
    expected = [0.0, 0.0, 0.125, 0.25, 0.625, 1.0, 1.0, np.nan]
    np.testing.assert_allclose(calibrator.apply(p), expected, rtol=1e-15)
    assert len(digest) == 64


def test_platt_by_hand(tmp_path: Path) -> None:
    calibrator, _ = load_calibrator(written(tmp_path / "c.json", PLATT))
    p = np.array([0.0, 1e-300, 0.2, 0.5, 1.0, np.nan])
    got = calibrator.apply(p)
    expected = 1 / (1 + math.exp(-(0.9 * math.log(0.2 / 0.8) - 0.4)))
    assert got[2] == pytest.approx(expected, rel=1e-14)
    assert got[3] == pytest.approx(1 / (1 + math.exp(0.4)), rel=1e-15)
    assert got[[0, 4]].tolist() == [0.0, 1.0]
    assert 0.0 < got[1] < 1e-200
    assert np.isnan(got[5])


fractions = st.floats(0.0, 1.0)
lines = st.lists(fractions, min_size=1, max_size=20, unique=True).flatmap(
    lambda x: st.tuples(
        st.just(sorted(x)),
        st.lists(fractions, min_size=len(x), max_size=len(x)).map(sorted),
    )
)


@given(lines)
def test_isotonic_stays_within_its_points(line: tuple[list[float], list[float]]) -> None:
    x, y = line
    calibrator = Isotonic(kind="isotonic", x=x, y=y)
    near = np.concatenate([np.nextafter(x, 0.0), x, np.nextafter(x, 1.0), [0.0, 1.0]])
    got = calibrator.apply(near)
    assert got.min() >= y[0]
    assert got.max() <= y[-1]


def test_rounding_does_not_pass_the_last_point() -> None:
    calibrator = Isotonic(kind="isotonic", x=[0.02, 0.24], y=[0.29, 0.86])
    below = np.nextafter([0.24], 0.0)
    assert np.interp(below, calibrator.x, calibrator.y)[0] > 0.86
    assert calibrator.apply(below)[0] == 0.86


@given(
    st.lists(st.floats(0.0, 1.0) | st.just(math.nan), max_size=70),
    st.integers(1, 9),
    st.integers(1, 3),
)
def test_each_score_is_calibrated_alone(p: list[float], chunk: int, stride: int) -> None:
    """NumPy's vector exp and log differ in the last bit between the body and the tail."""
    scores = np.array(p, np.float64)
    spread = np.zeros(scores.size * stride)
    spread[::stride] = scores
    for calibrator in (
        Isotonic(kind="isotonic", x=ISOTONIC["x"], y=ISOTONIC["y"]),  # type: ignore[arg-type]
        Platt(kind="platt", slope=0.9, intercept=-0.4),
    ):
        whole = calibrator.apply(scores)
        parts = [calibrator.apply(scores[i : i + chunk]) for i in range(0, scores.size, chunk)]
        assert same_bits(np.concatenate([*parts, np.empty(0)]), whole)
        assert same_bits(calibrator.apply(spread[::stride]), whole)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (ISOTONIC | {"x": [0.1, 0.1, 0.7]}, "strictly increasing"),
        (ISOTONIC | {"y": [0.0, 0.5, 0.4]}, "never decrease"),
        (ISOTONIC | {"y": [0.0, 0.5, 1.4]}, "isotonic.y.2"),
        (ISOTONIC | {"y": [0.0, 0.5]}, "3 values of x for 2 of y"),
        (ISOTONIC | {"x": [], "y": []}, "isotonic.x"),
        (ISOTONIC | {"z": 1}, "isotonic.z"),
        (PLATT | {"slope": 0.0}, "platt.slope"),
        (PLATT | {"slope": -1.0}, "platt.slope"),
        (PLATT | {"intercept": math.inf}, "Infinity is not a number of JSON"),
        (PLATT | {"kind": "beta"}, "'isotonic', 'platt'"),
        ({}, "kind"),
        ([], "object"),
    ],
)
def test_a_wrong_calibrator_is_refused(content: Any, match: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=match):
        load_calibrator(written(tmp_path / "c.json", content))


def test_an_absent_calibrator(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="c.json is not there"):
        load_calibrator(tmp_path / "c.json")
