"""The commit: chunks become a published run, in one step that readers can see.

Order of the writes, each durable before the next begins: parts and their chunk manifests;
``manifest.json`` when all chunks are there and the counts add up; ``CURRENT``. A kill before the
last rename leaves the previous run published, a kill after it the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from engine.errors import NightbookError, OutputError
from engine.publish import assembly, current, disk, files, lock, parts
from engine.publish.records import MANIFEST, ChunkManifest, to_json


def open_run(out: Path, run_id: str, *, fresh: bool = False) -> RunDirectory:
    """Open a run of the output folder ``out``, to be used in a ``with`` statement.

    If the run is published already (and not ``fresh``), ``.published`` is its manifest and there is
    nothing to do. Otherwise this process holds the lock of ``out`` until ``commit`` or the end of
    the ``with``: finished chunks of a killed run are kept. ``fresh`` throws them away, and beside a
    published run starts ``<run_id>.<n>``.

    Raises BusyError if another process holds the lock, OutputError if ``out`` cannot be created or
    written, ValueError for a run id that is not a plain name.
    """
    current.check_run_id(run_id)
    if not fresh:
        published = current.newest_published(out, run_id)
        if published is not None and _is_settled(out, published, _work_folder(out, run_id)):
            return RunDirectory(out, run_id, out / published["run_id"], None, published)
    files.make_folder(out)
    held = lock.acquire(out / "LOCK")
    try:
        return _open_locked(out, run_id, held, fresh=fresh)
    except BaseException as exc:
        _let_go(held, exc)
        raise


class RunDirectory:
    """One run of an output folder; made by ``open_run``.

    ``published``: the manifest, or None while the run is unpublished. ``run_id``: the name of the
    folder, which is ``<run_id>.<n>`` for a later attempt. ``work``: a folder for intermediate
    files that nobody else uses while this run is open; ``commit`` removes it.
    """

    def __init__(
        self,
        out: Path,
        run_id: str,
        path: Path,
        held: lock.Lock | None,
        published: dict[str, Any] | None,
    ) -> None:
        self.out, self.path, self.run_id = out, path, path.name
        self.work = _work_folder(out, run_id)
        self.published = published
        self._lock = held
        self._finished: dict[int, ChunkManifest] = {}

    def has_part(self, index: int) -> dict[str, Any] | None:
        """The manifest of a finished chunk, or None: then it is to be done (again).

        Finished means that every file has the size and sha256 of the chunk manifest; what is left
        of an unfinished chunk is removed. Raises OutputError.
        """
        self._writing()
        found = parts.find_chunk(self.path, index)
        if found is None:
            self._finished.pop(index, None)
            return None
        self._finished[index] = found
        return found.model_dump()

    def publish_part(
        self,
        index: int,
        frame: pl.DataFrame,
        *,
        sidecars: Mapping[str, pl.DataFrame] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Write a chunk durably and return its manifest; the first column is the key.

        ``sidecars`` go to ``<name>-<index>.parquet``, those without rows are not written. ``facts``
        are JSON values to keep with the chunk. Raises OutputError (then nothing of the chunk is
        left), DataError for a bad key, NightbookError if the chunk is finished already.
        """
        self._writing()
        if parts.find_chunk(self.path, index) is not None:
            raise NightbookError(f"chunk {index} of {self.path} is finished; it is not redone")
        chunk = parts.write_chunk(self.path, index, frame, sidecars or {}, facts or {})
        self._finished[index] = chunk
        return chunk.model_dump()

    def commit(
        self, manifest: Mapping[str, Any], *, chunks: int, customers: int | None = None
    ) -> dict[str, Any]:
        """Publish: check the chunks 0..chunks-1, write the manifest, swap ``CURRENT``.

        ``manifest`` holds JSON values to keep with the run; ``customers`` is the number of rows
        there must be. Returns the whole manifest and lets go of the lock.

        Raises OutputError (disk; a chunk missing or damaged), DataError (a key occurs twice, parts
        with different columns), BusyError (the lock was taken away), NightbookError (counts),
        ValueError (``manifest`` contradicts what was found). Nothing is published then, unless
        the OutputError comes after the swap: running again is then a no-op.
        """
        held = self._writing()
        found = assembly.all_chunks(self.path, self._finished, chunks, customers)
        document = assembly.run_document(self.path, found, manifest)
        held.check()
        files.sync_folder(self.path)  # parts of a killed run may not have been
        files.write_durably(self.path / MANIFEST, to_json(document))
        current.point_current(self.out, self.run_id)
        self.published = document
        _tidy(self.out, self.path, self.work)
        self.close()
        return document

    def close(self) -> None:
        """Let go of the lock; the parts stay for the next run. Raises OutputError."""
        held, self._lock = self._lock, None
        if held is None:
            return
        if self.published is None:
            with suppress(OSError):  # not empty: there are parts to keep
                disk.rmdir(self.path)
        held.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except OutputError as failure:
            if exc is None:
                raise
            exc.add_note(str(failure))  # exc stays the error to report

    def _writing(self) -> lock.Lock:
        if self._lock is None:
            raise NightbookError(f"{self.path} is published or closed; open the run again")
        return self._lock


def _open_locked(out: Path, run_id: str, held: lock.Lock, *, fresh: bool) -> RunDirectory:
    work = _work_folder(out, run_id)
    published = None if fresh else current.newest_published(out, run_id)
    if published is not None:  # by the process that held the lock before, or not yet CURRENT
        path = out / published["run_id"]
        if not _is_settled(out, published, work):
            current.point_current(out, path.name)
            _tidy(out, path, work)
        held.release()
        return RunDirectory(out, run_id, path, None, published)
    path = current.working_folder(out, run_id)
    if fresh:
        files.remove_tree(path)
        files.remove_tree(work)
    files.make_folder(path)
    files.remove_temporaries(out)
    files.remove_temporaries(path)
    return RunDirectory(out, run_id, path, held, None)


def _is_settled(out: Path, published: Mapping[str, Any], work: Path) -> bool:
    """Whether ``CURRENT`` names the run and nothing is left to tidy."""
    return current.read_current(out) == published["run_id"] and not work.exists()


def _tidy(out: Path, path: Path, work: Path) -> None:
    """Remove temporary files and the work folder. Raises OutputError."""
    files.remove_temporaries(out)
    files.remove_temporaries(path)
    files.remove_tree(work)
    with suppress(OSError):  # not empty: another run's
        disk.rmdir(work.parent)


def _work_folder(out: Path, run_id: str) -> Path:
    return out / ".work" / run_id


def _let_go(held: lock.Lock, exc: BaseException) -> None:
    """Release after ``exc``, which stays the error to report."""
    try:
        held.release()
    except OutputError as failure:
        exc.add_note(str(failure))
