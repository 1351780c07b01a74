"""From a model file to its compiled form."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from engine.errors import ModelError
from engine.score.compiled_file import make_compiled
from engine.score.formats import COMPILED, SCORECARD, recognised
from engine.score.loading import naming, read_file, read_parts


class CompiledModel(NamedTuple):
    """``data`` is the compiled file; the rest says what is in it. Hashes are sha256, hex."""

    data: bytes
    format: str
    source_sha256: str
    content_sha256: str
    trees: int
    leaves: int
    features: int
    used_features: int
    classes: int
    is_probability: bool


def compile_model(path: str | Path) -> CompiledModel:
    """Validate a model file and make its compiled form, which scores the same to the bit.

    Raises
    ------
    InputMissingError
        There is no such file.
    ModelError
        ``load_model`` refuses it, or there is nothing to compile: a compiled model, a scorecard.
    """
    source = read_file(path)
    try:
        return _compiled(source)
    except ModelError as exc:
        raise naming(path, exc) from exc


def _compiled(source: bytes) -> CompiledModel:
    kind = recognised(source)
    if kind in (COMPILED, SCORECARD):
        what = "is compiled already" if kind == COMPILED else "has no trees"
        raise ModelError(f"it {what}; use it as it is")
    parts = read_parts(kind, source)
    source_sha256 = hashlib.sha256(source).hexdigest()
    compiled = make_compiled(parts, source_format=kind, source_sha256=source_sha256)
    return CompiledModel(
        data=compiled.data,
        format=kind,
        source_sha256=source_sha256,
        content_sha256=compiled.content_sha256,
        trees=parts.trees.root.size,
        leaves=parts.trees.leaf.shape[0],
        features=len(parts.feature_names),
        used_features=parts.trees.used_features().size,
        classes=parts.classes,
        is_probability=parts.is_probability,
    )
