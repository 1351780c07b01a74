"""A run of a book with fees that is killed between chunks goes on where it was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command import call
from fee_book import fee_book, fee_frames
from small_book import AS_OF, Frames, shuffled

from engine.accounts import chunk_facts
from engine.publish import verify

CHUNKS, EACH = 10, 4
KEY = "customer_id"
KILLED = """
import os, signal, sys
from engine.cli import main
from engine.publish import RunDirectory
chunks, *arguments = sys.argv[1:]
publish = RunDirectory.publish_part
def stop(self, number, *rows, **others):
    if number == int(chunks):
        os.kill(os.getpid(), signal.SIGKILL)
    return publish(self, number, *rows, **others)
RunDirectory.publish_part = stop
main(arguments)
"""


def killed_at(chunk: int, *arguments: object) -> None:
    """A run that is killed when it would write ``chunk``."""
    command = [sys.executable, "-c", KILLED, str(chunk), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def damaged() -> Frames:
    """One of the first customers has a fee without a tariff, one of the last no activation."""
    frames = shuffled(fee_frames(CHUNKS * EACH))
    kinds = frames["customers"].filter(pl.col("card_kind") == "personal").sort(KEY)[KEY]
    unknown = (pl.col(KEY) == kinds[0]) & (pl.col("fee_date") <= AS_OF)
    late = AS_OF + timedelta(days=9)
    return frames | {
        "fees": frames["fees"].with_columns(
            pl.when(unknown).then(pl.lit("fax")).otherwise("fee_type").alias("fee_type")
        ),
        "customers": frames["customers"].with_columns(
            pl.when(pl.col(KEY) == kinds[-1])
            .then(late)
            .otherwise("activated_on")
            .alias("activated_on")
        ),
    }


def stopping(*, after: int) -> Callable[..., dict[str, Any]]:
    """``chunk_facts`` until someone presses Ctrl-C, when so many chunks are done."""
    left = iter(range(after))

    def facts(*arguments: Any) -> dict[str, Any]:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return chunk_facts(*arguments)

    return facts


def accounts(path: str | Path) -> dict[str, Any]:
    manifest = json.loads((Path(path) / "manifest.json").read_text())
    return {name: manifest[name] for name in ("fee_income", "counts", "quarantine", "totals")}


@pytest.mark.slow
def test_killed_between_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = fee_book(tmp_path, damaged(), source="csv")
    options = ("run", book, "--chunk-customers", EACH, "--threads", 1)
    whole = call(*options, "--out", tmp_path / "whole", "--json").json
    killed_at(4, *options)
    with monkeypatch.context() as patch:
        patch.setattr("engine.pipeline.chunk_facts", stopping(after=3))
        assert call(*options).code == 130
    assert not (tmp_path / "out" / "CURRENT").exists()
    done = call(*options, "--json")
    assert done.err.count("kept from an earlier run") == 7
    assert accounts(done.json["path"]) == accounts(whole["path"])
    assert done.json["fee_income"] == whole["fee_income"] == accounts(whole["path"])["fee_income"]
    assert (done.json["quarantined"], whole["quarantined"]) == (2, 2)
    assert verify(tmp_path / "out")["content_hash"] == whole["content_hash"]
