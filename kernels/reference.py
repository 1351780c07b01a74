"""Readable NumPy twins of the kernels: what they compute, without how they do it fast.

Each takes the arguments of its façade and returns what that fills or returns. They are for tests
and for readers; ``exp`` and ``log`` are NumPy's, so they may differ from the kernels in the last
bits. Everything else is equal to the bit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels import forest as f
from kernels.forest import Forest, Output
from kernels.logistic import Scorecard
from kernels.profit import OfferEconomics


def forest_scores(
    forest: Forest, X: NDArray[Any], columns: NDArray[np.uint32], output: Output, classes: int
) -> NDArray[np.float64]:
    """Twin of ``forest.forest_scores``: all rows go down one tree together, level by level."""
    values = X[:, columns[forest.source]].astype(np.float64)
    zero = np.abs(values) <= f.ZERO
    values = np.where(zero, np.where(forest.zero_is_missing, np.nan, 0.0), values)
    sums = np.zeros((X.shape[0], classes))
    for tree, root in enumerate(forest.root):
        node = np.full(X.shape[0], root)
        while (node >= 0).any():
            walking = np.flatnonzero(node >= 0)
            node[walking] = _next(forest, node[walking], values[walking])
        sums[:, tree % classes] += forest.leaf[~node]
    return _transformed(sums / output.divisor, output)


def _next(forest: Forest, node: NDArray[Any], values: NDArray[np.float64]) -> NDArray[np.int32]:
    x = values[np.arange(node.size), forest.slot[node]]
    missing_left = np.isnan(x) & (forest.kind[node] == f.NAN_LEFT)
    left = (x <= forest.threshold[node]) | missing_left
    categorical = forest.kind[node] & f.CATEGORICAL != 0
    left[categorical] = [
        _holds(forest.bitset[forest.words[n] : forest.words[n + 1]], category)
        for n, category in zip(node[categorical], x[categorical], strict=True)
    ]
    following: NDArray[np.int32] = forest.child[2 * node + ~left]
    return following


def _holds(words: NDArray[np.uint32], x: float) -> bool:
    listed = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
    return bool(np.isfinite(x) and x > -1.0 and np.trunc(x) in listed)


def _transformed(sums: NDArray[np.float64], output: Output) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        if output.transform == f.SIGMOID:
            return 1.0 / (1.0 + np.exp(-output.sigmoid * sums))
        if output.transform == f.EXP:
            return np.exp(sums)
        if output.transform == f.LOG1P_EXP:
            return np.log1p(np.exp(sums))
    if output.transform == f.SIGNED_SQUARE:
        return np.sign(sums) * sums * sums
    if output.transform == f.SOFTMAX:
        e: NDArray[np.float64] = np.exp(sums - sums.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = e / e.sum(axis=1, keepdims=True)
        return shares
    return sums


def scorecard_scores(
    card: Scorecard, X: NDArray[Any], columns: NDArray[np.uint32], raw: bool
) -> NDArray[np.float64]:
    """Twin of ``logistic.scorecard_scores``."""
    x = X[:, columns].astype(np.float64)
    x = np.where(np.isnan(x), card.impute, x)
    with np.errstate(invalid="ignore", over="ignore"):
        terms = card.coefficient * ((x - card.mean) / card.std)
        z = np.full(X.shape[0], card.intercept)
        for j in range(terms.shape[1]):
            z += terms[:, j]
    return z if raw else _sigmoid(z)


def platt(p: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
    """Twin of ``logistic.platt``."""
    with np.errstate(divide="ignore"):
        return _sigmoid(slope * (np.log(p) - np.log1p(-p)) + intercept)


def _sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0.0, 1.0, e) / (1.0 + e)


def exact_sums(values: NDArray[np.float64], groups: NDArray[Any], n_groups: int) -> list[int]:
    """Twin of ``exact_sum.exact_sums``: fractions."""
    totals = [Fraction(0)] * n_groups
    for value, group in zip(values.tolist(), groups.tolist(), strict=True):
        totals[group] += Fraction(value) * 2**1074
    return [int(total) for total in totals]


def offer_economics(
    *,
    pd: NDArray[np.float64],
    rate: NDArray[np.float64],
    limit: NDArray[np.float64],
    approve: NDArray[Any],
    segment: NDArray[Any],
    take_up_intercept: NDArray[np.float64],
    take_up_rate: NDArray[np.float64],
    take_up_log_limit: NDArray[np.float64],
    take_up_reference_limit: NDArray[np.float64],
    lgd: float,
    cost: float,
) -> OfferEconomics:
    """Twin of ``profit.offer_economics``."""
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (
            take_up_intercept[segment]
            + take_up_rate[segment] * rate
            + take_up_log_limit[segment]
            * (np.log(limit) - np.log(take_up_reference_limit[segment]))
        )
        take_up = np.where(limit <= 0.0, 0.0, _sigmoid(z))
        margin = rate - cost
        exposure = take_up * limit
        loss = exposure * pd * lgd
        profit = exposure * ((1.0 - pd) * margin - pd * lgd)
    nothing = (approve == 0) | (limit <= 0.0)
    exposure, loss, profit = (np.where(nothing, 0.0, x) for x in (exposure, loss, profit))
    return OfferEconomics(take_up, margin, exposure, loss, profit)
