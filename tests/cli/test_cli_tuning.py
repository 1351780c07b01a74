"""nightbook fit tuning: what it writes and reports, and every way in which it cannot."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from command import call
from small_book import CARD, replace
from tuning_books import Edit, old_and_new, tune

OLD = "../old/book.toml"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By method the new book."""
    return {
        method: old_and_new(tmp_path_factory.mktemp(method), method, old_book=OLD)
        for method in ("continue", "refit", "recalibrate")
    }


@pytest.mark.parametrize("method", ["continue", "refit", "recalibrate"])
def test_the_model_is_better_here_and_the_base_stays(books: dict[str, Path], method: str) -> None:
    book = books[method]
    models = book.parent / "models"
    base = (models / "base").read_bytes()
    done = tune(book, "--json").json
    report = done["report"]
    assert json.loads(Path(done["report_file"]).read_bytes()) == report
    assert Path(done["report_file"]) == Path(done["model"]).with_suffix(".tuning.json")
    assert report["method"] == method
    for which, name in (("new", "small"), ("old", "small")):
        found = report[which]
        assert found["book"] == name
        assert found["before"]["customers"] == found["after"]["customers"] == 175
        assert found["before"]["events"] == found["after"]["events"]
        assert set(found["difference"]) == {"auc", "ks", "log_loss", "brier"}
    new = report["new"]
    assert new["after"]["log_loss"] < new["before"]["log_loss"]
    before, after = (new[k] for k in ("before", "after"))
    gap = [abs(part["mean_score"] - part["event_rate"]) for part in (before, after)]
    assert gap[1] < gap[0]
    assert (models / "base").read_bytes() == base != Path(done["model"]).read_bytes()
    first = {path.name: path.read_bytes() for path in models.iterdir()}
    assert tune(book, "--json").json == done
    assert {path.name: path.read_bytes() for path in models.iterdir()} == first


def test_a_run_scores_with_the_adapted_model(books: dict[str, Path]) -> None:
    book = books["refit"]
    tune(book)
    assert call("run", book).code == 0
    told = tune(book).out
    assert "refit of models/base" in told
    assert "the old portfolio, held-out customers of 'small'" in told
    assert "log loss on validation  base 0." in told
    assert re.search(r"customers +175, \d+ bad\n", told)
    assert re.search(r"log loss +0\.\d+ -> 0\.\d+ \(difference -\d\.\d+ \.\. -\d", told)


def test_a_card_keeps_what_it_says_of_itself(books: dict[str, Path]) -> None:
    book = books["recalibrate"]
    done = tune(book, "--json").json
    card = json.loads(Path(done["model"]).read_bytes())
    base = json.loads((book.parent / "models" / "base").read_bytes())
    assert (card["event"], card["points"]) == (base["event"], base["points"])
    assert card["cut_off"] != base["cut_off"]
    slope = done["report"]["adapted"]["slope"]
    for old, new in zip(base["features"], card["features"], strict=True):
        assert new == old | {"coefficient": pytest.approx(slope * old["coefficient"], rel=1e-15)}
    assert done["report"]["new"]["before"]["auc"] == pytest.approx(
        done["report"]["new"]["after"]["auc"], abs=1e-9
    )


def test_a_calibrator_that_the_book_names_is_fitted_anew(tmp_path: Path) -> None:
    named = replace('predicts = "pd"', 'predicts = "pd"\ncalibrator = "models/cal.json"')
    book = old_and_new(tmp_path, "continue", named)
    done = tune(book, "--json").json
    assert done["calibrator"] == str(book.parent / "models" / "cal.json")
    assert json.loads(Path(done["calibrator"]).read_bytes())["kind"] in ("platt", "isotonic")
    assert done["report"]["new"]["calibrated"]["customers"] == 175
    assert done["report"]["old"] is None
    assert call("run", book).code == 0


def broken(book: Path, folder: Path, *edits: Edit) -> Path:
    """A copy of both books with edits of the new one."""
    shutil.copytree(book.parent.parent, folder, dirs_exist_ok=True)
    copy = folder / "new" / "book.toml"
    for edit in edits:
        copy.write_text(edit(copy.read_text()))
    return copy


MULTICLASS = "num_class=3\nnum_tree_per_iteration=3"


