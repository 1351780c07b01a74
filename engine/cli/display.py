"""How progress and results look: a bar on a terminal, log lines elsewhere, JSON on request."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from engine.progress import Progress as ProgressProtocol


@contextmanager
def shown_progress() -> Iterator[ProgressProtocol]:
    """On stderr: a bar where that is a terminal, else one line per chunk."""
    progress: ProgressProtocol = Bar() if sys.stderr.isatty() else Log()
    try:
        yield progress
    finally:
        progress.close()


class Log:
    """One line per step, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._chunks = 0

    def note(self, text: str) -> None:
        seconds = time.perf_counter() - self._started
        print(f"[{seconds:8.1f}s] {text}", file=sys.stderr, flush=True)

    def start(self, chunks: int, customers: int, rows: int) -> None:
        self._chunks = chunks
        self.note(f"{customers:,} customers, {rows:,} rows, {chunks} chunks")

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        what = "kept from an earlier run" if kept else "done"
        self.note(f"chunk {number + 1}/{self._chunks}: {customers:,} customers {what}")

    def trials_done(self, done: int, total: int, text: str) -> None:
        self.note(f"trial {done:,} of {total:,}: {text}")

    def close(self) -> None: ...


class Bar:
    """Bars with time left: one counts raw rows, one the trials of a search."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task: TaskID | None = None
        self._trials: TaskID | None = None
        self._started = 0.0
        self._worked = 0

    def note(self, text: str) -> None:
        self._console.print(escape(text))

    def start(self, chunks: int, customers: int, rows: int) -> None:
        self._task = self._bar.add_task(f"{customers:,} customers", total=rows, rate="...")
        self._started = time.perf_counter()
        self._bar.start()

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        if self._task is None:
            return
        self._worked += 0 if kept else rows
        rate = self._worked / (time.perf_counter() - self._started)
        self._bar.update(self._task, advance=rows, rate=f"rows, {rate:,.0f} rows/s")

    def trials_done(self, done: int, total: int, text: str) -> None:
        if self._trials is None:
            self._trials = self._bar.add_task("trials", total=total, rate="...")
            self._bar.start()
        self._bar.update(self._trials, completed=done, rate=text)

    def close(self) -> None:
        self._bar.stop()


@contextmanager
def stdout_for_results() -> Iterator[None]:
    """Meanwhile, what libraries print on the process's stdout (a solver does now and then) goes to
    stderr: stdout is one JSON object, or what is printed for people."""
    try:
        kept = os.dup(1)
    except OSError:  # closed by the caller
        yield
        return
    try:
        sys.stdout.flush()
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def print_json(result: Mapping[str, Any]) -> None:
    """One JSON object on stdout."""
    print(json.dumps(result, default=str))


def print_table(title: str, rows: Mapping[str, object]) -> None:
    """Names and values on stdout, aligned; a hash or a path is never cut."""
    width = max(len(name) for name in rows)
    print(title)
    for name, value in rows.items():
        print(f"  {name:<{width}}  {value}")


def descriptive(report: Mapping[str, Any]) -> dict[str, str]:
    """A row of the table of a fit whose target shares the window of the features; else none."""
    return {"descriptive": report["note"]} if report.get("descriptive") else {}


def print_warnings(warnings: tuple[str, ...] | list[str]) -> None:
    """On stderr, a line each."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
