"""One model file: read it, check it, predict with it.

A format is one reader and one line in ``_read``; all models look the same from outside.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputMissingError, ModelError
from engine.score.rows import over_blocks, rows_of


class Scorer(Protocol):
    """What a kind of model has to do: score a block of rows, each alone."""

    def score(
        self, X: NDArray[Any], columns: NDArray[np.uint32], raw: bool, out: NDArray[np.float64]
    ) -> None:
        """Score ``X``, whose ``columns`` hold the used features, into ``out`` (rows, classes)."""
        ...


@dataclass(frozen=True)
class Model:
    """A loaded model.

    ``feature_names``
        All features, in the order of the columns of an array.
    ``used_features``
        Those that some split reads; only these must be present in a frame.
    ``fingerprint``
        sha256 of the file, hex.
    ``classes``
        Columns of a prediction; 1: the prediction is 1-D.
    ``is_probability``
        Predictions are fractions 0..1.
    """

    feature_names: tuple[str, ...]
    used_features: tuple[str, ...]
    fingerprint: str
    classes: int
    is_probability: bool
    _scorer: Scorer = field(repr=False)
    _pandas_categories: bool = field(default=False, repr=False)

    def predict(
        self, X: object, *, threads: int = 1, raw_score: bool = False
    ) -> NDArray[np.float64]:
        """Score every row of ``X``.

        Parameters
        ----------
        X
            float32 or float64 array ``(n, features)`` in any memory order, or a polars DataFrame,
            pyarrow Table or RecordBatch with the used features by name: numbers or booleans, in any
            order, among others. Missing is NaN or null. Not changed, not copied as a whole.
        threads
            Threads to use; the result is the same for any.
        raw_score
            Sums of leaves, or the logit of a scorecard, in place of predictions.

        Returns
        -------
        float64 ``(n,)``, or ``(n, classes)``. Equal to the bit to what ``lightgbm.Booster.predict``
        makes of an array; NaN from a scorecard where a value is missing and not imputed.

        Raises
        ------
        ModelError
            ``X`` does not fit: type, shape, a used feature that is absent or not numeric.
        """
        if self._pandas_categories and not isinstance(X, np.ndarray):
            raise ModelError(
                "the model was trained on pandas categories, so its splits hold pandas' codes and "
                "not the values of the columns; train with integer categories, or pass an array "
                "of codes"
            )
        index = {name: i for i, name in enumerate(self.feature_names)}
        rows = rows_of(X, self.feature_names, [index[name] for name in self.used_features])
        out = np.empty((rows.height, self.classes), np.float64)

        def work(lo: int, hi: int) -> None:
            self._scorer.score(rows.block(lo, hi), rows.columns, raw_score, out[lo:hi])

        over_blocks(rows.height, threads, work)
        return out[:, 0] if self.classes == 1 else out


def load_model(path: str | Path) -> Model:
    """Load a LightGBM text model or a scorecard JSON.

    Raises
    ------
    InputMissingError
        There is no such file.
    ModelError
        It cannot be read, is cut or edited, or is of a kind that is not supported.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as exc:
        raise InputMissingError(f"model file {path} is not there") from exc
    except OSError as exc:
        raise ModelError(f"model file {path} cannot be read: {exc}") from exc
    try:
        return _read(data)
    except ModelError as exc:
        raise ModelError(f"model file {path}: {exc}") from exc


def _read(data: bytes) -> Model:
    fingerprint = hashlib.sha256(data).hexdigest()
    if data.startswith(b"tree\n"):
        from engine.score.lightgbm_model import read_lightgbm

        gbm = read_lightgbm(data)
        return Model(
            feature_names=gbm.feature_names,
            used_features=tuple(gbm.feature_names[i] for i in gbm.used),
            fingerprint=fingerprint,
            classes=gbm.classes,
            is_probability=gbm.is_probability,
            _scorer=gbm.scorer,
            _pandas_categories=gbm.pandas_categories,
        )
    if data[:256].lstrip()[:1] == b"{" and not data.startswith(b"{L"):
        from engine.score.scorecard import read_scorecard

        names, scorer = read_scorecard(data)
        return Model(names, names, fingerprint, 1, True, scorer)
    raise ModelError(_why_not(data))


_PICKLE = "a pickle, which runs code when it is loaded, is not supported at all"
_STARTS = (
    (b"\x80", f"{_PICKLE}; save the model as LightGBM text"),
    (b"PK\x03\x04", "a zip archive (joblib, npz, MLflow) is not supported; save LightGBM text"),
    (b"\x1f\x8b", "compressed files are not supported; unpack it"),
    (b"{L", "XGBoost UBJSON is not supported yet"),
    (b"binf", "XGBoost's old binary format is not supported; save it as JSON with XGBoost"),
    (b"tree\r\n", "its line ends were changed to CR LF, so its tree sizes do not fit any more"),
)


def _why_not(data: bytes) -> str:
    """Why a file of no supported format is refused, by how it starts."""
    if not data:
        return "it is empty"
    for start, reason in _STARTS:
        if data.startswith(start):
            return reason
    return (
        "neither LightGBM text (its first line is 'tree') nor a scorecard JSON; nothing else is "
        "supported yet"
    )
