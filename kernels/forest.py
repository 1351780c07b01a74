"""Sums of decision trees over rows of features, equal to the sums of the library to the bit.

A block of rows goes through three rooms: values become codes (``bins``, ``categories``), each tree
turns codes into leaves (``masks``, a straight program; or ``walk``, if the tree is too large for
that), sums of leaves become predictions (``outputs``). Trees are added in their order, so a score
depends neither on the rows around it, nor on how rows are cut into blocks, nor on which way a tree
takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.bins import Bins, prepare_bins
from kernels.categories import Categories, prepare_categories
from kernels.kernel import Kernel
from kernels.programs import Programs, compile_programs
from kernels.scratch import ROWS, Scratch, scratch_for
from kernels.source import Table, shape_of, source_of
from kernels.transforms import Output
from kernels.trees import IS_CATEGORICAL, SINGLE, Trees
from kernels.walk import Walks, compile_walks
from kernels.words import Bound

WALKED_FROM = 4096
"""Splits from which on a tree is walked.

Time of a walk over that of a program, trained trees of so many leaves, AVX-512 of a Zen 4
(``benchmarks/forest/walk_or_program.py``): 63 4.0, 255 2.9, 1023 2.3, 2047 1.7, 4095 1.2, 8191 0.9.
"""

_WORDS = (16, 8)
"""Words of a block, 64 rows each: the larger unless it takes more than ``_SCRATCH``."""
_SCRATCH = 2 << 20

_score_rows = Kernel("forest", "score_rows")


class Forest(NamedTuple):
    """A forest, ready to score.

    ``features``: how many it reads. ``runs`` int64 ``(n, 3)``: 1 if walked, and from which to which
    program or walk, so that trees are added in order. ``target`` int32 per tree. ``single``: values
    and sums are float32. ``words`` of a block.
    """

    features: int
    bins: Bins
    categories: Categories
    programs: Programs
    walks: Walks
    runs: NDArray[np.int64]
    target: NDArray[np.int32]
    single: bool
    words: int


class ReadyForest:
    """A forest that has been prepared, and the scratch of those who scored it.

    ``classes``: columns that its trees are added to.
    """

    def __init__(self, forest: Forest) -> None:
        self.forest = Bound(forest)
        self.classes = int(forest.target.max(initial=0)) + forest.programs.leaf.shape[1]
        self._free: dict[int, list[Bound[Scratch]]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return ReadyForest, (self.forest.value,)  # without the scratch

    @contextmanager
    def scratch(self, classes: int) -> Iterator[Bound[Scratch]]:
        """For one thread; there is as much of it as threads have scored at the same time.

        Making it and its words for each call took 40 microseconds.
        """
        free = self._free.setdefault(classes, [])
        try:
            mine = free.pop()
        except IndexError:
            mine = Bound(self._made(classes))
        yield mine
        free.append(mine)

    def _made(self, classes: int) -> Scratch:
        forest = self.forest.value
        return scratch_for(
            forest.words,
            forest.bins.variant.size,
            forest.programs.lanes + forest.categories.lanes,
            forest.categories.source.size,
            classes,
        )


def prepare(trees: Trees) -> ReadyForest:
    """Make a forest of trees that have been checked; the arrays are not changed."""
    bins, slot, code = prepare_bins(trees)
    categories = prepare_categories(trees)
    walked = _walked(trees, categories)
    programs = compile_programs(trees, _which(~walked), slot, code, categories)
    forest = Forest(
        features=trees.used_features().size,
        bins=bins,
        categories=categories,
        programs=programs,
        walks=compile_walks(trees, _which(walked), slot, code, categories),
        runs=_runs(walked),
        target=trees.target,
        single=trees.dialect == SINGLE,
        words=_words(bins.variant.size, programs.lanes + categories.lanes),
    )
    return ReadyForest(forest)


def _which(trees: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.flatnonzero(trees).astype(np.int32)


def _walked(trees: Trees, categories: Categories) -> NDArray[np.bool_]:
    """The trees that are too large, or that list more categories than there are lanes."""
    nodes = trees.first_nodes()
    walked = np.diff(nodes) >= WALKED_FROM
    if not categories.lanes:
        split = np.flatnonzero(trees.decision & IS_CATEGORICAL)
        walked[np.searchsorted(nodes, split, side="right") - 1] = True
    return walked


def _runs(walked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Trees in order as runs of one way, each counted among its own kind."""
    starts = np.flatnonzero(np.concatenate([[True], walked[1:] != walked[:-1]]))
    before = np.concatenate([[0], np.cumsum(walked)])
    ends = np.append(starts[1:], walked.size)
    kind = walked[starts]
    rank = np.stack([np.arange(walked.size + 1) - before, before])
    runs = np.stack([kind, rank[kind.astype(int), starts], rank[kind.astype(int), ends]], axis=1)
    return runs.astype(np.int64)


def _words(slots: int, lanes: int) -> int:
    fits = [w for w in _WORDS if (slots + 8 * lanes // ROWS) * w * ROWS <= _SCRATCH]
    return fits[0] if fits else _WORDS[-1]


def forest_scores(
    forest: ReadyForest,
    X: Table,
    columns: NDArray[np.uint32],
    output: Output,
    out: NDArray[np.float64],
) -> None:
    """Score the rows of ``X`` into ``out``.

    Parameters
    ----------
    forest
        What ``prepare`` made.
    X
        A matrix or columns, read-only or not; NaN is missing. Read block by block, not changed.
    columns
        uint32: the column of ``X`` that holds each used feature.
    output
        ``plain_sums`` for the sums of the leaves.
    out
        float64 ``(rows, classes)``, overwritten; of any layout.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.
    """
    own = forest.forest.value
    rows, width = shape_of(X)
    if out.ndim != 2 or out.shape[0] != rows or out.dtype != np.float64:
        raise ValueError(f"out must be float64 ({rows}, classes)")
    if out.shape[1] < forest.classes or output.start.size != out.shape[1]:
        raise ValueError(f"out and output must have a column for each of {forest.classes} classes")
    if columns.size != own.features or columns.max(initial=0) >= max(1, width):
        raise ValueError("columns must name a column of X for each used feature")
    source = source_of(X, columns)
    wide = bool(source.wide.any()) and not own.single
    scores = out if out.flags.c_contiguous else np.empty(out.shape, np.float64)
    with forest.scratch(out.shape[1]) as scratch:
        _score_rows(forest.forest, source, wide, output, scratch, scores)
    if scores is not out:
        out[:] = scores
