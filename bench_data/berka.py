"""Loans of a Czech bank, 1993 to 1998, each with its account's transactions before the loan.

Source: the PKDD'99 Discovery Challenge financial data (Berka). Two extracts of its transactions
overlap with a loan and its outcome:

* ``trans_1997_98_loans.csv``, English codes: accounts of the 354 loans of 1997-98, from the opening
  of the account to the day before the loan;
* ``trans_first49k_1993-01_1994-03.asc``, Czech codes: all accounts to 31 March 1994, where the
  extract breaks off; it covers the 38 loans granted to that day, and goes on after them.

The outcome is ``status`` of loan.asc: A paid off, C running and in order: good; B finished and not
paid, D running and in debt: bad.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench_data.berka_book import BERKA_BOOK
from bench_data.berka_codes import OPERATIONS, PURPOSES, TYPES
from bench_data.real_data import real_data_folder, real_file, write_book
from engine.errors import DataError
from engine.ingest.reading import reading

LOANS, LOANS_1997_98, BADS = 392, 354, 35
KEY = "account_id"
_EARLY_UNTIL = "940331"
_ROUNDING = 0.15  # CZK: amounts and balances are rounded to 0.1
_OUTCOME = {"A": 0, "C": 0, "B": 1, "D": 1}
_EARLY = "trans_first49k_1993-01_1994-03.asc"
_LATE = "trans_1997_98_loans.csv"


def import_berka(folder: Path) -> Path:
    """Writes loans, transactions, cards and ``book.toml`` into the new ``folder``.

    Raises
    ------
    InputMissingError
        A file of the data set is not there.
    DataError
        It is not the data set that is expected: counts, codes or histories differ.
    OutputError
        ``folder`` is not empty or cannot be written.
    """
    with reading(real_data_folder() / "berka"):
        loans = read_loans()
        transactions = read_transactions(loans)
        tables = {"loans": loans, "transactions": transactions, "cards": read_cards(loans)}
    _check_histories(loans, transactions)
    return write_book(folder, BERKA_BOOK, tables)


def read_loans() -> pl.DataFrame:
    """One row per loan, by account (no account has two), with what was known on its day."""
    late = _text("loan_1997_98.csv")["loan_id"]
    wanted = (pl.col("date") <= _EARLY_UNTIL) | pl.col("loan_id").is_in(late.implode())
    loans = _text("loan.asc").filter(wanted).rename({"date": "granted_on"})
    loans = loans.select(
        KEY,
        pl.col("loan_id").cast(pl.Int64),
        _day("granted_on"),
        pl.col("amount", "duration", "payments").cast(pl.Float64),
        "status",
        pl.col("status").replace_strict(_OUTCOME, return_dtype=pl.Int64).alias("bad"),
    )
    _check_counts(loans, len(late))
    found = loans.join(_accounts(), on=KEY, validate="1:1")
    return _with_district(found).with_columns(pl.col(KEY).cast(pl.Int64)).sort(KEY)


def read_transactions(loans: pl.DataFrame) -> pl.DataFrame:
    """Transactions of the loans' accounts, by account, day and ``posting``; also after the loan.

    ``posting`` is the place within the day, from 1. ``trans_id`` does not give it: by trans_id the
    running balances fit in 60 % of the rows. In all of them they fit where a day's credits come
    first, balance rising, then its debits, balance falling: that is how the bank posted.
    """
    both = pl.concat([_text(_EARLY), _text(_LATE)])
    debit, balance = pl.col("direction") == "out", pl.col("balance")
    within_day = pl.when(debit).then(-balance).otherwise(balance)
    day = [KEY, "booked_on"]
    return (
        both.select(
            pl.col(KEY, "trans_id").cast(pl.Int64),
            _day("date").alias("booked_on"),
            _decoded("type", TYPES).alias("direction"),
            _decoded("operation", OPERATIONS),
            _decoded("k_symbol", PURPOSES).alias("purpose"),
            pl.col("amount", "balance").cast(pl.Float64),
        )
        .join(loans.select(KEY), on=KEY, how="semi")
        .sort(*day, debit, within_day, "trans_id")
        .with_columns(pl.int_range(1, pl.len() + 1).over(day).alias("posting"))
    )


def read_cards(loans: pl.DataFrame) -> pl.DataFrame:
    """Cards of the loans' accounts, by account and day of issue; also those issued later."""
    holders = _text("disp.asc").select("disp_id", KEY)
    return (
        _text("card.asc")
        .join(holders, on="disp_id")
        .select(
            pl.col(KEY, "card_id").cast(pl.Int64),
            _day("issued").alias("issued_on"),
            pl.col("type").alias("card_type"),
        )
        .join(loans.select(KEY), on=KEY, how="semi")
        .sort(KEY, "issued_on", "card_id")
    )


