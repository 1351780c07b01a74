"""Which files a table is read from, and what identifies them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import columns, raw, write

from engine.errors import BookError, DataError, InputMissingError
from engine.ingest import TableConfig, find_source, identity

SPEC = columns({"customer_id": "int64"})
FRAME = pl.DataFrame({"customer_id": [1, 2]})


def find(folder: Path, *patterns: str, **settings: Any) -> list[str]:
    source = find_source("t", TableConfig(files=patterns, columns=SPEC, **settings), folder)
    return [str(file) for file in source.files]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {f"raw/{name}": FRAME for name in ("b.parquet", "a.parquet", "deep/c.pq")})
    write(tmp_path, {"raw/.half-written.parquet": FRAME, "raw/a.csv": "customer_id\n1\n"})
    return tmp_path


def test_one_path(folder: Path) -> None:
    assert find(folder, "raw/b.parquet") == [str(folder / "raw/b.parquet")]


def test_glob_is_sorted_and_leaves_hidden_files_out(folder: Path) -> None:
    assert find(folder, "raw/*.parquet") == [str(folder / f"raw/{n}.parquet") for n in "ab"]
    assert len(find(folder, "raw/**/*.p*q*")) == 3


def test_list_keeps_its_order_and_names_each_file_once(folder: Path) -> None:
    found = find(folder, "raw/b.parquet", "raw/*.parquet")
    assert found == [str(folder / f"raw/{n}.parquet") for n in "ba"]


def test_absolute_path_and_glob_do_not_depend_on_the_folder(folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    assert find(elsewhere, str(folder / "raw/a.parquet")) == [str(folder / "raw/a.parquet")]
    assert len(find(elsewhere, str(folder / "raw/*.parquet"))) == 2


def test_path_out_of_the_folder(folder: Path) -> None:
    (folder / "book").mkdir()
    assert len(find(folder / "book", "../raw/*.parquet")) == 2


def test_folder_and_file_with_brackets_are_not_globs(tmp_path: Path) -> None:
    folder = tmp_path / "data [1]"
    write(folder, {"a[1].parquet": FRAME, "b.parquet": FRAME})
    assert find(folder, "a[1].parquet") == [str(folder / "a[1].parquet")]
    assert len(find(folder, "*.parquet")) == 2


@pytest.mark.parametrize("pattern", ["raw/none.parquet", "raw/none*.parquet", "raw", "none/*.csv"])
def test_missing(folder: Path, pattern: str) -> None:
    with pytest.raises(InputMissingError, match=r"tables\.t: .*(raw|none)") as error:
        find(folder, pattern)
    assert error.value.exit_code == 66


def test_missing_duckdb_file(tmp_path: Path) -> None:
    config = TableConfig(duckdb="none.duckdb", table="t", columns=SPEC)
    with pytest.raises(InputMissingError, match="none.duckdb"):
        find_source("t", config, tmp_path)


def test_kinds_cannot_be_mixed(folder: Path) -> None:
    with pytest.raises(BookError, match=r"tables\.t\.files: Parquet and CSV cannot be mixed"):
        find(folder, "raw/a.*")


def test_unknown_suffix(tmp_path: Path) -> None:
    write(tmp_path, {"t.xlsx": b""})
    with pytest.raises(BookError, match=r"t\.xlsx ends in none of \.parquet"):
        find(tmp_path, "t.xlsx")


def test_identity_of_parquet_is_its_footer(tmp_path: Path) -> None:
    write(tmp_path, {"t.parquet": FRAME})
    path = tmp_path / "t.parquet"
    found = identity(path, "parquet", folder=tmp_path, whole=False)
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    assert found == {
        "path": "t.parquet",
        "bytes": len(data),
        "mtime_ns": path.stat().st_mtime_ns,
        "sha256": hashlib.sha256(data[-8 - length :]).hexdigest(),
        "sha256_of": "footer",
    }


def test_identity_of_csv_and_of_whole_files_is_their_content(tmp_path: Path) -> None:
    write(tmp_path, {"t.parquet": FRAME, "t.csv": "customer_id\n1\n"})
    for name, kind in (("t.parquet", "parquet"), ("t.csv", "csv")):
        found = identity(tmp_path / name, kind, folder=tmp_path / "book", whole=True)  # type: ignore[arg-type]
        assert found["sha256"] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert (found["sha256_of"], found["path"]) == ("content", str(tmp_path / name))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table at all"])
def test_identity_of_what_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, {"t.parquet": content})
    with pytest.raises(DataError, match=r"no footer \(file .*t\.parquet\)"):
        identity(tmp_path / "t.parquet", "parquet", folder=tmp_path, whole=False)


def test_identity_of_a_file_that_has_gone(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="gone.csv"):
        identity(tmp_path / "gone.csv", "csv", folder=tmp_path, whole=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    write(tmp_path, raw("t", "customer_id\n1\n", {"customer_id": "int64"}).files)
    path = tmp_path / "t-0.csv"
    path.chmod(0)
    with pytest.raises(DataError, match="t-0.csv"):
        identity(path, "csv", folder=tmp_path, whole=False)
