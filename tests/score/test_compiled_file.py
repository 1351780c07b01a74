"""The compiled form: what goes in comes out, nothing else is read, and it scores the same."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lightgbm_cases import nasty_rows, same_bits, train
from parts_cases import small_parts, wide_trees

from engine.errors import InputMissingError, ModelError
from engine.score import compile_model, load_model
from engine.score.compiled_file import make_compiled, read_compiled
from engine.score.formats import COMPILED, COMPILED_MAGIC, recognised
from engine.score.packing import pack
from engine.score.parts import Parts
from engine.score.unpacking import unpack
from engine.score.validate import validate
from kernels.trees import SINGLE

GOLDEN = Path(__file__).parent / "golden" / "small.nbm"
"""``small_parts()`` as version 1 wrote them."""
CONTENT = len(COMPILED_MAGIC) + 4 + 32


def compiled(parts: Parts) -> bytes:
    return make_compiled(parts, source_format="lightgbm", source_sha256="ab" * 32).data


def with_hash(content: bytes) -> bytes:
    """A compiled file whose content is wrong, and whose hash says it is right."""
    version = (1).to_bytes(4, "little")
    return COMPILED_MAGIC + version + hashlib.sha256(content).digest() + content


def edited(change: Callable[[dict[str, Any]], Any], tail: bytes = b"") -> bytes:
    """``small_parts`` with another header."""
    content = pack(small_parts(), {})
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    change(header)
    text = json.dumps(header).encode()
    return with_hash(len(text).to_bytes(8, "little") + text + content[end:] + tail)


def same(a: Any, b: Any) -> bool:
    """Equal, arrays to the bit and in dtype."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, tuple) and type(a) is type(b):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("dialect", [0, 1, 2])
def test_what_goes_in_comes_out(dialect: int) -> None:
    parts = small_parts(dialect)
    assert same(read_compiled(compiled(parts)), parts)
    wide = parts._replace(trees=wide_trees(), pandas_categories=True)
    found, about = unpack(memoryview(pack(wide, {"source_format": "x"})))
    assert same(found, wide)
    assert about == {"source_format": "x"}
    assert all(a.flags.aligned and a.flags.writeable and a.flags.owndata for a in found.trees[:-1])


def test_a_file_of_version_1_stays_readable() -> None:
    """Without this, renumbered transforms or dialects would score old files wrongly."""
    assert same(read_compiled(GOLDEN.read_bytes()), small_parts())


def test_an_array_of_another_dtype_is_not_written() -> None:
    trees = small_parts().trees
    wrong = trees._replace(left=trees.left.astype(np.int64))
    with pytest.raises(TypeError):
        compiled(small_parts()._replace(trees=wrong))


@pytest.mark.parametrize("objective", ["binary", "regression_rf", "multiclass", "tweedie"])
@pytest.mark.parametrize("missing", ["nan", "zero"])
def test_it_scores_as_its_source(objective: str, missing: str, tmp_path: Path) -> None:
    text = train(objective, missing, categorical=True)
    source, target = tmp_path / "model.txt", tmp_path / "model.nbm"
    source.write_text(text)
    made = compile_model(source)
    target.write_bytes(made.data)
    assert compile_model(source) == made
    ours, theirs = load_model(target), load_model(source)
    rows = nasty_rows(text, 2_000)
    for raw in (False, True):
        assert same_bits(ours.predict(rows, raw_score=raw), theirs.predict(rows, raw_score=raw))
    assert ours.fingerprint == hashlib.sha256(made.data).hexdigest()
    assert made.source_sha256 == theirs.fingerprint
    for name in ("feature_names", "used_features", "classes", "is_probability"):
        assert getattr(ours, name) == getattr(theirs, name)


def test_scoring_waits_for_no_library(tmp_path: Path) -> None:
    """With machine code kept, as the first process leaves it."""
    path = tmp_path / "model.nbm"
    path.write_bytes(compiled(small_parts()))
    script = (
        "import sys, numpy; from engine import load_model; model = load_model(sys.argv[1]); "
        "model.predict(numpy.zeros((3, len(model.feature_names)))); "
        "print({'numba', 'polars', 'pyarrow', 'treelite', 'scipy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", script, path]
    subprocess.run(command, check=True)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_pandas_categories_are_remembered(tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "model.nbm"
    path.write_bytes(compiled(small_parts()._replace(pandas_categories=True)))
    with pytest.raises(ModelError, match="pandas categories"):
        load_model(path).predict(pl.DataFrame())


def refused(data: bytes, match: str, tmp_path: Path) -> None:
    path = tmp_path / "model.nbm"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=re.escape(match)):
        load_model(path)


def test_damage_is_noticed(tmp_path: Path) -> None:
    data = compiled(small_parts())
    rng = random.Random(0)
    first = len(COMPILED_MAGIC) + 4
    for place in [first, CONTENT, len(data) - 1, *rng.sample(range(first, len(data)), 40)]:
        wrong = data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
        refused(wrong, "its content is not what its sha256 says", tmp_path)
    for length in (first, CONTENT - 1, CONTENT, len(data) - 1):
        refused(data[:length], "its content is not what its sha256 says", tmp_path)
    refused(data + b"x", "its content is not what its sha256 says", tmp_path)
    refused(data[:14] + b"\2" + data[15:], "a compiled model of version 2", tmp_path)
    refused(data.replace(b"\r\n", b"\n"), "neither LightGBM text", tmp_path)


