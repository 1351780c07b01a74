"""Offline training: what is bad, who trains, who judges, and the fitted model of default."""

from __future__ import annotations

from engine.fit.config import FitConfig
from engine.fit.pd import FittedPd, fit_pd
from engine.fit.split import draw_sample
from engine.fit.target import Target, build_target, merge_targets
from engine.fit.target_config import TargetConfig

__all__ = [
    "FitConfig",
    "FittedPd",
    "Target",
    "TargetConfig",
    "build_target",
    "draw_sample",
    "fit_pd",
    "merge_targets",
]
