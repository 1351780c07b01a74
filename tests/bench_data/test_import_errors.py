"""What an import refuses, and how it says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from real_books import command, real_data_folder

from bench_data.berka import import_berka
from bench_data.measure_berka import hanley_mcneil
from bench_data.taiwan import import_taiwan, read_taiwan
from engine.errors import DataError, OutputError


@pytest.mark.parametrize("name", ["taiwan", "berka"])
def test_absent_data_are_named_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    target = tmp_path / "book"
    done = command("bench_data", name, target, NIGHTBOOK_REAL_DATA=tmp_path / "nowhere")
    assert done.returncode == 66
    assert "there is no file" in done.stderr
    assert "NIGHTBOOK_REAL_DATA" in done.stderr
    assert not target.exists()


@pytest.mark.parametrize("cell", ["1e-01", "", "many", "inf"])
def test_a_cell_that_is_no_whole_number_is_refused(cell: str, tmp_path: Path) -> None:
    file = tmp_path / "taiwan.csv"
    file.write_text(f"ID,LIMIT_BAL\n1,1e+05\n2,{cell}\n")
    with pytest.raises(DataError, match=r"no whole number.*column LIMIT_BAL"):
        read_taiwan(file)


def test_another_table_than_taiwan_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "taiwan.csv"
    file.write_text("ID,LIMIT_BAL\n1,1e+05\n2,20000\n")
    with pytest.raises(DataError, match="not 30,000 customers in 25 columns"):
        read_taiwan(file)


@pytest.mark.realdata
def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    real_data_folder()
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty"):
        import_taiwan(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


_LATE = "trans_1997_98_loans.csv"


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("loan.asc", '5314;1787;930705;96396;12;8033.00;"B"\r\n', "", "expected 392 loans"),
        ("loan.asc", '12;8033.00;"B"', '12;8033.00;"A"', "35 bad; found 392, 354, 34"),
        ("loan.asc", '12;8033.00;"B"', '12;8033.00;"E"', "cannot read"),
        (_LATE, "6145;25;960728;credit;", "6145;25;960728;loan;", "cannot read"),
        (_LATE, "6145;25;960728;", "6145;25;960729;", "do not begin on their opening day"),
        (_LATE, "6459;25;961026;withdrawal;", "6459;25;961026;credit;", "running balances"),
    ],
)
def test_changed_berka_data_are_refused(
    name: str,
    old: str,
    new: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = tmp_path / "data"
    shutil.copytree(real_data_folder() / "berka", data / "berka")
    file = data / "berka" / name
    file.chmod(0o644)
    text = file.read_bytes().decode("ascii")
    monkeypatch.setenv("NIGHTBOOK_REAL_DATA", str(data))
    assert text.count(old) == 1
    file.write_bytes(text.replace(old, new).encode("ascii"))
    with pytest.raises(DataError, match=message):
        import_berka(tmp_path / "book")
    assert not (tmp_path / "book").exists()


def test_standard_error_of_an_auc() -> None:
    """Exact for exponential scores: a mean nine times as high gives an AUC of 0.9."""
    random = np.random.default_rng(1)
    bads, goods = random.exponential(9.0, (2000, 11)), random.exponential(1.0, (2000, 114))
    areas = (bads[:, :, None] > goods[:, None, :]).mean(axis=(1, 2))
    found = hanley_mcneil(0.9, goods=114, bads=11)
    assert areas.mean() == pytest.approx(found.auc, abs=0.005)
    assert areas.std() == pytest.approx(found.standard_error, rel=0.05)
