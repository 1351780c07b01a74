"""What a book says of its output."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class OutputConfig(BaseModel):
    """``dir`` is relative to the book; a chunk is so many whole customers, the unit of resume.

    Without ``chunk_customers`` the size is chosen from that of the tables (``engine.chunk_size``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dir: str = Field(default="out", min_length=1)
    chunk_customers: int | None = Field(default=None, ge=1)
