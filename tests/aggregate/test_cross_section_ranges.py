"""A month too large for memory is cut into ranges that are not, whatever its values."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.aggregate.cross_section import month
from engine.aggregate.cross_section.ranges import cut
from engine.aggregate.cross_section.spill import Extent, Spill, load, load_all
from kernels.counted import SIZE

NOTHING = np.zeros(SIZE, np.int64)
"""Is counted."""
SHAPES = {
    "continuous": lambda rng, n: rng.standard_normal(n),
    "few": lambda rng, n: rng.integers(0, 5, n).astype(float),
    "constant": lambda rng, n: np.zeros(n),
    "nearly constant": lambda rng, n: np.where(rng.random(n) < 0.01, rng.random(n), 0.5),
    "both infinities": lambda rng, n: rng.choice([-np.inf, 0.0, np.inf], n),
    "the largest": lambda rng, n: rng.choice([0.0, 1.7976931348623157e308, np.inf], n),
}


def spilled(folder: Path, blocks: list[NDArray[np.float64]]) -> tuple[Spill, list[Extent]]:
    spill = Spill(folder / "values")
    places = spill.append(blocks)
    return spill, [Extent(at, block.size) for at, block in zip(places, blocks, strict=True)]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(SHAPES)),
    st.lists(st.integers(1, 3_000), min_size=1, max_size=8),
    st.integers(200, 1_000),
    st.integers(0, 99),
)
def test_ranges_fit_and_cover_the_month(
    shape: str, sizes: list[int], limit: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    blocks = [SHAPES[shape](rng, size) for size in sizes]
    with TemporaryDirectory() as folder:
        spill, extents = spilled(Path(folder), blocks)
        seen, highest = [], -np.inf
        with spill.open() as file:
            for part in cut(file, file, extents, extents, limit):
                values = load_all(file, part.held, np.empty(sum(sizes)))
                assert part.asked == part.held
                assert values.size <= limit or part.one_value
                assert not part.one_value or len(set(values.tolist())) <= 1
                if values.size:
                    assert values.min() > highest or not seen
                    highest = values.max()
                    seen.append(values.copy())
    assert np.array_equal(np.sort(np.concatenate(seen)), np.sort(np.concatenate(blocks)))


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_no_more_is_in_memory_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    rng = np.random.default_rng(1)
    spill, extents = spilled(tmp_path, [SHAPES[shape](rng, 1_000) for _ in range(9)])
    room = month.Room.of(900)
    monkeypatch.setattr(month.Room, "of", lambda _: pytest.fail("a larger room"))
    asked = Spill(tmp_path / "asked")
    (at,) = asked.append([np.zeros(1)])
    with spill.open() as values, asked.open() as queries:
        whole = load_all(values, extents, np.empty(9_000))
        month.rank_month(values, queries, extents, [Extent(at, 1)], NOTHING, room)
        expected = ((whole < 0).sum() + ((whole == 0).sum() + 1) / 2) / 9_000
        assert load(queries, Extent(at, 1)).tolist() == [expected]


def test_the_last_range_may_hold_infinity_beside_the_largest_number(tmp_path: Path) -> None:
    largest = 1.7976931348623157e308
    values = np.array([*range(7), largest, np.inf])
    spill, extents = spilled(tmp_path, [values])
    with spill.open() as file:
        *_, last = cut(file, file, extents, [], 8)
        assert load(file, last.held[0]).tolist() == [largest, np.inf]
    assert not last.one_value
