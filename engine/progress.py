"""What a run tells a person who waits. The command line draws it; a library call hears nothing."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of each step; ``rows`` are raw rows of all tables."""

    def note(self, text: str) -> None:
        """Something worth a line: a table is being sorted, a warning."""

    def start(self, chunks: int, customers: int, rows: int) -> None:
        """The chunks are known."""

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None:
        """A chunk is done; ``kept``: it was there from an earlier, unfinished run."""

    def trials_done(self, done: int, total: int, text: str) -> None:
        """A generation of a search is evaluated: so many trials in all; what they found."""

    def close(self) -> None:
        """No more steps."""


class Silent:
    """Says nothing."""

    def note(self, text: str) -> None: ...

    def start(self, chunks: int, customers: int, rows: int) -> None: ...

    def chunk_done(self, number: int, customers: int, rows: int, *, kept: bool) -> None: ...

    def trials_done(self, done: int, total: int, text: str) -> None: ...

    def close(self) -> None: ...
