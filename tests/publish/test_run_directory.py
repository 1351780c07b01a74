"""The commit protocol, without faults: what is published, kept, redone, refused."""

from __future__ import annotations

import json

import polars as pl
import pytest
from publish_cases import CHUNKS, ROWS, book, content, cut, identity, publish

from engine.errors import BusyError, OutputError
from engine.publish import current_run, open_run, verify


def test_published_run_is_what_was_given(out):
    manifest, done = publish(out, "r")
    assert done == [0, 1, 2]
    assert (out / "CURRENT").read_text() == "r"
    assert current_run(out) == out / "r"
    assert json.loads((out / "r" / "manifest.json").read_bytes()) == manifest
    assert (manifest["run_id"], manifest["customers"], manifest["seed"]) == ("r", ROWS, 7)
    frames = [pl.read_parquet(out / "r" / part["name"]) for part in manifest["parts"]]
    assert pl.concat(frames).equals(book(), null_equal=True)
    assert [(s["kind"], s["name"], s["rows"]) for s in manifest["sidecars"]] == [
        ("quarantine", "quarantine-00001.parquet", 2)
    ]
    parts = {f"{kind}-0000{i}" for i in range(CHUNKS) for kind in ("part", "chunk")}
    names = {path.name.split(".")[0] for path in (out / "r").iterdir()}
    assert names == parts | {"manifest", "quarantine-00001"}
    assert {path.name for path in out.iterdir()} == {"r", "CURRENT"}


def test_same_run_again_is_a_no_op(out):
    first, _ = publish(out, "r")
    before = identity(out / "r"), identity(out)
    for _ in range(5):
        assert publish(out, "r") == (first, [])
    assert (identity(out / "r"), identity(out)) == before


def test_chunk_manifest_is_the_same_now_and_after_a_restart(out):
    facts = {"total": str(3 << 700), "windows": (1, 2), "share": 0.1}
    with open_run(out, "r") as run:
        now = run.publish_part(0, book(), facts=facts)
        assert run.has_part(0) == now
    with open_run(out, "r") as run:
        assert run.has_part(0) == now
    assert now["facts"] == {**facts, "windows": [1, 2]}
    key = now["key"]
    assert (key["column"], key["first"], key["last"]) == ("customer_id", -5, 28)
    assert (now["rows"], key["ascending"]) == (ROWS, True)


def test_killed_run_keeps_its_finished_parts(out, published):
    assert publish(out, "r", stop_before=2) == (None, [0, 1])
    assert current_run(out).name == "before"
    before = identity(out / "r")
    manifest, done = publish(out, "r")
    assert done == [2]
    after = identity(out / "r")
    assert {name: after[name] for name in before} == before
    assert manifest["content_hash"] == publish(out.parent / "other", "r")[0]["content_hash"]


def damage(path, how):
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "flipped":
        path.write_bytes(data[:9] + bytes([data[9] ^ 1]) + data[10:])


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped"])
@pytest.mark.parametrize(
    "name", ["part-00001.parquet", "chunk-00001.json", "quarantine-00001.parquet"]
)
def test_damaged_chunk_is_redone_and_nothing_else(out, name, how):
    publish(out, "r", stop_before=2)
    before = identity(out / "r")
    damage(out / "r" / name, how)
    if (name, how) == ("chunk-00001.json", "flipped"):
        (out / "r" / name).write_bytes((out / "r" / "chunk-00000.json").read_bytes())
    with open_run(out, "r") as run:
        assert run.has_part(1) is None
        assert {path for path in identity(out / "r") if "-00001." in path} == set()
    _, done = publish(out, "r")
    assert done == [1, 2]
    after = identity(out / "r")
    assert all(after[n] == before[n] for n in ("part-00000.parquet", "chunk-00000.json"))
    assert verify(out)["customers"] == ROWS


