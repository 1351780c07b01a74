"""The tables of the README come from the figures: ratios within rounds, failures in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.forest.tables import fastest_other, over, tables_of, write_tables
from benchmarks.markdown import marks


def _found(speeds: list[float], **more: Any) -> dict[str, Any]:
    return {
        "version": "1.2",
        "failure": None,
        "layout": "float32 C",
        "ratio_1": speeds[0],
        "ratio_1_all": speeds,
        "ratio_2": 2 * speeds[0],
        "ratio_2_all": speeds,
        "rows_per_second_1": 1000 * speeds[0],
        "rows_per_second_2": 1900 * speeds[0],
        "scaling": 1.9,
        "prepare_seconds": 0.25,
        "prepare_bytes": 3 * 2**20,
        "memory_1": 2**19,
        "memory_2": 2**20,
        **more,
    }


BEGIN, END = marks("forest")

CONTENDERS = {
    "LightGBM": _found([1.0, 1.0, 1.0]),
    "Nightbook": _found([20.0, 30.0, 28.0], largest_difference=0.0, different=0, compared=9),
    "oneDAL": _found([2.0, 3.0, 2.5], largest_difference=2.4e-7, different=5, compared=9),
    "lleaves": {"failure": "not done in 10 minutes"},
    "ONNX Runtime": {"failure": f"refuses the model: '4||22' in {'many ' * 20}trees"},
    "CatBoost, own model": _found([50.0, 50.0, 50.0]),
}
SHAPE = {
    "trees": 500,
    "mean_leaves": 62.96,
    "features_read": 188,
    "thresholds": 18188,
    "most_thresholds": 154,
    "categorical_share": 0.3,
}
MACHINE = {
    "processor": "A Processor",
    "cores": 2,
    "vectors": "avx2",
    "caches": {"L1d": "48K"},
    "python": "3.11.7",
}
RESULTS = {
    "machine": MACHINE,
    "cases": {"500x63x188": {"shape": SHAPE, "contenders": CONTENDERS}},
}


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert over(CONTENDERS["Nightbook"], CONTENDERS["oneDAL"]) == 10.0  # of 10, 10, 11.2
    assert over(CONTENDERS["Nightbook"], CONTENDERS["LightGBM"]) == 28.0  # not 20
    assert over(CONTENDERS["Nightbook"], CONTENDERS["lleaves"]) is None


def test_the_fastest_other_scores_the_same_model() -> None:
    assert fastest_other(CONTENDERS) == "oneDAL"
    assert fastest_other({"Nightbook": CONTENDERS["Nightbook"]}) is None


def test_a_line_for_each_contender_as_wide_as_its_head() -> None:
    text = tables_of(RESULTS)
    tables = [part.splitlines() for part in text.split("\n\n") if part.lstrip().startswith("|")]
    assert [len(table) for table in tables] == [3, 2 + len(CONTENDERS)]
    for table in tables:
        assert len({line.count("|") for line in table}) == 1
    assert "| 500x63x188 | 20,000 | 28.0 |  | oneDAL | 10.0 | 38,000 | 1.90 |" in text
    assert "| Nightbook 1.2 | float32 C | 20,000 | 20.0 |" in text
    assert "| nothing |" in text
    assert "| 2e-07 |" in text
    assert "| lleaves | not done in 10 minutes |" in text
    assert "| refuses the model: '4&#124;&#124;22' in many many many" in text
    assert "trees |" not in text
    assert "30% of the splits categorical" in text


def test_figures_of_ours_alone() -> None:
    parts = {"script": 0.6, "importing": 0.5, "loading": 0.0123, "scoring": 0.001}
    layout = {
        "rows_per_second_1": 5e5,
        "rows_per_second_2": 1e6,
        "ratio_1": 1.0,
        "ratio_2": 1.0,
        "working_bytes_1": 2**20,
        "working_bytes_2": 2**21,
    }
    ours = {
        "first": {"compiled": parts},
        "kernels": {"cold": 9.0, "warm": 1.0, "compiling": 8.0},
        "inputs": {"float32 F": layout},
        "two_threads": {"waiting": 1.98, "working": 1.412},
        "walk": {"63": 8.9, "4095": 0.84},
    }
    text = tables_of(RESULTS | {"ours": ours})
    assert "| compiled | 0.600 | 0.500 | 0.012 | 0.001 |" in text
    assert "| 9.0 | 1.0 | 8.0 |" in text
    assert "| leaves of a tree | 63 | 4095 |" in text
    assert "| a walk / a program | 8.90 | 0.84 |" in text
    assert "sharing nothing: waiting 1.98, working 1.41." in text
    assert "| float32 F | 500,000 | 1.00 | 1,000,000 | 1.00 | 1.0 | 2.0 |" in text


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_tables(readme, RESULTS)
    once = readme.read_text()
    assert once == f"before\n{BEGIN}\n\n{tables_of(RESULTS)}\n{END}\nafter\n"
    write_tables(readme, RESULTS)
    assert readme.read_text() == once


def test_a_file_without_markers_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("no markers\n")
    with pytest.raises(ValueError, match="each once"):
        write_tables(readme, RESULTS)
    assert readme.read_text() == "no markers\n"
