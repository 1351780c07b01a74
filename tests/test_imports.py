"""What importing ``engine`` does: it wants its own kernels, and loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import engine

REPOSITORY = Path(engine.__file__).parents[1]
HEAVY = ("polars", "numba", "lightgbm", "treelite", "duckdb", "pyarrow", "scipy")


def python(code: str, *path: Path) -> subprocess.CompletedProcess[str]:
    """Runs ``code`` with the folders of ``path`` first on ``sys.path``."""
    lines = f"import sys; sys.path[:0] = {[str(folder) for folder in path]!r}\n{code}"
    return subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True)


def test_another_package_named_kernels_is_named(tmp_path: Path) -> None:
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "__init__.py").write_text("DISTRIBUTION = 'somebody-else'\n")
    done = python("import engine", tmp_path, REPOSITORY)
    assert done.returncode == 1
    assert "is not Nightbook's" in done.stderr
    assert str(tmp_path / "kernels") in done.stderr


def test_importing_engine_loads_nothing_heavy() -> None:
    done = python(
        f"import engine, sys; print([m for m in {HEAVY} if m in sys.modules])", REPOSITORY
    )
    assert done.stdout.strip() == "[]"


def test_the_entry_points_are_there() -> None:
    done = python("from engine import load_model, run; print(run.__name__)", REPOSITORY)
    assert done.stdout.strip() == "run", done.stderr


def test_metrics_is_there_without_being_imported() -> None:
    done = python("import engine; print(engine.metrics.auc([1, 2], [0, 1]))", REPOSITORY)
    assert done.stdout.strip() == "1.0", done.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        engine.nothing  # noqa: B018
