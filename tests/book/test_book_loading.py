"""``load_book``: what a mistyped book is told, defaults, and the book of the README."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from book_cases import with_table
from builders import KEY, load, minimal_book, toml
from pydantic import ValidationError

from engine.book_file import load_book
from engine.errors import BookError, InputMissingError

README = Path(__file__).parents[2] / "README.md"


def test_the_minimal_book_and_its_defaults(tmp_path: Path) -> None:
    book = load(tmp_path, minimal_book())
    assert book.folder == tmp_path
    assert (book.book.customers, book.book.currency, book.book.segment) == (
        "customers",
        "EUR",
        None,
    )
    assert (book.output.dir, book.output.chunk_customers) == ("out", None)
    assert book.ingest.max_quarantine_share == 0.01
    statements = book.tables["statements"]
    assert (statements.event_date, statements.after_as_of, statements.cutoff) == (
        "day",
        "forbid",
        "up_to",
    )
    assert (statements.csv.separator, statements.csv.date_format) == (",", "%Y-%m-%d")
    assert book.recipe[0].windows == ("all",)
    assert (book.take_up.intercept, book.take_up.rate, book.target) == (0.0, 0.0, None)
    assert book.feature_columns == (KEY, "segment", "income", "balance__mean")


def test_folder_is_absolute_wherever_the_book_is_called_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, minimal_book())
    monkeypatch.chdir(tmp_path)
    assert load_book(Path("book.toml")).folder == tmp_path.resolve()


def test_frozen(tmp_path: Path) -> None:
    book = load(tmp_path, minimal_book())
    with pytest.raises(ValidationError, match="frozen"):
        book.models = {}
    with pytest.raises(ValidationError, match="frozen"):
        book.tables["customers"].order = "income"


def test_missing_book(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InputMissingError, match="there is no book"):
            load_book(path)


@pytest.mark.parametrize(
    "text", ["[book", "a = 1\na = 2", "[book]\nname = demo", "\x00", "[book]\n[book]"]
)
def test_not_toml(tmp_path: Path, text: str) -> None:
    with pytest.raises(BookError, match=r"book\.toml: not TOML: ") as error:
        load(tmp_path, text)
    assert error.value.exit_code == 78


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_bytes('name = "café"'.encode("latin-1"))
    with pytest.raises(BookError, match="not TOML"):
        load_book(tmp_path / "book.toml")


def test_one_file_or_many(tmp_path: Path) -> None:
    assert load(tmp_path, with_table("customers", files=["a.csv", "b.csv"])).tables[
        "customers"
    ].files == (
        "a.csv",
        "b.csv",
    )


def readme_book() -> str:
    (text,) = re.findall(r"## The book\n.*?```toml\n(.*?)```", README.read_text(), re.DOTALL)
    return str(text)


def test_the_readme_is_a_book(tmp_path: Path) -> None:
    """Its placeholders filled in: a digest, and the columns of the warehouse's table."""
    text = readme_book()
    assert text.count('sha256 = "..."') == 1
    text = text.replace('sha256 = "..."', f'sha256 = "{"0" * 64}"')
    placeholder = "# ... order, tie, columns as above\n"
    assert text.count(placeholder) == 1
    columns = 'columns = { customer_id = { type = "int64" }, operation_id = { type = "int64" } }\n'
    text = text.replace(placeholder, f'order = "operation_id"\n{columns}')
    for feature in (
        "days_past_due__max",
        "bad",
        "nii",
        "provisions",
        "transfers",
        "servicing",
    ):
        kind = 'type = "float64", nullable = true'
        text = text.replace(
            "[tables.customers.derive]", f"{feature} = {{ {kind} }}\n[tables.customers.derive]", 1
        )

    book = load(tmp_path, text)
    assert book.book.as_of == date(2026, 6, 30)
    assert list(book.run_tables) == ["customers", "statements", "fees"]
    assert book.tables["fees"].join[0].columns == ("tariff",)
    assert {"income_cap", "payment_ratio", "balance__last_90d__std"} <= set(book.feature_columns)
    assert book.take_up.segments["student"].rate == -30.0
    assert book.optimise.constraints.bounds()["bad_rate_balance"].max == 0.03
    assert "bad" not in book.feature_columns
    assert {"fee_income", "fee_income__atm_other_bank"} <= set(book.feature_columns)


def test_toml_of_the_tests_is_toml(tmp_path: Path) -> None:
    assert load(tmp_path, toml(minimal_book())) == load(tmp_path, minimal_book())
