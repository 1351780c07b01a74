"""What is kept on disk of compiled kernels, and what is not found again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from copied_kernels import SUM, CopiedKernels, copied_to

COMPILED, FOUND = "3.0 True", "3.0 False"


@pytest.fixture(name="copied")
def _copied(tmp_path: Path) -> CopiedKernels:
    return copied_to(tmp_path)


def test_what_is_kept_is_found_without_numba(copied: CopiedKernels) -> None:
    assert copied.answer() == COMPILED
    first = copied.kept()
    assert [name.partition("-")[0] for name in first] == ["exact_sum.add_rows"]
    assert copied.answer() == FOUND
    assert copied.kept() == first
    assert stat.S_IMODE((copied.folder / "kept").stat().st_mode) == 0o700


def test_a_change_of_any_source_is_noticed(copied: CopiedKernels) -> None:
    assert copied.answer() == COMPILED
    copied.edit("native/sigmoid.py", "_BEYOND = 750.0", "_BEYOND = 751.0")
    assert copied.answer() == COMPILED
    copied.edit("native/exact_sum.py", "sign = -1 if bits < 0 else 1", "sign = 2")
    assert copied.answer() == "6.0 True"


def test_settings_of_numba_are_noticed(copied: CopiedKernels) -> None:
    assert copied.answer() == COMPILED
    assert copied.answer(NUMBA_OPT="1") == COMPILED
    assert copied.answer() == FOUND
    assert len(copied.kept()) == 2


@pytest.mark.parametrize("damage", [b"", b"\x00" * 100, None], ids=["empty", "zeros", "cut"])
def test_a_torn_file_is_made_again(copied: CopiedKernels, damage: bytes | None) -> None:
    assert copied.answer() == COMPILED
    (file,) = copied.folder.glob("kept/*")
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] if damage is None else damage)
    assert copied.answer() == COMPILED
    assert copied.answer() == FOUND


def test_a_folder_that_cannot_be_made_keeps_nothing(copied: CopiedKernels) -> None:
    (copied.folder / "kept").write_text("a file")
    assert copied.answer() == COMPILED
    assert (copied.folder / "kept").read_text() == "a file"


def test_beside_the_sources_earlier_ones_are_forgotten(copied: CopiedKernels) -> None:
    beside = copied.folder / "kernels" / "__pycache__"
    assert copied.answer(NIGHTBOOK_KERNELS=str(beside)) == COMPILED
    copied.edit("native/exact_sum.py", "sign = -1 if bits < 0 else 1", "sign = 1")
    assert copied.answer(NIGHTBOOK_KERNELS=str(beside)) == COMPILED
    assert len(list(beside.glob("*.kernel"))) == 1


def test_left_alone_it_is_beside_the_sources(copied: CopiedKernels) -> None:
    unset = "import os; del os.environ['NIGHTBOOK_KERNELS']; "
    assert copied.answer(unset + SUM) == COMPILED
    assert list((copied.folder / "kernels" / "__pycache__").glob("exact_sum.add_rows-*.kernel"))


def test_what_only_numba_has_is_refused(copied: CopiedKernels) -> None:
    copied.edit("native/exact_sum.py", "group = groups[i]", "group = int(np.random.random())")
    done = copied.run()
    assert "RuntimeError: kernels may call the C library only, not numba_" in done.stderr
    assert not copied.kept()


def test_what_allocates_is_refused(copied: CopiedKernels) -> None:
    copied.edit("native/exact_sum.py", "group = groups[i]", "group = np.zeros(i + 1)[i]")
    assert copied.run().returncode == 1
    assert not copied.kept()


def test_where_nothing_can_be_written_beside_the_sources(copied: CopiedKernels) -> None:
    (copied.folder / "kernels" / "__pycache__").write_text("a file")
    unset, cache = "import os; del os.environ['NIGHTBOOK_KERNELS']; ", copied.folder / "cache"
    assert copied.answer(unset + SUM, XDG_CACHE_HOME=str(cache)) == COMPILED
    assert copied.answer(unset + SUM, XDG_CACHE_HOME=str(cache)) == FOUND
    assert [file.suffix for file in (cache / "nightbook").iterdir()] == [".kernel"]


def test_a_user_without_a_home(copied: CopiedKernels) -> None:
    nobody = "import os, pathlib; del os.environ['NIGHTBOOK_KERNELS']\n"
    nobody += "os.environ.pop('XDG_CACHE_HOME', None)\ndef home(cls=None): raise RuntimeError\n"
    nobody += "pathlib.Path.home = home\n"
    assert copied.answer(nobody + SUM) == COMPILED
    assert copied.answer(nobody + SUM) == FOUND
