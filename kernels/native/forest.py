"""A forest's predictions, block by block: see ``kernels.forest``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.forest import Forest
from kernels.native import part
from kernels.native.bins import code_block
from kernels.native.categories import category_block, lane_block
from kernels.native.masks import Lanes, add_programs
from kernels.native.outputs import finish_block
from kernels.native.walk import add_walks
from kernels.scratch import ROWS, Scratch
from kernels.source import Source
from kernels.transforms import Output


@part
def _code(
    forest: Forest, source: Source, lo: int, n: int, wide: bool, lanes: Lanes, scratch: Scratch
) -> None:
    """Block: the codes and categories of rows ``lo..lo + n``."""
    code_block(source, lo, n, forest.bins, wide, scratch)
    if forest.categories.source.size:
        category_block(source, lo, n, forest.categories, wide, scratch)
    if forest.categories.lanes:
        own = lanes.bits[lanes.categories * lanes.words :]
        lane_block(scratch.category, n, forest.categories, lanes.words, own)


@part
def _add_trees(forest: Forest, lanes: Lanes, scratch: Scratch, sums: NDArray[np.float64]) -> None:
    """Block: all trees in their order."""
    for run in range(forest.runs.shape[0]):
        walked, first, last = forest.runs[run]
        if walked:
            add_walks(forest.walks, first, last, forest.target, scratch, forest.single, sums)
        else:
            add_programs(
                forest.programs, first, last, forest.target, scratch, lanes, forest.single, sums
            )


@part
def score_rows(
    forest: Forest,
    source: Source,
    wide: bool,
    output: Output,
    scratch: Scratch,
    out: NDArray[np.float64],
) -> int:
    """Block by block; ``wide``: values are compared as float64, else as float32."""
    words, classes, bits = forest.words, out.shape[1], scratch.bits
    block = words * ROWS
    bits[:words], bits[words : 2 * words] = np.uint64(0), ~np.uint64(0)
    for lo in range(0, out.shape[0], block):
        n = min(block, out.shape[0] - lo)
        lanes = Lanes(bits, words, (n + ROWS - 1) // ROWS, forest.programs.lanes)
        sums = scratch.sums[:, :n]
        _code(forest, source, lo, n, wide, lanes, scratch)
        for k in range(classes):
            sums[k] = output.start[k]
        _add_trees(forest, lanes, scratch, sums)
        part_of_out = out[lo : lo + n]
        for k in range(classes):
            for i in range(n):
                part_of_out[i, k] = sums[k, i]
        finish_block(part_of_out, output)
    return 0
