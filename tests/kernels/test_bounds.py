"""The kernels index without looking; here their tests run once more with every index checked.

numba decides that when it compiles, so it takes processes of their own.
What is read and written at an address (``kernels.native``'s ``source``, ``vector``) is not checked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from copied_kernels import copied_to

HERE = Path(__file__).parent


def run_checked(tests: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """The tests of a file, to the first that fails."""
    checked = {"NUMBA_BOUNDSCHECK": "1", "NIGHTBOOK_KERNELS": str(cache)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-xq", "-p", "no:cacheprovider", str(tests)],
        env=os.environ | checked,
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("tests", sorted(HERE.glob("test_*_kernel.py")), ids=lambda path: path.stem)
def test_no_kernel_leaves_its_arrays(tests: Path, tmp_path: Path) -> None:
    done = run_checked(tests, tmp_path)
    assert done.returncode == 0, done.stdout[-5_000:]
    assert " passed" in done.stdout


@pytest.mark.slow
def test_one_that_does_is_found(tmp_path: Path) -> None:
    copied = copied_to(tmp_path)
    copied.edit("native/exact_sum.py", "group = groups[i]", "group = groups[i + bits.size]")
    done = copied.run(NUMBA_BOUNDSCHECK="1")
    assert done.returncode == 1
    assert "RuntimeError: kernel exact_sum.add_rows failed" in done.stderr
