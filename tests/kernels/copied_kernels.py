"""A copy of the kernels, to be edited, with a folder of its own for their machine code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import kernels

SUM = (
    "import sys, numpy; from kernels.exact_sum import exact_sums; "
    "print(exact_sums(numpy.array([1.0, 2.0]), numpy.zeros(2, int), 1)[0] / 2**1074, "
    "'numba' in sys.modules)"
)
"""Prints a sum, and whether numba was needed."""


@dataclass(frozen=True)
class CopiedKernels:
    """In ``folder/kernels``; machine code in ``folder/kept``."""

    folder: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Put ``new`` in the place of ``old``, which is there once."""
        path = self.folder / "kernels" / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def run(self, program: str = SUM, **settings: str) -> subprocess.CompletedProcess[str]:
        """A process with these kernels."""
        own = {"NIGHTBOOK_KERNELS": str(self.folder / "kept"), "PYTHONPATH": str(self.folder)}
        return subprocess.run(
            [sys.executable, "-P", "-c", program],
            cwd=self.folder,
            env=os.environ | own | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    def answer(self, program: str = SUM, **settings: str) -> str:
        """What that process prints; it must not fail."""
        done = self.run(program, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def kept(self) -> dict[str, int]:
        """When each file of machine code was written."""
        return {file.name: file.stat().st_mtime_ns for file in self.folder.glob("kept/*")}


def copied_to(folder: Path) -> CopiedKernels:
    """Copy this checkout's kernels."""
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(kernels.__file__).parent, folder / "kernels", ignore=without)
    return CopiedKernels(folder)
