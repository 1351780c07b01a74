"""A lender's randomised interest rates: who applied, who borrowed, what they paid.

Source: Karlan and Zinman 2008, "Credit Elasticities in Less-Developed Economies: Implications for
Microfinance", American Economic Review 98(3), replication data (CC BY 4.0). A South African lender
mailed offers to former borrowers in three waves; within risk class and wave the monthly rate was
drawn at random. One row per mailed offer. Rates are percentage points a month, amounts are rand.

Two columns hold rates: ``offer4`` is the one in the letter, ``final4`` the contract's, which a
second draw set below the letter's for some. A policy chooses what the letter says.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench_data.real_data import real_file
from engine.errors import DataError, did_you_mean
from engine.ingest.reading import reading

FILE = "kz/kz_demandelasts_aer08.csv.gz"
OFFERS, AT_MOST_STANDARD, APPLIED, TAKEN, REJECTED = 53_810, 53_178, 4_540, 3_887, 653
STANDARD = {"LOW": 7.75, "MEDIUM": 9.75, "HIGH": 11.75}
"""The lender's own rate by risk class."""
COVARIATES = (
    *("dormancy", "itcscore", "appscore", "lastterm", "lastamount", "trcount", "age", "female"),
    *("rural", "edhi", "married", "dependants", "grossincome"),
)
"""Known of the customer before the letter."""

_TEXT = ("risk", "branchuse")
_FLAGS = (
    *("applied", "tookup", "tookup_afterdead_enforced", "rejected", "normrate_less"),
    *("low", "med", "waved2", "waved3"),
)
_MEASURED = ("wave", "offer4", "final4", "loansize", "term", "grossinterest", "pstdue_average")
_WITH_GAPS = ("pstdue_average", "trcount", "married", "dependants", "grossincome")


def read_kz() -> pl.DataFrame:
    """The data set as ``read_offers`` gives it, once its counts are found to be the known ones.

    Raises
    ------
    InputMissingError
        The data set is not there.
    DataError
        It is not the data set that is expected.
    """
    file = real_file(FILE)
    offers = read_offers(file)
    sums = offers.select("normrate_less", "applied", "tookup", "rejected").sum().row(0)
    found = (offers.height, *(int(number) for number in sums))
    expected = (OFFERS, AT_MOST_STANDARD, APPLIED, TAKEN, REJECTED)
    if found != expected:
        raise DataError(
            f"expected {expected} offers, of them at most at the standard rate, applied for, taken "
            f"and rejected; found {found}",
            file=str(file),
        )
    return offers


def read_offers(file: Path) -> pl.DataFrame:
    """The columns in use, in the order of the file: text as it is, all else float64.

    ``risk`` LOW, MEDIUM or HIGH; ``wave`` 1, 2 or 3; ``branchuse`` the branch; ``term`` months.
    Null are the arrears of those who did not borrow, and a few facts of customers.

    Raises
    ------
    InputMissingError
        There is no such file.
    DataError
        It cannot be read, a column is not there, or cells are not what their column holds.
    """
    with reading(file):
        text = pl.read_csv(file, infer_schema=False)
    names = (*_TEXT, *_FLAGS, *_MEASURED, *COVARIATES)
    for name in names:
        if name not in text.columns:
            hint = did_you_mean(name, text.columns)
            raise DataError(f"there is no such column{hint}", file=str(file), column=name)
    numbers = [name for name in names if name not in _TEXT]
    offers = text.select(*_TEXT, pl.col(numbers).cast(pl.Float64, strict=False))
    _check_cells(text, offers, file)
    return offers


def standard_rate() -> pl.Expr:
    """The lender's own rate for the row's risk class; null for an unknown class."""
    return pl.col("risk").replace_strict(STANDARD, default=None, return_dtype=pl.Float64)


def _check_cells(text: pl.DataFrame, offers: pl.DataFrame, file: Path) -> None:
    """First that there are numbers, then that they are what they may be."""
    for name in offers.select(pl.col(pl.Float64)).columns:
        broken = offers[name].is_finite().not_().fill_null(value=True)
        if name in _WITH_GAPS:
            broken &= text[name].is_not_null()
        _refuse("cells that hold no number", name, broken, file)
    for problem, name, rule in _rules():
        _refuse(problem, name, offers.select(rule).to_series(), file)


def _rules() -> list[tuple[str, str, pl.Expr]]:
    """What is wrong, in which column, and the rows where it is."""
    took, rate, contract = pl.col("tookup") == 1, pl.col("offer4"), pl.col("final4")
    flagged = pl.col("normrate_less") == 1
    return [
        ("a risk class is not LOW, MEDIUM or HIGH", "risk", ~pl.col("risk").is_in(list(STANDARD))),
        ("offers without a branch", "branchuse", pl.col("branchuse").is_null()),
        ("a wave is not 1, 2 or 3", "wave", ~pl.col("wave").is_in([1.0, 2.0, 3.0])),
        *(("a flag is not 0 or 1", name, ~pl.col(name).is_in([0.0, 1.0])) for name in _FLAGS),
        ("offered rates that are not above 0", "offer4", rate <= 0),
        ("a contract's rate is not in (0, offer]", "final4", (contract <= 0) | (contract > rate)),
        ("not 1 exactly up to standard", "normrate_less", flagged != (rate <= standard_rate())),
        ("loans without an application", "tookup", took & (pl.col("applied") == 0)),
        *(
            ("not above 0 exactly for loans", name, took != (pl.col(name) > 0))
            for name in ("loansize", "term", "grossinterest")
        ),
        (
            "not there exactly for loans",
            "pstdue_average",
            took != pl.col("pstdue_average").ge(0).fill_null(value=False),
        ),
    ]


def _refuse(problem: str, column: str, broken: pl.Series, file: Path) -> None:
    """Raises where there are broken rows; a null counts as one."""
    count = int(broken.fill_null(value=True).sum())
    if count:
        raise DataError(problem, file=str(file), column=column, count=count)
