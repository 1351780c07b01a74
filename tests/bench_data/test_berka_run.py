"""The Berka book by the command line: fit, run, verify, run again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from real_books import nightbook

pytestmark = pytest.mark.realdata


def test_fit_run_verify_and_again(fitted_berka: Path) -> None:
    book, out = fitted_berka / "book.toml", fitted_berka / "out"
    metrics = json.loads((fitted_berka / "models" / "pd.metrics.json").read_text())
    parts = {name: (p["customers"], p["bads"]) for name, p in metrics["parts"].items()}
    assert parts == {"train": (182, 14), "validation": (85, 10), "heldout": (125, 11)}
    assert 0.75 < metrics["parts"]["heldout"]["auc"] < 0.97  # 0.90; its standard error is 0.06

    first = nightbook("run", book)
    assert (first["customers"], first["quarantined"], first["no_op"]) == (392, 0, False)
    assert nightbook("verify", out)["content_hash"] == first["content_hash"]
    again = nightbook("run", book, "--threads", 1)
    assert again["no_op"]
    assert again["run_id"] == first["run_id"]

    loans = pl.read_parquet(fitted_berka / "raw" / "loans.parquet")
    published = pl.read_parquet(out / first["run_id"] / "part-*.parquet")
    assert published["account_id"].equals(loans["account_id"])
    assert (published["limit"] <= loans["amount"]).all()
    assert "sanction interest" in set(published["knock_out"])


def test_rows_on_and_after_the_loan_are_counted_as_left_out(
    fitted_berka: Path, tmp_path: Path
) -> None:
    """A second model reads how many cards there are, which the fitted one does not."""
    folder = Path(shutil.copytree(fitted_berka, tmp_path / "berka"))
    part = {"name": "card__sum", "coefficient": 1.0, "impute": 0.0}
    card = {"kind": "scorecard", "intercept": 0.0, "features": [part]}
    (folder / "models" / "cards.json").write_text(json.dumps(card))
    with (folder / "book.toml").open("a") as book:
        book.write('\n[models.cards]\nfile = "models/cards.json"\npredicts = "cards"\n')
    found = nightbook("run", folder / "book.toml", "--out", tmp_path / "out")
    manifest = json.loads((Path(found["path"]) / "manifest.json").read_text())
    counts = manifest["counts"]["rows"]
    left_out = {name: (rows["read"], rows["after_as_of"]) for name, rows in counts.items()}
    assert left_out["transactions"] == (32_883, 1_072)
    assert left_out["cards"] == (95, 69)
