"""Ranks over all customers, which no chunk can see alone: a pass over all chunks before the others.

It ranks the same rows that the second pass aggregates: what breaks the contract or was not known at
the as-of date is in neither.
"""

from __future__ import annotations

from pathlib import Path

from engine.aggregate import event_rows
from engine.aggregate.cross_section import CrossSections
from engine.chunk_work import Chunked, event_tables, read_ahead
from engine.progress import Progress
from engine.scratch import empty_folder


def ranked(data: Chunked, work: Path, *, threads: int, progress: Progress) -> Chunked:
    """``data`` with its ranks, or as it is where no feature that is needed is a rank over all.

    Raises
    ------
    OutputError
        The intermediate files below ``work`` cannot be written.
    """
    features = data.needs.cross_sectional
    if not features:
        return data
    events = {event.name: event for event in event_tables(data.needs.only(features))}
    dates = {name: str(event.date) for name, event in events.items()}
    folder = empty_folder(work / "ranks")
    sections = CrossSections(folder, features, key=data.needs.key, dates=dates)
    rows = sum(data.tables[name].rows for name in sections.tables)
    progress.note(f"ranks within months: a first pass over {rows:,} rows")
    for chunk, batch in read_ahead(data, data.chunks):
        for name in sections.tables:
            shaped = event_rows(batch.tables[name], events[name], data.lookups)
            sections.add(chunk.number, name, shaped, threads=threads)
            del shaped
        del batch  # before the next but one is read
    sections.finish(threads=threads)
    return data._replace(sections=sections)
