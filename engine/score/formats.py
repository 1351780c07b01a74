"""What kind of file it is, by how it begins; and why other files are not models."""

from __future__ import annotations

import re

from engine.errors import ModelError

COMPILED = "compiled"
SCORECARD = "scorecard"
COMPILED_MAGIC = b"\x93NIGHTBOOK\r\n\x1a\n"
"""A transfer as text would change it, so it is noticed before anything else."""

WORKER_FORMATS = {
    "lightgbm": rb"tree\n",
    "xgboost": rb"\s*\{\s*\"(learner|version)\"|\{[iUIlL]",
    "checkpoint": rb"\x04\x00\x00\x00",
}
"""Per module of ``engine.score.readers``, how its files begin."""

_FORMATS = {
    COMPILED: re.escape(COMPILED_MAGIC),
    **WORKER_FORMATS,
    SCORECARD: rb"\s*\{",
}

_INSTEAD = (
    "save LightGBM as text, XGBoost as JSON, scikit-learn as a checkpoint by "
    "treelite.sklearn.import_model(model).serialize(path)"
)
_REASONS = (
    (b"\x80", f"a pickle, which runs code when it is loaded, is not supported at all; {_INSTEAD}"),
    (b"PK\x03\x04", f"a zip archive (joblib, npz, MLflow) is not supported; {_INSTEAD}"),
    (b"\x1f\x8b", "compressed files are not supported; unpack it"),
    (b"binf", "XGBoost's old binary format is not supported; save it as JSON with XGBoost"),
    (b"tree\r\n", "its line ends were changed to CR LF, so its tree sizes do not fit any more"),
    (b"", f"neither LightGBM text (its first line is 'tree') nor another known format; {_INSTEAD}"),
)


def recognised(data: bytes) -> str:
    """``COMPILED``, ``SCORECARD`` or one of ``WORKER_FORMATS``.

    Raises
    ------
    ModelError
        Empty, or none of them; says what to do.
    """
    if not data:
        raise ModelError("it is empty")
    for name, start in _FORMATS.items():
        if re.match(start, data[:256]):
            return name
    raise ModelError(next(reason for start, reason in _REASONS if data.startswith(start)))
