"""The published effect of the rate, and the probit that finds it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from real_books import real_data_folder
from scipy.special import ndtr

from bench_data.kz.data import read_kz
from bench_data.kz.effects import (
    PUBLISHED,
    REGRESSORS,
    probit,
    probit_covariance,
    rate_effect,
    take_up_table,
)
from bench_data.kz.profit import outcomes_of
from bench_data.kz.trial import BANDS, below_standard, trial_of
from bench_data.kz.value import Codes, Vector
from engine.errors import DataError


def drawn(seed: int, n: int = 4_000) -> tuple[Vector, Vector, Codes]:
    """X (n, 2), y of a probit with coefficients -1 and 0.5 whose errors a cluster shares."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n // 20), 20)
    X = np.column_stack([np.ones(n), np.repeat(rng.normal(size=n // 20), 20)])
    shared = np.repeat(rng.normal(size=n // 20), 20)
    error = np.sqrt(0.3) * shared + np.sqrt(0.7) * rng.normal(size=n)
    return X, (X @ [-1.0, 0.5] + error > 0).astype(np.float64), cluster


@pytest.fixture(scope="module")
def kept() -> pl.DataFrame:
    real_data_folder()
    return below_standard(read_kz())


@pytest.mark.realdata
def test_published_effect(kept: pl.DataFrame) -> None:
    found = rate_effect(kept, "applied", trial_of(kept).branch)
    assert found.offers == 53_178
    assert found.effect == pytest.approx(PUBLISHED, abs=5e-6)  # published to five digits
    assert found.effect < -4.0 * found.standard_error


@pytest.mark.realdata
def test_borrowing_after_the_deadline_does_not_follow_the_rate(kept: pl.DataFrame) -> None:
    found = rate_effect(kept, "tookup_afterdead_enforced", trial_of(kept).branch)
    assert abs(found.effect) < 2.0 * found.standard_error


@pytest.mark.realdata
def test_take_up_table_counts_every_offer_once(kept: pl.DataFrame) -> None:
    found = take_up_table(kept.hstack(outcomes_of(kept)))
    assert found["risk"].unique(maintain_order=True).to_list() == ["LOW", "MEDIUM", "HIGH"]
    assert found["band"].to_list() == list(range(BANDS)) * 3
    assert int(found["offers"].sum()) == kept.height
    taken = float((found["offers"] * found["tookup"]).sum())
    assert taken == pytest.approx(float(kept["tookup"].sum()))
    assert (found["tookup"] + found["rejected"]).to_list() == pytest.approx(
        found["applied"].to_list()
    )


def test_probit_is_the_maximum() -> None:
    X, y, _ = drawn(1)
    beta = probit(X, y)

    def likelihood(b: Vector) -> float:
        p = ndtr(X @ b)
        return float(np.log(np.where(y == 1.0, p, 1.0 - p)).sum())

    for column in range(2):
        for step in (-1e-3, 1e-3):
            moved = beta.copy()
            moved[column] += step
            assert likelihood(moved) < likelihood(beta)


def test_probit_errors_are_clustered() -> None:
    """The spread over 150 drawn samples is what the sandwich says, not what single rows would."""
    betas, errors, naive = [], [], []
    for seed in range(150):
        X, y, cluster = drawn(seed, 1_000)
        betas.append(probit(X, y)[1])
        errors.append(np.sqrt(probit_covariance(X, y, cluster)[1, 1]))
        naive.append(np.sqrt(probit_covariance(X, y, np.arange(len(y)))[1, 1]))
    assert np.mean(betas) == pytest.approx(0.5, abs=0.06)
    assert np.mean(errors) == pytest.approx(np.std(betas), rel=0.2)
    assert np.mean(naive) < 0.8 * np.std(betas)


def test_effect_is_the_slope_at_the_means() -> None:
    rng = np.random.default_rng(3)
    n = 3_000
    columns = {name: rng.integers(0, 2, n).astype(np.float64) for name in REGRESSORS}
    columns["offer4"] = rng.uniform(3.0, 12.0, n)
    applied = (0.5 - 0.1 * columns["offer4"] + rng.normal(size=n) > 0).astype(np.float64)
    frame = pl.DataFrame(columns | {"applied": applied})
    found = rate_effect(frame, "applied", np.arange(n))
    X = np.column_stack([np.ones(n), frame.select(REGRESSORS).to_numpy()])
    centre, beta = X.mean(axis=0), probit(X, applied)
    up, down = (ndtr((centre + np.eye(6)[1] * step) @ beta) for step in (1e-4, -1e-4))
    assert found.effect == pytest.approx((up - down) / 2e-4, rel=1e-5)
    shifted = [_effect(X, applied, seed) for seed in range(60)]
    assert found.standard_error == pytest.approx(np.std(shifted), rel=0.35)


def _effect(X: Vector, y: Vector, seed: int) -> float:
    """Of a bootstrap sample, at its own means."""
    rows = np.random.default_rng(seed).integers(0, len(y), len(y))
    beta, centre = probit(X[rows], y[rows]), X[rows].mean(axis=0)
    return float(np.exp(-0.5 * (centre @ beta) ** 2) / np.sqrt(2.0 * np.pi) * beta[1])


def test_a_probit_without_a_maximum_is_refused() -> None:
    X = np.column_stack([np.ones(40), np.arange(40.0) - 19.5])
    with pytest.raises(DataError, match="not settled"):
        probit(X, (X[:, 1] > 0).astype(np.float64))
