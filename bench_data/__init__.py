"""Importers for real public data, and files with the layout of two competitions at any scale.

An importer writes raw tables and a complete ``book.toml``: ``python -m bench_data taiwan DIR``,
``berka DIR``; a generator needs no data: ``amex DIR``, ``home-credit DIR``; ``measure`` prints the
figures of ``README.md``. No data are part of the repository.
"""
