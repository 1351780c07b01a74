"""Files that belong together, such as a model and its calibrator, replaced together."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from engine.publish import make_folder, write_durably
from engine.scratch import writing


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Writes all files beside the old ones and then renames them: none is left with another's.

    Raises OutputError; the old files stay then, unless it comes between two renames.
    """
    new = {path: path.with_name(f"{path.name}.new") for path in contents}
    try:
        for path, content in contents.items():
            make_folder(path.parent)
            write_durably(new[path], content)
        for path in contents:
            with writing(path):
                new[path].replace(path)
    finally:
        for path in new.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
