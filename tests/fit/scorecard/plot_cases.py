"""Customers to draw, and what an SVG holds."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from engine.fit.scorecard.plots import OddsRatio, Shown

SVG = "{http://www.w3.org/2000/svg}"
ODDS = (OddsRatio("utilisation <1>", 1.8, 1.4, 2.3), OddsRatio("age & tenure", 0.7, 0.5, 1.2))


def shown(z: np.ndarray, event: np.ndarray, cut_off: float = 0.5, **changes: object) -> Shown:
    """Customers of weight 1 whose probability follows from z."""
    z, event = np.asarray(z, dtype=np.float64), np.asarray(event, dtype=np.float64)
    probability = 1.0 / (1.0 + np.exp(-z))
    whole = Shown(z, probability, event, np.ones(len(z)), cut_off, ODDS, "held-out", "bad")
    return whole._replace(**changes)


def drawn_at_random(size: int, seed: int = 7) -> Shown:
    """Log odds around -1, and what came of them."""
    random = np.random.default_rng(seed)
    z = random.normal(-1.0, 1.5, size)
    return shown(z, random.random(size) < 1.0 / (1.0 + np.exp(-z)), 0.4)


def root_of(svg: bytes) -> ElementTree.Element:
    """The parsed picture; a picture that is no XML fails here."""
    return ElementTree.fromstring(svg)


def group(svg: bytes, name: str) -> ElementTree.Element:
    """The one element of that id."""
    (found,) = [e for e in root_of(svg).iter() if e.get("id") == name]
    return found


def marks(svg: bytes, name: str) -> int:
    """How many marks the group ``name`` draws."""
    return len(list(group(svg, name).iter(f"{SVG}use")))


def words(svg: bytes) -> str:
    """All text of a picture."""
    return "\n".join(root_of(svg).itertext())


def vertices(svg: bytes, name: str) -> np.ndarray:
    """Points of the first path of the group ``name``, (n, 2), in units of the picture."""
    path = next(group(svg, name).iter(f"{SVG}path"))
    numbers = [float(word) for word in path.get("d", "").split() if word not in "MLz"]
    return np.reshape(numbers, (-1, 2))
