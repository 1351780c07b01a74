"""Treelite checkpoints and rows that are hard to score: what the tests of that reader share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import treelite
from numpy.typing import NDArray
from sklearn import ensemble
from treelite.model_builder import Metadata, ModelBuilder, PostProcessorFunc, TreeAnnotation

N_FEATURES = 5
OPERATORS = ("<", "<=", ">", ">=")


def training(missing: bool, classes: int = 0) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Rows and a target; the last feature is an integer. ``classes`` 0: a number."""
    rng = np.random.default_rng([missing, classes])
    X = rng.normal(size=(400, N_FEATURES))
    X[:, 4] = rng.integers(0, 40, 400)
    signal = X[:, 0] + X[:, 4] % 3 + 0.3 * rng.normal(size=400)
    if missing:
        X[rng.random(X.shape) < 0.1] = np.nan
    edges = np.quantile(signal, np.arange(1, classes) / max(classes, 1))
    return X, np.digitize(signal, edges) if classes else signal


def _made(kind: str, missing: bool, classes: int, **params: Any) -> Callable[[], Any]:
    def fitted() -> Any:
        model = getattr(ensemble, kind)(random_state=0, **params)
        return model.fit(*training(missing, classes))

    return fitted


_FOREST = {"n_estimators": 7, "max_depth": 6}
_HISTOGRAM = {"max_iter": 7, "max_leaf_nodes": 12}
SKLEARN: dict[str, Callable[[], Any]] = {
    "forest_2_classes": _made("RandomForestClassifier", True, 2, **_FOREST),
    "forest_3_classes": _made("RandomForestClassifier", True, 3, n_estimators=7),
    "forest": _made("RandomForestRegressor", True, 0, **_FOREST),
    "extra_3_classes": _made("ExtraTreesClassifier", False, 3, **_FOREST),
    "extra": _made("ExtraTreesRegressor", True, 0, **_FOREST),
    "boosting_2_classes": _made("GradientBoostingClassifier", False, 2, n_estimators=7),
    "boosting_3_classes": _made("GradientBoostingClassifier", False, 3, n_estimators=7),
    "boosting": _made("GradientBoostingRegressor", False, 0, n_estimators=7),
    "boosting_from_zero": _made("GradientBoostingRegressor", False, 0, n_estimators=7, init="zero"),
    "histogram_2_classes": _made("HistGradientBoostingClassifier", True, 2, **_HISTOGRAM),
    "histogram_3_classes": _made("HistGradientBoostingClassifier", True, 3, **_HISTOGRAM),
    "histogram": _made("HistGradientBoostingRegressor", True, 0, **_HISTOGRAM),
    "histogram_categories": _made(
        "HistGradientBoostingRegressor", True, 0, categorical_features=[4], **_HISTOGRAM
    ),
    "isolation": _made("IsolationForest", False, 0, n_estimators=7),
    "isolation_of_some": _made("IsolationForest", False, 0, n_estimators=7, max_features=0.5),
}


def built(
    type_: str,
    postprocessor: str,
    *,
    columns: int = 1,
    wide: bool = False,
    targets: bool = False,
    averaged: bool = False,
    base: Sequence[float] | None = None,
    operators: Sequence[str] = OPERATORS,
    trees: int = 6,
    scale: float = 1.0,
    seed: int = 0,
) -> treelite.Model:
    """Random trees of seven nodes, one of two splits categorical. ``columns`` are classes, or
    targets; ``wide``: a leaf has a value for each, else trees take turns."""
    rng = np.random.default_rng(seed)
    ids = [-1 if wide else i % columns for i in range(trees)]
    none = [0] * trees
    shape = (columns, 1) if targets else (1, columns)
    builder = ModelBuilder(
        threshold_type=type_,
        leaf_output_type=type_,
        metadata=Metadata(
            num_feature=N_FEATURES,
            task_type="kMultiClf" if columns > 1 and not targets else "kRegressor",
            average_tree_output=averaged,
            num_target=columns if targets else 1,
            num_class=[1] * columns if targets else [columns],
            leaf_vector_shape=shape if wide else (1, 1),
        ),
        tree_annotation=TreeAnnotation(trees, *((ids, none) if targets else (none, ids))),
        postprocessor=PostProcessorFunc(postprocessor, sigmoid_alpha=1.7, ratio_c=3.3),
        base_scores=list(base if base is not None else rng.normal(size=columns)),
    )
    for _ in range(trees):
        _build_tree(builder, rng, operators, columns if wide else 0, scale)
    return builder.commit()


def _build_tree(
    builder: ModelBuilder,
    rng: np.random.Generator,
    operators: Sequence[str],
    wide: int,
    scale: float,
) -> None:
    builder.start_tree()
    for key in range(7):
        builder.start_node(key)
        children = {"left_child_key": 2 * key + 1, "right_child_key": 2 * key + 2}
        default_left = bool(rng.integers(2))
        if key >= 3:
            value = scale * rng.normal(size=max(wide, 1))
            builder.leaf(value.tolist() if wide else float(value[0]))
        elif rng.integers(2):
            builder.categorical_test(
                4,
                default_left=default_left,
                category_list=rng.choice(70, rng.integers(0, 30), replace=False).tolist(),
                category_list_right_child=bool(rng.integers(2)),
                **children,
            )
        else:
            builder.numerical_test(
                int(rng.integers(4)),
                float(rng.choice([0.0, -0.0, rng.normal(), 1e-40])),
                default_left=default_left,
                opname=str(rng.choice(operators)),
                **children,
            )
        builder.end_node()
    builder.end_tree()


_NASTY = np.array(
    [np.nan, 0.0, -0.0]
    + [
        sign * x
        for x in (
            *(
                5e-324,
                1e-46,
                1e-45,
                1e-40,
                1e-35,
                0.5,
                0.99999999,
                1.0,
                3.5,
                31.0,
                32.0,
                39.0,
                63.9,
            ),
            *(64.0, 69.0, 1e6, 2.0**24, 2.0**24 + 2, 2.0**32 - 1, 2.0**32, 1e19, 1e38, 1e300),
            np.inf,
        )
        for sign in (1.0, -1.0)
    ]
)


def nasty_rows(thresholds: NDArray[np.float64], n: int, seed: int = 0) -> NDArray[np.float64]:
    """``n`` rows of what a split could get wrong and of numbers near the thresholds."""
    t = thresholds[np.isfinite(thresholds)]
    near = [np.nextafter(t, np.inf), np.nextafter(t, -np.inf), t, t.astype("f4").astype("f8")]
    single = [np.nextafter(t.astype("f4"), np.float32(d)).astype("f8") for d in (np.inf, -np.inf)]
    values = np.concatenate([np.repeat(_NASTY, 1 + 4 * t.size // _NASTY.size), *near, *single])
    return np.random.default_rng(seed).choice(values, (n, N_FEATURES))
