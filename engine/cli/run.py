"""``nightbook run BOOK.toml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveInt

if TYPE_CHECKING:
    from engine.result import RunResult

EXIT_NO_OP = 99


def run(
    book: Path,
    /,
    *,
    out: Path | None = None,
    threads: PositiveInt | None = None,
    chunk_customers: PositiveInt | None = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    fresh: Annotated[bool, Parameter(negative="--resume")] = False,
    hash_inputs: Annotated[bool, Parameter(negative=())] = False,
    exit_99_on_no_op: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """The nightly run: ingest, aggregate, score, evaluate, publish.

    The same run again is a no-op; a killed one resumes with the chunks it has finished.

    Parameters
    ----------
    book:
        The book.toml.
    out:
        Output folder; default: the book's.
    threads:
        Threads to work with; default: all cores. The result does not depend on it.
    chunk_customers:
        Customers per chunk; default: the book's, else chosen by the size of the inputs. Memory
        depends on it.
    dry_run:
        Print the plan and stop: tables, rows, chunks, models, columns and aggregates that are
        needed, memory, output.
    fresh:
        Run even if this run is published or half done; --resume, the default, does not.
    hash_inputs:
        Identify input files by all their bytes instead of size, time and footer.
    exit_99_on_no_op:
        Exit with 99 when there was nothing to do.
    json:
        One JSON object on stdout, all else on stderr.
    """
    if threads is not None:  # read by Polars when it is first imported, which is below
        os.environ.setdefault("POLARS_MAX_THREADS", str(threads))
    if dry_run:
        from engine.cli.plan import show_plan

        return show_plan(book, out=out, chunk_customers=chunk_customers, json=json)

    from engine import pipeline
    from engine.cli.display import print_json, print_warnings, shown_progress

    with shown_progress() as progress:
        result = pipeline.run(
            book,
            out=out,
            threads=threads,
            chunk_customers=chunk_customers,
            fresh=fresh,
            hash_inputs=hash_inputs,
            progress=progress,
        )
    print_warnings(result.warnings)
    if json:
        print_json(result._asdict())
    else:
        _print_summary(result)
    return EXIT_NO_OP if result.no_op and exit_99_on_no_op else 0


def _print_summary(result: RunResult) -> None:
    from engine.cli.display import print_table

    if result.no_op:
        print("Nothing to do: this run is published already.")
    rows = {
        "customers": f"{result.customers:,}",
        "quarantined": f"{result.quarantined:,}",
        **_money(result),
        **_fees(result.fee_income),
        "seconds": f"{result.seconds:.1f}",
        "raw rows per second": f"{result.rows_per_second:,.0f}",
        "peak memory": f"{result.peak_rss_bytes / 2**20:,.0f} MiB",
        "content hash": result.content_hash,
        "result": result.path,
    }
    print_table(f"run {result.run_id}", rows)


def _money(result: RunResult) -> dict[str, str]:
    """Nothing for a book that prices nothing."""
    found = {
        "expected profit": result.expected_profit,
        "expected loss": result.expected_loss,
        "exposure": result.exposure,
    }
    return {name: f"{value:,.2f}" for name, value in found.items() if value is not None}


def _fees(found: Mapping[str, Any] | None) -> dict[str, str]:
    """Nothing for a book without fee income."""
    if found is None:
        return {}
    rows = {
        "fee income": f"{found['total']:,.2f}",
        "of customers": f"{found['customers']:,}, {found['short_tenure']:,} of short tenure",
    }
    return rows | {f"without: {why}": f"{n:,}" for why, n in found["excluded"].items()}
