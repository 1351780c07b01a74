"""What a power cut may lose is never relied on: names and bytes are synced before they count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from publish_cases import CHUNKS, Hook, publish

from engine.publish import verify


class Watch:
    """Knows which bytes and which names of folders are not on disk yet.

    A rename may reach the disk before the bytes of its file or other names of its folder; so the
    bytes must be synced before it, and before a manifest or ``CURRENT`` all names they count on.
    """

    def __init__(self, *unsynced_folders: Path) -> None:
        self.paths: dict[int, Path] = {}
        self.files: set[Path] = set()
        self.folders = set(unsynced_folders)
        self.renamed: list[str] = []

    def __call__(self, name: str, call: Hook, *args: Any, **kwargs: Any) -> Any:
        if name == "replace":
            self.check(*args)
        result = call(*args, **kwargs)
        if name == "open_fd":
            self.paths[result] = Path(args[0])
        elif name == "write":
            self.files.add(self.paths[args[0]])
        elif name == "fsync":
            self.files.discard(self.paths[args[0]])
            self.folders.discard(self.paths[args[0]])
        elif name == "mkdir":
            self.folders.add(args[0].parent)
        elif name == "replace":
            self.folders.add(args[1].parent)
        return result

    def check(self, source: Path, target: Path) -> None:
        self.renamed.append(target.name)
        assert source not in self.files, f"{target.name}: bytes"
        if target.name == "manifest.json":
            assert target.parent not in self.folders, "names of parts"
        if target.name == "CURRENT":
            assert self.folders == set(), "names of the run"


def test_a_new_run(out, seam):
    watch = seam(Watch())
    publish(out, "r")
    assert watch.renamed[-2:] == ["manifest.json", "CURRENT"]
    assert len(watch.renamed) == 9
    assert watch.folders == set()


@pytest.mark.parametrize("chunks", [0, 2, CHUNKS])
def test_a_run_that_was_killed_before_it_could_sync(published, seam, chunks):
    publish(published, "r", stop_before=chunks)
    (published / "r").mkdir(exist_ok=True)
    watch = seam(Watch(published, published / "r"))
    publish(published, "r")
    assert watch.folders == set()


def test_a_manifest_that_was_not_synced_before_the_kill(published, seam):
    publish(published, "r")
    (published / "CURRENT").write_text("before")
    watch = seam(Watch(published, published / "r"))
    publish(published, "r")
    assert watch.renamed == ["CURRENT"]
    assert watch.folders == set()
    assert verify(published)["run_id"] == "r"
