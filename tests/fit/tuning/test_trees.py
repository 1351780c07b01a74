"""More trees, or other leaves: better on the new portfolio, the base where nothing is."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tuning_cases import NAMES, Rows, base, new, old

from engine.errors import ModelError
from engine.fit.gbm import read_model
from engine.fit.tuning.trees import Adapted, check_base, continue_boosting, refit_leaves
from engine.metrics import log_loss
from engine.score import load_model

RATES = (0.0, 0.5, 0.9)
Method = Callable[..., Adapted]


def continued(train: Rows, validation: Rows, *, threads: int = 1, rounds: int = 200) -> Adapted:
    return continue_boosting(
        base(),
        train,
        validation,
        NAMES,
        learning_rate=0.05,
        most_rounds=rounds,
        seed=5,
        num_threads=threads,
    )


def refitted(train: Rows, validation: Rows, *, threads: int = 1) -> Adapted:
    return refit_leaves(base(), train, validation, NAMES, candidates=RATES, num_threads=threads)


METHODS = pytest.mark.parametrize("method", [continued, refitted])


def loss(text: str, rows: Rows) -> float:
    return log_loss(np.asarray(read_model(text).predict(rows[0])), rows[1])


def trees(text: str) -> list[str]:
    body = text[text.index("Tree=0") : text.index("end of trees")]
    return re.split(r"(?=Tree=\d+\n)", body)[1:]


def without_leaves(text: str) -> list[str]:
    """What leaves hold taken out of the trees: values, and what LightGBM derives from them."""
    of_leaves = r"(?m)^((leaf|internal)_(value|weight|count)|shrinkage)=.*$"
    return [re.sub(of_leaves, "", tree).strip() for tree in trees(text)]


@METHODS
def test_it_is_better_on_the_new_portfolio(method: Method) -> None:
    found = method(new().train, new().validation)
    assert loss(found.text, new().heldout) < loss(base(), new().heldout) - 0.05
    assert found.validation_log_loss["base"] == loss(base(), new().validation)
    least = min(found.validation_log_loss.values())
    assert loss(found.text, new().validation) == least < found.validation_log_loss["base"]


@pytest.mark.slow
def test_the_same_rows_give_the_same_text_on_any_number_of_threads() -> None:
    few = [(X[:400], event[:400]) for X, event in (new().train, new().validation)]
    for method in (partial(continued, rounds=10), refitted):
        assert len({method(*few, threads=threads).text for threads in (1, 2)}) == 1


@METHODS
def test_the_engine_scores_it_to_the_bit(method: Method, tmp_path: Path) -> None:
    text = method(new().train, new().validation).text
    assert list(read_model(text).feature_name()) == NAMES
    path = tmp_path / "model.txt"
    path.write_text(text)
    X = new().heldout[0]
    expected = np.asarray(read_model(text).predict(X))
    assert load_model(path).predict(X).tobytes() == expected.tobytes()


def test_continuing_keeps_the_trees_of_the_base() -> None:
    found = continued(new().train, new().validation)
    before, after = trees(base()), trees(found.text)
    assert after[: len(before)] == before
    assert found.trees == len(after) == len(before) + found.trees_added
    assert found.trees_added > 0


def test_refitting_keeps_the_splits() -> None:
    found = refitted(new().train, new().validation)
    assert without_leaves(found.text) == without_leaves(base())
    assert trees(found.text) != trees(base())
    assert found.trees_added == 0
    assert found.decay_rate in RATES
    losses = {rate: found.validation_log_loss[f"{rate:g}"] for rate in RATES}
    assert losses[found.decay_rate] == min(losses.values())


def predicted(text: str, X: np.ndarray) -> np.ndarray:
    return np.asarray(read_model(text).predict(X))


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("trees_kept", [5, -1])
def test_the_level_of_a_refitted_model_is_the_new_one(rate: float, trees_kept: int) -> None:
    """LightGBM lets the constant in the first tree decay: few trees do not bring it back."""
    few = read_model(base()).model_to_string(num_iteration=trees_kept)
    train = new().train
    found = refit_leaves(few, train, new().validation, NAMES, candidates=[rate], num_threads=1)
    assert found.decay_rate == rate
    assert abs(predicted(few, train[0]).mean() - train[1].mean()) > 0.1
    assert abs(predicted(found.text, train[0]).mean() - train[1].mean()) < 0.01


def test_a_refit_to_what_the_base_knows_changes_little() -> None:
    X, event = old().train
    found = refit_leaves(base(), (X, event), old().train, NAMES, candidates=[0.9], num_threads=1)
    assert np.abs(predicted(found.text, X) - predicted(base(), X)).max() < 0.05


def test_a_sigmoid_of_its_own() -> None:
    """Raw scores are then in other units; the probabilities are the same."""
    halved = re.sub(
        r"(?m)^leaf_value=(.*)$",
        lambda m: "leaf_value=" + " ".join(str(float(v) / 2.0) for v in m[1].split()),
        re.sub(r"(?m)^tree_sizes=.*\n", "", base()),
    ).replace("sigmoid:1", "sigmoid:2")
    assert np.allclose(predicted(halved, new().train[0]), predicted(base(), new().train[0]))
    found = refit_leaves(halved, *new()[:2], NAMES, candidates=[0.5], num_threads=1)
    assert abs(predicted(found.text, new().train[0]).mean() - new().train[1].mean()) < 0.01


@METHODS
def test_the_base_stays_where_nothing_is_better(method: Method) -> None:
    """Trained on the reverse of what validation holds, every step is a step away."""
    X, event = old().train
    found = method((X, 1.0 - event), old().validation)
    assert found.text == base()
    assert found.trees_added == 0
    assert found.decay_rate in (None, 1.0)


def edited(pattern: str, by: str) -> str:
    text, count = re.subn(pattern, by, base(), count=1, flags=re.MULTILINE)
    assert count == 1
    return text


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (edited("^objective=.*$", "objective=regression"), "objective is 'regression'"),
        (edited("^objective=.*$", "objective=multiclass num_class:3"), "'multiclass num_class:3'"),
        (edited("^objective=.*$", "objective=cross_entropy"), "'cross_entropy'"),
        (edited("^objective=.*\n", ""), "objective is its own"),
        (edited("^objective=", "average_output\nobjective="), "a random forest"),
    ],
)
def test_a_base_of_another_kind_is_refused(text: str, match: str) -> None:
    with pytest.raises(ModelError, match=match):
        check_base(text)


def test_a_base_for_a_binary_objective_is_fit() -> None:
    check_base(base())
    check_base(edited("^objective=.*$", "objective=binary sigmoid:2"))


def test_what_the_base_says_of_its_training_is_not_used() -> None:
    """Its parameters could name files; leaves are regularised as the engine does it."""
    other = base().replace("[lambda_l2: 5]", "[lambda_l2: 5000]")
    assert other != base()
    before, after = (
        refit_leaves(text, *new()[:2], NAMES, candidates=RATES, num_threads=1)
        for text in (base(), other)
    )
    assert trees(after.text) == trees(before.text)
