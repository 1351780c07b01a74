"""The command line: one file per verb, each parses, calls and prints.

Verbs are named here as text, so that ``nightbook --help`` imports none of the libraries behind
them (0.15 s instead of 1.5 s).
"""

from __future__ import annotations

import sys
import traceback

import cyclopts

from engine import __version__
from engine.errors import NightbookError

EXIT_BUG = 70
EXIT_INTERRUPTED = 130

app = cyclopts.App(
    name="nightbook",
    version=__version__,
    help="Scores and prices a whole retail loan book overnight, on one machine, from raw tables.",
    help_epilogue=(
        "Exit codes: 0 done; 65 data break their contract; 66 input missing; 70 a bug; "
        "74 disk or output; 75 busy, try later; 78 the book or a model is wrong; "
        "99 nothing to do (with --exit-99-on-no-op)."
    ),
)
app.command("engine.cli.run:run", name="run", help="The nightly run: raw tables to scored book.")
app.command("engine.cli.verify:verify", name="verify", help="Re-hash a published run.")
app.command("engine.cli.demo:demo", name="demo", help="Write a realistic synthetic book.")
fit_app = cyclopts.App(name="fit", help="Train a model of the book on its own customers.")
fit_app.command("engine.cli.fit:pd", name="pd", help="Train the PD model: LightGBM.")
app.command(fit_app)


def main(arguments: list[str] | None = None) -> None:
    """Runs one verb and exits with its code; every NightbookError is one message on stderr."""
    try:
        code = app(sys.argv[1:] if arguments is None else arguments, result_action="return_value")
    except NightbookError as exc:
        print(f"nightbook: {exc}", file=sys.stderr)
        code = exc.exit_code
    except KeyboardInterrupt:
        print("nightbook: interrupted; finished chunks are kept", file=sys.stderr)
        code = EXIT_INTERRUPTED
    except Exception:
        traceback.print_exc()
        print("nightbook: this is a bug, please report it with the lines above", file=sys.stderr)
        code = EXIT_BUG
    sys.exit(code if isinstance(code, int) else 0)
