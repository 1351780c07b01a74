"""What a book says of the market: where rival offers are read, and what is assumed of them."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, model_validator

from engine.market_file import ANY_SEGMENT


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MarketColumns(_Config):
    """Names of columns in the table of offers or averages.

    ``rate`` and ``limit`` are ``average_rate`` and ``average_limit`` in a table of averages, unless
    named. Where ``weight`` is not named, offers without a column ``weight`` count one each.
    """

    sector: str = "sector"
    grade: str = "grade"
    rate: str | None = None
    limit: str | None = None
    weight: str | None = None


class RateKnots(_Config):
    """Rates at which the market is tabulated: ``steps`` steps from ``from`` to ``to``."""

    start: float = Field(alias="from")
    end: float = Field(alias="to")
    steps: int = Field(ge=1, le=2048)

    @model_validator(mode="after")
    def _ascend(self) -> RateKnots:
        if not self.start < self.end:
            raise ValueError(f"from ({self.start:g}) must be below to ({self.end:g})")
        return self


class MarketConfig(_Config):
    """``[market]``: rivals' offers one by one, or averages with an assumed dispersion.

    ``rivals``: probability of meeting 0, 1, 2, ... rivals. ``trade_off``: how much rate (0.01 is
    one point) one unit of ln(limit) is worth to a customer; ``trade_offs`` by segment.

    ``bandwidth`` (rate): every rival's rate is spread over half of it to either side, so that no
    edge of the market moves by more than it; see ``engine.fit.market.dominance``.

    With ``averages``: ``rate_spread`` (standard deviation of the rate), ``log_limit_spread`` (of
    ln(limit)) and ``correlation`` (of the two) are assumptions, the same for all sectors and
    grades.

    A cliff is at least ``cliff_width`` of rate with less than ``cliff_mass`` of the rivals, and at
    least ``cliff_side`` of them on either side.

    A grade with fewer offers than ``least_offers`` is refused; a sector with fewer in a grade is
    pooled under the name ``other`` there.
    """

    offers: str | None = None
    averages: str | None = None
    columns: MarketColumns = MarketColumns()
    rate_spread: float | None = Field(default=None, gt=0, le=0.5)
    log_limit_spread: float | None = Field(default=None, ge=0, le=5)
    correlation: float | None = Field(default=None, gt=-1, lt=1)
    rivals: tuple[NonNegativeFloat, ...] = (0.0, 0.0, 0.0, 1.0)
    trade_off: float = Field(default=0.005, ge=0, le=1)
    trade_offs: dict[str, float] = {}
    rates: RateKnots | None = None
    bandwidth: float = Field(default=0.0025, ge=0.0001, le=0.1)
    cliff_mass: float = Field(default=0.005, gt=0, lt=1)
    cliff_width: float = Field(default=0.01, gt=0, lt=1)
    cliff_side: float = Field(default=0.05, gt=0, lt=0.5)
    least_offers: int = Field(default=20, ge=1)
    file: str = Field(default="models/market.json", min_length=1)

    @model_validator(mode="after")
    def _one_source(self) -> MarketConfig:
        if (self.offers is None) == (self.averages is None):
            raise ValueError("give either offers or averages")
        if self.averages is not None:
            for name in ("rate_spread", "log_limit_spread"):
                if getattr(self, name) is None:
                    raise ValueError(f"averages carry no dispersion: {name} must be stated")
            return self
        for name in ("rate_spread", "log_limit_spread", "correlation"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name} is an assumption for averages; offers have their own")
        return self

    @model_validator(mode="after")
    def _probabilities(self) -> MarketConfig:
        if not math.isclose(total := math.fsum(self.rivals), 1.0, abs_tol=1e-9):
            raise ValueError(f"rivals must sum to 1, not {total:.9g}")
        return self

    @model_validator(mode="after")
    def _segments(self) -> MarketConfig:
        if ANY_SEGMENT in self.trade_offs:
            raise ValueError("trade_offs names segments; for all others set trade_off, not '*'")
        if wrong := [name for name, value in self.trade_offs.items() if not 0.0 <= value <= 1.0]:
            raise ValueError(f"trade_offs.{wrong[0]} must be in 0..1")
        return self

    @property
    def by_segment(self) -> dict[str, float]:
        """The trade-off of every segment that has a table; ``"*"`` first."""
        return {ANY_SEGMENT: self.trade_off, **self.trade_offs}
