"""Ranks within a month over all customers, which no chunk can see alone.

```
chunk ──block──▶ its columns ──counts──▶ how often each month has which small whole number
                           └──spill──▶ two files per table: other values, and values to be ranked
month by month over all chunks ──month──▶ sorted, or range of values by range ──▶ ranks, in place
chunk ◀── its ranks
```
"""

from engine.aggregate.cross_section.sections import CrossSections

__all__ = ["CrossSections"]
