"""What ``predict`` takes: arrays, frames, names, threads; and what it refuses."""

from __future__ import annotations

import copy
import hashlib
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightgbm_cases import nasty_rows, same_bits, train
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score import Model, load_model
from engine.score.rows import BLOCK, LEAST, blocks_of, over_blocks, rows_of

ROWS = 2 * BLOCK + 37


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "model.txt"
    path.write_text(train("binary", "nan", categorical=True))
    return path


@pytest.fixture(scope="module")
def model(path: Path) -> Model:
    return load_model(path)


@pytest.fixture(scope="module", name="X")
def rows(path: Path) -> NDArray[np.float64]:
    return nasty_rows(path.read_text(), ROWS, seed=5)


@pytest.fixture(scope="module")
def expected(model: Model, X: NDArray[np.float64]) -> NDArray[np.float64]:
    return model.predict(X)


def frame(model: Model, X: NDArray[Any]) -> pl.DataFrame:
    return pl.DataFrame(dict(zip(model.feature_names, X.T, strict=True)))


def test_what_a_model_says_of_itself(model: Model, path: Path) -> None:
    assert model.feature_names == tuple(f"Column_{i}" for i in range(6))
    assert set(model.used_features) <= set(model.feature_names)
    assert model.fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()
    assert model.classes == 1
    assert model.is_probability


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_threads_do_not_matter(
    threads: int, model: Model, X: NDArray[np.float64], expected: NDArray[np.float64]
) -> None:
    assert same_bits(model.predict(X, threads=threads), expected)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 63, BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_row_does_not_depend_on_its_neighbours(
    n: int, model: Model, X: NDArray[np.float64], expected: NDArray[np.float64]
) -> None:
    assert same_bits(model.predict(X[:n]), expected[:n])
    assert same_bits(model.predict(X[ROWS - n :], threads=2), expected[ROWS - n :])


def test_any_memory_order_and_read_only(
    model: Model, X: NDArray[np.float64], expected: NDArray[np.float64]
) -> None:
    wide = np.zeros((ROWS, 12))
    wide[:, ::2] = X
    frozen = X.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(X), wide[:, ::2], X[::-1][::-1], frozen):
        assert same_bits(model.predict(same), expected)


def test_the_input_is_not_changed(model: Model, X: NDArray[np.float64]) -> None:
    before = X.tobytes()
    model.predict(X, threads=2)
    assert X.tobytes() == before


def test_frames_are_matched_by_name(
    model: Model, X: NDArray[np.float64], expected: NDArray[np.float64]
) -> None:
    named = frame(model, X).select(reversed(model.feature_names)).with_columns(note=pl.lit("x"))
    chunked = pl.concat([named[:100], named[100:5_000], named[5_000:]], rechunk=False)
    table = named.to_arrow()
    for same in (named, chunked, table, chunked.to_arrow(), table.to_batches()[0]):
        assert same_bits(model.predict(same, threads=2), expected)


