"""The market file: how often an offer wins against rivals, as tables over rate and limit.

    win(r, l) = sum over K of p(K) F(r, l)^K,   F(r, l) = P(v(r, l) >= v(R, L)),
    v(r, l) = -r + trade_off ln(l)

for a rival offer (R, L) of the customer's grade. ``engine.fit`` writes the file and
``engine.evaluate`` reads it. Stages do not import each other, so this module lies below both, and
knows NumPy and the error tree only.

    {"kind": "market",
     "rates": {"lo": 0.02, "step": 0.00125, "n": 160},
     "log_limits": {"lo": 6.9, "step": 0.06, "n": 64},
     "tables": [{"segment": "*", "grade": "A", "win": [[...], ...]}, ...],
     "support": {"A": {"rate": [0.03, 0.19], "limit": [1000.0, 50000.0]}, ...},
     "cliffs": [{"grade": "A", "from": 0.07, "to": 0.1, "sector_below": "bank",
                 "sector_above": "card", "mass": 0.0}, ...], ...}

Conventions: rates are annual fractions, limits amounts of the book's currency, ``win[i][j]`` is the
probability at rate ``rates.lo + i step`` and ``ln(limit) = log_limits.lo + j step``. Further keys
of the file are for people and pictures, and are not read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError, did_you_mean

ANY_SEGMENT = "*"
"""The segment of the tables that serve all segments without tables of their own."""

Matrix = NDArray[np.float64]


class Cliff(NamedTuple):
    """Rates ``start`` to ``end`` that hardly any rival offers, and who does on either side.

    ``mass``: the share of rival offers between them.
    """

    grade: str
    start: float
    end: float
    sector_below: str
    sector_above: str
    mass: float


class Support(NamedTuple):
    """Lowest and highest rate and limit of the rivals of a grade."""

    rate_lo: float
    rate_hi: float
    limit_lo: float
    limit_hi: float


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """A checked market file.

    ``tables``: float64 ``(T, n_rates, n_limits)`` in 0..1, never rising along rates, never falling
    along limits. ``keys``: the (segment, grade) of each table; segment ``"*"`` serves all others.
    """

    rate_lo: float
    rate_step: float
    log_limit_lo: float
    log_limit_step: float
    tables: Matrix
    keys: tuple[tuple[str, str], ...]
    cliffs: tuple[Cliff, ...]
    support: dict[str, Support]
    file: str

    @property
    def grades(self) -> tuple[str, ...]:
        """All grades with a table, in the order of the file."""
        return tuple(dict.fromkeys(grade for _, grade in self.keys))

    def table_of(self, segment: str, grade: str) -> int:
        """The place in ``tables`` for a segment and grade.

        Raises
        ------
        ModelError
            Neither the segment nor ``"*"`` has a table for the grade.
        """
        for key in ((segment, grade), (ANY_SEGMENT, grade)):
            if key in self.keys:
                return self.keys.index(key)
        if grade in self.grades:
            raise _error(self.file, f"grade '{grade}' has no table for segment '{segment}' or '*'")
        known = ", ".join(self.grades)
        hint = did_you_mean(grade, self.grades)
        raise _error(self.file, f"there is no grade '{grade}', only {known}{hint}")

    def shifted(self, points: float) -> Market:
        """The market after all rivals moved their rates by ``points`` (0.01 is one point).

        ``win'(r, l) = win(r - points, l)``: knots, cliffs and support move, the tables stay.
        """
        return replace(
            self,
            rate_lo=self.rate_lo + points,
            cliffs=tuple(
                cliff._replace(start=cliff.start + points, end=cliff.end + points)
                for cliff in self.cliffs
            ),
            support={
                grade: s._replace(rate_lo=s.rate_lo + points, rate_hi=s.rate_hi + points)
                for grade, s in self.support.items()
            },
        )


def win(market: Market, table_index: int | NDArray[Any], rate: Matrix, limit: Matrix) -> Matrix:
    """The probability that each offer wins: bilinear in rate and ln(limit) between the knots.

    Parameters
    ----------
    table_index:
        One table for all offers, or integers that broadcast with ``rate``.
    rate, limit:
        float64 arrays that broadcast. Beyond the knots the nearest knot counts, so a limit of 0 or
        less is the lowest one. NaN gives NaN.
    """
    _, n_rates, n_limits = market.tables.shape
    unknown = np.isnan(rate) | np.isnan(limit)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_limit = np.log(np.maximum(limit, 0.0))
    i, x = _place(rate, market.rate_lo, market.rate_step, n_rates)
    j, y = _place(log_limit, market.log_limit_lo, market.log_limit_step, n_limits)
    low, high = (
        _between(market.tables[table_index, knot, j], market.tables[table_index, knot, j + 1], y)
        for knot in (i, i + 1)
    )
    return np.where(unknown, np.nan, _between(low, high, x))


def _between(a: Matrix, b: Matrix, fraction: Matrix) -> Matrix:
    """From ``a`` to ``b``; to the bit ``a`` where they are equal, so that a cliff stays flat."""
    return a + (b - a) * fraction


def _place(value: Matrix, lo: float, step: float, n: int) -> tuple[NDArray[np.intp], Matrix]:
    """The knot at or below each value, never the last one, and the fraction of a step above it."""
    steps = np.clip(np.nan_to_num((value - lo) / step, nan=0.0), 0.0, n - 1.0)
    knot = np.minimum(steps.astype(np.intp), n - 2)
    return knot, steps - knot


def read_market(content: Mapping[str, Any], *, file: str = "market.json") -> Market:
    """Checks the JSON object of a market file.

    Raises
    ------
    ModelError
        A key is missing or of a wrong kind, a table has a wrong shape, is not finite, leaves 0..1,
        rises with the rate or falls with the limit. The message names ``file`` and the place.
    """
    if content.get("kind") != "market":
        raise _error(file, f"its kind is {content.get('kind')!r}, not 'market'")
    try:
        rates, limits = _knots(content, "rates", file), _knots(content, "log_limits", file)
        keys = tuple((_text(t["segment"]), _text(t["grade"])) for t in content["tables"])
        grids = [t["win"] for t in content["tables"]]
        cliffs = tuple(_cliff(entry) for entry in content["cliffs"])
        support = {_text(grade): _support(entry) for grade, entry in content["support"].items()}
    except KeyError as exc:
        raise _error(file, f"the key {exc} is missing") from exc
    except (TypeError, ValueError, AttributeError) as exc:
        raise _error(file, f"a value is of the wrong kind: {exc}") from exc
    if not keys or len(set(keys)) < len(keys):
        raise _error(file, "tables must hold one table per segment and grade, and at least one")
    if missing := sorted({grade for _, grade in keys} - set(support)):
        raise _error(file, f"support has no entry for grade '{missing[0]}'")
    shape = (rates[2], limits[2])
    tables = [_table(grid, shape, key, file) for grid, key in zip(grids, keys, strict=True)]
    return Market(*rates[:2], *limits[:2], np.stack(tables), keys, cliffs, support, file)


def _knots(content: Mapping[str, Any], name: str, file: str) -> tuple[float, float, int]:
    """lo, step, n of regular knots."""
    entry = content[name]
    lo, step, n = _number(entry["lo"]), _number(entry["step"]), entry["n"]
    if type(n) is not int or n < 2 or not step > 0.0:
        raise _error(file, f"{name} needs a step above 0 and a whole number n of at least 2 knots")
    return lo, step, n


def _table(grid: Any, shape: tuple[int, int], key: tuple[str, str], file: str) -> Matrix:
    """One win table, checked."""
    place = f"the win table of segment '{key[0]}', grade '{key[1]}'"
    try:
        table = np.asarray(grid)
    except ValueError as exc:
        raise _error(file, f"{place} has rows of different lengths") from exc
    if table.shape != shape or table.dtype.kind not in "fiu":
        raise _error(file, f"{place} must be numbers {shape}, found {table.dtype} {table.shape}")
    table = table.astype(np.float64)
    problems = (
        ("are not in 0..1", int((~((table >= 0.0) & (table <= 1.0))).sum())),
        ("rise with the rate", int((np.diff(table, axis=0) > 0.0).sum())),
        ("fall with the limit", int((np.diff(table, axis=1) < 0.0).sum())),
    )
    for problem, count in problems:
        if count:
            raise _error(file, f"{count} values of {place} {problem}")
    return table


def _cliff(entry: Mapping[str, Any]) -> Cliff:
    grade, below, above = (_text(entry[k]) for k in ("grade", "sector_below", "sector_above"))
    start, end, mass = (_number(entry[k]) for k in ("from", "to", "mass"))
    if not start < end:
        raise ValueError(f"a cliff goes from {start} to {end}")
    return Cliff(grade, start, end, below, above, mass)


def _support(entry: Mapping[str, Any]) -> Support:
    (rate_lo, rate_hi), (limit_lo, limit_hi) = entry["rate"], entry["limit"]
    return Support(*(_number(value) for value in (rate_lo, rate_hi, limit_lo, limit_hi)))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{value!r} is not a finite number")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a name")
    return value


def _error(file: str, problem: str) -> ModelError:
    return ModelError(f"market file {file}: {problem}")
