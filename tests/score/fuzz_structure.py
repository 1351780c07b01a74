"""Whether parts of a model are sound, found by a walk in plain Python: not by the product's rules
and not by its methods."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

from engine.score.parts import Parts
from kernels.transforms import Output
from kernels.trees import Trees


def faults(parts: Parts) -> list[str]:
    """What is wrong; nothing in a model that may be scored with."""
    trees = parts.trees
    found = (_walk_faults(trees), _value_faults(parts), _set_faults(trees), _output_faults(parts))
    return list(chain.from_iterable(found))


def _walk_faults(trees: Trees) -> Iterator[str]:
    """Down every tree: links in range, each node and leaf once, those of a tree together."""
    n_nodes, n_leaves = len(trees.feature), len(trees.leaf)
    seen: set[int] = set()
    node_end, leaf_end = 0, 0
    for root in trees.root.tolist():
        mine, waiting = set(), [root]
        while waiting:
            at = waiting.pop()
            if not -n_leaves <= at < n_nodes:
                yield f"link {at} out of range"
            elif at in seen:
                yield f"{at} is met twice"
                return
            else:
                seen.add(at)
                mine.add(at)
                waiting += [trees.left[at], trees.right[at]] if at >= 0 else []
        nodes = {at for at in mine if at >= 0}
        leaves = {~at for at in mine if at < 0}
        if nodes != set(range(node_end, node_end + len(nodes))) or (nodes and root != node_end):
            yield "nodes of a tree do not lie together, its root first"
        if leaves != set(range(leaf_end, leaf_end + len(leaves))):
            yield "leaves of a tree do not lie together"
        node_end, leaf_end = node_end + len(nodes), leaf_end + len(leaves)
    if (node_end, leaf_end) != (n_nodes, n_leaves) or not len(trees.root):
        yield f"{node_end} of {n_nodes} nodes and {leaf_end} of {n_leaves} leaves are reached"


def _value_faults(parts: Parts) -> Iterator[str]:
    trees, names = parts.trees, parts.feature_names
    if len(set(names)) != len(names) or "" in names or parts.classes < 1:
        yield "names or classes"
    for k, feature in enumerate(trees.feature.tolist()):
        if not 0 <= feature < len(names):
            yield f"feature {feature}"
        if math.isnan(trees.threshold[k]) or trees.decision[k] > 11:
            yield f"threshold {trees.threshold[k]} or decision {trees.decision[k]}"
    width = trees.leaf.shape[1]
    if width not in (1, parts.classes) or not all(map(math.isfinite, trees.leaf.ravel().tolist())):
        yield "leaves"
    targets = trees.target.tolist()
    if any(not 0 <= target <= parts.classes - width for target in targets):
        yield "targets"
    if len(targets) != len(trees.root):
        yield "as many targets as trees"


def _set_faults(trees: Trees) -> Iterator[str]:
    """The sets of categories, one after the other, and of categorical splits only."""
    ends = trees.words.tolist()
    if len(ends) != len(trees.feature) + 1 or ends[0] != 0 or ends[-1] != len(trees.bitset):
        yield "words and bitset"
    for first, last, decision in zip(ends, ends[1:], trees.decision.tolist(), strict=False):
        if last < first or (last > first and not decision & 1):
            yield f"words {first} to {last} of a node with decision {decision}"


def _output_faults(parts: Parts) -> Iterator[str]:
    for output in (parts.raw, parts.output):
        for array in (output.start, output.base):
            if array.shape != (parts.classes,) or not all(map(math.isfinite, array.tolist())):
                yield "start or base"
        if not _known(output):
            yield "transform, divisor, sigmoid or ratio"


def _known(output: Output) -> bool:
    slopes = (output.sigmoid, output.ratio)
    return (
        0 <= output.transform < 10
        and output.divisor >= 1
        and all(0.0 < slope < math.inf for slope in slopes)
    )
