"""``nightbook fit scorecard`` on a small book: files, its own target, and what it refuses."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from command import Done, call
from fitting import TARGET, Edit, edited, with_target
from small_book import Frames, replace, shuffled, write_book

FEATURES = 'features = ["balance__mean", "payment__last", "income", "arrears"]'
SECTION = f'\n[fit.scorecard]\nmodel = "pd"\nplots = false\n{FEATURES}\n'
STAY = 'plots = false\nelimination = "none"'
BY_COLUMN: tuple[Edit, ...] = (
    replace("arrears = {", 'bad = { type = "int64", allowed = [0, 1] }\narrears = {'),
    replace("floor = 0.001\n", ""),
    replace("chunk_customers = 25", "chunk_customers = 300"),
    lambda text: text + TARGET + SECTION,
)
FILES = ("pd.json", "pd.metrics.json")


def small(folder: Path, *more: Edit, frames: Frames | None = None) -> Path:
    return edited(write_book(folder, frames or with_target()), *BY_COLUMN, *more)


def fit(book: Path, *options: object) -> Done:
    return call("fit", "scorecard", book, "--threads", 1, "--json", *options)


def files(book: Path) -> dict[str, bytes]:
    return {name: (book.parent / "models" / name).read_bytes() for name in FILES}


def published(book: Path) -> pl.DataFrame:
    done = call("run", book, "--threads", 1, "--json").json
    return pl.read_parquet(Path(done["path"]) / "part-*.parquet")


def test_what_is_written_is_what_a_run_publishes(tmp_path: Path) -> None:
    book = small(tmp_path)
    done = fit(book)
    found, metrics = done.json, done.json["metrics"]
    assert set(found) == {"model", "plots", "metrics_file", "metrics", "warnings"}
    assert json.loads(Path(found["metrics_file"]).read_text()) == metrics
    card = json.loads(Path(found["model"]).read_text())
    assert (card["event"], card["cut_off"]) == ("bad", metrics["cut_off"]["value"])
    assert metrics["elimination"]["kept"] == [f["name"] for f in card["features"]]
    assert metrics["elimination"]["kept"][0] == "balance__mean"
    assert metrics["target"]["excluded"]["overdue"] > 0
    assert metrics["quarantined"] == {"labels": 0, "features": 0}
    assert metrics["parts"]["heldout"]["auc"] > 0.8

    scored = published(book).join(with_target()["customers"], on="customer_id")
    usable = scored.filter(pl.col("arrears") <= 60)
    called = usable["pd"] >= card["cut_off"]
    right = (called == (usable["bad"] == 1)).sum()
    tables = metrics["classification"].values()
    assert right == sum(table["good_as_good"] + table["bad_as_bad"] for table in tables)


@pytest.mark.parametrize("form", ["", "[fit.scorecard.binning]\n"])
def test_chunks_threads_and_order_do_not_matter(tmp_path: Path, form: str) -> None:
    found = []
    for number, frames in enumerate((with_target(), shuffled(with_target()))):
        chunks = replace("chunk_customers = 300", f"chunk_customers = {400 + 700 * number}")
        section = replace(FEATURES, f"{FEATURES}\n{form}")
        book = small(tmp_path / f"{number}", chunks, section, frames=frames)
        assert call("fit", "scorecard", book, "--threads", 1 + number).code == 0
        found.append(files(book))
    assert found[0] == found[1]


OWN_TARGET: tuple[Edit, ...] = (
    replace("bad = {", 'profitable = { type = "int64", allowed = [0, 1] }\nbad = {'),
    replace("models/pd.json", "models/pd.txt"),
    replace(
        "[economics]", '[models.fees]\nfile = "models/fees.json"\npredicts = "fees"\n\n[economics]'
    ),
    replace('model = "pd"', 'model = "fees"\nevent = "good"'),
    replace(f"{FEATURES}\n", '[fit.scorecard.target]\ncolumn = "profitable"\n'),
    replace('columns = ["balance", "payment"]', 'columns = ["balance"]'),
    replace('statistics = ["mean", "std", "sum", "last"]', 'statistics = ["mean", "std", "last"]'),
    replace('windows = ["all", "last_3", "last_90d"]', 'windows = ["all"]'),
    replace(
        'payment_share = "payment__sum / (balance__sum + 1)"', 'two = "balance__mean * income"'
    ),
)


def with_two_targets() -> Frames:
    frames = with_target()
    profitable = (pl.col("income") > 40_000).fill_null(False).cast(pl.Int64)
    return frames | {"customers": frames["customers"].with_columns(profitable=profitable)}


@pytest.mark.slow
def test_a_target_of_its_own_is_no_feature(tmp_path: Path) -> None:
    book = small(tmp_path, *OWN_TARGET, frames=with_two_targets())
    done = fit(book)
    metrics = done.json["metrics"]
    assert (metrics["event"], metrics["target"]["excluded"]) == ("good", {})
    assert metrics["target"]["bad"] == int(with_two_targets()["customers"]["profitable"].sum())
    read = {name for step in metrics["elimination"]["steps"] for name in step["statistic"]}
    assert read == {
        "income",
        "arrears",
        "income_cap",
        "two",
        "balance__mean",
        "balance__std",
        "balance__last",
    } - set(metrics["dropped_features"])
    assert call("fit", "pd", book, "--threads", 1).code == 0
    model = (tmp_path / "models" / "pd.txt").read_text()
    assert "balance__mean" in model
    assert "profitable" not in model


@pytest.mark.slow
def test_plots_lie_beside_the_model_and_only_those_of_the_last_fit(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    book = small(tmp_path, replace("plots = false\n", ""))
    folder = tmp_path / "models" / "pd.plots"
    folder.mkdir(parents=True)
    for name in ("roc.svg", "of_another_version.svg", "notes.txt"):
        (folder / name).write_text("old")
    plots = [Path(name) for name in fit(book).json["plots"]]
    assert {path.name for path in folder.iterdir()} == {path.name for path in plots} | {"notes.txt"}
    assert all(path.read_bytes().startswith(b"<?xml") for path in plots)
    edited(book, replace('model = "pd"\n', 'model = "pd"\nplots = false\n'))
    assert fit(book).json["plots"] == []
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_sample_is_compared_with_all_customers(tmp_path: Path) -> None:
    design = "[fit]\nsample = 500\n[fit.sample_design]\nprecision = 0.02\n"
    book = small(tmp_path, replace("\n[fit.scorecard]", f"\n{design}[fit.scorecard]"))
    done = fit(book)
    found = done.json["metrics"]["sample_design"]
    assert (found["size"]["drawn"], found["likeness"]["against"]) == (500, "usable")
    assert found["likeness"]["sample"]["customers"] == 500
    assert "warning: the sample of 500 customers is small" in done.err
    card = files(book)["pd.json"]
    edited(book, replace("precision = 0.02", "precision = 0.2\ncompare = false"))
    again = fit(book)
    assert again.json["metrics"]["sample_design"]["likeness"]["against"] == "sample"
    assert "is small" not in again.err
    assert files(book)["pd.json"] == card


def test_what_a_run_does_to_the_score_is_said(tmp_path: Path) -> None:
    done = fit(small(tmp_path, replace('predicts = "pd"\n', 'predicts = "pd"\nfloor = 0.01\n')))
    assert "models.pd.floor changes the score that a run publishes" in done.err


def test_a_pin_of_the_old_file_is_said(tmp_path: Path) -> None:
    """A run refuses the new file until the book has the digest that the warning names."""
    book = small(
        tmp_path, replace('predicts = "pd"\n', f'predicts = "pd"\nsha256 = "{"0" * 64}"\n')
    )
    (warning,) = fit(book).json["warnings"]
    digest = sha256(files(book)["pd.json"]).hexdigest()
    assert "models.pd.sha256" in warning
    assert warning.endswith(digest)
    edited(book, replace("0" * 64, digest.upper()))
    assert fit(book).json["warnings"] == []


@pytest.mark.parametrize(
    ("library", "asked"),
    [("matplotlib", "plots = true"), ("sklearn", 'challengers = ["decision_tree"]')],
)
def test_a_library_that_is_missing_is_said_before_the_work(
    tmp_path: Path, library: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    book = small(tmp_path, replace("plots = false", asked))
    done = fit(book)
    assert done.code == 78
    assert f"needs {library}, which is not installed" in done.message
    assert "customers" not in done.err


REFUSED: dict[str, tuple[tuple[Edit, ...], int, tuple[str, ...]]] = {
    "no section": ((replace(SECTION, ""),), 78, ("[fit.scorecard] is missing",)),
    "no target": ((replace(TARGET, ""),), 78, ("[target] is missing", "[fit.scorecard.target]")),
    "no such model": (
        (replace('model = "pd"', 'model = "pdd"'),),
        78,
        ("fit.scorecard.model", "no model 'pdd'", "did you mean 'pd'"),
    ),
    "a model of trees": (
        (replace("models/pd.json", "models/pd.txt"),),
        78,
        ("fit.scorecard.model", "'models/pd.txt'", ".json"),
    ),
    "P(good) for a pd": (
        (replace('model = "pd"', 'model = "pd"\nevent = "good"'),),
        78,
        ("fit.scorecard.event", "the probability of bad"),
    ),
    "no such feature": (
        (replace('"balance__mean"', '"balance_mean"'),),
        78,
        ("fit.scorecard.features", "did you mean 'balance__mean'"),
    ),
    "a text": (
        (replace('"balance__mean"', '"segment"'),),
        78,
        ("fit.scorecard.features", "'segment' is not a number"),
    ),
    "the target as a feature": (
        (replace('"balance__mean"', '"bad"'),),
        78,
        ("fit.scorecard.features", "no feature 'bad'"),
    ),
    "weights of nothing": (
        (replace(FEATURES, 'weights = "incom"'),),
        78,
        ("fit.scorecard.weights", "did you mean 'income'"),
    ),
    "weights that are missing": (
        (replace(FEATURES, f'{FEATURES}\nweights = "income"'),),
        65,
        ("fit.scorecard.weights", "column income", "rows"),
    ),
    "a target of nothing": (
        (replace(FEATURES, f'{FEATURES}\n[fit.scorecard.target]\ncolumn = "bed"'),),
        78,
        ("fit.scorecard.target.column", "did you mean 'bad'"),
    ),
    "a target whose table makes features": (
        (
            replace(
                FEATURES,
                f'{FEATURES}\n[fit.scorecard.target]\ntable = "statements"\n'
                'date = "statement_date"\ndays_past_due = "balance"\nbad_over = 90\n'
                "indeterminate_over = 30\nwindow_days = 365\nobserved_until = 2027-06-30",
            ),
        ),
        78,
        ("fit.scorecard.target.table", "no feature may come from it"),
    ),
    "a wrong key": ((replace("plots = false", "plot = false"),), 78, ("plot",)),
    "features that are sums of others": (
        (replace('"income"', '"balance__sum"'), replace("plots = false", STAY)),
        65,
        ("balance__sum", "balance__mean"),
    ),
    "no feature that matters": (
        (replace(FEATURES, 'features = ["arrears"]\nsignificance = 1e-9'),),
        65,
        ("no feature is significant",),
    ),
    "unwritable": ((replace("models/pd.json", "book.toml/pd.json"),), 74, ("book.toml",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    """With the exit code, and the model that was there as it was."""
    edits, code, says = REFUSED[case]
    book = small(tmp_path, *edits)
    before = (tmp_path / "models" / "pd.json").read_bytes()
    done = fit(book)
    assert done.code == code, done.err
    missing = [piece for piece in says if piece not in done.message]
    assert not missing, done.message
    assert (tmp_path / "models" / "pd.json").read_bytes() == before
    assert not list(tmp_path.rglob("pd.metrics*"))


def test_too_few_bads(tmp_path: Path) -> None:
    done = fit(small(tmp_path, frames=with_target(bad_share=0.02)))
    assert done.code == 65
    assert "at least 10 bad" in done.message
