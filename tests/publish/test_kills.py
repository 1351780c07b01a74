"""SIGKILL at the N-th call that changes the disk, for every N: before it, after it, half way."""

from __future__ import annotations

from pathlib import Path

import pytest
from publish_cases import CHUNKS, Count, content, hook_seam, identity, publish

from engine.publish import verify
from engine.publish.parts import chunk_name, find_chunk

KILLED = -9


@pytest.fixture(scope="module")
def expected(scratch) -> tuple[list[str], dict[str, bytes]]:
    """The calls of a run that is not killed, and the files it publishes."""
    out = scratch()
    with pytest.MonkeyPatch.context() as patch:
        count = Count()
        hook_seam(patch.setattr, count)
        publish(out, "r")
    return count.names, content(out / "r")


def finished_files(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, mtime and size of the files of chunks that were finished before the kill."""
    names: set[str] = set()
    for index in range(CHUNKS):
        if (folder / chunk_name(index)).exists() and (chunk := find_chunk(folder, index)):
            names |= {chunk_name(index), *(record.name for record in chunk.files)}
    return {name: stat for name, stat in identity(folder).items() if name in names}


def check(out: Path, before: dict[str, bytes], expected: dict[str, bytes], place: str) -> int:
    """Readers see one complete run; the next run keeps what was finished. Chunks done again."""
    seen = verify(out)["run_id"]
    assert seen in ("before", "r"), place
    assert content(out / "before") == before, place
    kept = finished_files(out / "r")
    _, done = publish(out, "r")
    assert not (done and seen == "r"), place
    assert kept.items() <= identity(out / "r").items(), place
    assert content(out / "r") == expected, place
    assert verify(out)["run_id"] == "r", place
    assert list(out.rglob(".tmp-*")) == [], place
    assert CHUNKS - len(done) == sum(name.startswith("part") for name in kept), place
    return len(done)


EACH = pytest.mark.slow  # about 10 s for all of them


@pytest.mark.parametrize(
    ("mode", "every"),
    [
        pytest.param("before", 1, marks=EACH),
        pytest.param("after", 1, marks=EACH),
        ("before", 9),
        ("after", 9),
        ("torn", 1),
    ],
)
def test_kill_at_every_call(zygote, scratch, expected, mode, every):
    calls, files = expected
    assert len(calls) > 60
    places = [at for at, name in enumerate(calls) if mode != "torn" or name == "write"]
    redone = []
    for at in places[::every]:
        out, place = scratch(), f"{mode} call {at} {calls[at]}"
        before = content(out / "before")
        assert zygote.ask(kill=at, mode=mode, out=out, run_id="r") == [KILLED], place
        redone.append(check(out, before, files, place))
    assert sorted(redone, reverse=True) == redone  # the later the kill, the less is done again
    assert {0, CHUNKS} <= set(redone)


@pytest.mark.slow
def test_killed_again_and_again(zygote, scratch, expected):
    """Each attempt gets a few calls further; all attempts together do each chunk once or twice."""
    calls, files = expected
    out, kills = scratch(), 0
    before = content(out / "before")
    for at in range(len(calls)):
        if zygote.ask(kill=at, mode="after", out=out, run_id="r") != [KILLED]:
            break
        kills += 1
        assert verify(out)["run_id"] in ("before", "r")
    assert kills > 20
    check(out, before, files, f"after {kills} kills")
