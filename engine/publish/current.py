"""Which runs an output folder holds, and which one counts.

``OUT/<run_id>`` is the first attempt of a run, ``OUT/<run_id>.1``, ``.2`` later ones (``fresh``).
A folder with a manifest is never written to again. ``OUT/CURRENT`` holds the name of one folder;
readers follow it and nothing else.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from engine.errors import InputMissingError
from engine.publish import files
from engine.publish.records import MANIFEST, PLAIN_NAME, RunManifest, parse_manifest

CURRENT = "CURRENT"
_RUN_ID = re.compile(r"[A-Za-z0-9_-]+")


def current_run(out: Path) -> Path:
    """The folder of the published run that counts.

    Raises InputMissingError if nothing is published in ``out``.
    """
    name = read_current(out)
    if name is None:
        raise InputMissingError(f"no published run in {out}; make one with 'nightbook run'")
    if not (out / name).is_dir():
        raise InputMissingError(f"{out / CURRENT} names {name}, which is not there")
    return out / name


def read_current(out: Path) -> str | None:
    """The name in ``CURRENT``; None if there is none. Raises OutputError if it is unreadable."""
    try:
        name = files.read_bytes(out / CURRENT).decode("utf-8", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        raise files.output_error("read", out / CURRENT, exc) from exc
    return name if re.fullmatch(PLAIN_NAME, name) else None


def point_current(out: Path, name: str) -> None:
    """Make ``CURRENT`` name a complete run, durably. Raises OutputError.

    Both folders are synced first: a killed run may have put names there without.
    """
    files.sync_folder(out / name)
    files.sync_folder(out)
    files.write_durably(out / CURRENT, name.encode())


def newest_published(out: Path, run_id: str) -> dict[str, Any] | None:
    """The manifest of the latest complete attempt of a run; None if there is none."""
    for _, folder in reversed(_attempts(out, run_id)):
        document = _complete(folder)
        if document is not None:
            return document
    return None


def working_folder(out: Path, run_id: str) -> Path:
    """Where to work: the latest attempt if it is unfinished, else the next free name."""
    attempts = _attempts(out, run_id)
    if not attempts:
        return out / run_id
    number, latest = attempts[-1]
    if latest.is_dir() and not (latest / MANIFEST).exists():
        return latest
    return out / f"{run_id}.{number + 1}"


def check_run_id(run_id: str) -> None:
    """Raise ValueError unless the run id is a plain name without a dot."""
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"run_id {run_id!r}: only letters, digits, '_' and '-'")


def _attempts(out: Path, run_id: str) -> list[tuple[int, Path]]:
    """Number and path of each attempt, ascending."""
    pattern = re.compile(re.escape(run_id) + r"(?:\.([1-9]\d*))?")
    matches = ((pattern.fullmatch(path.name), path) for path in files.list_folder(out))
    return sorted((int(match[1] or 0), path) for match, path in matches if match)


def _complete(folder: Path) -> dict[str, Any] | None:
    """The manifest if it is valid and every file it names has its size.

    Sizes, not hashes: a no-op must not read the whole book. ``verify`` reads it.
    """
    try:
        manifest, document = parse_manifest(files.read_bytes(folder / MANIFEST))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as exc:
        raise files.output_error("read", folder / MANIFEST, exc) from exc
    return document if _all_there(manifest, folder) else None


def _all_there(manifest: RunManifest, folder: Path) -> bool:
    with files.translated("read", folder):
        named_so = manifest.run_id == folder.name
        return named_so and all(record.is_at(folder) for record in manifest.files)
