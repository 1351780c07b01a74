"""The Arrow tables of a block: statements, and one row per customer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from bench_data.amex.blocks import TRAIN, Block
from bench_data.amex.columns import Column, codes_of, columns
from bench_data.amex.history import History, draw_history
from bench_data.amex.nulls import Validity
from bench_data.amex.population import Population, draw_population
from bench_data.amex.values import draw_values, shared_traits

TEXT_COLUMNS = ("D_63", "D_64")
WHOLE_COLUMNS = ("B_31",)


class Tables(NamedTuple):
    """``statements``: 190 columns. ``customers``: key and ``target``, or a ``prediction`` of 0."""

    statements: pa.Table
    customers: pa.Table


def draw_tables(block: Block) -> Tables:
    """Both tables of the customers that are kept, ascending by key and date.

    ``customer_ID``, ``D_63``, ``D_64``: string. ``S_2``: date32. ``B_31``: int64. Others: float32.
    """
    population = draw_population(block)
    history = draw_history(block, population)
    keys = block.keys()
    statements = _statements(block, history, keys)
    rows = int(history.first_row[block.customers])
    customers = _customers(block, population, keys)
    return Tables(statements.slice(0, rows), customers.slice(0, block.customers))


def _statements(block: Block, history: History, keys: pa.StringArray) -> pa.Table:
    traits = shared_traits(block)
    validity = Validity(block, history)
    arrays = {"customer_ID": keys.take(pa.array(history.customer)), "S_2": pa.array(history.date)}
    for column in columns():
        values = draw_values(block, column, history, traits)
        arrays[column.name] = _array(column, values, validity.bitmap(column.nulls))
    return pa.table(arrays)


def _customers(block: Block, population: Population, keys: pa.StringArray) -> pa.Table:
    if block.split == TRAIN:
        return pa.table({"customer_ID": keys, "target": population.target.astype(np.int64)})
    return pa.table({"customer_ID": keys, "prediction": np.zeros(len(keys), np.int64)})


def _array(column: Column, values: np.ndarray, valid: pa.Buffer | None) -> pa.Array:
    if column.kind != "codes":
        return _with_nulls(pa.float32(), values, valid)
    codes = [code.text for code in codes_of()[column.name]]
    if column.name in TEXT_COLUMNS:
        positions = _with_nulls(pa.int32(), values.astype(np.int32), valid)
        return pa.array(codes).take(positions)
    if column.name in WHOLE_COLUMNS:
        return _with_nulls(pa.int64(), np.array(codes, np.int64)[values], valid)
    return _with_nulls(pa.float32(), np.array(codes, np.float32)[values], valid)


def _with_nulls(kind: pa.DataType, values: np.ndarray, valid: pa.Buffer | None) -> pa.Array:
    """Shares the memory of both: the bitmap of many columns is made once."""
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])
