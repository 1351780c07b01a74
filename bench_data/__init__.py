"""Importers for real public data: each writes raw tables and a complete ``book.toml``.

``python -m bench_data taiwan DIR``, ``python -m bench_data berka DIR``; ``python -m bench_data
measure`` prints the figures of ``README.md``. The data themselves are not part of the repository.
"""
