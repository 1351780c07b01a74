"""The Karlan-Zinman data as read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from real_books import real_data_folder

from bench_data.kz.data import COVARIATES, FILE, STANDARD, read_kz, read_offers
from bench_data.kz.profit import FUNDING, outcomes_of
from bench_data.kz.trial import BANDS, STRATA, below_standard, trial_of
from engine.errors import DataError, InputMissingError

_LOAN = {
    **dict.fromkeys(COVARIATES, "1"),
    **{"risk": "LOW", "branchuse": "CAB", "wave": "1", "offer4": "7.5", "final4": "6.0"},
    **{"applied": "1", "tookup": "1", "tookup_afterdead_enforced": "0", "rejected": "0"},
    **{"normrate_less": "1", "low": "1", "med": "0", "waved2": "0", "waved3": "0"},
    **{"loansize": "1000", "term": "4", "grossinterest": "300", "pstdue_average": "20"},
}
_NO_LOAN = _LOAN | {
    **{"risk": "HIGH", "offer4": "11.75", "applied": "0", "tookup": "0", "low": "0", "trcount": ""},
    **{"loansize": "0", "term": "0", "grossinterest": "0", "pstdue_average": ""},
}
_LATE = _NO_LOAN | {
    "tookup_afterdead_enforced": "1",
    "risk": "LOW",
    "offer4": "3.25",
    "final4": "3.25",
}


def written(tmp_path: Path, *rows: dict[str, str]) -> Path:
    file = tmp_path / "offers.csv"
    pl.DataFrame(rows).select(pl.all().replace("", None)).write_csv(file)
    return file


def two(tmp_path: Path, **changes: str) -> Path:
    """A loan with ``changes``, and a letter without one."""
    return written(tmp_path, _LOAN | changes, _NO_LOAN)


def test_offers_are_read_as_they_are(tmp_path: Path) -> None:
    offers = read_offers(two(tmp_path))
    assert offers["risk"].to_list() == ["LOW", "HIGH"]
    assert offers["pstdue_average"].to_list() == [20.0, None]
    assert offers["trcount"].to_list() == [1.0, None]


def test_a_data_set_that_is_absent_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTBOOK_REAL_DATA", str(tmp_path))
    with pytest.raises(InputMissingError, match=r"there is no file .*kz_demandelasts_aer08"):
        read_kz()


def test_another_data_set_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBOOK_REAL_DATA", str(tmp_path))
    (tmp_path / FILE).parent.mkdir()
    two(tmp_path).rename(tmp_path / FILE)
    with pytest.raises(DataError, match=r"expected \(53810, .*; found \(2, 2, 1, 1, 0\)"):
        read_kz()


def test_a_column_that_is_absent_is_named(tmp_path: Path) -> None:
    file = tmp_path / "offers.csv"
    pl.DataFrame([_LOAN]).rename({"offer4": "offer_4"}).write_csv(file)
    with pytest.raises(DataError, match="did you mean 'offer_4'") as caught:
        read_offers(file)
    assert (caught.value.column, caught.value.file) == ("offer4", str(file))


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("offer4", "much", "no number"),
        ("offer4", "", "no number"),
        ("offer4", "nan", "no number"),
        ("trcount", "inf", "no number"),
        ("offer4", "0", "not above 0"),
        ("final4", "7.6", "not in"),
        ("risk", "MIDDLE", "not LOW, MEDIUM or HIGH"),
        ("branchuse", "", "without a branch"),
        ("wave", "4", "not 1, 2 or 3"),
        ("rejected", "2", "not 0 or 1"),
        ("normrate_less", "0", "not 1 exactly up to standard"),
        ("applied", "0", "without an application"),
        ("loansize", "0", "exactly for loans"),
        ("pstdue_average", "", "exactly for loans"),
    ],
)
def test_a_broken_cell_is_named(tmp_path: Path, column: str, cell: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_offers(two(tmp_path, **{column: cell}))
    assert caught.value.count == 1
    assert caught.value.column == ("tookup" if column == "applied" else column)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "offers.csv.gz"
    file.write_bytes(b"\x1f\x8b\x08 broken")
    with pytest.raises(DataError, match="cannot read"):
        read_offers(file)


def test_outcomes_by_hand(tmp_path: Path) -> None:
    kept = below_standard(read_offers(written(tmp_path, _LOAN, _NO_LOAN, _LATE)))
    found = outcomes_of(kept).rows()
    profit = 300.0 - 20.0 - 1000.0 * FUNDING * 2.5
    dearer = 300.0 * (1.0 - 6.0 / 7.5)
    assert found[0] == pytest.approx((300.0, 280.0, profit, profit - dearer, profit))
    assert found[1] == (0.0,) * 5
    assert found[2] == pytest.approx((0.0, 0.0, 0.0, 0.0, profit))


@pytest.mark.realdata
def test_the_experiment_as_it_is_known() -> None:
    real_data_folder()
    kept = below_standard(read_kz())
    trial = trial_of(kept)
    assert len(trial.branch) == 53_178
    tops = kept.filter(pl.col("at_standard")).group_by("risk").agg(pl.col("offer4").unique())
    assert dict(tops.rows()) == {r: [s] for r, s in STANDARD.items()}
    assert set(trial.stratum.tolist()) == set(range(len(STRATA)))
    assert set(trial.band.tolist()) == set(range(BANDS))
    assert trial.band[trial.at_standard].min() == BANDS - 1


@pytest.mark.realdata
def test_traps_of_the_columns() -> None:
    """Recorded interest never exceeds the letter's add-on interest; late borrowers have no loan."""
    real_data_folder()
    loans = read_kz().filter(pl.col("tookup") == 1)
    addon = pl.col("loansize") * pl.col("offer4") / 100 * pl.col("term")
    share = loans.select(pl.col("grossinterest") / addon).to_series()
    assert share.max() == pytest.approx(1.0, abs=1e-6)
    assert share.median() == pytest.approx(1.0, abs=1e-6)
    assert int((loans["final4"] < loans["offer4"]).sum()) == 1_546
    assert int(loans["tookup_afterdead_enforced"].sum()) == 0
