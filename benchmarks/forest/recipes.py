"""How the models of a case are trained, by library. Deterministic: one thread, fixed seeds.

A third of the features for each tree spreads the splits over all of them, as is usual with many
features. Leaves are limited, not depth, except CatBoost's: its trees are oblivious.
"""

from __future__ import annotations

from typing import Any

from benchmarks.forest.cases import Case

ROWS = 200_000
SEED = 1
FEATURE_SHARE = 0.33


def lightgbm_recipe(case: Case) -> dict[str, Any]:
    """Parameters of ``lightgbm.train``.

    Without the damping of categories, four of five splits were categorical.
    """
    damping = {"cat_smooth": 100.0, "cat_l2": 100.0} if case.categorical else {}
    return damping | {
        "objective": "binary",
        "num_leaves": case.leaves,
        "learning_rate": case.learning_rate,
        "feature_fraction": FEATURE_SHARE,
        "min_data_in_leaf": 20,
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
        "seed": SEED,
        "verbosity": -1,
    }


def xgboost_recipe(case: Case) -> dict[str, Any]:
    """Parameters of ``xgboost.train``: leaf by leaf, as LightGBM grows trees."""
    return {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "grow_policy": "lossguide",
        "max_leaves": case.leaves,
        "max_depth": 0,
        "max_bin": 255,
        "learning_rate": case.learning_rate,
        "colsample_bytree": FEATURE_SHARE,
        "nthread": 1,
        "seed": SEED,
    }


def catboost_recipe(case: Case) -> dict[str, Any]:
    """Parameters of ``CatBoostClassifier``: at least as many leaves, codes taken as numbers."""
    return {
        "iterations": case.trees,
        "depth": case.leaves.bit_length(),  # 31 -> 5: 2^5 leaves
        "learning_rate": case.learning_rate,
        "rsm": FEATURE_SHARE,
        "border_count": 254,
        "thread_count": 1,
        "random_seed": SEED,
        "verbose": False,
        "allow_writing_files": False,
    }


RECIPES = {"lightgbm": lightgbm_recipe, "xgboost": xgboost_recipe, "catboost": catboost_recipe}
