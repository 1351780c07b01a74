"""Differences of dates in the SQL expressions of a book: a number of days, wherever they stand.

To Polars they are durations, and it compares durations and dates with numbers by what they are
stored as: ``as_of - opened_on > 100`` would be true of 101 microseconds, without a word.
"""

from __future__ import annotations

import io
import json
import warnings
from typing import Any

import polars as pl

_COMPARISONS = frozenset(("Gt", "GtEq", "Lt", "LtEq", "Eq", "NotEq"))
_DATES = (pl.Date, pl.Datetime)
_DAY = 86_400_000_000
"""In microseconds."""


def days(duration: pl.Expr) -> pl.Expr:
    """A duration as a number of days, float64."""
    return duration.dt.total_microseconds() / _DAY


def with_days(expression: pl.Expr, schema: pl.Schema) -> pl.Expr:
    """``expression`` over columns of ``schema``, in which the difference of two dates is ``days``.

    An interval beside a number, in a comparison or as a choice of several, becomes days, too; with
    a date it is added and subtracted as ever.

    Raises
    ------
    polars.exceptions.PolarsError
        A date is compared with a number, or types do not fit at all.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the format is not promised to last; tests hold it
        text = expression.meta.serialize(format="json")
        read = [schema[name] for name in expression.meta.root_names() if name in schema]
        temporal = any(dtype.is_temporal() for dtype in read)
        if not (temporal or '"Date' in text or '"Duration' in text):
            return expression
        return _expression(_rewritten(json.loads(text), schema))


def _rewritten(tree: Any, schema: pl.Schema) -> Any:
    match tree:
        case {"Literal": _} | {"Column": _}:
            return tree
        case dict():
            parts = {name: _rewritten(part, schema) for name, part in tree.items()}
            return _node(parts, schema)
        case list():
            return [_rewritten(part, schema) for part in tree]
        case _:
            return tree


def _node(tree: dict[str, Any], schema: pl.Schema) -> dict[str, Any]:
    """A node whose parts are rewritten already."""
    match tree:
        case {"BinaryExpr": {"left": left, "op": "Minus", "right": right}}:
            types = _types([left, right], schema)
            return _in_days(tree) if all(dtype in _DATES for dtype in types) else tree
        case {"BinaryExpr": {"left": left, "op": op, "right": right}} if op in _COMPARISONS:
            left, right = _alike([left, right], schema)
            return {"BinaryExpr": {"left": left, "op": op, "right": right}}
        case {"Ternary": {"predicate": predicate, "truthy": truthy, "falsy": falsy}}:
            truthy, falsy = _alike([truthy, falsy], schema)
            return {"Ternary": {"predicate": predicate, "truthy": truthy, "falsy": falsy}}
        case {"Function": {"input": [_, _, *_] as parts, **others}}:
            return {"Function": {"input": _alike(parts, schema), **others}}
        case _:
            return tree


def _alike(trees: list[Any], schema: pl.Schema) -> list[Any]:
    """Values that Polars would take for the numbers they are stored as, beside numbers."""
    types = _types(trees, schema)
    if not any(dtype.is_numeric() for dtype in types):
        return trees
    if any(dtype in _DATES for dtype in types):
        raise pl.exceptions.SchemaError("a date beside a number")
    pairs = zip(trees, types, strict=True)
    return [_in_days(tree) if dtype == pl.Duration else tree for tree, dtype in pairs]


def _in_days(tree: Any) -> Any:
    return json.loads(days(_expression(tree)).meta.serialize(format="json"))


def _types(trees: list[Any], schema: pl.Schema) -> list[pl.DataType]:
    named = [_expression(tree).alias(str(number)) for number, tree in enumerate(trees)]
    return pl.LazyFrame(schema=schema).select(named).collect_schema().dtypes()


def _expression(tree: Any) -> pl.Expr:
    return pl.Expr.deserialize(io.StringIO(json.dumps(tree)), format="json")
