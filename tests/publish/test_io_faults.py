"""Fail the N-th call that changes the disk, for every N: no silent success, nothing half done."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from publish_cases import CHUNKS, Count, Fail, content, hook_seam, last, publish

from engine.errors import OutputError
from engine.publish import current_run, verify
from engine.publish.parts import chunk_name, find_chunk, part_name

CODES = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)


@pytest.fixture(scope="module")
def calls(scratch) -> list[str]:
    """The names of the calls of one run, in order."""
    with pytest.MonkeyPatch.context() as patch:
        count = Count()
        hook_seam(patch.setattr, count)
        publish(scratch(), "r")
    return count.names


@pytest.fixture(scope="module")
def content_hash(scratch) -> str:
    return publish(scratch(), "r")[0]["content_hash"]


def attempt(out: Path, hook: Fail) -> OutputError | None:
    with pytest.MonkeyPatch.context() as patch:
        hook_seam(patch.setattr, hook)
        try:
            publish(out, "r")
        except OutputError as error:
            return error
    return None


def check_readers(out: Path, before: dict[str, bytes]) -> None:
    """The previous run is as it was, and what is current is complete."""
    assert content(out / "before") == before
    assert verify(out)["run_id"] in ("before", "r")


def check_nothing_left(out: Path) -> None:
    """Of the failed run only finished chunks are there, and no lock that says anything."""
    assert list(out.rglob(".tmp-*")) == []
    assert not (out / "LOCK").exists() or (out / "LOCK").read_bytes() == b""
    finished = {"manifest.json"}
    for index in range(CHUNKS):
        if (out / "r" / part_name(index)).exists():
            chunk = find_chunk(out / "r", index)
            assert chunk is not None
            finished |= {chunk_name(index), *(record.name for record in chunk.files)}
    assert {path.name for path in (out / "r").glob("*")} <= finished


def check_recovers(out: Path, content_hash: str) -> None:
    """The next run succeeds; at most a dead lock or an empty folder is left."""
    assert publish(out, "r")[0]["content_hash"] == content_hash
    assert verify(out)["run_id"] == "r"
    assert {path.name for path in out.iterdir()} - {"LOCK", ".work"} == {"before", "r", "CURRENT"}
    if (out / "LOCK").exists():
        publish(out, "another")
        assert not (out / "LOCK").exists()


EVERY = pytest.mark.parametrize(
    "every", [pytest.param(1, marks=pytest.mark.slow), 7], ids=["each call", "each 7th call"]
)


@EVERY
@pytest.mark.parametrize("after", [False, True], ids=["not done", "done"])
def test_one_call_fails(scratch, calls, content_hash, after, every):
    assert len(calls) > 60
    swap, release = last(calls, "replace"), last(calls, "unlink")
    for at, name in [*enumerate(calls)][::every]:
        out = scratch()
        before = content(out / "before")
        hook = Fail(at, code=CODES[at % 4], after=after)
        error = attempt(out, hook)
        place = f"call {at} {name}"
        if hook.failed and name != "rmdir":  # of a folder that is not empty, or not there
            assert error is not None, place
            assert errno.errorcode[CODES[at % 4]] in str(error), place
        check_readers(out, before)
        published = not hook.failed or at > swap or (at == swap and after)
        assert current_run(out).name == ("r" if published else "before"), place
        if at != release:
            check_nothing_left(out)
        check_recovers(out, content_hash)


@EVERY
def test_every_call_fails_from_one_on(scratch, calls, content_hash, every):
    """A disk that is full or gone: nothing can be tidied, but the next run does."""
    for at, name in [*enumerate(calls)][::every]:
        out = scratch()
        before = content(out / "before")
        error = attempt(out, Fail(at, code=CODES[at % 4], on=True))
        assert error is not None, f"call {at} {name}"
        check_readers(out, before)
        check_recovers(out, content_hash)


@pytest.mark.slow
def test_one_call_fails_in_a_run_that_resumes_and_one_that_repoints(scratch, content_hash):
    """The other paths through the stage: damaged parts, leftovers, CURRENT elsewhere."""

    def unfinished(out: Path) -> None:
        publish(out, "r", stop_before=2)
        (out / "r" / part_name(1)).write_bytes(b"torn")
        (out / "r" / ".tmp-x").write_bytes(b"")

    def elsewhere(out: Path) -> None:
        publish(out, "r")
        (out / "CURRENT").write_text("before")
        (out / ".work" / "r").mkdir(parents=True)

    for prepare in (unfinished, elsewhere):
        at, hook = 0, Fail(0)
        while len(hook.names) in (0, at) or hook.failed:
            out = scratch()
            prepare(out)
            before, hook = content(out / "before"), Fail(at)
            error = attempt(out, hook)
            assert hook.failed == (error is not None) or hook.names[at] == "rmdir"
            check_readers(out, before)
            check_recovers(out, content_hash)
            at += 1
        assert at > 15
        assert len(hook.names) == at - 1  # the last round had nothing left to fail


def test_failed_open_lets_go_of_the_lock(scratch, calls):
    out = scratch()
    error = attempt(out, Fail(calls.index("mkdir")))
    assert f"cannot create {out / 'r'}" in str(error)
    publish(out, "another")  # also the same process could not, were the flock still held


def test_first_error_is_reported_with_a_note_of_the_second(scratch, calls):
    out, write = scratch(), calls.index("write", 10)
    error = attempt(out, Fail(write, on=True))
    assert error is not None
    assert f"cannot write {out / 'r' / part_name(0)}" in str(error)
    assert any("cannot release" in note for note in error.__notes__)
