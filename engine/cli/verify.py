"""``nightbook verify RUN_DIR``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def verify(run_dir: Path, /, *, json: Annotated[bool, Parameter(negative=())] = False) -> int:
    """Re-hashes everything that the manifest of a published run names.

    Parameters
    ----------
    run_dir:
        A run's folder, or an output folder (then its current run).
    json:
        One JSON object on stdout.
    """
    from engine import publish
    from engine.cli.display import print_json, print_table

    found = publish.verify(run_dir)
    if json:
        print_json(found)
    else:
        print_table("verified", found)
    return 0
