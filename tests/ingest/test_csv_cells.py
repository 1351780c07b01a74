"""CSV cells: every cell has its value, or it is said that it has none."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from csv_cases import cells
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.ingest import CsvConfig


def test_integers(tmp_path: Path) -> None:
    texts = ["7", "-7", " 7 ", "+7", "1e+05", "1E5", "7.0", "9007199254740993", "", "nan", "NaN"]
    values = [7, -7, 7, 7, 100_000, 100_000, 7, 9_007_199_254_740_993, None, None, None]
    assert cells(tmp_path, "int64", *texts) == values
    wrong = ["7.5", "1e20", "seven", "0x10", "1_000", "inf", "1e17", "99999999999999999999"]
    assert cells(tmp_path, "int64", *wrong) == [("?", text) for text in wrong]


def test_floats(tmp_path: Path) -> None:
    texts = ["0.1", "-1e-3", " 2.5", "3", "1e+05", "", "nan", "NaN", "inf", "-inf"]
    values = [0.1, -0.001, 2.5, 3.0, 1e5, None, None, None, float("inf"), float("-inf")]
    assert cells(tmp_path, "float64", *texts) == values
    assert cells(tmp_path, "float64", "a lot", "--1") == [("?", "a lot"), ("?", "--1")]


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_read_to_the_bit(value: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("csv")
    (found,) = cells(folder, "float64", repr(value))
    assert found.hex() == value.hex()


def test_booleans(tmp_path: Path) -> None:
    texts = ["true", "FALSE", " True", "1", "0", "", "yes"]
    values = [True, False, True, True, False, None, ("?", "yes")]
    assert cells(tmp_path, "boolean", *texts) == values


def test_dates(tmp_path: Path) -> None:
    texts = ["2024-02-29", " 2024-03-01 ", "", "2023-02-29", "01.02.2024"]
    values = [date(2024, 2, 29), date(2024, 3, 1), None, ("?", "2023-02-29"), ("?", "01.02.2024")]
    assert cells(tmp_path, "date", *texts) == values
    assert cells(tmp_path, "date", "29.02.24", date_format="%d.%m.%y") == [date(2024, 2, 29)]
    assert cells(tmp_path, "date", "930705", date_format="%y%m%d") == [date(1993, 7, 5)]


def test_datetimes(tmp_path: Path) -> None:
    texts = ["2024-02-29 12:30:00", "2024-02-29"]
    assert cells(tmp_path, "datetime", *texts) == [datetime(2024, 2, 29, 12, 30), ("?", texts[1])]
    found = cells(tmp_path, "datetime", "29/02/2024 12.30", datetime_format="%d/%m/%Y %H.%M")
    assert found == [datetime(2024, 2, 29, 12, 30)]


@pytest.mark.parametrize("text", ["yyyy-mm-dd", "%H:%M", "%", "%Q", "", "%Y-%m"])
def test_format_that_gives_no_day(text: str) -> None:
    for which in ("date_format", "datetime_format"):
        with pytest.raises(ValidationError, match="is not a format|does not give a day"):
            CsvConfig.model_validate({which: text})


def test_strings_are_kept_as_they_are(tmp_path: Path) -> None:
    assert cells(tmp_path, "string", " a ", "nan", "0", "", '"a,b"') == [
        " a ",
        "nan",
        "0",
        None,
        "a,b",
    ]


def test_null_values(tmp_path: Path) -> None:
    assert cells(tmp_path, "int64", "NA", "?", "1", null_values=["NA", "?"]) == [None, None, 1]
