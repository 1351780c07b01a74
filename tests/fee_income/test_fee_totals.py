"""What a run's fee income comes to does not depend on how its customers are cut into chunks."""

from __future__ import annotations

import json
import math

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from engine.fee_income import FeeIncomeConfig, fee_facts, fee_totals

RULES = FeeIncomeConfig(exclude=[{"reason": r, "when": "a"} for r in ("payroll", "corporate")])
CUSTOMERS = st.lists(
    st.tuples(
        st.floats(0, 1e15), st.booleans(), st.sampled_from([None, None, "payroll", "corporate"])
    ),
    min_size=1,
    max_size=20,
)


@given(CUSTOMERS, st.integers(1, 20))
def test_any_chunks_give_the_same_totals(
    customers: list[tuple[float, bool, str | None]], size: int
) -> None:
    rows = [
        (None if reason else income, float(short), reason) for income, short, reason in customers
    ]
    schema = {"fee_income": pl.Float64, "short_tenure": pl.Float64, "fee_excluded": pl.String}
    frame = pl.DataFrame(rows, schema, orient="row")
    chunks = [fee_facts(part, RULES) for part in frame.iter_slices(size)]
    earning = [row for row in rows if row[2] is None]
    assert fee_totals(json.loads(json.dumps(chunks))) == {
        "total": math.fsum(row[0] for row in earning),
        "customers": len(earning),
        "short_tenure": sum(row[1] for row in earning),
        "excluded": {r: [row[2] for row in rows].count(r) for r in ("payroll", "corporate")},
    }
