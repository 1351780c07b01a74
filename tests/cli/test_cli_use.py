"""Help, wrong use, and how progress looks on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from command import call, nightbook
from small_book import make_frames, write_book

import engine
from engine.cli import main

HEAVY = ("polars", "numba", "lightgbm", "treelite", "duckdb", "pyarrow", "scipy", "numpy")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), ("demo", "fit", "run", "verify", "Exit codes", "65", "99")),
        (("run",), ("--out", "--threads", "--chunk-customers", "--dry-run", "--fresh", "--resume")),
        (("run",), ("--hash-inputs", "--exit-99-on-no-op", "--json", "The nightly run")),
        (("verify",), ("Re-hashes", "RUN_DIR", "--json")),
        (("demo",), ("--customers", "--seed", "100000")),
        (("fit",), ("pd",)),
        (("fit", "pd"), ("--threads", "[target]", "--json")),
    ],
)
def test_help(arguments: tuple[str, ...], says: tuple[str, ...]) -> None:
    done = call(*arguments, "--help")
    assert (done.code, done.err) == (0, "")
    missing = [piece for piece in says if piece not in done.out]
    assert not missing, done.out


def test_help_as_a_process() -> None:
    assert nightbook("--help").out == nightbook().out
    assert nightbook("--version").out.strip() == engine.__version__


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_no_heavy_library(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom engine.cli import main\n"
        f"try: main({arguments})\nexcept SystemExit: pass\n"
        f"print(*(set({HEAVY}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "book.toml", "--bogus"),
        ("run", "book.toml", "--threads", "0"),
        ("run", "book.toml", "--chunk-customers", "many"),
        ("run", "one.toml", "two.toml"),
        ("verify",),
        ("demo", "x", "--seed", "-1"),
        ("runn",),
        ("fit", "pdd", "book.toml"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...]) -> None:
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Error" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["missing", "a file", "an empty folder", "a folder"])
def test_verify_of_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "an empty folder").mkdir()
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "CURRENT").write_text("0123456789abcdef")
    done = call("verify", tmp_path / name)
    assert done.code == (65 if name == "an empty folder" else 66)
    assert name in done.message


def on_terminal(command: list[str], **environment: str) -> tuple[int, str]:
    """Exit code of a command whose stderr is a terminal, and what it drew there."""
    controller, terminal = pty.openpty()
    env = os.environ | {"TERM": "xterm", "COLUMNS": "100"} | environment
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=terminal, env=env)
    os.close(terminal)
    drawn = b""
    while True:
        try:
            piece = os.read(controller, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        drawn += piece
    os.close(controller)
    return process.wait(), drawn.decode()


def test_bar_on_a_terminal(tmp_path: Path) -> None:
    book = write_book(tmp_path, make_frames(60), "csv")
    command = [sys.executable, "-m", "engine.cli", "run", str(book)]
    code, drawn = on_terminal(command)
    assert code == 0, drawn
    assert "60 customers" in drawn
    assert "420/420" in drawn
    assert "rows/s" in drawn
    assert "\x1b[?25h" in drawn  # the cursor is shown again
    code, drawn = on_terminal([*command, "--fresh"], TERM="dumb")
    assert code == 0, drawn
    (tmp_path / "raw" / "customers-0.csv").write_text("")
    code, drawn = on_terminal(command)
    assert code == 65
    assert "nightbook: the file is empty" in drawn
    assert "Traceback" not in drawn


@pytest.mark.parametrize("name", ["with blanks, é", "[bold]x", "[2026-06]", "a*b?"])
def test_folder_names(tmp_path: Path, name: str) -> None:
    """A path is neither markup of the terminal nor a pattern, unless the book gives a pattern."""
    folder = tmp_path / name
    folder.mkdir()
    book = write_book(folder, make_frames(30), {"customers": "csv", "statements": "parquet"})
    assert call("run", book, "--dry-run").code == 0
    assert name in call("run", book).out
    assert call("verify", folder / "out").code == 0


def test_a_bug_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An error nobody thought of: the traceback, what to do, exit code 70."""

    class Panic(BaseException):
        """Polars panics are no Exception."""

    def fail(*_: object, **__: object) -> None:
        raise Panic("index out of bounds")

    monkeypatch.setattr("engine.pipeline.open_book", fail)
    done = call("run", tmp_path / "book.toml")
    assert done.code == 70
    assert "index out of bounds" in done.err
    assert done.err.endswith("this is a bug, please report it with the lines above\n")


def test_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.pipeline.open_book", interrupt)
    done = call("run", tmp_path / "book.toml")
    assert done.code == 130
    assert done.message == "interrupted; finished chunks are kept"


def test_system_errors_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "book.toml"))

    monkeypatch.setattr("engine.pipeline.open_book", fail)
    done = call("run", tmp_path / "book.toml")
    assert done.code == 74
    assert "Permission denied" in done.message
    assert str(tmp_path) in done.message


def test_main_without_arguments_reads_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["nightbook", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
