"""Durable writes: whole or not at all, and nothing left behind."""

from __future__ import annotations

import ast
import errno
import hashlib
import os
from pathlib import Path

import pytest
from publish_cases import Count, Fail

import engine.publish
from engine.errors import OutputError
from engine.publish import disk, files


def test_write_replaces_what_was_there(tmp_path):
    path = tmp_path / "a.json"
    for data in (b"old, longer", b"new", b""):
        files.write_durably(path, data)
        assert path.read_bytes() == data
        assert files.sha256_file(path) == hashlib.sha256(data).hexdigest()
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_order_is_write_fsync_rename_fsync_of_the_folder(tmp_path, seam):
    count = seam(Count())
    files.write_durably(tmp_path / "a", b"x")
    assert count.names == ["open_fd", "write", "fsync", "replace", "open_fd", "fsync"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(6))
def test_failed_write_names_path_and_reason_and_leaves_old_or_new(tmp_path, seam, at, after):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    seam(Fail(at, code=errno.ENOSPC, after=after))
    with pytest.raises(OutputError, match=rf"cannot write {path}: .*\(ENOSPC\); free some space"):
        files.write_durably(path, b"new")
    renamed = at > 3 or (at == 3 and after)
    assert path.read_bytes() == (b"new" if renamed else b"old")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_short_writes_are_continued(tmp_path, monkeypatch):
    real = disk.write
    monkeypatch.setattr(disk, "write", lambda fd, data: real(fd, data[:3]))
    data = bytes(range(256))
    files.write_durably(tmp_path / "a", data)
    assert (tmp_path / "a").read_bytes() == data


def test_a_write_that_takes_nothing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "write", lambda fd, data: 0)
    with pytest.raises(OutputError, match="EIO"):
        files.write_durably(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disk, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_durably(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_make_folder_makes_and_syncs_each_missing_level(tmp_path, seam):
    count = seam(Count())
    files.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert count.names == ["mkdir", "open_fd", "fsync"] * 2
    files.make_folder(tmp_path / "a" / "b")
    assert len(count.names) == 6


def test_full_device():
    path = Path("/dev/full")
    fd = os.open(path, os.O_WRONLY)
    with pytest.raises(OutputError, match="/dev/full: .*ENOSPC"), files.translated("write", path):
        files.write_all(fd, b"x")
    os.close(fd)


MUTATORS = {
    *("write", "fsync", "replace", "rename", "mkdir", "makedirs", "unlink", "remove", "rmdir"),
    *(
        "rmtree",
        "ftruncate",
        "truncate",
        "flock",
        "touch",
        "write_bytes",
        "write_text",
        "sink_parquet",
    ),
}
FREE = {"disk", "files", "parts"}  # modules of the stage that go through the seam themselves


def test_nothing_changes_the_disk_but_through_the_seam():
    found = []
    for path in Path(engine.publish.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in MUTATORS:
                owner = node.value.id if isinstance(node.value, ast.Name) else "?"
                if owner not in FREE:
                    found.append(f"{path.name}:{node.lineno} {owner}.{node.attr}")
    assert found == []