def test_damage_behind_the_back_of_a_running_run_is_not_published(published):
    with open_run(published, "r") as run:
        for index, rows in enumerate(cut(book())):
            run.publish_part(index, rows)
        damage(run.path / "part-00001.parquet", "truncated")
        with pytest.raises(OutputError, match="chunk 1 of .* missing or damaged"):
            run.commit({}, chunks=CHUNKS)
    assert current_run(published).name == "before"


def test_fresh_on_a_published_run_goes_beside_it(out):
    first, _ = publish(out, "r")
    before = identity(out / "r")
    for n in (1, 2):
        again, done = publish(out, "r", fresh=True)
        assert done == [0, 1, 2]
        assert again["run_id"] == (out / "CURRENT").read_text() == f"r.{n}"
        assert again["content_hash"] == first["content_hash"]
    assert identity(out / "r") == before
    assert publish(out, "r") == (again, [])
    assert verify(out)["run_id"] == "r.2"


def test_fresh_on_an_unfinished_run_throws_its_parts_away(out):
    publish(out, "r", stop_before=2)
    (out / ".work" / "r").mkdir(parents=True)
    assert publish(out, "r", fresh=True, stop_before=0) == (None, [])
    assert not (out / "r").exists()
    assert not (out / ".work" / "r").exists()


def test_unfinished_fresh_run_does_not_hide_the_published_one(out):
    first, _ = publish(out, "r")
    publish(out, "r", fresh=True, stop_before=1)
    assert publish(out, "r") == (first, [])
    again, _ = publish(out, "r", fresh=True)
    assert again["run_id"] == "r.1"


def test_damaged_published_run_is_left_alone_and_done_beside(out):
    publish(out, "r")
    damage(out / "r" / "part-00001.parquet", "truncated")
    before = content(out / "r")
    manifest, done = publish(out, "r")
    assert (manifest["run_id"], done) == ("r.1", [0, 1, 2])
    assert content(out / "r") == before


def test_current_is_pointed_back_to_a_run_that_is_published(out):
    first, _ = publish(out, "a")
    publish(out, "b")
    before = identity(out / "a")
    assert publish(out, "a") == (first, [])
    assert current_run(out).name == "a"
    assert identity(out / "a") == before


def test_current_is_not_pointed_without_the_lock(out):
    publish(out, "a")
    publish(out, "b")
    with open_run(out, "c"), pytest.raises(BusyError):
        publish(out, "a")
    assert current_run(out).name == "b"


def test_two_runs_at_once_are_kept_apart_but_a_no_op_is_not(published):
    with open_run(published, "r") as run:
        with pytest.raises(BusyError, match="is held by pid"):
            open_run(published, "r")
        assert publish(published, "before")[1] == []
        run.publish_part(0, book())
    with open_run(published, "r") as run:
        assert run.has_part(0)


def test_leftovers_go(published):
    work = published / ".work" / "r"
    work.mkdir(parents=True)
    (work / "staged.parquet").write_bytes(b"x")
    (published / "r").mkdir()
    for folder in (published, published / "r"):
        (folder / ".tmp-part-00000.parquet-abc").write_bytes(b"x")
    with open_run(published, "r") as run:
        assert run.work == work
        assert list(published.rglob(".tmp-*")) == []
        assert work.exists()  # staging of a killed run may be of use
    publish(published, "r")
    assert {path.name for path in published.iterdir()} == {"before", "r", "CURRENT"}
    work.mkdir(parents=True)  # killed between the swap and the tidying
    publish(published, "r")
    assert not (published / ".work").exists()


def test_run_without_parts_leaves_no_folder(published):
    before = content(published)
    with open_run(published, "r"):
        pass
    assert content(published) == before
    assert not (published / "r").exists()


def test_empty_chunk_and_empty_run(out):
    with open_run(out, "r") as run:
        run.publish_part(0, book().head(0))
        run.publish_part(1, book())
        run.commit({}, chunks=2, customers=ROWS)
    assert verify(out)["customers"] == ROWS
    with open_run(out, "none") as run:
        run.commit({}, chunks=0, customers=0)
    assert verify(out)["customers"] == 0