def test_null_is_missing_and_numbers_of_any_kind_are_numbers(model: Model) -> None:
    as_float = np.array([[1.0, 0.0, np.nan, 2.0, 3.0, 7.0], [0.0, 1.0, 5.0, np.nan, 4.0, 8.0]])
    mixed = pl.DataFrame(
        {
            "Column_0": pl.Series([1, 0], dtype=pl.Int8),
            "Column_1": [False, True],
            "Column_2": pl.Series([None, 5], dtype=pl.UInt64),
            "Column_3": pl.Series([2.0, None], dtype=pl.Float32),
            "Column_4": pl.Series([3, 4], dtype=pl.Decimal(10, 2)),
            "Column_5": pl.Series([7, 8], dtype=pl.Int64),
        }
    )
    assert same_bits(model.predict(mixed), model.predict(as_float))
    assert same_bits(model.predict(mixed.to_arrow()), model.predict(as_float))
    nothing = pl.DataFrame({name: [None, None] for name in model.feature_names})
    assert same_bits(model.predict(nothing), model.predict(np.full((2, 6), np.nan)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("under", [np.nan, 0.0])
def test_null_is_missing_whatever_lies_under_it(
    under: float, dtype: type, model: Model, X: NDArray[np.float64]
) -> None:
    with np.errstate(over="ignore"):
        X = X[:100].astype(dtype).astype(np.float64)
    missing = np.isnan(X)
    lying = np.where(missing, under, X).astype(dtype)
    with_nulls = pl.DataFrame(
        {
            name: pl.from_arrow(pa.array(values, mask=gone))
            for name, values, gone in zip(model.feature_names, lying.T, missing.T, strict=True)
        }
    )
    assert with_nulls.null_count().sum_horizontal().item() == missing.sum() > 0
    for first in (0, 3, 8):
        assert same_bits(model.predict(with_nulls[first:]), model.predict(X[first:]))


def test_only_used_features_are_needed(tmp_path: Path) -> None:
    text = train("regression", "nan", categorical=False, rounds=1).replace("Column_", "feature_")
    path = tmp_path / "model.txt"
    path.write_text(text)
    model = load_model(path)
    assert 0 < len(model.used_features) < 6
    X = nasty_rows(text, 50)
    used = frame(model, X).select(model.used_features)
    assert same_bits(model.predict(used), model.predict(X))
    assert same_bits(model.predict(used[:0]), np.empty(0))
    first = model.used_features[0]
    with pytest.raises(ModelError, match=f"'{first}'.*not in the data; did you mean '{first}x'"):
        model.predict(used.rename({first: f"{first}x"}))


def test_a_constant_model_needs_no_columns(tmp_path: Path) -> None:
    text = train("regression", "nan", categorical=False)
    head, _, rest = text.partition("\n\nTree=0\n")
    tail = "end of trees\n" + rest.partition("end of trees\n")[2]
    tree = "Tree=0\nnum_leaves=1\nnum_cat=0\nleaf_value=0.25\nshrinkage=1\n\n\n"
    sizes = head[head.index("tree_sizes=") :]
    path = tmp_path / "model.txt"
    path.write_text(f"{head.replace(sizes, f'tree_sizes={len(tree)}')}\n\n{tree}{tail}")
    model = load_model(path)
    for X in (np.zeros((3, 6)), pl.DataFrame({"a": [1, 2, 3]}), pa.table({"a": [1, 2, 3]})):
        assert model.predict(X).tolist() == [0.25] * 3


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (np.zeros((2, 5)), r"shape \(2, 5\); the model has 6 features"),
        (np.zeros((2, 7)), "the model has 6 features"),
        (np.zeros(6), "the model has 6 features"),
        (np.zeros((2, 6), np.int64), "array of int64; float32 or float64"),
        (np.zeros((2, 6), ">f8"), "array of >f8"),
        ([[0.0] * 6], "X is a list"),
    ],
)
def test_what_does_not_fit_is_refused(X: object, match: str, model: Model) -> None:
    with pytest.raises(ModelError, match=match):
        model.predict(X)


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Date])
def test_a_column_that_is_no_number_is_refused(dtype: pl.DataType, model: Model) -> None:
    named = frame(model, np.zeros((2, 6)))
    wrong = named.with_columns(Column_1=pl.Series([None, None], dtype=dtype))
    for X in (wrong, wrong.to_arrow()):
        with pytest.raises(ModelError, match="feature 'Column_1' is .*; a number or boolean"):
            model.predict(X)


def test_a_name_twice_is_refused(model: Model) -> None:
    columns = [pa.array([0.0])] * 7
    table = pa.Table.from_arrays(columns, names=[*model.feature_names, "Column_2"])
    with pytest.raises(ModelError, match="feature 'Column_2'.*is there twice"):
        model.predict(table)


def test_codes_of_pandas_are_not_values(path: Path, tmp_path: Path) -> None:
    """pandas renumbers categories; the values of a frame's column are not those numbers."""
    text = path.read_text().replace("pandas_categorical:null", 'pandas_categorical:[["a", "b"]]')
    other = tmp_path / "model.txt"
    other.write_text(text)
    model = load_model(other)
    X = np.zeros((2, 6))
    assert same_bits(model.predict(X), load_model(path).predict(X))
    with pytest.raises(ModelError, match="pandas categories"):
        model.predict(frame(model, X))


def test_threads_below_one_are_refused(model: Model, X: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="threads must be at least 1"):
        model.predict(X, threads=0)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_any_block_is_raised(threads: int) -> None:
    for lo, hi in blocks_of(0, ROWS, BLOCK, threads):

        def work(first: int, last: int, lo: int = lo) -> None:
            if first == lo:
                raise RuntimeError(f"block {first}..{last}")

        with pytest.raises(RuntimeError, match=f"block {lo}..{hi}"):
            over_blocks(0, ROWS, BLOCK, threads, work)


@given(
    first=st.integers(0, 100_000),
    rows=st.integers(0, 1_000_000),
    most=st.integers(1, 100_000),
    threads=st.integers(1, 9),
)
def test_blocks_cover_all_rows_once(first: int, rows: int, most: int, threads: int) -> None:
    blocks = blocks_of(first, first + rows, most, threads)
    ends = [first, *(hi for _, hi in blocks)]
    assert [lo for lo, _ in blocks] == ends[:-1]
    assert ends[-1] == first + rows
    assert all(0 < hi - lo <= most for lo, hi in blocks)
    if threads > 1 and blocks:
        assert blocks[-1][1] - blocks[-1][0] <= LEAST


