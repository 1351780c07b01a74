"""Who a scorecard is fitted and judged on (``drawn``), whether they are enough (``size``) and like
all (``likeness``)."""

from __future__ import annotations

from engine.fit.scorecard.sample.drawn import Drawn, draw, split_report
from engine.fit.scorecard.sample.likeness import Likeness, likeness
from engine.fit.scorecard.sample.size import minimum_sample_size, share_interval, size_report

__all__ = [
    "Drawn",
    "Likeness",
    "draw",
    "likeness",
    "minimum_sample_size",
    "share_interval",
    "size_report",
    "split_report",
]
