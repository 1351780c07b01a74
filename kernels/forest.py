"""Sums of decision trees over rows of features, equal to the sums of the library to the bit.

A block of rows goes through three rooms: values become codes (``bins``, ``categories``), each tree
turns codes into leaves (``masks``, a straight program; or ``walk``, if the tree is too large for
that), sums of leaves become predictions (``outputs``). Trees are added in their order, so a score
depends neither on the rows around it, nor on how rows are cut into blocks, nor on which way a tree
takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.bins import Bins, code_block, prepare_bins
from kernels.categories import Categories, category_block, lane_block, prepare_categories
from kernels.compiled import entry
from kernels.masks import GROUP, Lanes, add_programs
from kernels.outputs import finish_block
from kernels.programs import Programs, compile_programs
from kernels.source import Source, Table, shape_of, source_of
from kernels.transforms import Output
from kernels.trees import IS_CATEGORICAL, SINGLE, Trees
from kernels.vector import ROWS, aligned_bytes
from kernels.walk import Walks, add_walks, compile_walks

WALKED_FROM = 2048
"""Splits from which on a tree is walked.

Measured on random trees, time of a walk over that of a program: 63 leaves 8.9, 255 4.7, 512 2.3,
1024 2.2, 2048 1.1, 4096 0.8.
"""

_WORDS = (16, 8)
"""Words of a block, 64 rows each: the larger unless it takes more than ``_SCRATCH``."""
_SCRATCH = 2 << 20


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


def prepare(trees: Trees) -> Forest:
    """Make a forest of trees that have been checked; the arrays are not changed."""
    bins, slot, code = prepare_bins(trees)
    categories = prepare_categories(trees)
    walked = _walked(trees, categories)
    programs = compile_programs(trees, _which(~walked), slot, code, categories)
    return Forest(
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


@entry
def _score_rows(
    forest: Forest,
    source: Source,
    wide: bool,
    output: Output,
    out: NDArray[np.float64],
) -> None:
    """Block by block; ``wide``: values are compared as float64, else as float32.

    A row of codes is longer than a block, or the same rows of all slots would share a few lines of
    the first cache.
    """
    words, classes = forest.words, out.shape[1]
    block, stride = words * ROWS, (words + 1) * ROWS
    codes = aligned_bytes(forest.bins.variant.size * stride)
    n_lanes = forest.programs.lanes + forest.categories.lanes
    bits = aligned_bytes(n_lanes * words * 8).view(np.uint64)
    bits[:words], bits[words : 2 * words] = np.uint64(0), ~np.uint64(0)
    number = aligned_bytes(2 * block * GROUP).reshape(GROUP, 2 * block)
    sums = np.empty((classes, block), np.float64)
    category = np.empty((forest.categories.source.size, block), np.int32)
    for lo in range(0, out.shape[0], block):
        n = min(block, out.shape[0] - lo)
        lanes = Lanes(bits, words, (n + ROWS - 1) // ROWS, forest.programs.lanes, number)
        code_block(source, lo, n, forest.bins, wide, codes, stride)
        if forest.categories.source.size:
            category_block(source, lo, n, forest.categories, wide, category)
        if forest.categories.lanes:
            own = bits[lanes.categories * words :]
            lane_block(category, n, forest.categories, words, own)
        for k in range(classes):
            sums[k, :n] = output.start[k]
        for run in range(forest.runs.shape[0]):
            walked, first, last = forest.runs[run]
            if walked:
                add_walks(
                    forest.walks,
                    first,
                    last,
                    forest.target,
                    codes,
                    stride,
                    category,
                    forest.single,
                    sums[:, :n],
                )
            else:
                add_programs(
                    forest.programs,
                    first,
                    last,
                    forest.target,
                    codes,
                    stride,
                    lanes,
                    forest.single,
                    sums[:, :n],
                )
        part = out[lo : lo + n]
        for k in range(classes):
            for i in range(n):
                part[i, k] = sums[k, i]
        finish_block(part, output)


def forest_scores(
    forest: Forest,
    X: Table,
    columns: NDArray[np.uint32],
    output: Output,
    out: NDArray[np.float64],
) -> None:
    """Score the rows of ``X`` into ``out``.

    Parameters
    ----------
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
    rows, width = shape_of(X)
    if out.ndim != 2 or out.shape[0] != rows or out.dtype != np.float64:
        raise ValueError(f"out must be float64 ({rows}, classes)")
    classes = int(forest.target.max(initial=0)) + forest.programs.leaf.shape[1]
    if out.shape[1] < classes or output.start.size != out.shape[1]:
        raise ValueError(f"out and output must have a column for each of {classes} classes")
    if columns.size != forest.features or columns.max(initial=0) >= max(1, width):
        raise ValueError("columns must name a column of X for each used feature")
    source = source_of(X, columns)
    wide = bool(source.wide.any()) and not forest.single
    scores = out if out.flags.c_contiguous else np.empty(out.shape, np.float64)
    _score_rows(forest, source, wide, output, scores)
    if scores is not out:
        out[:] = scores
