"""The pictures of a scorecard hold what the figures say, whatever the customers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from plot_cases import SVG, drawn_at_random, marks, root_of, shown, vertices, words

from engine.errors import BookError, DataError
from engine.fit.scorecard.plots import PICTURES, OddsRatio, draw_plots, require_plots
from engine.fit.scorecard.plots.canvas import draw_svg
from engine.fit.scorecard.plots.separation import MOST_OF_A_CLASS
from engine.metrics import auc, ks

SOME = drawn_at_random(400)


@pytest.fixture(scope="module")
def some() -> dict[str, bytes]:
    return draw_plots(SOME)


def test_every_picture_is_svg_with_a_title_and_a_description(some: dict[str, bytes]) -> None:
    assert list(some) == list(PICTURES)
    for name, svg in some.items():
        root = root_of(svg)
        assert root.tag == f"{SVG}svg", name
        assert root.get("role") == "img", name
        assert root.findtext(f"{SVG}title"), name
        assert root.findtext(f"{SVG}desc"), name


@pytest.mark.slow
def test_same_customers_same_bytes(some: dict[str, bytes]) -> None:
    """In another process, whose user has a style of their own, too."""
    names = ["separation.svg", "odds_ratios.svg"]
    program = (
        f"import sys, matplotlib; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "matplotlib.rcParams['lines.linewidth'] = 5\n"
        "from plot_cases import drawn_at_random\n"
        "from engine.fit.scorecard.plots import PICTURES\n"
        "from engine.fit.scorecard.plots.canvas import draw_svg\n"
        f"svgs = [draw_svg(PICTURES[name], drawn_at_random(400)) for name in {names}]\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert matplotlib.rcParams['lines.linewidth'] == 5\n"
        "sys.stdout.buffer.write(b''.join(svgs))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"".join(some[name] for name in names)


def test_marked_errors_are_those_of_the_classification_table(some: dict[str, bytes]) -> None:
    taken_for_bad = SOME.probability >= SOME.cut_off
    good, bad = SOME.event == 0, SOME.event == 1
    separation = some["separation.svg"]
    assert marks(separation, "dots-good") == good.sum()
    assert marks(separation, "dots-bad") == bad.sum()
    assert marks(separation, "errors-good") == (good & taken_for_bad).sum() > 0
    assert marks(separation, "errors-bad") == (bad & ~taken_for_bad).sum() > 0
    assert f"{(good & taken_for_bad).sum()} of {good.sum()} good" in words(separation)


def test_a_customer_at_the_cut_off_counts_as_the_event() -> None:
    at = shown(np.array([0.0, 0.0]), np.array([0, 1]))
    separation = draw_svg(PICTURES["separation.svg"], at)
    assert (marks(separation, "errors-good"), marks(separation, "errors-bad")) == (1, 0)


def test_event_good_swaps_the_names() -> None:
    good = SOME._replace(predicts="good")
    separation = draw_svg(PICTURES["separation.svg"], good)
    assert marks(separation, "dots-good") == (SOME.event == 1).sum()
    assert "log odds of good" in words(separation)


def test_figures_are_those_of_the_metrics() -> None:
    weighted = SOME._replace(weights=np.random.default_rng(3).integers(0, 4, 400).astype(float))
    asked = (weighted.z, weighted.event, weighted.weights)
    roc = draw_svg(PICTURES["roc.svg"], weighted)
    assert f"AUC {auc(*asked):.4f}" in words(roc)
    assert f"K-S {ks(*asked):.4f}" in words(draw_svg(PICTURES["ks.svg"], weighted))
    way = vertices(roc, "roc")  # y grows downwards in SVG
    across, up = np.ptp(way[:, 0]), np.ptp(way[:, 1])
    area = np.trapezoid(np.abs(way[:, 1] - way[0, 1].max()), way[:, 0])
    corner = across * up - abs(area) if way[0, 0] > way[-1, 0] else abs(area)
    assert corner / (across * up) == pytest.approx(auc(*asked), abs=0.003)


def test_calibration_says_how_many_are_in_a_bin(some: dict[str, bytes]) -> None:
    text = words(some["calibration.svg"])
    assert text.count("40 customers, expected") == 10
    assert text.count("\n40\n") == 10  # under the bars
    assert marks(some["calibration.svg"], "expected") == 10


def test_odds_ratios_lie_within_their_intervals(some: dict[str, bytes]) -> None:
    svg = some["odds_ratios.svg"]
    assert "utilisation <1>" in words(svg)
    assert "age & tenure" in words(svg)
    assert "1.8 (1.4 to 2.3)" in words(svg)
    one, two = (vertices(svg, f"interval-{line}")[:, 0] for line in (0, 1))
    unit = np.ptp(one) / np.log(2.3 / 1.4)  # a logarithmic axis
    assert np.ptp(two) / np.log(1.2 / 0.5) == pytest.approx(unit, rel=1e-4)


def test_odds_ratios_without_end() -> None:
    """Separated classes, a standard error that is not known, more features than are readable."""
    none, inf = float("nan"), float("inf")
    some = [OddsRatio("a", 9e99, 0.0, inf), OddsRatio("b", 1.2, none, none)]
    many = [OddsRatio(f"f{n}", 1.5, 1.4, 1.6) for n in range(100)]
    svg = draw_svg(PICTURES["odds_ratios.svg"], SOME._replace(odds_ratios=tuple(some + many)))
    assert "42 nearest to 1 left out" in words(svg)
    assert len(svg) < 300_000


@pytest.mark.parametrize(
    ("z", "cut_off"),
    [([-1.0, 1.0], 0.5), ([0.3, 0.3], 0.5), ([-300.0, 300.0], 0.0), ([-1.0, 1.0], 1.0)],
    ids=["no error", "constant score", "everyone above the cut-off", "everyone below"],
)
def test_one_customer_per_class(z: list[float], cut_off: float) -> None:
    """And no feature: without odds ratios there is no picture of them."""
    drawn = draw_plots(shown(np.array(z), np.array([0, 1]), cut_off, odds_ratios=()))
    assert drawn.keys() == PICTURES.keys() - {"odds_ratios.svg"}
    for svg in drawn.values():
        assert root_of(svg).tag == f"{SVG}svg"


def test_many_customers_are_thinned() -> None:
    many = drawn_at_random(60_000)
    drawn = {name: draw_svg(draw, many) for name, draw in PICTURES.items()}
    assert max(len(svg) for svg in drawn.values()) < 300_000
    separation = drawn["separation.svg"]
    assert marks(separation, "dots-good") == marks(separation, "dots-bad") == MOST_OF_A_CLASS
    bad = many.event == 1
    share = (many.wrong & bad).sum() / bad.sum()
    assert marks(separation, "errors-bad") / MOST_OF_A_CLASS == pytest.approx(share, abs=0.01)
    assert f"at most {MOST_OF_A_CLASS} of each class" in words(separation)
    assert f"K-S {ks(many.z, many.event):.4f}" in words(drawn["ks.svg"])


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match=r"held-out part has no bad customer .*rows 3"):
        draw_plots(shown(np.zeros(3), np.zeros(3)))
    weightless = SOME._replace(weights=SOME.event)
    with pytest.raises(DataError, match="no good customer with weight"):
        draw_plots(weightless)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (require_plots, lambda: draw_plots(SOME)):
        with pytest.raises(BookError, match=r"needs matplotlib.*pip install nightbook\[plots\]"):
            call()
