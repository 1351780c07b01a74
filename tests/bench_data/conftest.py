"""Imported books for all tests here; each is made once, where the real data are."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_books import nightbook, real_data_folder

from bench_data.berka import import_berka
from bench_data.home_credit import write_home_credit
from bench_data.taiwan import import_taiwan


@pytest.fixture(scope="session")
def taiwan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the imported Taiwan book, without a model."""
    real_data_folder()
    return import_taiwan(tmp_path_factory.mktemp("real") / "taiwan").parent


@pytest.fixture(scope="session")
def berka(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the imported Berka book, without a model."""
    real_data_folder()
    return import_berka(tmp_path_factory.mktemp("real") / "berka").parent


@pytest.fixture(scope="session")
def fitted_taiwan(taiwan: Path) -> Path:
    nightbook("fit", "pd", taiwan / "book.toml")
    return taiwan


@pytest.fixture(scope="session")
def fitted_berka(berka: Path) -> Path:
    nightbook("fit", "pd", berka / "book.toml")
    return berka


@pytest.fixture(scope="session")
def home_credit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``parquet_files`` of 3,000 train and 300 test cases in the layout of Home Credit."""
    folder = tmp_path_factory.mktemp("home_credit")
    assert list(write_home_credit(folder, cases=3_000, test_cases=300, seed=3))
    return folder / "parquet_files"
