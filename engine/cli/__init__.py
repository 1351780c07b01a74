"""The command line: one file per verb, each parses, calls and prints.

A verb imports what it works with when it is called, so that ``nightbook --help`` imports none of
the libraries behind the stages (0.15 s instead of 1.5 s).
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

import cyclopts

from engine import __version__
from engine.cli.compile import compile_
from engine.cli.demo import demo
from engine.cli.explain import explain
from engine.cli.fit import pd
from engine.cli.fit_market import market
from engine.cli.fit_scorecard import scorecard
from engine.cli.fit_take_up import take_up
from engine.cli.fit_tuning import tuning
from engine.cli.metrics import metrics
from engine.cli.optimise import optimise
from engine.cli.run import run
from engine.cli.score_one import score_one
from engine.cli.strategy import diff, groups, sql
from engine.cli.verify import verify
from engine.errors import NightbookError

EXIT_BUG = 70
EXIT_IO = 74
EXIT_INTERRUPTED = 130

app = cyclopts.App(
    name="nightbook",
    version=__version__,
    suppress_keyboard_interrupt=False,  # main has a word to say
    help="Scores and prices a whole retail loan book overnight, on one machine, from raw tables.",
    help_epilogue=(
        "Exit codes: 0 done; 2 wrong use; 65 data break their contract; 66 input missing; "
        "70 a bug; 74 disk or output; 75 busy, try later; 78 the book or a model is wrong; "
        "99 nothing to do (with --exit-99-on-no-op)."
    ),
)
fit_app = cyclopts.App(name="fit", help="Trains a model of the book on its own customers.")
fit_app.command(pd)
fit_app.command(tuning)
fit_app.command(market)
fit_app.command(take_up, name="take-up")
fit_app.command(scorecard)
strategy_app = cyclopts.App(
    name="strategy", help="What a strategy is, changes, and does to groups."
)
for command in (sql, diff, groups):
    strategy_app.command(command)
for verb in (run, optimise, verify, metrics, demo, explain, fit_app, strategy_app):
    app.command(verb)
app.command(score_one, name="score-one")
app.command(compile_, name="compile")


def main(arguments: list[str] | None = None) -> NoReturn:
    """Runs one verb and exits with its code; every NightbookError is one message on stderr."""
    try:
        code = app(sys.argv[1:] if arguments is None else arguments, result_action="return_value")
    except NightbookError as exc:
        code = _say(str(exc), exc.exit_code)
    except OSError as exc:  # of a call that no stage has translated
        code = _say(str(exc), EXIT_IO)
    except KeyboardInterrupt:
        code = _say("interrupted; finished chunks are kept", EXIT_INTERRUPTED)
    except SystemExit:
        raise
    except BaseException:  # a panic of Polars is no Exception
        traceback.print_exc()
        code = _say("this is a bug, please report it with the lines above", EXIT_BUG)
    sys.exit(code if isinstance(code, int) else 0)


def entry() -> NoReturn:
    """The process of ``nightbook``: ``main``, then out at once, without Python's tear-down.

    There, a thread of some C++ library that was still winding down ended one finished command in
    about a thousand with SIGABRT ("terminate called without an active exception"): a nightly job
    that has published must not look failed.
    """
    try:
        main()
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a pipe that nobody reads any more
            stream.flush()
    os._exit(code)


def _say(message: str, code: int) -> int:
    print(f"nightbook: {message}", file=sys.stderr)
    return code
