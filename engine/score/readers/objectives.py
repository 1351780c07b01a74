"""LightGBM's objectives: what their ``objective=`` line says and how they turn sums into scores.

Source: ``ObjectiveFunction::ConvertOutput`` and ``ToString`` of LightGBM 4; held equal by the
tests. A line or token that is not listed is refused: a guessed transform is a wrong score.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from engine.errors import ModelError, did_you_mean
from kernels.transforms import EXP, IDENTITY, LOG1P_EXP, SIGMOID, SIGNED_SQUARE, SOFTMAX


class Objective(NamedTuple):
    """``classes`` columns come out; ``is_probability``: they are fractions 0..1."""

    transform: int = IDENTITY
    sigmoid: float = 1.0
    classes: int = 1
    is_probability: bool = False


class _Rule(NamedTuple):
    transform: int
    tokens: tuple[str, ...] = ()
    is_probability: bool = False


_SQRT = ("sqrt",)
_RULES = {
    "binary": _Rule(SIGMOID, ("sigmoid",), True),
    "cross_entropy": _Rule(SIGMOID, (), True),
    "cross_entropy_lambda": _Rule(LOG1P_EXP),
    "multiclass": _Rule(SOFTMAX, ("num_class",), True),
    "multiclassova": _Rule(SIGMOID, ("num_class", "sigmoid"), True),
    "regression": _Rule(IDENTITY, _SQRT),
    "regression_l1": _Rule(IDENTITY, _SQRT),
    "quantile": _Rule(IDENTITY, _SQRT),
    "mape": _Rule(IDENTITY, _SQRT),
    "fair": _Rule(IDENTITY, _SQRT),
    "huber": _Rule(IDENTITY),
    "poisson": _Rule(EXP),
    "gamma": _Rule(EXP),
    "tweedie": _Rule(EXP),
    "lambdarank": _Rule(IDENTITY),
    "rank_xendcg": _Rule(IDENTITY),
}


def read_objective(line: str | None, num_class: int) -> Objective:
    """The meaning of an ``objective=`` line, e.g. ``binary sigmoid:1``.

    None (the file has no such line: a model of a custom objective) is the identity, as in LightGBM.

    Raises
    ------
    ModelError
        Unknown objective or token, or a number of classes that is not the header's.
    """
    if line is None:
        return Objective(classes=num_class)
    name, *tokens = line.split() or [""]
    rule = _RULES.get(name)
    if rule is None:
        raise ModelError(f"objective '{name}' is not supported{did_you_mean(name, _RULES)}")
    values = dict(_token(token, rule, name) for token in tokens)
    if len(values) != len(tokens):
        raise ModelError(f"objective '{line}' says something twice")
    classes = values.get("num_class", 1.0)
    if classes != num_class or ("num_class" in rule.tokens and num_class < 2):
        raise ModelError(f"objective '{line}' does not fit num_class={num_class}")
    transform = SIGNED_SQUARE if "sqrt" in values else rule.transform
    return Objective(transform, values.get("sigmoid", 1.0), num_class, rule.is_probability)


def _token(token: str, rule: _Rule, name: str) -> tuple[str, float]:
    """``key:number``, or the bare word ``sqrt``."""
    key, colon, text = token.partition(":")
    if key in rule.tokens and bool(colon) == (key != "sqrt"):
        value = _parameter(text) if colon else 1.0
        if 0.0 < value < math.inf:
            return key, value
    raise ModelError(f"objective '{name}': '{token}' is not understood")


_NUMBER = re.compile(r"(\d{1,15})(?:\.(\d{0,15}))?(?:e([+-]?)(\d{1,3}))?")


def _parameter(text: str) -> float:
    """A parameter as LightGBM's quick parser reads it, which is not the nearest float: NaN if it is
    none. One in twenty values of six digits, such as 1.5514, differs in the last bit.

    Digits before the point, plus those behind it over a power of ten; that is multiplied or divided
    by the power of ten of the exponent, a product of 1e50, 1e8 and 10 (``Common::Atof``).
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return math.nan
    before, behind, sign, exponent = found.groups(default="")
    value = float(before) + float(behind or 0) / 10.0 ** len(behind)
    left, scale = min(int(exponent or 0), 308), 1.0
    for size, power in ((50, 1e50), (8, 1e8), (1, 10.0)):
        for _ in range(left // size):
            scale *= power
        left %= size
    return value / scale if sign == "-" else value * scale
