"""What a reader finds in a model file, whatever the format: the same terms for all of them."""

from __future__ import annotations

from typing import NamedTuple

from kernels.transforms import Output
from kernels.trees import Trees


class Parts(NamedTuple):
    """A model of trees, read but not yet trusted: ``engine.score.validate`` checks it.

    ``classes`` is the number of columns of a prediction. ``raw`` makes raw scores of the sums,
    ``output`` predictions. ``is_probability``: predictions are fractions 0..1.
    ``pandas_categories``: the splits hold codes that pandas gave, not the values of the columns.
    """

    trees: Trees
    feature_names: tuple[str, ...]
    classes: int
    raw: Output
    output: Output
    is_probability: bool
    pandas_categories: bool = False
