"""The winning recipe as the competition's notebooks write it: one ``groupby`` after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.aggregation.recipes import DATE, FIVE, KEY, winning_names

_SIX = [*FIVE, "last"]  # of a groupby, that is the last value that is not missing


def winning(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """29 aggregates of each column; the customer is the index, in the order of the file."""
    rows = pd.read_parquet(path, columns=[KEY, DATE, *columns])
    names, customer = list(columns), rows[KEY]
    values = np.floor(rows[names].astype("float64") * 100)
    differences = values.groupby(customer, sort=False).diff()
    last_3, last_6 = (rows.groupby(KEY, sort=False).tail(count).index for count in (3, 6))
    month = pd.to_datetime(rows[DATE]).dt.to_period("M")
    parts = [
        _aggregated(values, customer, _SIX),
        _aggregated(differences, customer, _SIX, "__diff"),
        _aggregated(values.loc[last_3], customer, FIVE, "__last_3"),
        _aggregated(values.loc[last_6], customer, FIVE, "__last_6"),
        _aggregated(differences.loc[last_3], customer, FIVE, "__diff__last_3"),
        _last_rank(values, customer, customer, "__last_valid_rank"),
        _last_rank(values, month, customer, "__last_valid_rank_in_month"),
    ]
    return pd.concat(parts, axis=1)[winning_names(columns)[1:]]


def _aggregated(
    values: pd.DataFrame, customer: pd.Series, statistics: Sequence[str], part: str = ""
) -> pd.DataFrame:
    made = values.groupby(customer, sort=False).agg(list(statistics))
    made.columns = [f"{name}{part}__{_NAMES.get(what, what)}" for name, what in made.columns]
    return made


_NAMES = {"last": "last_valid"}


def _last_rank(
    values: pd.DataFrame, among: pd.Series, customer: pd.Series, suffix: str
) -> pd.DataFrame:
    ranks = values.groupby(among, sort=False).rank(pct=True)
    return ranks.groupby(customer, sort=False).last().add_suffix(suffix)
