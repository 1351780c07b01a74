"""``nightbook strategy sql | diff | groups``: what a strategy is, changes, and does to groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from engine.strategy_tools import DiffResult

_TOP = 10
"""Changes that are printed; ``--json`` has all."""


def sql(
    strategy: Path,
    /,
    *,
    table: str = "run",
    book: Path | None = None,
    key: str | None = None,
    caps: bool | None = None,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Writes a strategy as a SELECT of DuckDB: grade, rate, limit and approval of every customer.

    The offers are those of `nightbook run` with this strategy. With a book whose take-up is
    logistic and whose economics are of mode "source", also what they are expected to bring.

    Parameters
    ----------
    strategy:
        The strategy's file, as `nightbook optimise` writes it.
    table:
        What to select from: a table or view, or a .parquet path or glob of a published run. It has
        the columns segment, pd and knock_out, and limit_cap where the book has caps.
    book:
        The book.toml: says the key and whether there are caps, and prices the offers.
    key:
        The customers' column; without a book and a key, all columns that no offer changes are
        passed on.
    caps:
        Whether the table has limit_cap; default: as the book says, without a book it has.
    output:
        Where the SQL goes; default: stdout.
    """
    from engine.strategy_tools import strategy_sql, write_sql

    text = strategy_sql(strategy, book=book, table=table, key=key, caps=caps)
    if output is None:
        print(text)
    else:
        write_sql(text, output)
    return 0


def diff(
    book: Path,
    a: Path,
    b: Path,
    /,
    *,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """What strategy B changes against A for the customers of the published run.

    Who gains and who loses approval, what each of these sets of customers brings under either
    strategy, and the segments and risk grades in which an offer changes.

    Parameters
    ----------
    book:
        The book.toml.
    a:
        A strategy's file, or the word today for the offers of the run itself.
    b:
        The other one, likewise.
    out:
        Folder of the published run; default: the book's output folder.
    json:
        One JSON object on stdout, all else on stderr.
    """
    from engine.cli.display import print_json
    from engine.strategy_tools import strategy_diff

    result = strategy_diff(book, a, b, out=out)
    if json:
        print_json(result._asdict())
    else:
        _print_diff(result)
    return 0


def groups(
    book: Path,
    strategy: Path,
    /,
    *,
    out: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Approval and rates of the book's groups beside each other, at equal PD.

    Parameters
    ----------
    book:
        The book.toml; its strategy.group names the column with the groups.
    strategy:
        A strategy's file, or the word today for the offers of the run itself.
    out:
        Folder of the published run; default: the book's output folder.
    json:
        One JSON object on stdout, all else on stderr.
    """
    from engine.cli.display import print_json, print_table, print_warnings
    from engine.strategy_tools import strategy_groups

    result = strategy_groups(book, strategy, out=out)
    if json:
        print_json(result._asdict())
        return 0
    for pair in result.pairs:
        print_table(f"{' and '.join(pair['groups'])}, at equal PD", _pair(pair))
    print_warnings(result.notes)
    return 0


def _pair(pair: dict[str, Any]) -> dict[str, object]:
    both = {
        "customers": [f"{n:,}" for n in pair["customers"]],
        "approval rate": [f"{rate:.2%}" for rate in pair["approval_rate"]],
        "average rate": [_share(rate) for rate in pair["average_rate"]],
    }
    ratio = pair["approval_ratio"]
    return {
        **{name: " and ".join(values) for name, values in both.items()},
        "approval ratio": "of nothing" if ratio is None else f"{ratio:.4f}",
        "rate difference": _share(pair["rate_difference"]),
    }


def _share(value: float | None) -> str:
    return "of nobody" if value is None else f"{value:.2%}"


def _print_diff(result: DiffResult) -> None:
    from engine.cli.display import print_table, print_warnings

    names = {
        "both": "approved by both",
        "only_b": "gain approval",
        "only_a": "lose approval",
        "neither": "approved by neither",
        "knocked_out": "knocked out",
    }
    rows = {shown: _set(result.sets[name]) for name, shown in names.items()}
    total = {side: _brings(result.total[side]) for side in ("a", "b")}
    rows |= {f"all, {result.a}": total["a"], f"all, {result.b}": total["b"]}
    rows["difference"] = _brings(result.total["difference"])
    print_table(f"from {result.a} to {result.b}, run {result.run_id}, {result.currency}", rows)
    for cell in result.cells[:_TOP]:
        print(f"  {_change(cell)}")
    rest = max(len(result.cells) - _TOP, 0)
    print(f"  and {rest} smaller changes; {result.unchanged_cells} cells do not change")
    print_warnings(result.notes)


def _set(found: dict[str, Any]) -> str:
    customers = f"{found['customers']:9,} customers"
    if found["mean_pd"] is None or not (found["a"]["approved"] or found["b"]["approved"]):
        return customers
    sides = [f"{_brings(found[side])}" for side in ("a", "b") if found[side]["approved"]]
    return f"{customers}, mean PD {found['mean_pd']:.2%}: {' -> '.join(sides)}"


def _brings(side: dict[str, Any]) -> str:
    amounts = ("expected_profit", "expected_loss", "exposure")
    return ", ".join(f"{name.removeprefix('expected_')} {side[name]:,.0f}" for name in amounts)


def _change(cell: dict[str, Any]) -> str:
    low = "0" if cell["pd_above"] is None else f"{cell['pd_above']:.4g}"
    high = "1" if cell["pd_up_to"] is None else f"{cell['pd_up_to']:.4g}"
    offers = " -> ".join(_average(cell[side]) for side in ("a", "b"))
    profit = cell["difference"]["expected_profit"]
    return (
        f"{cell['segment']} PD {low} to {high}: {offers}, {cell['changed']:,} of "
        f"{cell['customers']:,} customers, profit {profit:+,.0f}"
    )


def _average(side: dict[str, Any]) -> str:
    if not side["approved"]:
        return f"{side['grade']} declined"
    return f"{side['grade']} {side['rate']:.2%} {side['limit']:,.0f}"
