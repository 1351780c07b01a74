"""What ``nightbook run --dry-run`` prints."""

from __future__ import annotations

from pathlib import Path

from engine.cli.display import print_json, print_table
from engine.plan import Plan, TablePlan, make_plan


def show_plan(book: Path, *, out: Path | None, chunk_customers: int | None, json: bool) -> int:
    """Prints the plan as a table, or as one JSON object."""
    plan = make_plan(book, out=out, chunk_customers=chunk_customers)
    if json:
        print_json(plan._asdict() | {"tables": [table._asdict() for table in plan.tables]})
    else:
        _print_plan(plan)
    return 0


def _print_plan(plan: Plan) -> None:
    if plan.preset:
        given = {key: value for key, value in plan.preset.items() if key != "name"}
        print_table(f"preset {plan.preset['name']}", given)
    chosen = ", chosen by size" if plan.chosen else ""
    for table in plan.tables:
        print_table(f"table {table.table} ({table.role})", _table_rows(table))
    for model in plan.models:
        print_table(f"model {model['model']}", {k: v for k, v in model.items() if k != "model"})
    print_table(
        "run",
        {
            "customers": f"{plan.customers:,}",
            "chunks": f"{plan.chunks:,} of {plan.chunk_customers:,} customers{chosen}",
            "aggregates": f"{plan.aggregates:,} of {plan.aggregates_of:,} are computed",
            "features": f"{plan.features:,}",
            **({"fee income": ", ".join(plan.fee_income)} if plan.fee_income else {}),
            "tables not read": ", ".join(plan.not_read) or "none",
            "memory": f"about {plan.memory_bytes / 2**20:,.0f} MiB",
            "output": plan.output,
        },
    )


def _table_rows(table: TablePlan) -> dict[str, object]:
    rows: dict[str, object] = {
        "files": _shortened(table.files),
        "rows": f"{table.rows:,}",
        "order": table.order,
        "reads": ", ".join(table.reads),
        "does not read": ", ".join(table.does_not_read) or "nothing",
    }
    if table.aggregates_of:
        rows["aggregates"] = f"{table.aggregates:,} of {table.aggregates_of:,} are computed"
    return rows


def _shortened(files: list[str]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} ... {files[-1]} ({len(files)} files)"
