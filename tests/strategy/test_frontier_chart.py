"""The frontier as SVG: well-formed, complete, named."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from engine.strategy.what_if.chart import frontier_svg

SVG = "{http://www.w3.org/2000/svg}"


def point(cap: float, profit: float | None, **more: Any) -> dict[str, Any]:
    base = {"cap": cap, "expected_profit": profit, "gap": 1e-4, "status": "optimal", "reason": None}
    return base | more


def found(points: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    today = {"expected_profit": 80.0, "value": 0.02, **changes.pop("today", {})}
    made = {"constraint": "bad_rate_balance", "side": "max", "basis": "taken_up"}
    return {**made, "points": points, "today": today, **changes}


def drawn(what: dict[str, Any], book: str = "small") -> ElementTree.Element:
    return ElementTree.fromstring(frontier_svg(what, book=book, currency="EUR"))


def words(svg: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


CURVE = [
    point(0.005, None, status="infeasible", reason="'min_volume' & <others>"),
    point(0.01, 50.0),
    point(0.03, 120.0),
]


def test_what_a_reader_sees() -> None:
    svg = drawn(found(CURVE))
    assert len(list(svg.iter(f"{SVG}circle"))) == 2
    texts = words(svg)
    assert "expected profit, EUR" in texts
    assert "today's offers" in texts
    assert "bad_rate_balance allowed, at most (taken up)" in texts
    assert "x: infeasible" in texts
    assert "1 %" in texts
    assert "120" in texts


def test_what_a_reader_hears() -> None:
    svg = drawn(found(CURVE))
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "title desc"
    title, told = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "small: expected profit against bad_rate_balance"
    assert told is not None
    assert told.text == (
        "2 caps on bad_rate_balance with a strategy, 1 without. At 1 % expected profit is 50 EUR. "
        "At 3 % expected profit is 120 EUR. The largest gap to the upper bound is 0.0100%. "
        "Today's offers bring 80 EUR at 2 %."
    )


def test_places_are_in_proportion() -> None:
    """Circles at caps of 1 and 3 %, today's diamond half way."""
    svg = drawn(found(CURVE))
    (x1, y1), (x2, y2) = (
        (float(c.attrib["cx"]), float(c.attrib["cy"])) for c in svg.iter(f"{SVG}circle")
    )
    (diamond,) = (p.attrib["d"] for p in svg.iter(f"{SVG}path") if "z" in p.attrib["d"])
    x, y = map(float, diamond[1:].split("l")[0].split())
    assert x == pytest.approx((x1 + x2) / 2, abs=0.11)
    assert (y1 - (y + 7)) / (y1 - y2) == pytest.approx(30 / 70, abs=0.01)


@pytest.mark.parametrize(
    "what",
    [
        found([point(0.01, 50.0)]),
        found([point(0.01, None, status="undecided", reason="time")]),
        found([point(0.0, 0.0)], today={"expected_profit": 0.0, "value": 0.0}),
        found([point(1e6, -5.0), point(2e6, 3e9)], constraint="min_volume", side="min"),
        found(CURVE, today={"value": None}),
        found([point(0.01, 50.0), point(0.01 + 1e-12, 50.0)]),
    ],
)
def test_everything_lies_within_the_picture(what: dict[str, Any]) -> None:
    svg = drawn(what)
    for element in svg.iter():
        for key in ("cx", "x"):
            assert 0.0 <= float(element.attrib.get(key, 0.0)) <= 760.0
        for key in ("cy", "y"):
            assert 0.0 <= float(element.attrib.get(key, 0.0)) <= 460.0
    assert 3 <= len([text for text in words(svg) if text[:1].isdigit() or text[:1] == "-"]) <= 26


def test_amounts_are_in_the_currency() -> None:
    svg = drawn(found([point(1e6, 5.0)], constraint="min_volume", side="min"))
    assert "min_volume allowed, at least (taken up, EUR)" in words(svg)


def test_names_are_no_markup() -> None:
    assert "<b>" in (drawn(found(CURVE), book="<b> & co").find(f"{SVG}title").text or "")
