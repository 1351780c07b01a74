"""The trials of a search on disk, written anew after every generation: whole or not at all.

JSON: ``identity``, a hash of all that the trials depend on; ``trials``, each a point, its profit
and its violations; ``sha256`` of both. Numbers are spelled so that they are read back to the bit.
No state of the sampler is kept: asked again and told the same, it asks the same (``running``).
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import BookError, OutputError


class Trial(NamedTuple):
    """A point of the space, and what it brought."""

    point: tuple[float, ...]
    profit: float
    violations: tuple[float, ...]


def write_checkpoint(path: Path, identity: str, trials: list[Trial]) -> None:
    """Replace what is at ``path``. Raises OutputError."""
    content = {"identity": identity, "trials": trials}
    text = json.dumps(content | {"sha256": _hash(content)})
    temporary = path.with_name(f".tmp-{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        with suppress(OSError):
            temporary.unlink()
        raise OutputError(f"cannot write {path}: {exc.strerror or exc}") from exc


def read_checkpoint(path: Path, identity: str) -> list[Trial]:
    """The trials at ``path``; none where there is no file.

    Raises
    ------
    OutputError
        The file cannot be read, is torn, or was changed.
    BookError
        It is of another search.
    """
    try:
        content: Any = json.loads(path.read_bytes())
        given = content.pop("sha256")
        whole = given == _hash(content)
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise OutputError(f"cannot read {path}: {exc.strerror or exc}") from exc
    except (ValueError, AttributeError, KeyError, TypeError):
        whole = False
    if not whole:
        raise OutputError(
            f"{path} is torn or no checkpoint of a search; remove it, or search without --resume"
        )
    if content["identity"] != identity:
        raise BookError(
            f"{path} is of another search: the run, [optimise], the method, the space, the seed, "
            "the number of trials or Optuna is not the same; search without --resume"
        )
    return [Trial(tuple(point), profit, tuple(v)) for point, profit, v in content["trials"]]


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