@pytest.mark.parametrize(
    ("method", "edit", "code", "says"),
    [
        ("refit", replace("[fit.tuning]", "[fit.x]"), 78, "fit.x"),
        ("refit", replace('model = "pd"\nbase', 'model = "pdd"\nbase'), 78, "did you mean 'pd'?"),
        ("refit", replace('"models/base"', '"models/none"'), 66, "models/none is not there"),
        ("refit", replace('"models/base"', '"models/pd.txt"'), 78, "would be overwritten"),
        ("refit", replace('"models/base"', '"models/../models/pd.txt"'), 78, "overwritten"),
        ("refit", replace('"refit"', '"recalibrate"'), 78, 'method is "continue" or "refit"'),
        ("recalibrate", replace('"recalibrate"', '"refit"'), 78, 'method is "recalibrate"'),
        ("refit", replace('"refit"', '"retrain"'), 78, "fit.tuning.method"),
        ("refit", replace("[fit.tuning]", "[fit.tuning]\nrounds = 3"), 78, "fit.tuning.rounds"),
        ("refit", replace("[fit.tuning]", "[fit.tuning]\ndecay_rate = [1.0]"), 78, "decay_rate"),
        ("refit", replace("[fit.tuning]", "[fit.tuning]\ndecay_rate = [0.1, 0.1]"), 78, "twice"),
        ("refit", replace("[fit.tuning]", '[fit.tuning]\nevent = "good"'), 78, "predicts 'pd'"),
        ("recalibrate", replace("[fit.tuning]", '[fit.tuning]\nevent = "good"'), 78, '"bad"'),
        ("refit", replace('predicts = "pd"', 'predicts = "pd"\nprior_correction = 2.0'), 78, "mix"),
        (
            "refit",
            replace('predicts = "pd"', f'predicts = "pd"\nsha256 = "{"0" * 64}"'),
            78,
            "pins",
        ),
        ("refit", replace('[target]\ncolumn = "bad"\n', ""), 78, "[target] is missing"),
        ("refit", replace("least_bads = 5", "least_bads = 500"), 65, "at least 500 with the event"),
        ("refit", replace('"balance", "payment"', '"payment"'), 78, "balance"),
        ("refit", replace(OLD, "../older/book.toml"), 66, "older"),
    ],
)
def test_what_cannot_be_tuned(
    books: dict[str, Path], tmp_path: Path, method: str, edit: Edit, code: int, says: str
) -> None:
    book = broken(books[method], tmp_path, edit)
    before = {path.name: path.read_bytes() for path in (book.parent / "models").iterdir()}
    done = tune(book)
    assert done.code == code, done.err
    assert says in done.message
    assert {p.name: p.read_bytes() for p in (book.parent / "models").iterdir()} == before


def test_a_book_without_the_section(books: dict[str, Path]) -> None:
    done = tune(books["refit"].parent.parent / "old" / "book.toml")
    assert done.code == 78
    assert "[fit.tuning] is missing" in done.message


def card_with(**changes: Any) -> bytes:
    return json.dumps(CARD | changes).encode()


@pytest.mark.parametrize(
    ("method", "base", "code", "says"),
    [
        ("refit", b"tree\n", 78, "models/base"),
        ("refit", b"", 78, "models/base: it is empty"),
        ("refit", b"\x80\x04", 78, "pickle"),
        (
            "recalibrate",
            card_with(features=[{"name": "balance__meen", "coefficient": 1.0, "impute": 0.0}]),
            78,
            "did you mean 'balance__mean'?",
        ),
        (
            "recalibrate",
            card_with(features=[{"name": "balance__mean", "coefficient": -1.0, "impute": 0.0}]),
            65,
            "backwards",
        ),
        (
            "recalibrate",
            card_with(features=[{"name": "income", "coefficient": 0.0}]),
            65,
            "log odds",
        ),
        (
            "recalibrate",
            card_with(features=[{"name": "segment", "coefficient": 1.0}]),
            78,
            "a number or boolean is needed",
        ),
        ("recalibrate", card_with(cut_off=2.0), 78, "cut_off"),
    ],
)
def test_a_base_that_cannot_be_used(
    books: dict[str, Path], tmp_path: Path, method: str, base: bytes, code: int, says: str
) -> None:
    book = broken(books[method], tmp_path)
    (book.parent / "models" / "base").write_bytes(base)
    model = next((book.parent / "models").glob("pd.[jt]*[nt]"))
    before = model.read_bytes() if model.exists() else None
    done = tune(book)
    assert done.code == code, done.err
    assert says in done.message
    assert (model.read_bytes() if model.exists() else None) == before


@pytest.mark.parametrize("objective", ["regression", "multiclass num_class:3"])
def test_a_base_with_another_objective(
    books: dict[str, Path], tmp_path: Path, objective: str
) -> None:
    book = broken(books["refit"], tmp_path)
    base = book.parent / "models" / "base"
    text = base.read_text().replace("objective=binary sigmoid:1", f"objective={objective}")
    base.write_text(text)
    done = tune(book)
    assert done.code == 78
    assert "objective" in done.message
    assert "models/base" in done.message


def test_a_base_that_lightgbm_cannot_read(books: dict[str, Path], tmp_path: Path) -> None:
    """What it says of its training is not looked at by scoring."""
    book = broken(books["refit"], tmp_path)
    base = book.parent / "models" / "base"
    base.write_text(re.sub("learning_rate: .*]", "learning_rate: x]", base.read_text()))
    done = tune(book)
    assert done.code == 78
    assert "models/base: LightGBM cannot read it" in done.message


def test_an_old_book_is_looked_at_before_any_table(books: dict[str, Path], tmp_path: Path) -> None:
    book = broken(books["refit"], tmp_path)
    old = book.parent.parent / "old" / "book.toml"
    old.write_text(old.read_text().replace('[target]\ncolumn = "bad"\n', ""))
    for table in (book.parent / "raw").iterdir():
        table.unlink()
    done = tune(book)
    assert done.code == 78
    assert "fit.tuning.old_book ../old/book.toml: it has no [target]" in done.message
