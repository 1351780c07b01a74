"""``load_book``: what a mistyped book is told, defaults, and the book of the README."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders import KEY, load, minimal_book, toml
from pydantic import ValidationError

from engine.book_file import load_book
from engine.errors import BookError, InputMissingError

README = Path(__file__).parents[2] / "README.md"


def changed(**sections: Any) -> dict[str, Any]:
    """The minimal book with keys added to its sections, or with whole sections in their place."""
    book = minimal_book()
    for name, value in sections.items():
        old = book.get(name)
        book[name] = old | value if isinstance(old, dict) and isinstance(value, dict) else value
    return book


def table(name: str, **changes: Any) -> dict[str, Any]:
    book = minimal_book()
    book["tables"][name] |= changes
    return book


def column(name: str, **changes: Any) -> dict[str, Any]:
    """With changes to a column of the customers table."""
    book = minimal_book()
    old = book["tables"]["customers"]["columns"].get(name, {})
    book["tables"]["customers"]["columns"][name] = old | changes
    return book


def test_the_minimal_book_and_its_defaults(tmp_path: Path) -> None:
    book = load(tmp_path, minimal_book())
    assert book.folder == tmp_path
    assert (book.book.customers, book.book.currency, book.book.segment) == (
        "customers",
        "EUR",
        None,
    )
    assert (book.output.dir, book.output.chunk_customers) == ("out", 50_000)
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


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    (changed(modles={}), "modles: unknown key; did you mean 'models'?"),
    (changed(folder="/"), "folder: unknown key"),
    (changed(book={"asof": date(2026, 1, 1)}), "book.asof: unknown key; did you mean 'as_of'?"),
    (changed(ingest={"max_quarantine": 1}), "did you mean 'max_quarantine_share'?"),
    (table("statements", ordr="day"), "tables.statements.ordr: unknown key; did you mean 'order'?"),
    (
        table("statements", csv={"seperator": ";"}),
        "statements.csv.seperator: unknown key; did you mean 'separator'?",
    ),
    (
        column("income", nulable=True),
        "columns.income.nulable: unknown key; did you mean 'nullable'?",
    ),
    (changed(recipe=[{"tabel": "t"}]), "recipe.0.tabel: unknown key; did you mean 'table'?"),
    (
        changed(models={"pd": {"file": "x", "predicts": "pd", "sha": "x"}}),
        "models.pd.sha: unknown key; did you mean 'sha256'?",
    ),
    (changed(economics={"lgdd": 1}), "economics.lgdd: unknown key; did you mean 'lgd'?"),
    (changed(economics={"customer_profit": {"net_fee": "x"}}), "did you mean 'net_fee_income'?"),
    (changed(strategy={"grade": []}), "strategy.grade: unknown key; did you mean 'grades'?"),
    (
        changed(strategy={"grades": [{"grad": "A"}]}),
        "strategy.grades.0.grad: unknown key; did you mean 'grade'?",
    ),
    (changed(take_up={"rates": 0}), "take_up.rates: unknown key; did you mean 'rate'?"),
    (
        changed(take_up={"segments": {"a": {"rat": 0}}}),
        "take_up.segments.a.rat: unknown key; did you mean 'rate'?",
    ),
    (
        changed(optimise={"constraint": {}}),
        "optimise.constraint: unknown key; did you mean 'constraints'?",
    ),
    (changed(target={"colum": "bad"}), "target.colum: unknown key; did you mean 'column'?"),
    (
        changed(fit={"split_colum": "x"}),
        "fit.split_colum: unknown key; did you mean 'split_column'?",
    ),
    (
        changed(output={"chunk_customer": 1}),
        "output.chunk_customer: unknown key; did you mean 'chunk_customers'?",
    ),
]


@pytest.mark.parametrize(("book", "message"), UNKNOWN, ids=lambda value: str(value)[:40])
def test_unknown_keys(tmp_path: Path, book: dict[str, Any], message: str) -> None:
    with pytest.raises(BookError) as error:
        load(tmp_path, book)
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "book.toml"))


def test_hint_in_a_table_that_is_called_like_a_key(tmp_path: Path) -> None:
    book = minimal_book()
    book["tables"]["files"] = book["tables"].pop("statements") | {"ordr": "day"}
    with pytest.raises(BookError, match=r"tables\.files\.ordr: unknown key; did you mean 'order'"):
        load(tmp_path, book)


def test_all_problems_at_once(tmp_path: Path) -> None:
    book = changed(output={"dirr": "x", "chunk_customers": 0})
    del book["book"]["key"]
    with pytest.raises(BookError) as error:
        load(tmp_path, book)
    lines = str(error.value).splitlines()
    assert lines[0].endswith("book.toml: 3 problems")
    assert sorted(line.strip() for line in lines[1:]) == [
        "book.key: is required",
        "output.chunk_customers: Input should be greater than or equal to 1",
        "output.dirr: unknown key; did you mean 'dir'?",
    ]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "book: is required"),
    (changed(book={"as_of_column": "x"}), "book: give either as_of or as_of_column"),
    (changed(book={"name": "a b"}), "book.name"),
    (changed(book={"currency": "euro"}), "book.currency"),
    (changed(ingest={"max_quarantine_share": 1.5}), "ingest.max_quarantine_share"),
    (table("customers", files=[]), "tables.customers: give either files or duckdb"),
    (table("customers", duckdb="x.db"), "tables.customers: give either files or duckdb"),
    (table("customers", table="x"), "tables.customers: table and query belong to a duckdb source"),
    (table("customers", files=[], duckdb="x", table="a", query="b"), "needs either table or query"),
    (table("customers", columns={}), "tables.customers.columns"),
    (table("statements", order="dya"), "order names the column 'dya', which columns does not list"),
    (table("statements", tie="x"), "tie names the column 'x'"),
    (table("statements", date="balance"), "date names the column 'balance', which is not a date"),
    (table("statements", unique=["x"]), "unique names the column 'x'"),
    (table("statements", order="balance"), "order names the column 'balance', which is nullable"),
    (table("statements", tie="balance"), "tie names the column 'balance', which is nullable"),
    (table("customers", tie="segment"), "tie needs order"),
    (table("statements", lookup=True), "a lookup table has no order, tie or date"),
    (table("customers", after_as_of="drop"), "after_as_of and cutoff need a date"),
    (table("customers", cutoff="before"), "after_as_of and cutoff need a date"),
    (table("statements", after_as_of="ignore"), "tables.statements.after_as_of"),
    (table("customers", csv={"separator": ";;"}), "tables.customers.csv.separator"),
    (
        table("customers", csv={"date_format": "dd.mm.yyyy"}),
        "csv.date_format: 'dd.mm.yyyy' does not",
    ),
    (column("income", type="decimal"), "columns.income.type"),
    (column("income", min="a"), "columns.income.min"),
    (column("income", min=5, max=1), "columns.income: min is above max"),
    (column("income", min=float("nan")), "columns.income.min"),
    (
        column("income", min=date(2024, 1, 1)),
        "min and max of a float64 column must be of that type",
    ),
    (column("segment", min=0), "min and max do not apply to a string column"),
    (column("segment", allowed=[]), "columns.segment.allowed"),
    (column("segment", allowed=["a", 1]), "allowed holds 1, which is not of type string"),
    (column("income", allowed=[1, True]), "allowed holds True, which is not of type float64"),
    (column("born", type="date", allowed=["x"]), "allowed does not apply to a date column"),
    (column("born", type="date", min=1), "min and max of a date column must be of that type"),
    (
        changed(recipe=[{"table": "t", "columns": ["x"], "statistics": ["median"]}]),
        "recipe.0.statistics.0",
    ),
    (
        changed(
            recipe=[{"table": "t", "columns": ["x"], "statistics": ["sum"], "windows": ["3m"]}]
        ),
        "window '3m' is none of",
    ),
    (changed(models={"pd": {"file": "x", "predicts": "pd", "sha256": "..."}}), "models.pd.sha256"),
    (changed(models={"pd": {"file": "x", "predicts": "pd", "floor": 2}}), "models.pd.floor"),
    (changed(take_up={"rate": 1}), "take_up.rate"),
    (
        changed(strategy={"grades": [{"grade": "A", "max_pd": 0.1}]}),
        "the last grade takes all higher",
    ),
    (changed(optimise={"constraints": {"volume": {"min": 1}}}), "optimise.constraints"),
    (changed(optimise={"constraints": {"min_volume": {}}}), "give min, max or both"),
    (
        changed(target={"column": "bad", "table": "x"}),
        "target: give either column or the table form",
    ),
    (changed(output={"chunk_customers": 0}), "output.chunk_customers"),
]


@pytest.mark.parametrize(("book", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_values_that_do_not_fit(tmp_path: Path, book: dict[str, Any], message: str) -> None:
    with pytest.raises(BookError) as error:
        load(tmp_path, book)
    assert message in str(error.value)
    assert "pydantic" not in str(error.value)


def test_a_bound_of_the_wrong_kind_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(BookError) as error:
        load(tmp_path, column("income", min="a"))
    assert str(error.value).count("\n") == 1


def test_one_file_or_many(tmp_path: Path) -> None:
    assert load(tmp_path, table("customers", files=["a.csv", "b.csv"])).tables[
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
        "fee_income",
        "transfers",
        "servicing",
    ):
        kind = 'type = "float64", nullable = true'
        text = text.replace(
            "[tables.customers.derive]", f"{feature} = {{ {kind} }}\n[tables.customers.derive]", 1
        )

    book = load(tmp_path, text)
    assert book.book.as_of == date(2026, 6, 30)
    assert list(book.run_tables) == ["customers", "statements"]
    assert book.tables["fees"].join[0].columns == ("tariff",)
    assert {"income_cap", "payment_ratio", "balance__last_90d__std"} <= set(book.feature_columns)
    assert book.take_up.segments["student"].rate == -30.0
    assert book.optimise.constraints["bad_rate_balance"].max == 0.03
    assert "bad" not in book.feature_columns


def test_toml_of_the_tests_is_toml(tmp_path: Path) -> None:
    assert load(tmp_path, toml(minimal_book())) == load(tmp_path, minimal_book())
