"""treelite's compiler: C code, compiled by gcc, loaded as a shared library.

``quantize=1`` was 10 % slower on 100 x 31 x 30. Annotation by training rows, which a model file
does not hold, would have given 5 %.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import tl2cgen
import treelite
from numpy.typing import NDArray

from benchmarks.forest.peers import Predict

CORES = 2
PARTS = 20
"""Files of C: they compile side by side; 2 or 50 of them made no faster code."""


def prepare(path: str) -> Predict:
    """A model in LightGBM text. The thread count of a library is fixed when it is opened."""
    folder = tempfile.TemporaryDirectory()  # lives as long as ``predict``
    library = Path(folder.name) / "model.so"
    model = treelite.frontend.load_lightgbm_model(path)
    parts = {"parallel_comp": PARTS}
    tl2cgen.export_lib(model, toolchain="gcc", libpath=library, params=parts, nthread=CORES)

    @cache
    def opened(threads: int) -> tl2cgen.Predictor:
        return tl2cgen.Predictor(Path(folder.name) / "model.so", nthread=threads)

    def predict(X: NDArray[Any], threads: int) -> NDArray[Any]:
        found: NDArray[Any] = opened(threads).predict(tl2cgen.DMatrix(X))
        return found[:, 0, 0]

    return predict
