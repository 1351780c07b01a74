"""``python -m bench_data``: import a real data set as a book, or measure what README.md says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import cyclopts

from bench_data.berka import import_berka
from bench_data.taiwan import import_taiwan
from engine.errors import NightbookError

app = cyclopts.App(
    name="bench_data",
    help="Real public data as books. They lie in $NIGHTBOOK_REAL_DATA, else in ../shared/data.",
)


@app.command
def taiwan(folder: Path, /) -> None:
    """30,000 card customers with six monthly statements each, into a new folder."""
    print(import_taiwan(folder))


@app.command
def berka(folder: Path, /) -> None:
    """392 loans of a Czech bank with all transactions before the loan, into a new folder."""
    print(import_berka(folder))


@app.command
def kz() -> None:
    """Prints the tables of the Karlan-Zinman experiment; takes about half a minute."""
    from bench_data.kz.tables import print_tables

    print_tables()


@app.command
def measure(*, json: Annotated[bool, cyclopts.Parameter(negative=())] = False) -> None:
    """Prints the figures of README.md; takes about two minutes on two cores.

    Parameters
    ----------
    json:
        One JSON object instead of lines.
    """
    from bench_data.measure import print_figures

    print_figures(json=json)


def main() -> None:
    """Errors as in the ``nightbook`` command: one message on stderr and its exit code."""
    try:
        app(result_action="return_value")
    except NightbookError as exc:
        print(f"bench_data: {exc}", file=sys.stderr)
        sys.exit(exc.exit_code)


if __name__ == "__main__":
    main()
