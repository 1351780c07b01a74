"""The seam: every call of this stage that changes the disk, under one name each.

The rest of the stage calls ``disk.write(...)`` and never ``os.write(...)``. So a test can replace
the names in ``__all__`` and fail, cut short or kill at the N-th call, for every N, without the
product knowing. ``open_fd`` also opens for reading.
"""

from __future__ import annotations

from fcntl import flock
from os import fsync, mkdir, replace, rmdir, unlink, write
from os import ftruncate as truncate
from os import open as open_fd
from shutil import rmtree

__all__ = [
    "flock",
    "fsync",
    "mkdir",
    "open_fd",
    "replace",
    "rmdir",
    "rmtree",
    "truncate",
    "unlink",
    "write",
]
