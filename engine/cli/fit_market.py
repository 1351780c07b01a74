"""``nightbook fit market BOOK.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from engine.market_training import MarketResult


def market(
    book: Path,
    /,
    *,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Fits how often an offer beats its rivals, and writes it beside the book.

    Who the rivals are is the book's [market]: a table of their offers, or published averages with a
    stated dispersion. Shows the rates they offer and the rate cliffs between them.

    Parameters
    ----------
    book:
        The book.toml.
    json:
        One JSON object on stdout, all else on stderr.
    """
    from engine.cli.display import print_json
    from engine.market_training import train_market

    result = train_market(book)
    if json:
        print_json(result._asdict())
    else:
        print_market(result)
    return 0


def print_market(result: MarketResult) -> None:
    """Sectors, rates and limits by grade, cliffs, and where the file is."""
    from engine.cli.display import print_table

    found = result.summary
    print_table("fitted market", {"from": found["source"], "file": result.file})
    for grade, support in found["support"].items():
        print_table(f"grade {grade}", _grade_rows(found, grade, support))
    if not found["cliffs"]:
        print("no cliffs")


def _grade_rows(found: dict[str, Any], grade: str, support: dict[str, Any]) -> dict[str, object]:
    (rate_lo, rate_hi), (limit_lo, limit_hi) = support["rate"], support["limit"]
    rows: dict[str, object] = {
        "rates": f"{rate_lo:.2%} .. {rate_hi:.2%}",
        "limits": f"{limit_lo:,.0f} .. {limit_hi:,.0f}",
    }
    for sector in found["sectors"]:
        if sector["grade"] == grade:
            rows[f"sector {sector['sector']}"] = (
                f"{sector['weight']:.1%} of rivals, on average {sector['average_rate']:.2%} "
                f"and {sector['average_limit']:,.0f}"
            )
    if pooled := found["counts"]["grades"][grade]["pooled_sectors"]:
        rows["pooled as other"] = ", ".join(pooled)
    for number, cliff in enumerate((c for c in found["cliffs"] if c["grade"] == grade), 1):
        rows[f"cliff {number}"] = (
            f"{cliff['from']:.3%} .. {cliff['to']:.3%}, above {cliff['sector_below']}, "
            f"below {cliff['sector_above']}, {cliff['mass']:.2%} of rivals in it"
        )
    return rows
