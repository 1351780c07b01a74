"""``nightbook optimise BOOK.toml``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.types import NonNegativeInt, PositiveInt

if TYPE_CHECKING:
    from engine.optimise_result import OptimiseResult


def optimise(
    book: Path,
    /,
    *,
    out: Path | None = None,
    method: Literal["exact", "nsga2", "tpe"] = "exact",
    menu: Path | None = None,
    strategy: Path | None = None,
    frontier: str | None = None,
    scenarios: Annotated[bool, Parameter(negative=())] = False,
    sensitivities: Annotated[bool, Parameter(negative=())] = False,
    bootstrap: PositiveInt | None = None,
    trials: PositiveInt | None = None,
    seed: NonNegativeInt | None = None,
    space: Literal["menu", "curve"] | None = None,
    resume: Annotated[bool, Parameter(negative=())] = False,
    threads: PositiveInt | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Finds the rates and limits that earn most under the book's [optimise], with a certificate.

    Works on the published run in the output folder, and runs the nightly job first where there is
    none. Writes the strategy as a file that a book can name and `nightbook run` applies.

    Parameters
    ----------
    book:
        The book.toml.
    out:
        Folder of the published run; default: the book's output folder.
    method:
        exact: the best of the declared menu, with an upper bound. nsga2, tpe: a search by trials,
        set beside that bound.
    menu:
        Write what every segment and grade would bring at every rate and limit, as Parquet.
    strategy:
        Where the strategy goes; default: strategy.toml in the output folder.
    frontier:
        NAME=v1,v2,... or NAME=from:to:steps, a constraint and caps on it: the most profit at each,
        and a chart, frontier.svg, beside the strategy.
    scenarios:
        Solve the book's [[optimise.scenarios]] too, and value every strategy under every scenario.
    sensitivities:
        Move PD, LGD, funding cost, rivals, elasticity and adverse selection, one at a time.
    bootstrap:
        So many draws of how wrong the models may be, [optimise.belief]: interval of the profit,
        regret, correction for optimism, and how often each constraint holds.
    trials:
        Of a search, in generations of 50; default: 2000, or as [optimise.search] says.
    seed:
        Of a search; the same seed gives the same answer. Default: 0, or as [optimise.search] says.
    space:
        Of a search: the menu; or curves, a rate and a limit per customer by its risk, reported and
        not written as a strategy.
    resume:
        Go on with a search that was interrupted.
    threads:
        Threads to work with; default: all cores. The result does not depend on it.
    json:
        One JSON object on stdout, all else on stderr.
    """
    if threads is not None:  # read by Polars when it is first imported, which is below
        os.environ.setdefault("POLARS_MAX_THREADS", str(threads))
    from engine.cli.belief import print_belief
    from engine.cli.display import print_json, shown_progress, stdout_for_results
    from engine.cli.what_if import print_what_if
    from engine.optimising import optimise as find_best

    with shown_progress() as progress, stdout_for_results():
        result = find_best(
            book,
            out=out,
            method=method,
            menu=menu,
            strategy=strategy,
            frontier=frontier,
            scenarios=scenarios,
            sensitivities=sensitivities,
            bootstrap=bootstrap,
            trials=trials,
            seed=seed,
            space=space,
            resume=resume,
            threads=threads,
            progress=progress,
        )
    if json:
        print_json(result._asdict())
    else:
        _print_summary(result)
        print_what_if(result)
        print_belief(result)
    return 0


def _print_summary(result: OptimiseResult) -> None:
    from engine.cli.display import print_table

    _print_offers(result)
    _print_search(result)
    today = result.today["expected_profit"]
    rows = {
        "expected profit": f"{result.expected_profit:,.2f} (today's offers: {today:,.2f})",
        **_certificate(result),
        "expected loss": f"{result.expected_loss:,.2f}",
        "exposure": f"{result.exposure:,.2f}",
        "take-up": result.take_up,
        **{name: _constraint(found) for name, found in result.constraints.items()},
        **{f"price of {name}": f"{price:,.4g}" for name, price in result.shadow_prices.items()},
        "at a rate cliff": f"{result.cliff_share:.1%} of the expected loans",
        "customers": f"{result.customers:,}, and {result.knocked_out:,} knocked out",
        "seconds": f"{result.seconds:.1f}",
        "strategy": result.file or "not written",
    }
    print_table(f"best strategy of run {result.run_id}", rows)
    if result.upper_bound is not None:
        print("The certificate speaks of the declared menu and the given models, nothing more.")


def _certificate(result: OptimiseResult) -> dict[str, str]:
    if result.upper_bound is None:
        return {"upper bound": "none: the menu's does not bound curves"}
    return {
        "upper bound": f"{result.upper_bound:,.2f}",
        "gap": f"{result.gap:.4%}, before closing {result.root_gap:.4%} ({result.status})",
    }


def _print_search(result: OptimiseResult) -> None:
    """What a search has to tell besides."""
    if result.search is None:
        return
    found, curve = result.search, result.search["curve"] or {"segments": []}
    for one in curve["segments"]:
        line = "rate {r0:.4f} {r1:+.4f} u {r2:+.4f} u^2, limit {m0:,.0f} {m1:+,.0f} u"
        print(f"  {one['segment']}: {line.format(**one)}; approved: {', '.join(one['grades'])}")
    share = found["share_of_menu_bound"]
    shown = "unknown" if share is None else f"{share:.2%}"
    print(
        f"{found['holding']:,} of {found['trials']:,} trials hold all constraints; the best has "
        f"{shown} of the menu's upper bound"
    )
    if found["note"]:
        print(found["note"])


def _constraint(found: dict[str, object]) -> str:
    value = found["value"]
    shown = f"{value:,.6g}" if isinstance(value, float) else "of nothing"
    return f"{shown} (limit {found['limit']}{'' if found['satisfied'] else ', NOT HELD'})"


def _print_offers(result: OptimiseResult) -> None:
    """One line per segment and grade."""
    width = max((len(cell["segment"]) for cell in result.strategy), default=0)
    for cell in result.strategy:
        offer = f"{cell['rate']:7.2%} {cell['limit']:10,.0f}" if cell["approve"] else "declined"
        flags = f"  [{', '.join(cell['flags'])}]" if cell["flags"] else ""
        money = f"{cell['customers']:9,} customers {cell['expected_profit']:14,.0f}"
        print(f"  {cell['segment']:<{width}} {cell['grade']:<4} {offer:<18} {money}{flags}")
