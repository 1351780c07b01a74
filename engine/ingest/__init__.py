"""Ingest: raw tables to contract-checked batches of whole customers."""

from engine.ingest.aside import set_aside
from engine.ingest.batches import AsOf, Batch, RowCounts, read_batch
from engine.ingest.chunks import Chunk, plan_chunks
from engine.ingest.config import ColumnConfig, CsvConfig, IngestConfig, TableConfig
from engine.ingest.grouping import role_of
from engine.ingest.limits import Limits
from engine.ingest.prepare import prepare, read_lookups
from engine.ingest.sources import Source, find_source, identity
from engine.ingest.survey import TableSurvey, survey
from engine.ingest.table import Table

__all__ = [
    "AsOf",
    "Batch",
    "Chunk",
    "ColumnConfig",
    "CsvConfig",
    "IngestConfig",
    "Limits",
    "RowCounts",
    "Source",
    "Table",
    "TableConfig",
    "TableSurvey",
    "find_source",
    "identity",
    "plan_chunks",
    "prepare",
    "read_batch",
    "read_lookups",
    "role_of",
    "set_aside",
    "survey",
]
