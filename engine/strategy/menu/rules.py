"""From a menu table and a book's wishes to the problem that is solved: what is allowed, where."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError, did_you_mean
from engine.evaluate import EconomicsConfig
from engine.strategy.config import OptimiseConfig, RateCeilingConfig
from engine.strategy.menu.constraints import linear_constraints
from engine.strategy.menu.problem import MenuProblem, Ordering
from engine.strategy.menu.table import MenuTable

Flags = NDArray[np.bool_]
_ROOM = 1e-12
"""Prices are decimals, their float64 differ in the last bits."""


def menu_problem(
    table: MenuTable, config: OptimiseConfig, economics: EconomicsConfig, *, as_of: date | None
) -> MenuProblem:
    """One choice per cell.

    Raises
    ------
    BookError
        A constraint that cannot be stated, a grade that is not there, or a menu of which nothing
        is allowed anywhere.
    """
    allowed = _allowed(table, config, economics, as_of)
    if not allowed.any():
        raise BookError(
            "optimise: ceilings, max_change and never_approve leave nothing on the menu"
        )
    always = _cells_of(table, config.always_approve, "always_approve")
    return MenuProblem(
        rates=table.rates,
        limits=table.limits,
        profit=np.ascontiguousarray(table.measure("profit")),
        allowed=allowed,
        may_decline=~always,
        constraints=linear_constraints(
            config.constraints.bounds(), table, capital_ratio=economics.capital_ratio
        ),
        ordering=Ordering(
            limits=config.order_limits,
            scope=config.scope,
            decline=config.decline,
            least_step=config.least_step,
            largest_step=config.largest_step,
        ),
    )


def _allowed(
    table: MenuTable, config: OptimiseConfig, economics: EconomicsConfig, as_of: date | None
) -> Flags:
    """Entries of the menu, ``(S, G, R, L)``."""
    shape = table.sums.shape[1:]
    allowed = np.ones(shape, np.bool_)
    for ceiling in config.rate_ceilings:
        if _in_force(ceiling, as_of):
            allowed &= _below(table, ceiling, economics.fee)
    allowed &= _near_today(table, config)
    allowed &= ~_cells_of(table, config.never_approve, "never_approve")[:, :, None, None]
    return allowed


def _in_force(ceiling: RateCeilingConfig, as_of: date | None) -> bool:
    """Without a day for the whole book, every ceiling is."""
    if as_of is None:
        return True
    return (ceiling.start or as_of) <= as_of <= (ceiling.until or as_of)


def _below(table: MenuTable, ceiling: RateCeilingConfig, fee: float) -> Flags:
    """Entries that the ceiling allows, ``(R, L)``: the rate and the yearly fee together."""
    legal = table.rates + fee <= ceiling.max_apr + _ROOM
    top = np.inf if ceiling.to_limit is None else ceiling.to_limit
    concerned = (table.limits >= ceiling.from_limit) & (table.limits < top)
    found: Flags = legal[:, None] | ~concerned[None, :]
    return found


def _near_today(table: MenuTable, config: OptimiseConfig) -> Flags:
    """Entries within ``max_change`` of today's average offer, ``(S, G, R, L)``."""
    change = config.constraints.max_change
    near = np.ones(table.sums.shape[1:], np.bool_)
    if change is None:
        return near
    new = np.isnan(table.today_rate)[:, :, None]
    if change.rate is not None:
        moved = np.abs(table.rates - table.today_rate[:, :, None])
        near &= (new | (moved <= change.rate + _ROOM))[:, :, :, None]
    if change.limit is not None:
        today = table.today_limit[:, :, None]
        moved = np.abs(table.limits - today)
        near &= (new | (moved <= change.limit * today * (1.0 + _ROOM)))[:, :, None, :]
    return near


def _cells_of(table: MenuTable, names: tuple[str, ...], key: str) -> Flags:
    """Cells of these grades (the strategy's, or the book's that hold them), ``(S, G)``."""
    own = [grade.grade for grade in table.rows.grades]
    found = np.zeros(table.rows.shape, np.bool_)
    for name in names:
        of_book = [g for g, grade in enumerate(table.rows.grades) if grade.of_book == name]
        places = [own.index(name)] if name in own else of_book
        if not places:
            raise BookError(f"optimise.{key}: no grade '{name}'{did_you_mean(name, own)}")
        found[:, places] = True
    return found
