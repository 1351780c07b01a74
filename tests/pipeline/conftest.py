from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from command import call
from small_book import Source, make_frames, write_book

CopyBook = Callable[[Source], Path]


@pytest.fixture(scope="session")
def published_books(tmp_path_factory: pytest.TempPathFactory) -> CopyBook:
    """The folder of a small book by source, with a published run; not to be changed."""

    @cache
    def publish(source: Source) -> Path:
        folder = tmp_path_factory.mktemp(source)
        done = call("run", write_book(folder, make_frames(), source))
        assert done.code == 0, done.err
        return folder

    return publish


@pytest.fixture
def copy_book(published_books: CopyBook, tmp_path: Path) -> CopyBook:
    """Copies such a folder, so that a test can break it; times of change are kept."""
    return lambda source: Path(shutil.copytree(published_books(source), tmp_path / "book"))


@pytest.fixture(scope="session")
def demo_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of ``nightbook demo``, with its fitted model; not to be changed."""
    folder = tmp_path_factory.mktemp("demo") / "book"
    done = call("demo", folder, "--customers", 3000, "--json")
    assert done.code == 0, done.err
    return folder / "book.toml"
