"""What the tests of the real books share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench_data import real_data

REPOSITORY = Path(__file__).parents[2]


def real_data_folder() -> Path:
    """The folder of the real data; skips the test where it is absent."""
    folder = real_data.real_data_folder()
    if not folder.is_dir():
        pytest.skip(f"no real data: there is no folder {folder} (set NIGHTBOOK_REAL_DATA)")
    return folder


def command(
    module: str, *arguments: object, **environment: object
) -> subprocess.CompletedProcess[str]:
    """``python -m module arguments``, as a user would call it."""
    return subprocess.run(
        [sys.executable, "-m", module, *(str(argument) for argument in arguments)],
        cwd=REPOSITORY,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        check=False,
    )


def nightbook(*arguments: object) -> dict[str, Any]:
    """A verb of the command line with ``--json``: it must succeed; what it prints."""
    done = command("engine.cli", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
