"""Eight processes at once: one commits, the others are busy or have nothing to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace

import pytest
from publish_cases import publish

from engine.publish import lock, verify
from engine.publish.records import to_json

COMMITTED, NO_OP, BUSY = 0, 3, 75


def race(zygote, out, run_id="r") -> Counter:
    codes = Counter(zygote.ask(race=8, out=out, run_id=run_id))
    assert codes.keys() <= {COMMITTED, NO_OP, BUSY}
    return codes


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize("round_", range(4))
def test_one_commits(zygote, scratch, stale, round_):
    out = scratch()
    if stale:  # the moment when a naive rule lets two processes take over
        (out / "LOCK").write_bytes(to_json(asdict(replace(lock.this_process(), started=1))))
    codes = race(zygote, out)
    assert codes[COMMITTED] == 1
    assert verify(out)["run_id"] == "r"
    assert {path.name for path in out.iterdir()} == {"before", "r", "CURRENT"}


def test_all_have_nothing_to_do(zygote, scratch):
    out = scratch()
    publish(out, "r")
    assert race(zygote, out) == {NO_OP: 8}


def test_resume_is_shared_by_nobody(zygote, scratch):
    out = scratch()
    publish(out, "r", stop_before=2)
    assert race(zygote, out)[COMMITTED] == 1
    assert verify(out)["run_id"] == "r"


def test_two_runs_race_for_current(zygote, scratch):
    """Each pointing back is made under the lock; whoever wins, CURRENT names a complete run."""
    out = scratch()
    publish(out, "r")
    codes = race(zygote, out, "before")
    assert codes[NO_OP] >= 1
    assert verify(out)["run_id"] == "before"
    assert not (out / "LOCK").exists()
