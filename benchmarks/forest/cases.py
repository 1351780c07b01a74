"""The table of models: how many trees, leaves and features each has. Names are their shapes."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One model size; the last ``categorical`` of the ``features`` hold category codes."""

    trees: int
    leaves: int
    features: int
    categorical: int = 0

    @property
    def name(self) -> str:
        """Trees x leaves x features."""
        shape = f"{self.trees}x{self.leaves}x{self.features}"
        return f"{shape}-{self.categorical}cat" if self.categorical else shape

    @property
    def learning_rate(self) -> float:
        """Smaller for many trees, as it is done: the last trees still have something to learn."""
        return 0.01 if self.trees > 1000 else 0.05


CASES = (
    Case(100, 31, 30),
    Case(500, 63, 188),
    Case(1000, 31, 188),
    Case(200, 255, 188),
    Case(500, 63, 188, categorical=20),
    Case(5000, 31, 188),
)


def case_named(name: str) -> Case:
    """The case of that name.

    Raises
    ------
    ValueError
        There is none.
    """
    cases = {case.name: case for case in CASES}
    if name not in cases:
        raise ValueError(f"there is no case '{name}'; there are {', '.join(cases)}")
    return cases[name]