@pytest.mark.parametrize("threads", [1, 3])
def test_after_an_error_no_block_is_begun(threads: int) -> None:
    """The others are at work for so long that they would begin all of them."""
    begun, raised = [], Event()

    def work(lo: int, hi: int) -> None:
        begun.append(lo)
        if lo == 0:
            raised.set()
            raise RuntimeError
        raised.wait()
        time.sleep(0.02)

    with pytest.raises(RuntimeError):
        over_blocks(0, ROWS, LEAST, threads, work)
    assert len(begun) < len(blocks_of(0, ROWS, LEAST, threads)) / 2


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_reads_its_own_memory(
    copied: Callable[[Model], Model], model: Model, X: NDArray[np.float64]
) -> None:
    """Words of kernels hold addresses; those of the original may be gone, or in another process."""
    expected = model.predict(X[:100])
    other = copied(model)
    assert same_bits(other.predict(X[:100]), expected)
    mine, theirs = (m._scorer.forest.forest for m in (model, other))
    address = mine.value.target.ctypes.data
    assert address in mine.words
    assert address not in theirs.words


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 3), (5, BLOCK + 7), (ROWS, ROWS)])
def test_a_range_of_rows(
    first: int, last: int, model: Model, X: NDArray[np.float64], expected: NDArray[np.float64]
) -> None:
    for rows in (X, frame(model, X), frame(model, X).to_arrow()):
        got = model.predict(rows, rows=(first, last), threads=2)
        assert same_bits(got, expected[first:last])


@pytest.mark.parametrize("rows", [(-1, 3), (3, 2), (0, ROWS + 1)])
def test_rows_that_are_not_there(rows: tuple[int, int], model: Model) -> None:
    with pytest.raises(ValueError, match=f"rows {rows[0]}..{rows[1]} are not among the {ROWS}"):
        model.predict(np.zeros((ROWS, 6)), rows=rows)


def test_a_result_of_the_caller(
    model: Model, X: NDArray[np.float64], expected: NDArray[np.float64]
) -> None:
    plain, strided = np.full(ROWS, 7.0), np.full(2 * ROWS, 7.0)
    assert model.predict(X, out=plain) is plain
    model.predict(X, out=strided[::2], threads=2)
    assert same_bits(plain, expected)
    assert same_bits(strided[::2].copy(), expected)
    assert (strided[1::2] == 7.0).all()


def test_a_result_that_does_not_fit(model: Model, X: NDArray[np.float64]) -> None:
    frozen = np.empty(ROWS)
    frozen.flags.writeable = False
    for out in (np.empty(ROWS - 1), np.empty((ROWS, 1)), np.empty(ROWS, np.float32), frozen):
        with pytest.raises(ValueError, match=rf"out must be a writeable float64 .*\({ROWS},\)"):
            model.predict(X, out=out)


def test_wide_frames_are_scored_in_smaller_blocks() -> None:
    """What is made of a block stays within 2 MiB, whatever the number of features."""
    wide = pl.DataFrame({f"f{i}": np.zeros(3, np.int64) for i in range(300)})
    assert rows_of(wide, wide.columns, range(300)).most * 300 * 8 <= 2 << 20
    floats = wide.cast(pl.Float32)
    assert rows_of(floats, floats.columns, range(300)).most == BLOCK


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_read_where_they_lie(dtype: type) -> None:
    columns = {name: np.arange(9, dtype=dtype) for name in "ab"}
    named = pl.DataFrame(columns)
    for X in (named, named.to_arrow(), named.to_arrow().to_batches()[0]):
        found = rows_of(X, ("b", "a"), (0, 1)).block(2, 7)
        for x, name in zip(found.values, "ba", strict=True):
            assert np.shares_memory(x, pl.Series(X[name]).to_numpy())
            assert x.tolist() == [2, 3, 4, 5, 6]


def test_columns_of_different_kinds_are_scored_together(
    model: Model, X: NDArray[np.float64]
) -> None:
    """In place, with null, in several chunks, of two sizes: as the matrix of their values."""
    with np.errstate(over="ignore"):
        values = X.astype(np.float32).astype(np.float64)
    named = frame(model, values).with_columns(
        pl.col("Column_0", "Column_3").cast(pl.Float32),
        pl.col("Column_1", "Column_4").fill_nan(None),
    )
    chunked = pl.concat([named[:5_000], named[5_000:]], rechunk=False)
    chunked = chunked.with_columns(named["Column_0"], named["Column_5"])
    for same in (named, chunked, chunked.to_arrow()):
        assert same_bits(model.predict(same, threads=2), model.predict(values))
