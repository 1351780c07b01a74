"""Who is compared with what: one line for each contender."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

Aggregate = Callable[[Path, Sequence[str]], Any]
"""Of a Parquet file in customer order, the numeric columns: a frame of Polars or pandas."""

_NONE: Mapping[str, str] = MappingProxyType({})


class Contender(NamedTuple):
    """``recipe`` is a function of ``module``, beside this file; ``options`` are its own."""

    recipe: str
    name: str
    module: str
    options: Mapping[str, str] = _NONE

    def load(self) -> Aggregate:
        """Imports the contender, which is not timed; fails if its library is not installed."""
        module = import_module(f"benchmarks.aggregation.{self.module}")
        return partial(getattr(module, self.recipe), **self.options)


CONTENDERS = (
    Contender("simple", "Polars, streaming", "with_polars", {"engine": "streaming"}),
    Contender("simple", "Polars, in memory", "with_polars", {"engine": "in-memory"}),
    Contender("simple", "DuckDB", "with_duckdb"),
    Contender("winning", "Polars, streaming", "with_polars", {"engine": "streaming"}),
    Contender("winning", "Polars, in memory", "with_polars", {"engine": "in-memory"}),
    Contender("winning", "pandas", "with_pandas"),
)
