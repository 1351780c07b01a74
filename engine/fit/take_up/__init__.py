"""The model of take-up: how keen a customer is, and what the market makes of an offer.

``fitting`` is the way through; ``history`` checks what comes in, ``overlap`` says whether it can
tell what a price does, ``slope`` what it does, ``models`` fits the candidates, ``judging`` compares
them; ``boosting``, ``crossed`` and ``linear`` are what they are fitted with.
"""

from __future__ import annotations

from engine.fit.take_up.fitting import FittedTakeUp, fit_take_up
from engine.fit.take_up.history import WinFunction

__all__ = ["FittedTakeUp", "WinFunction", "fit_take_up"]
