"""What a run's fee income comes to: an exact total, and how many customers it is of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from engine.fee_income.config import EXCLUDED, INCOME, SHORT, FeeIncomeConfig
from kernels.exact_sum import exact_sums, rounded


def fee_facts(published: pl.DataFrame, config: FeeIncomeConfig) -> dict[str, Any]:
    """Of one chunk, as JSON: ``total`` as hexadecimal text in units of 2^-1074 (it has up to 2,100
    bits), ``customers`` with an income, those of them with a ``short_tenure``, and ``excluded``
    ones by reason."""
    earning = published.filter(pl.col(EXCLUDED).is_null())
    values = earning[INCOME].to_numpy()
    (total,) = exact_sums(values, np.zeros(values.size, np.int64), 1)
    found = Counter(published[EXCLUDED].drop_nulls().to_list())
    return {
        "total": hex(total),
        "customers": earning.height,
        "short_tenure": int(earning[SHORT].sum()),
        "excluded": {rule.reason: found[rule.reason] for rule in config.exclude},
    }


def fee_totals(facts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Of a whole run, whatever the order of its chunks; the total is rounded once."""
    total, counts, excluded = 0, Counter[str](), Counter[str]()
    for chunk in facts:
        total += int(chunk["total"], 16)
        counts.update({name: chunk[name] for name in ("customers", "short_tenure")})
        excluded.update(chunk["excluded"])
    return {"total": rounded(total), **counts, "excluded": dict(excluded)}
