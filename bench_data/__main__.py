"""``python -m bench_data``: real data as books, files like the competitions', and the figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import cyclopts

from bench_data.amex import write_amex
from bench_data.amex.generate import Format
from bench_data.berka import import_berka
from bench_data.taiwan import import_taiwan
from engine.errors import NightbookError

app = cyclopts.App(
    name="bench_data",
    help=(
        "Real public data as books (they lie in $NIGHTBOOK_REAL_DATA, else in ../shared/data), and "
        "invented files with the layout of two competitions."
    ),
)


Splits = Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=2))]
"""An interval needs two."""


@app.command
def taiwan(folder: Path, /) -> None:
    """30,000 card customers with six monthly statements each, into a new folder."""
    print(import_taiwan(folder))


@app.command
def berka(folder: Path, /) -> None:
    """392 loans of a Czech bank with all transactions before the loan, into a new folder."""
    print(import_berka(folder))


@app.command
def amex(
    folder: Path,
    /,
    *,
    customers: int = 10_000,
    test_customers: int = 0,
    seed: int = 7,
    format: Format = "parquet",  # noqa: A002 # the option is called --format
) -> None:
    """Invented files with the layout of the American Express competition, into a new folder.

    Parameters
    ----------
    folder:
        A new or empty folder.
    customers:
        Of the training files; the competition has 458,913.
    test_customers:
        Of the test files; the competition has 924,621. 0: no test files.
    seed:
        The same customers and seed give the same bytes.
    """
    print(
        write_amex(
            folder, customers=customers, test_customers=test_customers, seed=seed, form=format
        )
    )


@app.command
def kz() -> None:
    """Prints the tables of the Karlan-Zinman experiment; takes about half a minute."""
    from bench_data.kz.tables import print_tables

    print_tables()


@app.command
def recipe_features(
    *, splits: Splits = 20, json: Annotated[bool, cyclopts.Parameter(negative=())] = False
) -> None:
    """LightGBM on the features of taiwan's recipe against the original columns.

    Parameters
    ----------
    splits:
        Random splits into train and test, seeds 0, 1, ...; at least 2.
    json:
        One JSON object instead of lines.
    """
    from bench_data.measure_recipe_features import print_recipe_figures

    print_recipe_figures(splits, json=json)


@app.command
def home_credit(
    folder: Path,
    /,
    *,
    cases: int = 20_000,
    test_cases: int | None = None,
    seed: int = 1,
    tables: Annotated[list[str] | None, cyclopts.Parameter(negative=())] = None,
) -> None:
    """Invented files with the layout of Home Credit - Credit Risk Model Stability.

    Parameters
    ----------
    folder:
        A new or empty folder.
    cases:
        Cases of train, 1,000 to 1,526,659.
    test_cases:
        Cases of test, up to 1,000,000; a tenth of the cases if left out, no test files if 0.
    seed:
        The same options give the same bytes.
    tables:
        The logical tables besides base, such as credit_bureau_a_2; all if left out.
    """
    from bench_data.home_credit import write_home_credit

    for done in write_home_credit(
        folder, cases=cases, test_cases=test_cases, seed=seed, tables=tables
    ):
        print(
            f"{done.split:5} {done.table:17} {done.rows:>11,} rows {done.bytes:>13,} bytes "
            f"{done.seconds:8.1f} s"
        )


@app.command
def measure(*, json: Annotated[bool, cyclopts.Parameter(negative=())] = False) -> None:
    """Prints the figures of README.md; takes about two minutes on two cores.

    Parameters
    ----------
    json:
        One JSON object instead of lines.
    """
    from bench_data.measure import print_measured

    print_measured(json=json)


@app.command
def scorecards(
    *,
    splits: Splits = 20,
    json: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Our scorecard against those of others on repeated splits of taiwan; takes minutes.

    Parameters
    ----------
    splits:
        How many; at least 2.
    json:
        One JSON object instead of lines.
    """
    from bench_data.measure_scorecards import print_scorecards

    print_scorecards(splits, json=json)


def main() -> None:
    """Errors as in the ``nightbook`` command: one message on stderr and its exit code."""
    try:
        app(result_action="return_value")
    except NightbookError as exc:
        print(f"bench_data: {exc}", file=sys.stderr)
        sys.exit(exc.exit_code)


if __name__ == "__main__":
    main()
