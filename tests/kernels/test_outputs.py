"""Sums of leaves to predictions: against the readable twin, and against the C library."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

from kernels import transforms as t
from kernels.kernel import Kernel
from kernels.reference_outputs import finished
from kernels.transforms import NOTHING, Output, plain_sums

finish_block = Kernel("outputs", "finish_block")

TRANSFORMS = {
    name: getattr(t, name)
    for name in (
        *("IDENTITY", "SIGMOID", "EXP", "SIGNED_SQUARE", "SOFTMAX", "LOG1P_EXP", "HINGE"),
        *("EXP2_RATIO", "CLAMPED_SIGMOID", "MIXED_SOFTMAX"),
    )
}
PAIRS = [
    (name, single)
    for name in TRANSFORMS
    for single in (False, True)
    if (name, single) not in (("CLAMPED_SIGMOID", False), ("MIXED_SOFTMAX", True))
]
"""XGBoost is in single precision, the mixed softmax is of float64 models."""
EXACT = ("IDENTITY", "SIGNED_SQUARE", "HINGE")
"""No ``exp`` in it: equal to the twin to the bit."""


def sums(classes: int, rows: int = 501) -> NDArray[np.float64]:
    """From tiny to far out, float32 values, both zeros."""
    rng = np.random.default_rng(classes)
    scale = rng.choice([1e-30, 0.1, 1.0, 20.0, 300.0], (rows, 1))
    found = (rng.normal(size=(rows, classes)) * scale).astype(np.float32).astype(np.float64)
    found[:4] = [[0.0], [-0.0], [89.0], [-104.0]]
    return found


def kernel(values: NDArray[np.float64], output: Output) -> NDArray[np.float64]:
    found = values.copy()
    finish_block(found, output)
    return found


def made(transform: str, single: bool, classes: int, *, averaged: bool = False) -> Output:
    more = {"divisor": 7, "base": np.linspace(-0.3, 0.3, classes)} if averaged else {}
    return plain_sums(classes)._replace(
        transform=TRANSFORMS[transform], single=single, sigmoid=1.7, ratio=3.3, **more
    )


@pytest.mark.parametrize("averaged", [False, True], ids=["sums", "averages"])
@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize(("transform", "single"), PAIRS)
def test_it_is_the_twin(transform: str, single: bool, classes: int, averaged: bool) -> None:
    output = made(transform, single, classes, averaged=averaged)
    values = sums(classes)
    found, expected = kernel(values, output), finished(values, output)
    if transform in EXACT:
        assert found.tobytes() == expected.tobytes()
    else:
        small = 1e-44 if single else 5e-324  # the last bit of the smallest numbers
        rtol = 5e-7 if single or transform == "MIXED_SOFTMAX" else 1e-15
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=small)


@pytest.mark.parametrize(("transform", "single"), PAIRS)
def test_a_row_does_not_depend_on_its_neighbours(transform: str, single: bool) -> None:
    output = made(transform, single, 3, averaged=True)
    values = sums(3, 67)
    rows = [kernel(values[i : i + 1], output) for i in range(len(values))]
    assert np.concatenate(rows).tobytes() == kernel(values, output).tobytes()
    assert kernel(values[:0], output).shape == (0, 3)


@pytest.mark.parametrize("transform", [name for name, single in PAIRS if single])
def test_single_results_are_float32_values(transform: str) -> None:
    found = kernel(sums(3), made(transform, True, 3, averaged=True))
    assert np.array_equal(found.astype(np.float32), found)


def c_function(name: str) -> object:
    """Of the C library, in float32."""
    found = getattr(ctypes.CDLL(None), name)
    found.restype, found.argtypes = ctypes.c_float, [ctypes.c_float]
    return np.vectorize(lambda x: found(float(x)), otypes=[np.float32])


@pytest.mark.parametrize(
    ("transform", "name"), [("EXP", "expf"), ("EXP2_RATIO", "exp2f"), ("LOG1P_EXP", None)]
)
def test_single_is_the_c_library_to_the_bit(transform: str, name: str | None) -> None:
    x = np.random.default_rng(0).normal(size=20_000).astype(np.float32) * np.float32(20.0)
    output = plain_sums(1)._replace(transform=TRANSFORMS[transform], single=True)
    found = kernel(x.astype(np.float64)[:, np.newaxis], output)[:, 0]
    if name is None:
        expected = c_function("log1pf")(c_function("expf")(x))  # type: ignore[operator]
    else:
        expected = c_function(name)(-x if transform == "EXP2_RATIO" else x)  # type: ignore[operator]
    assert found.astype(np.float32).tobytes() == expected.tobytes()


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
def test_nothing_leaves_minus_zero_alone(single: bool) -> None:
    """An average that is too small for a number keeps its sign, as in LightGBM; 0.0 would not."""
    least = 1e-45 if single else 5e-324
    values = np.array([[-0.0], [-float(np.float32(least) if single else least)]])
    plain = plain_sums(1)._replace(single=single, divisor=2)
    assert np.signbit(plain.base).all()
    assert plain.base[0] == NOTHING
    assert np.signbit(kernel(values, plain)).all()
    assert not kernel(values, plain).any()
    added = plain._replace(base=np.zeros(1))
    assert not np.signbit(kernel(values, added)).any()


def test_far_out_there_is_no_error() -> None:
    values = np.array([[1e30], [-1e30], [1e300], [-1e300]])
    for single in (False, True):
        output = plain_sums(1)._replace(single=single)
        far = values[:2] if single else values
        for name, low, high in (("SIGMOID", 0.0, 1.0), ("EXP", 0.0, np.inf), ("HINGE", 0.0, 1.0)):
            found = kernel(far, output._replace(transform=TRANSFORMS[name]))[:, 0]
            assert set(found) == {low, high}
    clamped = plain_sums(1)._replace(transform=t.CLAMPED_SIGMOID, single=True)
    assert kernel(values[:2], clamped)[1, 0] == pytest.approx(3.0066e-39, rel=1e-5)
