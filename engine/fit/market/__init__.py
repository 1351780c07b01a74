"""The market: what rivals offer, and how often an offer beats them.

| module       | what it knows                                                        |
|--------------|----------------------------------------------------------------------|
| `table`      | the columns of offers or averages, checked                           |
| `rivals`     | the market of a grade as weighted points; small sectors are pooled   |
| `dispersion` | averages and an assumed spread, as such points                       |
| `dominance`  | F and win                                                            |
| `knots`      | where they are tabulated                                             |
| `cliffs`     | rates that nobody offers                                             |
| `joint`      | the picture of rates and limits by sector                            |
| `fitting`    | all of it, in order                                                  |
"""

from __future__ import annotations

from engine.fit.market.fitting import fit_market

__all__ = ["fit_market"]
