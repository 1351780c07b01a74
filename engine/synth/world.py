"""A world that is known: past offers and what became of them, customers to price, rivals' offers.

An optimiser works with estimated models; here the strategy that it finds can be valued in the truth
(``world_truth``, ``world_market``), and compared with the best that the truth itself allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError
from engine.synth.world_market import GRADES, draw_offers
from engine.synth.world_truth import (
    FEATURES,
    SEGMENTS,
    Floats,
    Integers,
    People,
    draw_people,
    true_grade,
    true_pd,
    true_profit,
    true_take_up,
)

_DAYS = 365
_FIRST_DAY = np.datetime64("2024-01-01", "D")


@dataclass(frozen=True)
class World:
    """Frames for estimation, and the truth behind the book.

    ``history``: a past offer per row: features, segment, grade, rate, limit, offered_on, applied
    (0 or 1) and default (0 or 1, null where not applied). ``book``: customers to be priced, with
    today's rate and limit, by the same policy. ``offers``: rivals'. ``people``: those of the book.
    """

    history: pl.DataFrame
    book: pl.DataFrame
    offers: pl.DataFrame
    people: People

    def profit(
        self,
        rate: Floats,
        limit: Floats,
        approve: NDArray[np.bool_],
        grade: Integers | None = None,
    ) -> float:
        """Expected profit of an offer to each customer of the book, (n,); see ``true_profit``."""
        return true_profit(self.people, rate, limit, approve, grade)


def draw_world(
    history: int, customers: int, *, seed: int, spread: float = 0.02, offers: int = 6_000
) -> World:
    """Draws past offers, a book and rival offers; the same arguments give the same frames.

    Parameters
    ----------
    history, customers, offers:
        Rows of each frame.
    spread:
        Standard deviation of the past rates around what the features prescribed: the residual
        price variation from which a slope can be told.

    Raises
    ------
    BookError
        A number of rows below 1, a negative spread or seed.
    """
    if min(history, customers, offers) < 1 or spread < 0.0 or seed < 0:
        raise BookError(
            "a world needs at least one past offer, customer and rival offer, and a spread and "
            f"seed of at least 0; not {history}, {customers}, {offers}, {spread:g}, {seed}"
        )
    past, now, rivals = (np.random.default_rng([seed, stream]) for stream in range(3))
    people = draw_people(now, customers)
    today = _offered(now, people, spread)
    return World(
        history=_history(past, draw_people(past, history), spread),
        book=_known(people).with_columns(customer_id=np.arange(customers), **today),
        offers=draw_offers(rivals, offers),
        people=people,
    )


def _offered(rng: np.random.Generator, people: People, spread: float) -> dict[str, Floats]:
    """The lender's policy, which reads what also makes customers keen, and some chance."""
    of = people.of
    policy = 0.12 + 0.02 * of("utilisation") + 0.015 * of("need") - 0.01 * of("income")
    rate = np.clip(policy + spread * rng.standard_normal(len(people.x)), 0.02, 0.35)
    size = 8.8 + 0.3 * of("income") - 0.2 * of("utilisation")
    limit = np.exp(size + 0.3 * rng.standard_normal(len(people.x)))
    return {"rate": rate, "limit": limit}


def _known(people: People) -> pl.DataFrame:
    """What a lender knows of customers."""
    frame = pl.DataFrame(dict(zip(FEATURES, people.x.T, strict=True)))
    return frame.with_columns(
        segment=pl.Series(SEGMENTS)[people.segment],
        grade=pl.Series(GRADES)[true_grade(people)],
    )


def _history(rng: np.random.Generator, people: People, spread: float) -> pl.DataFrame:
    """Offers, who applied, who then defaulted."""
    rows, offer = len(people.x), _offered(rng, people, spread)
    applied = rng.random(rows) < true_take_up(people, offer["rate"], offer["limit"])
    default = rng.random(rows) < true_pd(people, offer["rate"])
    frame = _known(people).with_columns(
        **offer,
        offered_on=_FIRST_DAY + rng.integers(0, _DAYS, rows),
        applied=applied.astype(np.int8),
        default=default.astype(np.int8),
    )
    return frame.with_columns(pl.when(pl.col("applied") == 1).then("default").alias("default"))
