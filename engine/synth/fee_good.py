"""The scorecard ``fee_good``: is this customer's fee income good? A bank's published coefficients.

The source fits, on raw features, P(good) = 1 / (1 + exp(-(intercept + sum coefficient x feature)))
by iteratively reweighted least squares; good is a fee income of 10,000 or more. Its amounts are in
its own currency; the book's [features] convert with ``SOURCE_UNITS`` per EUR, an assumption that
brings amounts into the range the coefficients were fitted on.
"""

from __future__ import annotations

import json
from pathlib import Path

SOURCE_UNITS = 100
INTERCEPT = 0.043446277
COEFFICIENTS = {
    "products": 0.223607191,
    "sms_banking": 0.240639858,
    "operation_amount_per_day": -0.00011345,
    "turnover_per_day": 0.000050885,
}


def write_fee_good(path: Path) -> None:
    """Writes the scorecard JSON. A customer without operations has amounts 0."""
    features = [
        {"name": name, "coefficient": coefficient, "impute": 0.0, "mean": 0.0, "std": 1.0}
        for name, coefficient in COEFFICIENTS.items()
    ]
    scorecard = {"kind": "scorecard", "features": features, "intercept": INTERCEPT}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scorecard, indent=2) + "\n", encoding="utf-8")