def _text(name: str) -> pl.DataFrame:
    """All columns as text; empty and blank cells and the ``?`` of the districts are null."""
    return pl.read_csv(
        real_file(f"berka/{name}"), separator=";", infer_schema=False, null_values=["", " ", "?"]
    )


def _day(column: str) -> pl.Expr:
    """``yymmdd`` of the twentieth century; what follows (a time of 00:00:00) is left out."""
    return ("19" + pl.col(column).str.head(6)).str.to_date("%Y%m%d").alias(column)


def _decoded(column: str, codes: dict[str, str]) -> pl.Expr:
    """Czech and English codes to one language; a code that is not listed is an error."""
    return pl.col(column).replace_strict(codes, return_dtype=pl.String)


def _accounts() -> pl.DataFrame:
    """Of each account: opening day, how often it sends statements, owner's birth date and sex."""
    owners = _text("disp.asc").filter(pl.col("type") == "OWNER")
    people = _text("client.asc").drop("district_id")
    number = pl.col("birth_number").cast(pl.Int64)
    female = (number // 100 % 100 > 50).cast(pl.Int64)  # the month of a woman is 50 higher
    born = (19_000_000 + number - female * 5_000).cast(pl.String)
    return (
        _text("account.asc")
        .rename({"date": "opened_on"})
        .join(owners.join(people, on="client_id"), on=KEY, validate="1:1")
        .select(
            KEY,
            _day("opened_on"),
            born.str.to_date("%Y%m%d").alias("birth_date"),
            female.alias("female"),
            (pl.col("frequency") == "POPLATEK TYDNE").cast(pl.Int64).alias("weekly"),
            (pl.col("frequency") == "POPLATEK PO OBRATU").cast(pl.Int64).alias("after_transaction"),
            "district_id",
        )
    )


def _with_district(loans: pl.DataFrame) -> pl.DataFrame:
    """Facts of the account's district, which describe 1995 and 1996: null for earlier loans."""
    known = pl.col("granted_on") >= pl.date(1997, 1, 1)
    population = pl.col("A4").cast(pl.Float64)
    facts = {
        "inhabitants": population,
        "urban_percent": pl.col("A10").cast(pl.Float64),
        "average_salary": pl.col("A11").cast(pl.Float64),
        "unemployment_percent": pl.col("A13").cast(pl.Float64),
        "enterprises_per_1000": pl.col("A14").cast(pl.Float64),
        "crimes_per_1000": pl.col("A16").cast(pl.Float64) / population * 1000.0,
    }
    districts = _text("district.asc").rename({"A1": "district_id"})
    joined = loans.join(districts, on="district_id", validate="m:1")
    return joined.select(
        *(name for name in loans.columns if name != "district_id"),
        *(pl.when(known).then(fact).alias(name) for name, fact in facts.items()),
    )


def _check_counts(loans: pl.DataFrame, late: int) -> None:
    found = (loans.height, late, int(loans["bad"].sum()))
    if found != (LOANS, LOANS_1997_98, BADS):
        raise DataError(
            f"expected {LOANS} loans, {LOANS_1997_98} of them of 1997-98, and {BADS} bad; found "
            f"{found[0]}, {found[1]}, {found[2]}",
            file=str(real_file("berka/loan.asc")),
        )


def _check_histories(loans: pl.DataFrame, transactions: pl.DataFrame) -> None:
    """Every account's history begins on its opening day and its running balances fit."""
    first = transactions.group_by(KEY).agg(pl.col("booked_on").min().alias("first"))
    whole = loans.join(first, on=KEY).filter(pl.col("first") == pl.col("opened_on"))
    if whole.height != LOANS:
        raise DataError(
            "accounts whose transactions do not begin on their opening day",
            count=LOANS - whole.height,
        )
    signed = pl.col("amount") * pl.when(pl.col("direction") == "out").then(-1.0).otherwise(1.0)
    step = pl.col("balance").diff().over(KEY) - signed
    dated = transactions.join(loans.select(KEY, "granted_on"), on=KEY, maintain_order="left")
    broken = dated.filter((pl.col("booked_on") < pl.col("granted_on")) & (step.abs() > _ROUNDING))
    if broken.height:
        raise DataError("running balances that do not fit", column="balance", count=broken.height)
