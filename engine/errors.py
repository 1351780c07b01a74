"""The error tree. Every error a user can cause is one of these; each knows its exit code.

    NightbookError              70  a bug, unless a subclass says otherwise
    ├── BookError               78  book.toml: a typo, a contradiction, a feature no recipe makes
    ├── ModelError              78  a model or calibrator: unreadable, unsupported, wrong sha256
    ├── InputMissingError       66  a file, table or glob that is not there
    ├── DataError               65  the data break their contract
    │   └── VerificationError   65  a published run is not what its manifest says
    ├── OutputError             74  disk full, not writable, I/O error
    └── BusyError               75  another run holds the lock; try later

A message says what was wrong, where (file, column, count) and what to do. Errors of other
libraries are translated where they enter, with ``from exc``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class NightbookError(Exception):
    """Base of all errors; ``exit_code`` is what the command line returns."""

    exit_code = 70


class BookError(NightbookError):
    """The book, or a combination of the book and its models, is wrong."""

    exit_code = 78


class ModelError(NightbookError):
    """A model file cannot be used."""

    exit_code = 78


class InputMissingError(NightbookError):
    """An input is not there."""

    exit_code = 66


class DataError(NightbookError):
    """Input data break the contract.

    ``file``, ``column`` and ``count`` (rows) name the place; they are None where they do not apply.
    """

    exit_code = 65

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        column: str | None = None,
        count: int | None = None,
    ) -> None:
        place = ", ".join(
            f"{label} {value}"
            for label, value in (("file", file), ("column", column), ("rows", count))
            if value is not None
        )
        super().__init__(f"{problem} ({place})" if place else problem)
        self.file, self.column, self.count = file, column, count


class VerificationError(DataError):
    """A published run differs from its manifest."""


class OutputError(NightbookError):
    """The result cannot be written."""

    exit_code = 74


class BusyError(NightbookError):
    """Another process holds what this one needs."""

    exit_code = 75


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'balance'?"`` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
