"""Whether the sample is large enough, and like those it stands for: figures and warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.fit.config import FitConfig
from engine.fit.sample_design_config import SampleDesignConfig
from engine.fit.scorecard.sample import Drawn, Likeness, likeness, size_report
from engine.fit.split import PARTS
from engine.fit.target import Target

_MOST_NAMED = 5


def design_report(
    drawn: Drawn, target: Target, fit: FitConfig
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """``size`` and ``likeness`` of the sample and its parts, and what is to be warned of.

    They are compared with all usable customers where the features of all were made, else with the
    sample. Without ``[fit.sample_design]`` its size is not judged.
    """
    config = fit.sample_design or SampleDesignConfig()
    bads, usable = int(target.frame["target"].sum()), target.frame.height
    size = size_report(bads, drawn.rows.height, usable, config)
    some = {name: drawn.rows.filter(drawn.mine(name)) for name in PARTS}
    whole = drawn.everyone.height > drawn.rows.height
    if whole:
        some = {"sample": drawn.rows, **some}
    found = likeness(drawn.everyone if whole else drawn.rows, some, drawn.names, config)
    warnings = list(_unlike(found, "all usable customers" if whole else "the sample"))
    if fit.sample_design and not size["large_enough"]:
        warnings.insert(0, _too_small(size))
    compared = {
        "against": "usable" if whole else "sample",
        "most_psi": config.most_psi,
        "most_shift": config.most_shift,
        **{
            name: {**one._asdict(), "share_is_like": one.share_is_like}
            for name, one in found.items()
        },
    }
    return {"size": size, "likeness": compared}, tuple(warnings)


def _too_small(size: Mapping[str, Any]) -> str:
    return (
        f"the sample of {size['drawn']:,} customers is small: {size['needed']:,} are needed for a "
        f"share of {size['expected_share']:.2%} within {size['precision']:.2%} at a confidence of "
        f"{size['confidence']:.0%}"
    )


def _unlike(found: Mapping[str, Likeness], whom: str) -> Iterator[str]:
    for part, one in found.items():
        if not one.share_is_like:
            yield (
                f"{part}: {one.bad_share:.2%} are bad, {one.expected_share:.2%} of {whom}, which "
                f"chance explains up to {one.allowed:.2%} apart"
            )
        if one.unlike:
            names = ", ".join(one.unlike[:_MOST_NAMED])
            more = len(one.unlike) - _MOST_NAMED
            rest = f" and {more} more" if more > 0 else ""
            yield f"{part}: unlike {whom} in {names}{rest}"
