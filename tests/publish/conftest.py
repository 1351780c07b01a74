from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from publish_cases import Hook, hook_seam, publish
from zygote import Zygote


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def published(out: Path) -> Path:
    """An output folder with one published run, ``before``."""
    publish(out, "before", seed=1)
    return out


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes copies of an output folder with one published run, ``before``."""
    root = tmp_path_factory.mktemp("scratch")
    publish(root / "original", "before", seed=1)
    numbers = count()
    return lambda: shutil.copytree(root / "original", root / str(next(numbers)))


@pytest.fixture
def seam(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hook], Hook]:
    """Puts a hook into the seam and returns it."""

    def install(hook: Hook) -> Hook:
        hook_seam(monkeypatch.setattr, hook)
        return hook

    return install


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote() as running:
        yield running
