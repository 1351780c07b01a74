"""What happens on the card: balance, payment, purchases. The accounts add up:

balance(t) = balance(t - 1) + interest + purchases + cash advances - payment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from engine.synth.arrears import Paths
from engine.synth.blocks import BLOCK, Block, Stream
from engine.synth.population import HISTORY, Floats, Population

_MONTHLY_INTEREST = 0.012


@dataclass(frozen=True, slots=True)
class Accounts:
    """EUR, one column per statement, oldest first; all (BLOCK, HISTORY)."""

    credit_limit: Floats
    balance: Floats
    payment: Floats
    purchases: Floats
    cash_advances: Floats
    interest: Floats


def draw_accounts(block: Block, population: Population, paths: Paths) -> Accounts:
    """Draws the months up to the review from latent risk, stress and arrears."""
    rng = block.generator(Stream.ACCOUNTS)
    limit = _limits(population, rng)
    balance = _balances(limit[:, :1], limit, population, paths, rng)
    before, now = balance[:, :-1], balance[:, 1:]
    interest = (_MONTHLY_INTEREST * before).round(2)
    payment = _payments(before, population, paths, rng)
    spent = now - before - interest + payment
    payment = payment + np.maximum(-spent, 0.0)  # a balance that fell was paid down
    spent = np.maximum(spent, 0.0)
    risk = population.risk[:, None] + 0.6 * paths.stress[:, :HISTORY]
    draws_cash = rng.random(spent.shape) < expit(-2.4 + 0.6 * risk)
    cash = (spent * np.where(draws_cash, 0.4 * rng.random(spent.shape), 0.0)).round(2)
    purchases = (spent - cash).round(2)
    return Accounts(limit, now, payment.round(2), purchases, cash, interest)


def _limits(population: Population, rng: np.random.Generator) -> Floats:
    """Today's limit; one customer in eight had a lower one until some month of the year."""
    raised = rng.integers(1, HISTORY, BLOCK)
    lower = np.where(rng.random(BLOCK) < 0.125, 0.7, 1.0)
    factor = np.where(np.arange(HISTORY) < raised[:, None], lower[:, None], 1.0)
    return np.maximum((population.credit_limit[:, None] * factor).round(-2), 300.0)


def _balances(
    first: Floats, limit: Floats, population: Population, paths: Paths, rng: np.random.Generator
) -> Floats:
    """(BLOCK, HISTORY + 1): utilisation is a logistic AR(1) around risk and stress, times limit."""
    noise = rng.standard_normal(BLOCK)
    habit = -0.9 + 0.55 * population.risk + 0.6 * rng.standard_normal(BLOCK)
    used = np.empty((BLOCK, HISTORY + 1))
    for month in range(HISTORY + 1):
        noise = 0.7 * noise + 0.5 * rng.standard_normal(BLOCK)
        at = max(month - 1, 0)
        used[:, month] = habit + 0.5 * paths.stress[:, at] + 0.25 * paths.missed[:, at] + noise
    return np.asarray(expit(used) * np.hstack([first, limit])).round(2)


def _payments(
    before: Floats, population: Population, paths: Paths, rng: np.random.Generator
) -> Floats:
    """A share of the last balance, lower under risk and stress, a tenth where it is missed."""
    shape = before.shape
    risk = population.risk[:, None] + 0.5 * paths.stress[:, :HISTORY]
    share = 0.03 + 0.97 * expit(-0.6 - 0.7 * risk + 1.2 * rng.standard_normal(shape))
    missed = np.diff(paths.missed[:, :HISTORY], axis=1, prepend=0) > 0
    return np.asarray(before * np.where(missed, 0.1 * share, share)).round(2)
