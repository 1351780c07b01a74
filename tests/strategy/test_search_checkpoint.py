"""A search that is interrupted and taken up again ends as one that was not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from search_cases import FOLDER, HELD, KILLED, StopError, Stopping, book_of, same, searched

from engine.errors import BookError, OutputError
from engine.strategy.search.checkpoint import Trial, read_checkpoint, write_checkpoint


@pytest.mark.parametrize(
    ("method", "space", "after"),
    [("nsga2", "menu", 1), ("nsga2", "menu", 4), ("nsga2", "curve", 3), ("tpe", "menu", 2)],
)
def test_interrupted_and_resumed(tmp_path: Path, method: str, space: str, after: int) -> None:
    prepared, file = book_of(), tmp_path / "search.json"
    arguments: dict[str, Any] = {"space": space, "trials": 90}
    whole = searched(prepared, method, **arguments)
    with pytest.raises(StopError):
        searched(prepared, method, checkpoint=file, told=Stopping(after), **arguments)
    assert len(json.loads(file.read_text())["trials"]) == 20 * after
    assert same(searched(prepared, method, checkpoint=file, resume=True, **arguments), whole)


@pytest.mark.slow
def test_killed_and_resumed(tmp_path: Path) -> None:
    file = tmp_path / "search.json"
    arguments = [str(FOLDER), str(file)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], capture_output=True, check=False
    )
    assert done.returncode == -9, done.stderr.decode()
    assert len(json.loads(file.read_text())["trials"]) == 40
    assert same(searched(book_of(), checkpoint=file, resume=True), searched(book_of()))


def test_what_is_kept_is_not_evaluated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, file = book_of(), tmp_path / "search.json"
    whole = searched(prepared, checkpoint=file)

    def never(*_: Any) -> None:
        raise AssertionError("evaluated")

    monkeypatch.setattr("engine.strategy.search.running._evaluated", never)
    assert same(searched(prepared, checkpoint=file, resume=True), whole)


def test_without_resume_a_checkpoint_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "search.json"
    file.write_text("torn")
    assert same(searched(book_of(), checkpoint=file), searched(book_of()))


@pytest.mark.parametrize(
    "changes", [{"seed": 2}, {"trials": 140}, {"population": 30}, {"space": "curve"}]
)
def test_a_checkpoint_of_another_search_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    prepared, file = book_of(), tmp_path / "search.json"
    searched(prepared, checkpoint=file, trials=40)
    kept = file.read_bytes()
    with pytest.raises(BookError, match="of another search"):
        searched(prepared, checkpoint=file, resume=True, **({"trials": 40} | changes))
    with pytest.raises(BookError, match="of another search"):
        searched(prepared, "tpe", checkpoint=file, resume=True, trials=40)
    assert file.read_bytes() == kept


@pytest.mark.parametrize("space", ["menu", "curve"])
def test_a_checkpoint_of_another_book_is_refused(tmp_path: Path, space: str) -> None:
    file = tmp_path / "search.json"
    searched(book_of(), checkpoint=file, space=space)
    other = book_of(constraints=HELD | {"bad_rate_balance": {"max": 0.031}})
    with pytest.raises(BookError, match="of another search"):
        searched(other, checkpoint=file, resume=True, space=space)


TRIALS = [Trial((1.0, 0.1 + 0.2), 1 / 3, (-1.0, 2e-300))]


def test_a_checkpoint_is_read_to_the_bit(tmp_path: Path) -> None:
    file = tmp_path / "new" / "search.json"
    write_checkpoint(file, "me", TRIALS)
    assert read_checkpoint(file, "me") == TRIALS
    assert [path.name for path in file.parent.iterdir()] == ["search.json"]
    assert read_checkpoint(tmp_path / "none.json", "me") == []


def test_a_torn_or_changed_checkpoint_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "search.json"
    write_checkpoint(file, "me", TRIALS)
    whole = file.read_text()
    changed = whole.replace("0.3333", "0.3334")
    for text in (*(whole[:end] for end in range(0, len(whole), 7)), changed, "[]", "3", "{}"):
        file.write_text(text)
        with pytest.raises(OutputError, match="torn or no checkpoint"):
            read_checkpoint(file, "me")


def test_trials_that_the_sampler_does_not_ask_for_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, file = book_of(), tmp_path / "search.json"
    searched(prepared, checkpoint=file)
    document = json.loads(file.read_text())
    trials = [Trial(tuple(p), x, tuple(v)) for p, x, v in document["trials"]]
    trials[25] = trials[25]._replace(point=trials[24].point)
    write_checkpoint(file, document["identity"], trials)
    with pytest.raises(BookError, match="not those that the sampler asks for"):
        searched(prepared, checkpoint=file, resume=True)


def test_a_checkpoint_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*search\.json"):
        searched(book_of(), checkpoint=tmp_path / "file" / "search.json")
