"""The virtual environments of the peers; ``make peers`` makes them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
"""The repository: processes start here, so that they find ``benchmarks``."""

_FOLDERS = {"peers": ".venv-peers", "lleaves": ".venv-lleaves"}


def python_of(environment: str) -> str:
    """The interpreter of an environment, or this one where it was not made."""
    python = ROOT / _FOLDERS[environment] / "bin" / "python"
    return str(python) if python.exists() else sys.executable
