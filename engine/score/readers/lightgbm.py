"""LightGBM text models: what the header means, and the parts made of a file."""

from __future__ import annotations

from engine.errors import ModelError
from engine.score.parts import Parts
from engine.score.readers.lightgbm_text import Fields, read_integer, read_sections
from engine.score.readers.lightgbm_trees import read_trees
from engine.score.readers.objectives import read_objective
from engine.score.readers.treelite_check import check_with_treelite
from engine.score.validate_trees import validate_trees
from kernels.transforms import plain_sums

_VERSIONS = ("v2", "v3", "v4")


def read(data: bytes) -> Parts:
    """Read a text model, and check it against what treelite reads.

    ``data`` starts with the line ``tree``. Raw scores are sums of leaves, never averaged.

    Raises
    ------
    ModelError
        Cut, edited, of an unknown version, or with something that is not supported.
    """
    sections = read_sections(data)
    header = sections.header
    if header.get("version") not in _VERSIONS:
        raise ModelError(f"version '{header.get('version')}' is not one of {', '.join(_VERSIONS)}")
    names = _feature_names(header)
    classes = read_integer(header, "num_class", "header", least=1)
    if read_integer(header, "num_tree_per_iteration", "header", least=1) != classes:
        raise ModelError("header: num_tree_per_iteration is not num_class")
    if not sections.trees or len(sections.trees) % classes:
        raise ModelError(f"{len(sections.trees)} trees do not divide into {classes} classes")
    objective = read_objective(header.get("objective"), classes)
    trees = read_trees(sections.trees, classes, len(names))
    validate_trees(trees, len(names), classes)  # treelite follows wrong indices
    check_with_treelite(data, trees)
    averaged = "average_output" in header
    return Parts(
        trees=trees,
        feature_names=names,
        classes=classes,
        raw=plain_sums(classes),
        output=plain_sums(classes)._replace(
            divisor=len(sections.trees) // classes if averaged else 1,
            transform=objective.transform,
            sigmoid=objective.sigmoid,
        ),
        is_probability=objective.is_probability,
        pandas_categories=sections.pandas_categories,
    )


def _feature_names(header: Fields) -> tuple[str, ...]:
    names = tuple(header.get("feature_names", "").split(" "))
    count = read_integer(header, "max_feature_idx", "header") + 1
    for key in ("feature_names", "feature_infos"):
        found = len(header.get(key, "").split(" "))
        if found != count:
            raise ModelError(f"header: {found} {key} for {count} features")
    if len(set(names)) != count or "" in names:
        raise ModelError("header: a feature name is empty or there twice")
    return names
