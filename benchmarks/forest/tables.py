"""The figures of ``results/forest.json`` as the tables of README.md: none of them is typed."""

from __future__ import annotations

import statistics
import textwrap
from pathlib import Path
from typing import Any

from benchmarks.forest.peers import PEERS
from benchmarks.markdown import replace_section, table, times

OURS, REFERENCE, COMPILED = "Nightbook", "LightGBM", "lleaves"
SAME_MODEL = tuple(peer.name for peer in PEERS if peer.model == "lightgbm" and peer.name != OURS)

_FIRST_FIGURES = (
    "model file",
    "whole script, s",
    "imports, s",
    "load, s",
    "score a row, s",
)
_INPUT_FIGURES = (
    "rows/s, 1 thread",
    "/ first",
    "rows/s, 2 threads",
    "/ first",
    "working MiB, 1 thread",
    "2 threads",
)

Contenders = dict[str, dict[str, Any]]


def write_tables(readme: Path, results: dict[str, Any]) -> None:
    """Replace the tables of ``readme``.

    Raises
    ------
    ValueError
        The marks between which they stand are not there, each once.
    """
    replace_section(readme, "forest", tables_of(results))


def tables_of(results: dict[str, Any]) -> str:
    """All tables, as markdown."""
    machine, cases = results["machine"], results["cases"]
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    parts = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['vectors']}, {caches}; "
        f"Python {machine['python']}.\n",
        _summary({name: case["contenders"] for name, case in cases.items()}),
    ]
    for name, case in cases.items():
        parts += [f"#### {name}\n", _shape(case["shape"]), _contenders(case["contenders"])]
    if "ours" in results:
        parts += ["#### Nightbook alone\n", *_alone(results["ours"])]
    return "\n".join(parts)


def over(mine: dict[str, Any], other: dict[str, Any], threads: int = 1) -> float | None:
    """How many times as fast as another contender: median over rounds; None where one is out."""
    key = f"ratio_{threads}_all"
    if not (mine.get(key) and other.get(key)):
        return None
    pairs = zip(mine[key], other[key], strict=False)  # one of them may have fallen out on the way
    return float(statistics.median(a / b for a, b in pairs))


def fastest_other(contenders: Contenders) -> str | None:
    """Who is the fastest other on the same model, on one thread."""
    there = [name for name in SAME_MODEL if contenders.get(name, {}).get("ratio_1")]
    return max(there, key=lambda name: float(contenders[name]["ratio_1"]), default=None)


def _summary(cases: dict[str, Contenders]) -> str:
    head = (
        "model",
        "rows/s, 1 thread",
        "/ LightGBM",
        "/ lleaves",
        "fastest other",
        "/ it",
        "rows/s, 2 threads",
        "2 threads / 1",
    )
    rows = []
    for name, contenders in cases.items():
        mine, fastest = contenders.get(OURS, {}), fastest_other(contenders)
        ratios = [times(over(mine, contenders.get(who, {}))) for who in (REFERENCE, COMPILED)]
        theirs = contenders[fastest] if fastest else {}
        one = [_speed(mine, 1), *ratios, fastest or "", times(over(mine, theirs))]
        rows.append([name, *one, _speed(mine, 2), times(mine.get("scaling"))])
    return table(head, rows)


def _shape(shape: dict[str, Any]) -> str:
    return (
        f"{shape['trees']:,} trees, {shape['mean_leaves']:.1f} leaves on average, "
        f"{shape['features_read']} features read, {shape['thresholds']:,} thresholds "
        f"(at most {shape['most_thresholds']} on a feature), "
        f"{shape['categorical_share']:.0%} of the splits categorical.\n"
    )


def _contenders(contenders: Contenders) -> str:
    head = (
        "contender",
        "input",
        "rows/s, 1 thread",
        "/ LightGBM",
        "rows/s, 2 threads",
        "/ LightGBM",
        "2 threads / 1",
        "prepare, s",
        "MiB to prepare",
        "working MiB, 1 thread",
        "2 threads",
        "differs by",
    )
    return table(head, (_contender(name, found) for name, found in contenders.items()))


def _contender(name: str, found: dict[str, Any]) -> list[str]:
    title = f"{name} {found['version']}" if "version" in found else name
    if found["failure"]:
        return [title, _words(str(found["failure"])), *[""] * 10]
    speeds = [(_speed(found, n), times(found[f"ratio_{n}"])) for n in (1, 2)]
    memory = [_mebibytes(found[key]) for key in ("prepare_bytes", "memory_1", "memory_2")]
    return [
        title,
        str(found["layout"]),
        *speeds[0],
        *speeds[1],
        times(found["scaling"]),
        f"{found['prepare_seconds']:.3g}",
        *memory,
        _difference(found),
    ]


def _words(failure: str) -> str:
    """As one cell of a table."""
    return textwrap.shorten(failure, 70, placeholder=" ...").replace("|", "&#124;")


def _difference(found: dict[str, Any]) -> str:
    if "compared" not in found:
        return ""
    return f"{found['largest_difference']:.1g}" if found["different"] else "nothing"


def _alone(ours: dict[str, Any]) -> list[str]:
    parts = ("script", "importing", "loading", "scoring")
    first = ([kind, *(f"{found[p]:.3f}" for p in parts)] for kind, found in ours["first"].items())
    kernels = [[f"{ours['kernels'][part]:.1f}" for part in ("cold", "warm", "compiling")]]
    inputs = (
        [kind]
        + [_speed(found, 1), times(found["ratio_1"]), _speed(found, 2), times(found["ratio_2"])]
        + [_mebibytes(found[f"working_bytes_{n}"]) for n in (1, 2)]
        for kind, found in ours["inputs"].items()
    )
    walk = [times(ratio) for ratio in ours["walk"].values()]
    scaling = "work of two threads over one, sharing nothing: " + ", ".join(
        f"{kind} {times(found)}" for kind, found in ours["two_threads"].items()
    )
    return [
        table(_FIRST_FIGURES, first),
        table(("kernels: cold cache, s", "warm cache, s", "compiling, s"), kernels),
        table(("input", *_INPUT_FIGURES), inputs),
        f"This machine's {scaling}.\n",
        table(("leaves of a tree", *ours["walk"]), [["a walk / a program", *walk]]),
    ]


def _speed(found: dict[str, Any], threads: int) -> str:
    speed = found.get(f"rows_per_second_{threads}")
    return "" if speed is None else f"{speed:,.0f}"


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.1f}"
