"""A process that has imported the stage and forks a child per experiment.

A fresh interpreter per kill would cost most of a second in imports. The zygote itself never runs
Polars, so it has no threads when it forks.

Commands on stdin, one JSON object a line; one JSON answer a line:
    {"kill": n, "mode": m, "out": ..., "run_id": ...}   run until seam call n, then SIGKILL
    {"race": k, "out": ..., "run_id": ...}              k children at once
Answers: a list of exit codes; 0 committed, 3 no-op, 75 busy, -9 killed, 1 anything else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from publish_cases import Count, Hook, hook_seam, publish

from engine.errors import BusyError


class Kill(Count):
    """SIGKILL before or after call ``at``; ``torn``: after half of a write."""

    def __init__(self, at: int, mode: str) -> None:
        super().__init__()
        self.at, self.mode = at, mode

    def __call__(self, name: str, call: Hook, *args: Any, **kwargs: Any) -> Any:
        number = len(self.names)
        self.names.append(name)
        if number != self.at:
            return call(*args, **kwargs)
        if self.mode == "after":
            with suppress(OSError):  # a file that is not there yet
                call(*args, **kwargs)
        if self.mode == "torn" and name == "write":
            call(args[0], args[1][: len(args[1]) // 2])
        return os.kill(os.getpid(), signal.SIGKILL)


class Zygote:
    """The handle of the parent."""

    def __enter__(self) -> Zygote:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, **command: Any) -> list[int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command, default=str) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _child(command: dict[str, Any], gate: int | None) -> int:
    if gate is not None:
        os.read(gate, 1)  # until the zygote closes the other end
    if "kill" in command:
        hook_seam(setattr, Kill(command["kill"], command["mode"]))
    try:
        _, done = publish(Path(command["out"]), command["run_id"])
        return 0 if done else 3
    except BusyError:
        return 75
    except BaseException:
        traceback.print_exc()
        return 1


def _fork(command: dict[str, Any], gate: tuple[int, int] | None) -> int:
    pid = os.fork()
    if pid == 0:
        if gate:
            os.close(gate[1])
        os._exit(_child(command, gate[0] if gate else None))
    return pid


def _serve() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        gate = os.pipe() if "race" in command else None
        pids = [_fork(command, gate) for _ in range(command.get("race", 1))]
        if gate:
            os.close(gate[1])
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        if gate:
            os.close(gate[0])
        print(json.dumps(codes), flush=True)


if __name__ == "__main__":
    _serve()
