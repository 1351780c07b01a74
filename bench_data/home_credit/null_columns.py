"""What differs in test: columns that are null throughout a part have another physical type there.

Fact: in the public test files the schemas of the parts of static_0, applprev_1 and
credit_bureau_a_1 differ from each other, in all-null columns. Which columns and types these are is
not published; here they are columns that are nearly always null in train, text where train has
numbers, and the null type (an int32 to most readers) where it has text or flags.
"""

from __future__ import annotations

import pyarrow as pa

from bench_data.home_credit.columns import columns_of

_PARTS = {"static_0": (1, 2), "applprev_1": (2,), "credit_bureau_a_1": (1, 2, 4)}
_LEAST_NULLS = {"static_0": 0.99, "applprev_1": 0.94, "credit_bureau_a_1": 0.95}


def other_types(table: str, part: int) -> dict[str, pa.DataType]:
    """The all-null columns of a test part and how they are stored there; empty for most parts.

    Of two such parts of a table the later one has only half of the columns, so that they differ.
    """
    parts = _PARTS.get(table, ())
    if part not in parts:
        return {}
    rare = [c for c in columns_of(table) if c.null_rate >= _LEAST_NULLS[table]]
    kept = rare[:: 1 + parts.index(part)]
    return {c.name: pa.string() if c.type == "float64" else pa.null() for c in kept}