HEADERS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "field missing": (lambda h: h.pop("classes"), "header is not an object of about, feature"),
    "field unknown": (lambda h: h.update(new=1), "header is not an object of about, feature"),
    "text for a number": (lambda h: h.update(classes="2"), "header: 'classes' is not what"),
    "truth for a number": (lambda h: h.update(dialect=True), "header: 'dialect' is not what"),
    "number for a truth": (lambda h: h.update(is_probability=1), "'is_probability' is not what"),
    "number for a text": (lambda h: h["about"].update(source=1), "header: 'about' is not what"),
    "negative": (lambda h: h.update(dialect=-1), "header: 'dialect' is not what"),
    "no names": (lambda h: h.update(feature_names=None), "header: 'feature_names' is not what"),
    "name": (lambda h: h["feature_names"].append(1), "header: 'feature_names' is not what"),
    "too many names": (lambda h: h["feature_names"].append("balance"), "empty or there twice"),
    "fewer names": (lambda h: h["feature_names"].pop(), "'feature' is outside 0..1"),
    "infinite": (lambda h: h["output"].update(sigmoid=float("inf")), "Infinity is not a number"),
    "zero": (lambda h: h["output"].update(sigmoid=0.0), "output: 'sigmoid' is 0.0, not above 0"),
    "output": (lambda h: h["output"].pop("single"), "header: 'output' is not an object of div"),
    "transform": (lambda h: h["output"].update(transform=99), "transform 99 is not known"),
    "divisor": (lambda h: h["raw"].update(divisor=2**63), "header: 'raw': 'divisor' is"),
    "array": (lambda h: h["arrays"][0].update(more=1), "header: 'arrays' is not an object of"),
    "sizes": (lambda h: h["arrays"][0].update(shape=[4.0]), "'shape' is not what it should be"),
    "array missing": (lambda h: h["arrays"].pop(), "does not list the arrays"),
    "array twice": (lambda h: h["arrays"].append(h["arrays"][0]), "does not list the arrays"),
    "order": (lambda h: h["arrays"].reverse(), "does not list the arrays"),
    "dtype": (lambda h: h["arrays"][3].update(dtype="<f4"), "does not list the arrays"),
    "objects": (lambda h: h["arrays"][3].update(dtype="|O"), "does not list the arrays"),
    "dimensions": (lambda h: h["arrays"][9].update(shape=[11]), "does not list the arrays"),
    "offset": (lambda h: h["arrays"][4].update(offset=0), "array 'decision' does not lie"),
    "size": (lambda h: h["arrays"][0].update(shape=[2**62]), "array 'root' does not lie"),
    "no size": (lambda h: h["arrays"][9].update(shape=[0, 2**62]), "array 'leaf' does not lie"),
    "shape": (lambda h: h["arrays"][9].update(shape=[1, 11]), "tree 1: 'root' is outside"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_lies(name: str, tmp_path: Path) -> None:
    change, message = HEADERS[name]
    refused(edited(change), message, tmp_path)


def test_other_content_that_lies(tmp_path: Path) -> None:
    refused(edited(lambda h: None, b"x"), "1 bytes after the last array", tmp_path)
    refused(with_hash(b""), "the header is longer than the file", tmp_path)
    refused(with_hash(b"\xff" * 8 + b"{}"), "the header is longer than the file", tmp_path)
    refused(with_hash(b"\2" + bytes(7) + b"[]"), "an object is needed", tmp_path)
    refused(with_hash(b"\1" + bytes(7) + b"{"), "the header is not understood", tmp_path)
    deep = b"[" * 100_000
    refused(with_hash(len(deep).to_bytes(8, "little") + deep), "is not understood", tmp_path)


def test_edits_with_the_right_hash_are_refused_or_valid() -> None:
    """Whoever edits can hash: validation has the last word."""
    content = pack(small_parts(SINGLE), {})
    rng = random.Random(2)
    outcomes = {True: 0, False: 0}
    for _ in range(3_000):
        data = bytearray(content)
        for _ in range(rng.choice((1, 1, 3))):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        try:
            parts = read_compiled(with_hash(bytes(data)))
            validate(parts)
            outcomes[True] += 1
        except ModelError:
            outcomes[False] += 1
    assert min(outcomes.values()) > 100


def test_what_has_nothing_to_compile(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(compiled(small_parts()))
    assert recognised(path.read_bytes()) == COMPILED
    with pytest.raises(ModelError, match="model: it is compiled already; use it as it is"):
        compile_model(path)
    path.write_text('{"kind": "scorecard"}')
    with pytest.raises(ModelError, match="model: it has no trees; use it as it is"):
        compile_model(path)
    with pytest.raises(InputMissingError, match="nothing is not there"):
        compile_model(tmp_path / "nothing")
