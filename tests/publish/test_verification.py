"""verify: every tampering is found and named; nothing is found where nothing is wrong."""

from __future__ import annotations

import hashlib
import json

import polars as pl
import pytest
from publish_cases import ROWS, book, publish, totals

from engine.errors import InputMissingError, VerificationError
from engine.publish import open_run, verify
from engine.publish.frames import to_parquet


@pytest.fixture
def run(out):
    publish(out, "r")
    return out / "r"


def problems(path) -> str:
    with pytest.raises(VerificationError) as info:
        verify(path)
    assert info.value.exit_code == 65
    return str(info.value)


def rewrite(run, change) -> None:
    document = json.loads((run / "manifest.json").read_bytes())
    change(document)
    (run / "manifest.json").write_text(json.dumps(document))


def forge(run, number: int, frame: pl.DataFrame) -> None:
    """Replace a part and make the manifest name the new file, as a careful forger would."""
    data = to_parquet(frame)
    name = f"part-0000{number}.parquet"
    (run / name).write_bytes(data)
    record = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    rewrite(run, lambda d: d["parts"][number].update(record))


def test_intact_run(run, out):
    result = verify(run)
    assert result == verify(out)
    assert (result["run_id"], result["customers"], result["files"]) == ("r", ROWS, 7)
    assert result["path"] == str(run)


def test_run_is_intact_under_another_name(run, tmp_path):
    assert verify(run.rename(tmp_path / "copy"))["run_id"] == "r"


NAMES = ["part-00001.parquet", "quarantine-00001.parquet", "chunk-00002.json"]


@pytest.mark.parametrize("name", NAMES)
def test_changed_files_are_named(run, name):
    data = (run / name).read_bytes()
    (run / name).write_bytes(data[:20] + bytes([data[20] ^ 4]) + data[21:])
    assert f"{name}: changed: sha256" in problems(run)
    (run / name).write_bytes(data[:-1])
    assert f"{name}: changed: {len(data) - 1} bytes, not {len(data)}" in problems(run)
    (run / name).unlink()
    assert f"{name}: missing" in problems(run)
    (run / name).mkdir()
    assert f"{name}: c" in problems(run)


def test_every_problem_is_listed(run):
    for name in NAMES:
        (run / name).unlink()
    (run / "part-00003.parquet").write_bytes(b"")
    text = problems(run)
    assert all(f"\n  {name}: missing" in text for name in NAMES)
    assert "\n  part-00003.parquet: unexpected" in text


@pytest.mark.parametrize("name", ["part-00009.parquet", "chunk-00003.json", ".tmp-manifest.json-1"])
def test_unexpected_files_are_named(run, name):
    (run / name).write_bytes(b"x")
    assert f"{name}: unexpected" in problems(run)


def test_files_of_others_are_none_of_our_business(run):
    for name in ("report.html", "expected_profit.npy", "report-20260630.json"):
        (run / name).write_bytes(b"x")
    verify(run)


CONTENT = {
    "value": (
        lambda f: f.with_columns(score=0.5),
        ["content_hash is"],
    ),
    "total": (
        lambda f: f.with_columns(exposure=pl.col("exposure") + 1.0),
        ["content_hash is", "portfolio: exposure adds up to", "segment student: exposure"],
    ),
    "segment": (
        lambda f: f.with_columns(segment=pl.lit("new")),
        ["segment new: expected_loss adds up to", "segment student:"],
    ),
    "key twice": (
        lambda f: f.with_columns(customer_id=pl.lit(-5, dtype=pl.Int64)),
        ["keys occur twice, e.g. -5 (column customer_id, rows 4)"],
    ),
    "row lost": (lambda f: f.head(3), ["part-00001.parquet: 3 rows, not 4"]),
    "column lost": (lambda f: f.drop("score"), ["columns differ from part-00000.parquet"]),
    "overflow": (
        lambda f: f.with_columns(exposure=1e308),
        ["the total is beyond float64 (column exposure)"],
    ),
    "NaN": (
        lambda f: f.with_columns(exposure=float("nan")),
        ["NaN or infinite, so no total (file part-00001.parquet, column exposure)"],
    ),
}


