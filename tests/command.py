"""The command line, as a process of its own or within this one."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from engine.cli import main

_SERVE = """
import json, sys
from engine.cli import main
for line in sys.stdin:
    try:
        main(json.loads(line))
    except SystemExit as exc:
        if exc.code:
            raise
"""


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        assert self.code in (0, 99), self.err
        (line,) = self.out.splitlines()
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

    @property
    def message(self) -> str:
        """What a failed command says: one message, its last words, and never a traceback."""
        assert "Traceback" not in self.err, self.err
        assert self.out == ""
        before, found, message = self.err.partition("nightbook: ")
        assert found, self.err
        assert "nightbook: " not in message
        assert all(line.startswith("[") for line in before.splitlines()), self.err
        return message.rstrip()


def nightbook(*arguments: object, cwd: Path | None = None, **environment: str) -> Done:
    """``nightbook ...`` as a user calls it."""
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | environment,
        timeout=300,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def call(*arguments: object) -> Done:
    """The same without a new process, where a process adds nothing but its start."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exc:
            code = exc.code
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())


def call_many(commands: Iterable[Sequence[object]], **environment: str) -> list[dict[str, Any]]:
    """The JSON objects of many commands, one after another in one new process."""
    lines = "".join(json.dumps([*map(str, command), "--json"]) + "\n" for command in commands)
    done = subprocess.run(
        [sys.executable, "-c", _SERVE],
        input=lines,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def kill_at(place: str, *arguments: object) -> None:
    """Kills a command as soon as it says ``place``."""
    command = [sys.executable, "-m", "engine.cli", *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(place in line for line in process.stderr)
        process.kill()
    assert process.returncode == -signal.SIGKILL
