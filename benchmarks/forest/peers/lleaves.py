"""lleaves: the model compiled by LLVM. Needs an environment of its own (llvmlite 0.43).

The small code model was 1.2 times as fast as the default, the large one, on 100 x 31 x 30; float32
in place of float64 was no faster.
"""

from __future__ import annotations

import lleaves

from benchmarks.forest.peers import Predict


def prepare(path: str) -> Predict:
    """A model in LightGBM text."""
    model = lleaves.Model(path)
    model.compile(fcodemodel="small")
    return lambda X, threads: model.predict(X, n_jobs=threads)