@pytest.mark.parametrize(("change", "expected"), CONTENT.values(), ids=CONTENT.keys())
def test_forged_content_is_found(run, change, expected):
    forge(run, 1, change(pl.read_parquet(run / "part-00001.parquet")))
    text = problems(run)
    assert all(part in text for part in expected), text


def test_forged_file_that_is_no_parquet(run):
    forge(run, 1, book())
    data = b"PAR1 not really PAR1"
    (run / "part-00001.parquet").write_bytes(data)
    record = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    rewrite(run, lambda d: d["parts"][1].update(record))
    assert "part-00001.parquet: cannot read" in problems(run)


MANIFESTS = {
    "total": lambda d: d["totals"]["portfolio"].update(exposure=1.0),
    "total left out": lambda d: d["totals"]["portfolio"].pop("exposure"),
    "segment left out": lambda d: d["totals"]["segments"].pop("student"),
    "segment without rows": lambda d: d["totals"]["segments"].update(x={"exposure": 0.0}),
    "totals of another shape": lambda d: d.update(totals={"portfolio": 3, "segments": []}),
    "totals no object": lambda d: d.update(totals=[1]),
    "hash": lambda d: d.update(content_hash="0" * 64),
    "customers": lambda d: d.update(customers=ROWS + 1),
    "part left out": lambda d: d["parts"].pop(),
    "part twice": lambda d: d["parts"].append(d["parts"][0]),
    "path": lambda d: d["parts"][0].update(name="../../etc/passwd"),
    "hash of another type": lambda d: d["parts"][0].update(sha256=7),
    "no parts": lambda d: d.pop("parts"),
    "parts no list": lambda d: d.update(parts="x"),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_forged_manifest_is_found(run, change):
    rewrite(run, change)
    assert "manifest.json" in problems(run) or "unexpected" in problems(run)


def test_names_outside_the_folder_are_not_followed(run, out):
    (run / "part-00000.parquet").rename(out / "part-00000.parquet")
    rewrite(run, lambda d: d["parts"][0].update(name="../part-00000.parquet"))
    assert "manifest.json: not a manifest: parts.0.name" in problems(run)


def test_truncated_manifest(run):
    data = (run / "manifest.json").read_bytes()
    for length in range(0, len(data) - 2, 97):
        (run / "manifest.json").write_bytes(data[:length])
        assert "manifest.json: not a manifest" in problems(run)
    for garbage in (b"\xff\xfe", b"[" * 100_000, b"3", b"NaN"):
        (run / "manifest.json").write_bytes(garbage)
        assert "manifest.json: not a manifest" in problems(run)


def test_missing(run, out, tmp_path):
    (run / "manifest.json").unlink()
    assert "manifest.json: missing" in problems(run)
    assert "manifest.json: missing" in problems(out)
    for path in (tmp_path / "nowhere", run / "part-00000.parquet"):
        with pytest.raises(InputMissingError, match="there is no folder"):
            verify(path)


def test_totals_are_exact_and_per_segment(out):
    """1e300 - 1e300 + 1 is 1 whatever the cut; a float sum over the parts would give 0 or 1."""
    values = [1e300, 1.0, -1e300, 2.0**-1074, 1e16, 1.0, -1e16, 0.1]
    frame = pl.DataFrame(
        {"k": range(8), "segment": ["a", "b"] * 4, "exposure": values},
    ).with_columns(expected_profit=pl.col("exposure"), expected_loss=-pl.col("exposure"))
    for chunks in (1, 3, 8):
        with open_run(out, f"r{chunks}") as run:
            ends = [8 * i // chunks for i in range(chunks + 1)]
            for i in range(chunks):
                run.publish_part(i, frame[ends[i] : ends[i + 1]])
            run.commit({"totals": totals(frame)}, chunks=chunks)
        assert verify(out)["customers"] == 8


def test_segment_is_optional_and_null_adds_nothing(out):
    frame = pl.DataFrame({"k": ["a", "b"], "exposure": [None, 2.0]})
    with open_run(out, "r") as run:
        run.publish_part(0, frame)
        sums = {"exposure": 2.0}
        run.commit({"totals": {"portfolio": sums, "segments": {"all": sums}}}, chunks=1)
    verify(out)
