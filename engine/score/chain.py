"""The models of a book: raw score, prior correction, calibrator, floor; one column each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import InputMissingError, ModelError
from engine.score.calibration import Calibrator, load_calibrator
from engine.score.config import ModelConfig
from engine.score.loading import load_model
from engine.score.model import Model
from engine.score.together import predict_together


@dataclass(frozen=True)
class Chain:
    """A model and what is done to its score, in this order."""

    config: ModelConfig
    model: Model
    calibrator: Calibrator | None = None
    calibrator_sha256: str | None = None

    def published(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the model's predictions become, float64 ``(n,)``, NaN where they are."""
        k = self.config.prior_correction
        if k is not None:
            p = p / (p + k * (1.0 - p))
        if self.calibrator is not None:
            p = self.calibrator.apply(p)
        if self.config.floor is not None:
            p = np.maximum(p, self.config.floor)
        return p


class Models(Mapping[str, Chain]):
    """The chains of a book by name, in its order."""

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        self._chains = dict(chains)

    def __getitem__(self, name: str) -> Chain:
        return self._chains[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._chains)

    def __len__(self) -> int:
        return len(self._chains)

    @property
    def required_features(self) -> dict[str, tuple[str, ...]]:
        """Per model, the features that its splits read."""
        return {name: chain.model.used_features for name, chain in self.items()}

    @property
    def fingerprints(self) -> dict[str, dict[str, str]]:
        """Per model ``file`` and ``sha256``, and ``calibrator_sha256`` where there is one."""
        return {name: _fingerprint(chain) for name, chain in self.items()}


def _fingerprint(chain: Chain) -> dict[str, str]:
    found = {"file": chain.config.file, "sha256": chain.model.fingerprint}
    if chain.calibrator_sha256 is not None:
        found["calibrator_sha256"] = chain.calibrator_sha256
    return found


def load_models(configs: Mapping[str, ModelConfig], folder: Path) -> Models:
    """Load every model of a book; ``folder`` is what the paths are relative to.

    Raises
    ------
    InputMissingError
        A model or calibrator file is not there.
    ModelError
        It cannot be used, its sha256 is not the pinned one, it has several classes, or the book
        corrects a score that is not a probability.
    """
    return Models({name: _load_chain(name, config, folder) for name, config in configs.items()})


def _load_chain(name: str, config: ModelConfig, folder: Path) -> Chain:
    try:
        model = load_model(folder / config.file)
        calibrator, digest = (
            (None, None)
            if config.calibrator is None
            else load_calibrator(folder / config.calibrator)
        )
    except InputMissingError as exc:
        hint = "; `nightbook fit pd` makes it" if config.predicts == "pd" else ""
        raise InputMissingError(f"model '{name}': {exc}{hint}") from exc
    if config.sha256 is not None and config.sha256.lower() != model.fingerprint:
        raise ModelError(
            f"model '{name}': {config.file} has sha256 {model.fingerprint}, the book expects "
            f"{config.sha256.lower()}"
        )
    _check_fits(name, config, model)
    return Chain(config, model, calibrator, digest)


def _check_fits(name: str, config: ModelConfig, model: Model) -> None:
    if model.classes != 1:
        raise ModelError(
            f"model '{name}': {config.file} predicts {model.classes} classes; a book's model "
            "predicts one number"
        )
    for what in ("prior_correction", "calibrator"):
        if getattr(config, what) is not None and not model.is_probability:
            raise ModelError(
                f"model '{name}': {what} needs a probability, but the objective of {config.file} "
                "does not predict one"
            )


def score(models: Models, features: pl.DataFrame, threads: int) -> pl.DataFrame:
    """One float64 column per model, named by what it predicts; the rows of ``features``.

    Scorecards are scored together, in one pass. A row's scores depend on that row only. NaN where a
    score is unknown (a scorecard without an imputed value).

    Raises
    ------
    ModelError
        A feature that a model reads is absent or not numeric; names the model.
    """
    found = {name: chain.model for name, chain in models.items()}
    of_scorecards = predict_together(found, features, threads)
    columns = []
    for name, chain in models.items():
        p = of_scorecards.get(name)
        if p is None:
            p = _predict(name, chain.model, features, threads)
        columns.append(pl.Series(chain.config.predicts, chain.published(p), dtype=pl.Float64))
    return pl.DataFrame(columns)


def _predict(name: str, model: Model, features: pl.DataFrame, threads: int) -> NDArray[np.float64]:
    try:
        return model.predict(features, threads=threads)
    except ModelError as exc:
        raise ModelError(f"model '{name}': {exc}") from exc
