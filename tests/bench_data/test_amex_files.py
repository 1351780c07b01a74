"""Files like the American Express competition's: layout, bytes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal
from real_books import command

from bench_data.amex import files, tables, write_amex
from bench_data.amex.blocks import BLOCK, MOST_CUSTOMERS, TEST, TRAIN, Block
from bench_data.amex.columns import columns
from engine.errors import BookError, OutputError

TEXT = {"customer_ID": pl.String, "S_2": pl.Date, "D_63": pl.String, "D_64": pl.String}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("amex") / "parquet"
    return write_amex(folder, customers=1_000, test_customers=400, seed=3)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of two blocks, by one thread."""
    folder = tmp_path_factory.mktemp("amex") / "larger"
    return write_amex(folder, customers=BLOCK + 50, seed=3, threads=1)


def test_the_command_writes_the_four_files(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    arguments = ("--customers", 20, "--test-customers", 10, "--seed", 3, "--format", "csv")
    done = command("bench_data", "amex", folder, *arguments)
    assert done.returncode == 0, done.stderr
    names = {"train_data", "train_labels", "test_data", "sample_submission"}
    assert {file.name for file in folder.iterdir()} == {f"{name}.csv" for name in names}


def test_names_order_and_types_are_the_competitions(parquet: Path) -> None:
    for name in ("train_data", "test_data"):
        schema = pl.read_parquet_schema(parquet / f"{name}.parquet")
        expected = [column.name for column in columns()]
        assert list(schema) == ["customer_ID", "S_2", *expected]
        assert schema["B_31"] == pl.Int64
        assert {key: schema[key] for key in TEXT} == TEXT
        others = set(schema) - set(TEXT) - {"B_31"}
        assert {schema[column] for column in others} == {pl.Float32}


def test_one_outcome_per_customer_in_the_order_of_the_statements(parquet: Path) -> None:
    for data, outcome, column in (
        ("train_data", "train_labels", "target"),
        ("test_data", "sample_submission", "prediction"),
    ):
        customers = pl.read_parquet(parquet / f"{outcome}.parquet")
        assert customers.schema == {"customer_ID": pl.String, column: pl.Int64}
        keys = pl.read_parquet(parquet / f"{data}.parquet", columns=["customer_ID"]).to_series()
        assert keys.unique(maintain_order=True).equals(customers["customer_ID"])


def test_csv_has_the_values_of_parquet(parquet: Path, tmp_path: Path) -> None:
    text = write_amex(tmp_path / "csv", customers=1_000, test_customers=400, seed=3, form="csv")
    for file in parquet.iterdir():
        expected = pl.read_parquet(file)
        found = pl.read_csv(text / f"{file.stem}.csv", schema=expected.schema)
        assert_frame_equal(found, expected, check_exact=True)


def test_threads_change_no_byte(larger: Path, tmp_path: Path) -> None:
    again = write_amex(tmp_path / "again", customers=BLOCK + 50, seed=3, threads=3)
    for file in larger.iterdir():
        assert (again / file.name).read_bytes() == file.read_bytes()


def test_another_seed_gives_other_values(parquet: Path, tmp_path: Path) -> None:
    other = write_amex(tmp_path / "other", customers=1_000, seed=4)
    name = "train_data.parquet"
    assert (other / name).read_bytes() != (parquet / name).read_bytes()


def test_a_smaller_book_is_the_beginning_of_a_larger_one(parquet: Path, larger: Path) -> None:
    for name in ("train_data", "train_labels"):
        small = pl.read_parquet(parquet / f"{name}.parquet")
        assert_frame_equal(pl.read_parquet(larger / f"{name}.parquet").head(len(small)), small)


def test_a_block_does_not_depend_on_the_blocks_before_it(larger: Path) -> None:
    second = tables.draw_tables(Block(3, TRAIN, 1, 50))
    alone = pl.DataFrame(pl.from_arrow(second.statements))
    whole = pl.read_parquet(larger / "train_data.parquet")
    assert_frame_equal(whole.tail(len(alone)), alone)
    assert whole["customer_ID"].n_unique() == BLOCK + 50


def test_blocks_and_splits_have_nothing_in_common() -> None:
    drawn = [Block(3, TRAIN, 0, 50), Block(3, TRAIN, 1, 50), Block(3, TEST, 0, 50)]
    columns_of = [tables.draw_tables(block).statements["B_1"].to_pylist() for block in drawn]
    values = [value for column in columns_of for value in column if value is not None]
    assert len(set(values)) > 0.99 * len(values)


def test_customers_lie_across_row_groups(larger: Path) -> None:
    meta = pq.read_metadata(larger / "train_data.parquet")
    sizes = [meta.row_group(group).num_rows for group in range(meta.num_row_groups)]
    assert len(sizes) > 1
    assert set(sizes[:-1]) == {files.ROW_GROUP}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_files_grow_table_by_table(tmp_path: Path, form: str) -> None:
    whole = tables.draw_tables(Block(3, TRAIN, 0, 9)).statements
    kind = {"csv": files.CsvFile, "parquet": files.ParquetFile}[form]
    for name, parts in {
        "at_once": [whole],
        "in_two": [whole.slice(0, 40), whole.slice(40)],
    }.items():
        with kind(tmp_path / name) as file:
            for part in parts:
                file.append(part)
    assert (tmp_path / "in_two").read_bytes() == (tmp_path / "at_once").read_bytes()


@pytest.mark.parametrize(
    ("customers", "test_customers", "seed"),
    [(0, 0, 1), (-3, 0, 1), (10, -1, 1), (MOST_CUSTOMERS + 1, 0, 1), (10, 0, -1)],
)
def test_impossible_sizes_and_seeds_are_refused(
    tmp_path: Path, customers: int, test_customers: int, seed: int
) -> None:
    folder = tmp_path / "new"
    with pytest.raises(BookError, match="customers"):
        write_amex(folder, customers=customers, test_customers=test_customers, seed=seed)
    assert not folder.exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        write_amex(tmp_path, customers=10)
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="file/new"):
        write_amex(tmp_path / "file" / "new", customers=10)


def test_the_command_exits_as_documented(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    assert command("bench_data", "amex", tmp_path, "--customers", 10).returncode == 74
    assert command("bench_data", "amex", tmp_path / "new", "--customers", 0).returncode == 78
