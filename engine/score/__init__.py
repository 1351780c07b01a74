"""Score: one row of features per customer in, one column per model out.

Names are imported on first use: the worker that parses model files is a module below this one and
must not wait for Polars, nor ``load_model`` before it has started the worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.score.chain import Models, load_models, score
    from engine.score.compile import CompiledModel, compile_model
    from engine.score.config import ModelConfig
    from engine.score.loading import load_model
    from engine.score.model import Model

__all__ = [
    "CompiledModel",
    "Model",
    "ModelConfig",
    "Models",
    "compile_model",
    "load_model",
    "load_models",
    "score",
]

_MODULES = {
    **dict.fromkeys(("Models", "load_models", "score"), "chain"),
    **dict.fromkeys(("CompiledModel", "compile_model"), "compile"),
    "ModelConfig": "config",
    "load_model": "loading",
    "Model": "model",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"engine.score.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'engine.score' has no attribute '{name}'")
