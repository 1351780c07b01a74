"""``python -m bench_data kz``: the Karlan-Zinman experiment as tables, with what they allow to say.

The words follow the intervals: a gain is named only where both estimators' intervals lie on one
side of 0. Intervals are 95 %, by a bootstrap of branches; the number of comparisons does not widen
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np

from bench_data.kz.data import read_kz
from bench_data.kz.effects import PUBLISHED, rate_effect, take_up_table
from bench_data.kz.policy import BY_CLASS, BY_STRATUM, LEAST_LETTERS
from bench_data.kz.profit import FUNDING, MAIN
from bench_data.kz.study import (
    AT_STANDARD,
    AVERAGE,
    DEALS,
    TOP_BAND,
    Study,
    Valued,
    choices_of,
    in_sample_value,
    study_of,
    sums_for,
    value_all,
)
from bench_data.kz.sums import Sums
from bench_data.kz.trial import BANDS, FOLDS, STRATA, Codes, Vector
from bench_data.kz.value import Estimate, estimate

GROUPS = {"policy by class": BY_CLASS, "policy by class and wave": BY_STRATUM}
BASELINES = (AT_STANDARD, TOP_BAND, AVERAGE)
PAIRS = (
    *product(GROUPS, BASELINES),
    *product((AT_STANDARD, TOP_BAND), (AVERAGE,)),
)
POWER = 2.8
"""Standard errors of a difference that a test at 5 % finds four times out of five: 1.96 + 0.84."""


def print_tables() -> None:
    """Every figure of the experiment in README.md, as Markdown; rates are percent a month."""
    study = study_of(read_kz())
    valued = {name: value_all(study, name, GROUPS) for name in study.outcomes.columns}
    main, sums = valued[MAIN], sums_for(study, MAIN)
    branches = study.weights.shape[1]
    parts = [
        effects(study),
        take_up(study),
        supports(study, sums),
        values(main, branches),
        gains(valued, branches),
        dealings(sums, main),
        *conclusions(main, branches),
    ]
    print("\n\n".join(parts))


def effects(study: Study) -> str:
    """Change of three probabilities per percentage point a month."""
    columns = {
        f"applied (published: {PUBLISHED})": "applied",
        "took up": "tookup",
        "borrowed after the deadline": "tookup_afterdead_enforced",
    }
    rows = []
    for name, column in columns.items():
        found = rate_effect(study.kept, column, study.trial.branch)
        rows.append((name, found.offers, f"{found.effect:.6f}", f"{found.standard_error:.6f}"))
    return table(("probit, effect at the means", "letters", "effect", "standard error"), rows)


def take_up(study: Study) -> str:
    """By risk class and rate band."""
    rows = [
        (
            row["risk"],
            f"{row['lowest']:.2f} to {row['highest']:.2f}",
            row["offers"],
            *(f"{row[name]:.1%}" for name in ("applied", "tookup", "rejected", "late")),
            *(f"{row[name]:,.0f}" for name in ("loansize", "arrears")),
            *(amount(row[name]) for name in ("interest", MAIN)),
        )
        for row in take_up_table(study.kept.hstack(study.outcomes)).to_dicts()
    ]
    shares = ("applied", "took up", "rejected", "later")
    money = ("loan", "arrears", "interest per letter", "profit per letter")
    return table(("class", "rates", "letters", *shares, *money), rows)


def supports(study: Study, sums: Sums) -> str:
    """Per stratum what a policy may lean on, and which bands the learned policies named."""
    counts = sums.letters.sum(axis=0).astype(int)
    chosen = [choices_of(study, sums, group) for group in GROUPS.values()]
    rows = [
        (
            f"{risk} wave {wave}",
            *(int(counts[place, :BANDS].sum()), *counts[place].tolist()),
            *(named(choices[:, place]) for choices in chosen),
        )
        for place, (risk, wave) in enumerate(STRATA)
    ]
    numbers = [f"band {band + 1}" for band in range(BANDS)]
    heads = ("stratum", "letters", *numbers, "at standard", *GROUPS)
    note = (
        f"Under a policy: the bands it named and how often, of {DEALS * FOLDS} times. It may name "
        f"those with {LEAST_LETTERS} letters in the folds it is learned on, in all its strata."
    )
    return f"{table(heads, rows)}\n\n{note}"


def values(valued: dict[str, Valued], branches: int) -> str:
    """Profit per letter of what was there and of the learned policies."""
    rows = [
        (
            name,
            *(interval(summary(part, branches)) for part in (one.ipw, one.dr)),
            *(round(number) for number in (one.letters, one.borrowers, one.effective)),
        )
        for name, one in valued.items()
    ]
    heads = (f"{MAIN} per letter, rand", "inverse propensity", "doubly robust")
    return table((*heads, "letters", "borrowers", "effective size"), rows)


def gains(valued: dict[str, dict[str, Valued]], branches: int) -> str:
    """Differences of policies, for every outcome and by both estimators, with a verdict."""
    rows = []
    for outcome, policies in valued.items():
        for name, baseline in PAIRS:
            found = gain(policies[name], policies[baseline], branches)
            least = amount(POWER * max(one.standard_error for one in found))
            shown = (*(interval(one) for one in found), least, verdict(found))
            rows.append((outcome, name, baseline, *shown))
    heads = ("outcome", "policy", "against", "inverse propensity", "doubly robust")
    note = "'Would be found': the true gain that is detected four times out of five."
    assumed = f"Funding is assumed to cost {FUNDING:.0%} of the balance a month."
    return f"{table((*heads, 'would be found', 'verdict'), rows)}\n\n{note} {assumed}"


def dealings(sums: Sums, valued: dict[str, Valued]) -> str:
    """How the gain in profit moves with the folds, and how far a value in sample flatters."""
    rows = []
    for name, group in GROUPS.items():
        choice, flattered = in_sample_value(sums, group)
        crossed = valued[name].ipw[0]
        spreads = (spread(crossed - valued[baseline].ipw[0].mean()) for baseline in BASELINES)
        means = (amount(flattered), amount(float(crossed.mean())))
        rows.append((name, " ".join(str(band + 1) for band in choice), *means, *spreads))
    heads = ("learned from all letters", "bands by stratum", "value in sample", "crossed")
    return table((*heads, *(f"over {name}, {DEALS} dealings" for name in BASELINES)), rows)


def conclusions(valued: dict[str, Valued], branches: int) -> list[str]:
    """One sentence per pair, from the verdict on its profit."""
    said = {
        "better": "{} earns more per letter than the {}.",
        "worse": "{} earns less per letter than the {}.",
        UNDECIDED: "{}: no improvement on the {} is detectable.",
    }
    return [
        said[verdict(gain(valued[name], valued[baseline], branches))].format(name, baseline)
        for name, baseline in PAIRS
    ]


UNDECIDED = "no difference detectable"


def gain(policy: Valued, baseline: Valued, branches: int) -> tuple[Estimate, Estimate]:
    """By inverse propensity and doubly robust, of the differences replicate by replicate."""
    pairs = ((policy.ipw, baseline.ipw), (policy.dr, baseline.dr))
    ipw, dr = (one.mean(axis=1) - other.mean(axis=1) for one, other in pairs)
    return summary(ipw[:, None], branches), summary(dr[:, None], branches)


def summary(values: Vector, branches: int) -> Estimate:
    """Of (1 + R, deals), as ``Valued`` has them."""
    means = values.mean(axis=1)
    return estimate(float(means[0]), means[1:], branches)


def verdict(found: Sequence[Estimate]) -> str:
    """``better`` or ``worse`` only where every interval says so."""
    if all(one.low > 0.0 for one in found):
        return "better"
    return "worse" if all(one.high < 0.0 for one in found) else UNDECIDED


def amount(value: float) -> str:
    """Rand to one digit; never a negative zero."""
    return f"{round(value, 1) + 0.0:.1f}"


def interval(found: Estimate) -> str:
    """Value and ends."""
    return f"{amount(found.value)} ({amount(found.low)} to {amount(found.high)})"


def spread(values: Vector) -> str:
    """Median, least and most."""
    low, middle, high = (float(np.quantile(values, q)) for q in (0.0, 0.5, 1.0))
    return f"{amount(middle)} ({amount(low)} to {amount(high)})"


def named(choice: Codes) -> str:
    """Bands as people count them, from 1, each with how often it was named."""
    found = zip(*np.unique(choice, return_counts=True), strict=True)
    return ", ".join(f"{band + 1} ({times})" for band, times in found)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Markdown; whole numbers with their thousands."""
    lines = [heads, ["---"] * len(heads), *rows]
    cells = ([f"{c:,}" if isinstance(c, int) else str(c) for c in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
