"""Fine-tuning: a model that was fitted on one portfolio, adapted to another with fewer customers.

| room       | what happens there                                                    |
|------------|-----------------------------------------------------------------------|
| `rows`     | the new portfolio's customers: train, validation, held-out             |
| `trees`    | LightGBM: more trees on top, or the same trees with other leaves       |
| `level`    | the constant that LightGBM keeps in its first tree                     |
| `card`     | a scorecard: one slope and one intercept on its log odds               |
| `judging`  | a score on held-out customers; before against after                    |
"""

from engine.fit.tuning.card import Recalibration, recalibrate, recalibrated_card
from engine.fit.tuning.judging import compared, quality
from engine.fit.tuning.rows import TuningRows, tuning_rows
from engine.fit.tuning.trees import Adapted, check_base, continue_boosting, refit_leaves

__all__ = [
    "Adapted",
    "Recalibration",
    "TuningRows",
    "check_base",
    "compared",
    "continue_boosting",
    "quality",
    "recalibrate",
    "recalibrated_card",
    "refit_leaves",
    "tuning_rows",
]
