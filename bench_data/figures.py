"""Figures as they are printed: a line per name, or one JSON object."""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping


def print_figures(figures: Mapping[str, Mapping[str, float | int]], *, json: bool) -> None:
    """Counts as they are, all else to five digits."""
    if json:
        print(json_text.dumps(figures))
        return
    width = max(len(name) for name in figures)
    for name, values in figures.items():
        print(f"{name:{width}}", "  ".join(f"{what} {_shown(x)}" for what, x in values.items()))


def _shown(value: float | int) -> str:
    return str(value) if isinstance(value, int) else f"{value:.5f}"
