"""ONNX Runtime on the model as onnxmltools converts it, in float32."""

from __future__ import annotations

from functools import cache

import lightgbm
import onnxruntime
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from benchmarks.forest.peers import Predict


def prepare(path: str) -> Predict:
    """A model in LightGBM text. A session has a fixed number of threads."""
    booster = lightgbm.Booster(model_file=path)
    inputs = [("X", FloatTensorType([None, booster.num_feature()]))]
    data = convert_lightgbm(booster, initial_types=inputs, zipmap=False).SerializeToString()

    @cache
    def session(threads: int) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    return lambda X, threads: session(threads).run(["probabilities"], {"X": X})[0][:, 1]
