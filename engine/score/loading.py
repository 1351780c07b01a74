"""From a model file to a ``Model``: read, recognised, parsed, validated.

In a new process, what scoring needs is imported while the worker starts and parses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputMissingError, ModelError
from engine.score.formats import COMPILED, SCORECARD, recognised
from engine.score.worker.shared import WORKER

if TYPE_CHECKING:
    from engine.score.model import Model
    from engine.score.parts import Parts


def load_model(path: str | Path) -> Model:
    """Load LightGBM text, XGBoost JSON or UBJSON, a treelite checkpoint, a compiled model
    (``nightbook compile``) or a scorecard JSON.

    Native parsers see the file in a process of their own (``engine.score.worker``), and what they
    make of it is validated in full.

    Raises
    ------
    InputMissingError
        There is no such file.
    ModelError
        It cannot be read, is cut or edited, or is of a kind that is not supported.
    """
    data = read_file(path)
    try:
        return _model(data)
    except ModelError as exc:
        raise naming(path, exc) from exc


def naming(path: str | Path, exc: ModelError) -> ModelError:
    """The error with the file's name, fit to be printed: it may quote the file, and a terminal
    obeys control characters."""
    message = "".join(c if c.isprintable() else "?" for c in str(exc))
    return ModelError(f"model file {path}: {message}")


def read_file(path: str | Path) -> bytes:
    """The bytes of a model file, read once: what is hashed is what is parsed."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as exc:
        raise InputMissingError(f"model file {path} is not there") from exc
    except OSError as exc:
        raise ModelError(f"model file {path} cannot be read: {exc}") from exc


def read_parts(kind: str, data: bytes, meanwhile: Callable[[], None] = lambda: None) -> Parts:
    """The validated parts of a model of trees, of the format that ``recognised`` found.

    ``meanwhile`` is called while the worker is at work.

    Raises
    ------
    ModelError
        Cut, edited, or with something that is not supported.
    """
    with ThreadPoolExecutor(1) as pool:
        packed = None if kind == COMPILED else pool.submit(WORKER.parse, kind, data)
        meanwhile()
        from engine.score.compiled_file import read_compiled
        from engine.score.unpacking import unpack
        from engine.score.validate import validate

        parts = read_compiled(data) if packed is None else unpack(packed.result())[0]
    validate(parts)
    return parts


def _model(data: bytes) -> Model:
    kind = recognised(data)
    fingerprint = hashlib.sha256(data).hexdigest()
    if kind == SCORECARD:
        from engine.score.model import Model
        from engine.score.scorecard import read_scorecard

        names, scorer = read_scorecard(data)
        return Model(names, names, fingerprint, 1, True, scorer)
    parts = read_parts(kind, data, meanwhile=_import_scoring)
    from engine.score.forest_scorer import forest_scorer
    from engine.score.model import Model

    return Model(
        feature_names=parts.feature_names,
        used_features=tuple(parts.feature_names[i] for i in parts.trees.used_features()),
        fingerprint=fingerprint,
        classes=parts.classes,
        is_probability=parts.is_probability,
        _scorer=forest_scorer(parts),
        _pandas_categories=parts.pandas_categories,
    )


def _import_scoring() -> None:
    import engine.score.forest_scorer
    import engine.score.model  # noqa: F401
