"""Publish: parts, manifest, CURRENT; nothing is ever half done.

Start with ``run_directory``, the commit protocol. Below it:

| module         | what it knows                                                        |
|----------------|----------------------------------------------------------------------|
| `current`      | which runs an output folder holds, which one counts                   |
| `parts`        | a chunk on disk: part, sidecars, chunk manifest                       |
| `assembly`     | from finished chunks to the manifest of the run                       |
| `content_hash` | one hash over the rows, whatever the chunks; `keys`, `columns` below it |
| `verification` | a published run against its manifest; `totals` below it               |
| `lock`         | one run at a time                                                     |
| `records`      | what the JSON files hold                                              |
| `frames`       | frames as Parquet bytes and back                                      |
| `files`        | durable writes; `disk` is the seam where tests fail the N-th call     |
"""

from __future__ import annotations

from engine.publish.config import OutputConfig
from engine.publish.current import current_run
from engine.publish.files import make_folder, write_durably
from engine.publish.records import to_json
from engine.publish.run_directory import RunDirectory, open_run
from engine.publish.verification import verify

__all__ = [
    "OutputConfig",
    "RunDirectory",
    "current_run",
    "make_folder",
    "open_run",
    "to_json",
    "verify",
    "write_durably",
]
