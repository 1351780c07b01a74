"""What is kept on disk of compiled kernels, and when it is forgotten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kernels
from kernels.compiled import part

PLATT = (
    "from kernels.logistic import platt; import numpy; print(platt(numpy.full(1, 0.5), 1.0, 0.0))"
)


@pytest.fixture(name="folder")
def copied(tmp_path: Path) -> Path:
    """A copy of the kernels, to be edited, with room for numba's files."""
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(kernels.__file__).parent, tmp_path / "kernels", ignore=without)
    return tmp_path


def run(folder: Path) -> str:
    settings = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept"), "PYTHONPATH": str(folder)}
    command = [sys.executable, "-P", "-c", PLATT]
    done = subprocess.run(command, check=True, cwd=folder, env=settings, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()


def kept(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in folder.glob("kept/**/*.nb[ic]")}


def test_a_change_in_a_part_of_another_file_is_noticed(folder: Path) -> None:
    assert run(folder) == "[0.5]"
    first = kept(folder)
    assert {name.partition("-")[0] for name in first} == {"logistic._platt_block"}
    assert run(folder) == "[0.5]"
    assert kept(folder) == first
    file = folder / "kernels" / "sigmoid.py"
    text = file.read_text()
    head, found, tail = text.partition("def sigmoid(")
    body = tail.index('"""', tail.index('"""') + 3) + 3
    file.write_text(f"{head}{found}{tail[:body]}\n    return 0.25\n")
    assert run(folder) == "[0.25]"


def test_parts_run_as_python() -> None:
    @part
    def half(x: float) -> float:
        return x / 2.0

    assert half(3.0) == 1.5
