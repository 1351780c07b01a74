"""Nightbook: scores and prices a whole retail loan book overnight, from raw tables.

``load_model``, ``run``, ``optimise`` and the module ``metrics`` are the Python entry points; they
are imported on first use, so that ``nightbook --help`` does not wait for the libraries behind them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kernels

if getattr(kernels, "DISTRIBUTION", None) != "nightbook":
    from importlib.metadata import packages_distributions

    _owners = ", ".join(packages_distributions().get("kernels", [])) or "a local folder"
    raise ImportError(
        f"the package 'kernels' at {getattr(kernels, '__file__', None) or list(kernels.__path__)} "
        f"is not Nightbook's: it comes from {_owners}. Uninstall that, or move it off sys.path."
    )

if TYPE_CHECKING:
    from engine import metrics
    from engine.optimising import optimise
    from engine.pipeline import run
    from engine.score import load_model

__version__ = "0.1.0"
__all__ = ["__version__", "load_model", "metrics", "optimise", "run"]

_LAZY = {
    "load_model": "engine.score",
    "optimise": "engine.optimising",
    "run": "engine.pipeline",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "metrics":
        return import_module("engine.metrics")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'engine' has no attribute '{name}'")
