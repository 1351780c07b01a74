"""How many customers a share needs, and how far off the share of some may be.

The interval estimate of a share w from n customers is ``|P - w| <= z sqrt(w (1 - w) / n)``, with z
the normal quantile of the confidence; for a precision of P it is solved for n. A sample without
replacement from N customers errs less, by the factor ``sqrt((N - n) / (N - 1))`` (Cochran,
Sampling Techniques, 3rd ed. 1977, sections 2.6 and 4.4).

Customers count one each here, whatever their weights.
"""

from __future__ import annotations

import math
from typing import Any

from scipy.special import ndtri

from engine.fit.sample_design_config import SampleDesignConfig


def minimum_sample_size(
    share: float, precision: float, confidence: float, *, population: int | None = None
) -> int:
    """The fewest customers whose share is within ``precision`` of ``share`` with ``confidence``.

    ``n = z^2 w (1 - w) / precision^2``, rounded up. With ``population`` customers to draw from,
    ``n / (1 + (n - 1) / population)``. Raises ValueError unless share, precision and confidence lie
    between 0 and 1 and the population is at least 1.
    """
    for name, value in (("share", share), ("precision", precision), ("confidence", confidence)):
        if not 0.0 < value < 1.0:
            raise ValueError(f"{name} must lie between 0 and 1, not {value}")
    size = normal_quantile(confidence) ** 2 * share * (1.0 - share) / precision**2
    if population is not None:
        if population < 1:
            raise ValueError(f"population must be at least 1, not {population}")
        size /= 1.0 + (size - 1.0) / population
    return max(math.ceil(size), 1)


def share_interval(
    share: float, size: int, confidence: float, *, population: int | None = None
) -> float:
    """How far the share among ``size`` customers may be off ``share``: ``z sqrt(w (1 - w) / n)``,
    less where they are drawn from ``population`` customers."""
    half = normal_quantile(confidence) * math.sqrt(share * (1.0 - share) / size)
    if population is None or population <= 1:
        return half
    return half * math.sqrt(max(population - size, 0) / (population - 1))


def size_report(bads: int, drawn: int, usable: int, config: SampleDesignConfig) -> dict[str, Any]:
    """Whether ``drawn`` customers of ``usable``, of whom ``bads`` are bad, are enough."""
    observed = bads / usable
    share = config.share if config.share is not None else observed
    population = usable if config.finite else None
    inside = 0.0 < share < 1.0
    needed = (
        minimum_sample_size(share, config.precision, config.confidence, population=population)
        if inside
        else None
    )
    return {
        "precision": config.precision,
        "confidence": config.confidence,
        "expected_share": share,
        "bad_share": observed,
        "needed": needed,
        "usable": usable,
        "drawn": drawn,
        "large_enough": needed is None or drawn >= needed,
    }


def normal_quantile(confidence: float) -> float:
    """The z within which of 0 a standard normal number lies with probability ``confidence``."""
    return float(ndtri((1.0 + confidence) / 2.0))
