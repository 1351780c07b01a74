"""What the stage refuses, before anything is published."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from publish_cases import ROWS, book, cut, identity

from engine.errors import BusyError, DataError, InputMissingError, NightbookError, OutputError
from engine.publish import OutputConfig, current_run, open_run


def test_output_config():
    assert OutputConfig() == OutputConfig(dir="out", chunk_customers=None)
    for wrong in ({"chunk_customers": 0}, {"dir": ""}, {"chunks": 1}):
        with pytest.raises(ValueError, match="1 validation error"):
            OutputConfig(**wrong)


COUNTS = {
    "a chunk missing": ({"chunks": 4}, OutputError, "chunk 3 .* missing"),
    "a chunk too many": ({"chunks": 2}, NightbookError, "more than 2 chunks: chunk-00002.json"),
    "rows": ({"chunks": 3, "customers": 13}, NightbookError, "hold 12 rows, not 13"),
}


@pytest.mark.parametrize(("call", "error", "message"), COUNTS.values(), ids=COUNTS.keys())
def test_counts_must_add_up(published, call, error, message):
    with open_run(published, "r") as run:
        for index, rows in enumerate(cut(book())):
            run.publish_part(index, rows)
        with pytest.raises(error, match=message):
            run.commit({}, **call)
        assert not (run.path / "manifest.json").exists()
    assert current_run(published).name == "before"


TWICE = {
    "in another part": ([0, 1, 2], [0, 1, 3]),
    "across borders": ([0, 1, 2], [2], [2, 3, 4]),
    "beside itself": ([0, 1, 1], [2, 2, 3]),
}


@pytest.mark.parametrize("keys", TWICE.values(), ids=TWICE.keys())
def test_key_twice_is_not_published(published, keys):
    with open_run(published, "r") as run:
        for index, part in enumerate(keys):
            run.publish_part(index, pl.DataFrame({"k": part}))
        with pytest.raises(DataError, match=r"twice, e.g. [012] \(column k, rows 2\)"):
            run.commit({}, chunks=len(keys))
    assert current_run(published).name == "before"


@pytest.mark.parametrize("key", [[1, None], [0.5, 1.0], [True, False]])
def test_key_must_be_an_integer_or_a_string_without_nulls(out, key):
    with open_run(out, "r") as run, pytest.raises(DataError, match="key.*column k"):
        run.publish_part(0, pl.DataFrame({"k": key}))


def test_parts_with_different_columns_are_not_published(out):
    with open_run(out, "r") as run:
        run.publish_part(0, book().head(2))
        run.publish_part(1, book()[2:].with_columns(pl.col("score").cast(pl.Float32)))
        with pytest.raises(DataError, match="columns differ.*part-00001"):
            run.commit({}, chunks=2)


def test_finished_chunk_is_never_written_again(out):
    with open_run(out, "r") as run:
        run.publish_part(0, book())
        before = identity(run.path)
        with pytest.raises(NightbookError, match="chunk 0 of .* is finished"):
            run.publish_part(0, book().head(3))
        assert identity(run.path) == before


@pytest.mark.parametrize("kind", ["part", "chunk", "../x", ".x", ""])
def test_sidecar_names_are_plain(out, kind):
    with open_run(out, "r") as run:
        with pytest.raises(ValueError, match="not a name for a sidecar"):
            run.publish_part(0, book(), sidecars={kind: book()})
        assert list(run.path.iterdir()) == []


def test_facts_that_json_cannot_hold_are_refused_before_anything_is_written(out):
    with open_run(out, "r") as run:
        for value in (float("nan"), object()):
            with pytest.raises((ValueError, TypeError)):
                run.publish_part(0, book(), facts={"x": value})
        assert list(run.path.iterdir()) == []


def test_manifest_cannot_contradict_what_is_on_disk(out):
    with open_run(out, "r") as run:
        run.publish_part(0, book())
        with pytest.raises(ValueError, match="sets these itself: customers"):
            run.commit({"customers": 3}, chunks=1)
        assert run.commit({"customers": ROWS}, chunks=1)["customers"] == ROWS


def test_closed_run_refuses(out):
    with open_run(out, "r") as run:
        run.publish_part(0, book())
        run.commit({}, chunks=1)
        for call in (lambda: run.has_part(0), lambda: run.publish_part(1, book())):
            with pytest.raises(NightbookError, match="published or closed"):
                call()


def test_a_lock_removed_by_hand_stops_the_commit(published):
    with open_run(published, "r") as run:
        run.publish_part(0, book())
        (published / "LOCK").unlink()
        with pytest.raises(BusyError, match="was removed"):
            run.commit({}, chunks=1)
    assert current_run(published).name == "before"


@pytest.mark.parametrize("run_id", ["", "a/b", "..", "a.1", ".hidden", "a b"])
def test_run_id_is_a_plain_name(out, run_id):
    with pytest.raises(ValueError, match="run_id"):
        open_run(out, run_id)
    assert not out.exists()


def test_output_that_cannot_be_created(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for out in (tmp_path / "file" / "out", tmp_path / "file", Path("/proc/nowhere/out")):
        with pytest.raises(OutputError, match="cannot create") as info:
            open_run(out, "r")
        assert info.value.exit_code == 74


def test_a_file_with_the_name_of_the_run_is_left_alone(published):
    (published / "r").write_bytes(b"not ours")
    with open_run(published, "r") as run:
        assert run.run_id == "r.1"
    assert (published / "r").read_bytes() == b"not ours"


def test_no_current_run(out):
    for prepare in (lambda: None, out.mkdir, lambda: (out / "CURRENT").write_text("../etc")):
        prepare()
        with pytest.raises(InputMissingError, match="no published run"):
            current_run(out)
    (out / "CURRENT").write_text("gone")
    with pytest.raises(InputMissingError, match="names gone"):
        current_run(out)
