"""A loaded model: whatever its file was, it looks like this from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.rows import over_blocks, rows_of

if TYPE_CHECKING:
    from kernels.source import Table


class Scorer(Protocol):
    """What a kind of model has to do: score a block of rows, each alone."""

    def score(
        self, X: Table, columns: NDArray[np.uint32], raw: bool, out: NDArray[np.float64]
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
        self,
        X: object,
        *,
        threads: int = 1,
        raw_score: bool = False,
        rows: tuple[int, int] | None = None,
        out: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Score rows of ``X``.

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
        rows
            ``(first, last)``: only rows ``first..last`` of ``X``, without the last; all if None.
        out
            Where to write: float64 ``(n,)``, or ``(n, classes)``, of any layout. Made if None.

        Returns
        -------
        ``out``: float64 ``(n,)``, or ``(n, classes)``. Equal to the bit to what
        ``lightgbm.Booster.predict`` makes of an array; NaN from a scorecard where a value is
        missing and not imputed.

        Raises
        ------
        ModelError
            ``X`` does not fit: type, shape, a used feature that is absent or not numeric.
        ValueError
            ``rows`` or ``out`` does not fit, or ``threads`` is below 1.
        """
        if self._pandas_categories and not isinstance(X, np.ndarray):
            raise ModelError(
                "the model was trained on pandas categories, so its splits hold pandas' codes and "
                "not the values of the columns; train with integer categories, or pass an array "
                "of codes"
            )
        index = {name: i for i, name in enumerate(self.feature_names)}
        source = rows_of(X, self.feature_names, [index[name] for name in self.used_features])
        first, last = (0, source.height) if rows is None else rows
        if not 0 <= first <= last <= source.height:
            raise ValueError(f"rows {first}..{last} are not among the {source.height} of X")
        scores, out = self._out(out, last - first)

        def work(lo: int, hi: int) -> None:
            part = scores[lo - first : hi - first]
            self._scorer.score(source.block(lo, hi), source.columns, raw_score, part)

        over_blocks(first, last, source.most, threads, work)
        return out

    def _out(
        self, out: NDArray[np.float64] | None, n: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The result as ``(n, classes)``, and as it is returned."""
        shape = (n,) if self.classes == 1 else (n, self.classes)
        if out is None:
            out = np.empty(shape, np.float64)
        if out.shape != shape or out.dtype != np.float64 or not out.flags.writeable:
            raise ValueError(f"out must be a writeable float64 array of shape {shape}")
        return (out[:, None] if self.classes == 1 else out), out
