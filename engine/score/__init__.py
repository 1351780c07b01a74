"""Score: one row of features per customer in, one column per model out."""

from engine.score.chain import Models, load_models, score
from engine.score.config import ModelConfig
from engine.score.model import Model, load_model

__all__ = ["Model", "ModelConfig", "Models", "load_model", "load_models", "score"]
