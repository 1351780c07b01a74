"""The largest resident memory of a process."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path


def peak_rss_bytes(pid: int | None = None) -> int:
    """Of process ``pid`` so far, or of this one; 0 where that cannot be known.

    Linux counts the starter's peak in a child's ``ru_maxrss`` (it survives ``exec``), not in
    ``VmHWM``.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{pid or 'self'}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if pid is not None:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
