"""The scorecard kernel reads the matrix and nothing beyond it: the page behind is forbidden.

A read beyond the end kills the process, so the kernel runs in a child.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CHILD = """
import ctypes
import itertools
import mmap
import sys

import numpy as np

sys.path[:0] = ["tests/kernels"]
from test_logistic_kernel import linear, scored

memory = mmap.mmap(-1, 2 * mmap.PAGESIZE)
first = ctypes.addressof(ctypes.c_char.from_buffer(memory))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.mprotect(ctypes.c_void_p(first + mmap.PAGESIZE), mmap.PAGESIZE, 0) == 0
page = np.frombuffer(memory, np.uint8, mmap.PAGESIZE)
for terms, dtype, order in itertools.product((3, 4, 6), (np.float32, np.float64), "CF"):
    print(terms, dtype.__name__, order, file=sys.stderr, flush=True)
    card = linear([1.0] * terms, [0.0] * terms, [0.0] * terms, 0.0)
    columns = np.arange(terms, dtype=np.uint32)
    values = page.view(dtype)
    values[:] = 1.0
    for rows in range(1, values.size // terms):
        X = values[values.size - rows * terms :].reshape((rows, terms), order=order)
        assert (scored(card, X, columns, True) == terms).all()
print("read to the last byte")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mprotect of Linux' C library")
def test_nothing_behind_the_matrix_is_read() -> None:
    command = [sys.executable, "-c", CHILD]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout == "read to the last byte\n", done.stderr
