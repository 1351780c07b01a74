"""Is a published run what its manifest says: every byte, row, key, hash and total."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engine.errors import InputMissingError, NightbookError, VerificationError
from engine.publish import files
from engine.publish.content_hash import content_hash
from engine.publish.current import CURRENT, current_run
from engine.publish.frames import count_rows
from engine.publish.parts import index_of
from engine.publish.records import MANIFEST, FileRecord, RunManifest, parse_manifest
from engine.publish.totals import totals_differ


def verify(run_dir: Path) -> dict[str, Any]:
    """Check a run, or the current run of an output folder; memory of one part.

    Files named by the manifest: there, size, sha256, rows. Files of chunks or temporary files that
    it does not name: none. Keys: unique, as many as the manifest says. Content hash and totals:
    computed again from the rows.

    Returns ``run_id, path, content_hash, customers, files, bytes``. Raises VerificationError with a
    line per problem, InputMissingError if there is no such folder.
    """
    folder = _resolve(run_dir)
    manifest, document = _read(folder)
    problems = _file_problems(folder, manifest) or _row_problems(folder, manifest)
    problems += _unexpected(folder, manifest)
    if not problems:  # what is computed from damaged files would only repeat that they are
        problems = _content_problems(folder, manifest, document)
    if problems:
        raise _failed(folder, problems)
    return {
        "run_id": manifest.run_id,
        "path": str(folder),
        "content_hash": manifest.content_hash,
        "customers": manifest.customers,
        "files": len(manifest.files),
        "bytes": sum(record.bytes for record in manifest.files),
    }


def _resolve(path: Path) -> Path:
    if not path.is_dir():
        raise InputMissingError(f"there is no folder {path}")
    is_out = not (path / MANIFEST).exists() and (path / CURRENT).exists()
    return current_run(path) if is_out else path


def _read(folder: Path) -> tuple[RunManifest, dict[str, Any]]:
    try:
        return parse_manifest(files.read_bytes(folder / MANIFEST))
    except FileNotFoundError as exc:
        raise _failed(folder, [f"{MANIFEST}: missing; the run is not published"]) from exc
    except OSError as exc:
        raise files.output_error("read", folder / MANIFEST, exc) from exc
    except ValueError as exc:
        raise _failed(folder, [f"{MANIFEST}: not a manifest: {exc}"]) from exc


def _file_problems(folder: Path, manifest: RunManifest) -> list[str]:
    checked = ((record.name, _file_problem(folder, record)) for record in manifest.files)
    return [f"{name}: {problem}" for name, problem in checked if problem]


def _file_problem(folder: Path, record: FileRecord) -> str | None:
    path = folder / record.name
    try:
        size = path.stat().st_size
        if size != record.bytes:
            return f"changed: {size} bytes, not {record.bytes}"
        found = files.sha256_file(path)
    except FileNotFoundError:
        return "missing"
    except OSError as exc:
        return f"cannot be read: {exc.strerror or exc}"
    return None if found == record.sha256 else f"changed: sha256 {found}, not {record.sha256}"


def _row_problems(folder: Path, manifest: RunManifest) -> list[str]:
    problems = []
    for record in [*manifest.parts, *manifest.sidecars]:
        problems += _attempt(record.name, partial(_rows_differ, folder / record.name, record.rows))
    total = sum(record.rows for record in manifest.parts)
    if total != manifest.customers:
        problems.append(f"{MANIFEST}: parts of {total} rows for {manifest.customers} customers")
    return problems


def _rows_differ(path: Path, stated: int) -> list[str]:
    rows = count_rows(path)
    return [] if rows == stated else [f"{rows} rows, not {stated}"]


def _unexpected(folder: Path, manifest: RunManifest) -> list[str]:
    named = {record.name for record in manifest.files}
    return [
        f"{path.name}: unexpected, not in the manifest"
        for path in files.list_folder(folder)
        if path.name not in named
        and (index_of(path) is not None or path.name.startswith(files.TEMPORARY))
    ]


def _content_problems(folder: Path, manifest: RunManifest, document: dict[str, Any]) -> list[str]:
    paths = [folder / record.name for record in manifest.parts]

    problems = _attempt(MANIFEST, partial(_hash_differs, paths, manifest.content_hash))
    if (totals := document.get("totals")) is not None:
        problems += _attempt(MANIFEST, partial(totals_differ, paths, totals))
    return problems


def _hash_differs(paths: list[Path], stated: str) -> list[str]:
    found = content_hash(paths)
    return [] if found == stated else [f"content_hash is {stated}, the rows give {found}"]


def _attempt(name: str, check: Callable[[], list[str]]) -> list[str]:
    """The problems a check finds, with the file's name; that it cannot be made is one too."""
    try:
        return [f"{name}: {problem}" for problem in check()]
    except NightbookError as exc:
        return [f"{name}: {exc}"]


def _failed(folder: Path, problems: list[str]) -> VerificationError:
    lines = "".join(f"\n  {problem}" for problem in problems)
    return VerificationError(f"{folder} is not what its manifest says:{lines}")
