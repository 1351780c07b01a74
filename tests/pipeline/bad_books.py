"""What can be wrong with a book and its models: exit code and what the message names."""

from __future__ import annotations

from damage import Case, card, data, toml

BOOK_CASES = [
    Case(
        "TOML typo",
        "parquet",
        toml("lgd =", "lgdd ="),
        78,
        ("economics.lgdd", "did you mean 'lgd'"),
    ),
    Case("not TOML", "parquet", toml("[models.pd]", "[models.pd"), 78, ("not TOML", "line")),
    Case(
        "not UTF-8 TOML",
        "parquet",
        data("book.toml", lambda all_: all_ + b"#\xff"),
        78,
        ("not TOML",),
    ),
    Case("wrong value", "parquet", toml("lgd = 0.5", "lgd = 1.5"), 78, ("economics.lgd",)),
    Case("no such section", "parquet", toml("[take_up]", "[takeup]"), 78, ("takeup", "take_up")),
    Case(
        "unknown suffix", "parquet", toml("raw/customers-*.parquet", "book.toml"), 78, (".parquet",)
    ),
    Case(
        "pin", "parquet", toml("floor =", f'sha256 = "{"0" * 64}"\nfloor ='), 78, ("pd", "sha256")
    ),
    Case(
        "a feature that is not made",
        "parquet",
        card(features=[{"name": "balance__meen", "coefficient": 1.0}]),
        78,
        ("models.pd", "pd.json", "balance__meen", "did you mean 'balance__mean'"),
    ),
    Case(
        "broken model", "parquet", data("models/pd.json", lambda all_: all_[:-9]), 78, ("pd.json",)
    ),
    Case("empty model", "parquet", data("models/pd.json", lambda _: b""), 78, ("pd.json", "empty")),
    Case(
        "pickle",
        "parquet",
        data("models/pd.json", lambda _: b"\x80\x04."),
        78,
        ("pd.json", "pickle"),
    ),
    Case(
        "LightGBM cut",
        "parquet",
        data("models/pd.json", lambda _: b"tree\nversion=v4\n"),
        78,
        ("pd.json",),
    ),
    Case("NaN in a card", "parquet", card(intercept=float("nan")), 78, ("pd.json", "NaN")),
    Case(
        "recipe of no column",
        "parquet",
        toml('columns = ["balance",', 'columns = ["balances",'),
        78,
        ("statements", "balances", "did you mean 'balance'"),
    ),
    Case("cap of nothing", "parquet", toml('["income_cap"]', '["incomecap"]'), 78, ("incomecap",)),
    Case("rule of nothing", "parquet", toml('"arrears > 60"', '"arrear > 60"'), 78, ("arrear",)),
    Case("rule is no SQL", "parquet", toml('"arrears > 60"', '"arrears >"'), 78, ("overdue",)),
    Case(
        "derived of nothing",
        "parquet",
        toml("(income, 9000)", "(incom, 9000)"),
        78,
        ("income_cap", "incom"),
    ),
    Case(
        "feature of nothing",
        "parquet",
        toml("/ (balance__sum", "/ (balance__s"),
        78,
        ("payment_share",),
    ),
    Case(
        "feature of text", "parquet", toml("/ (balance__sum", "/ (segment"), 78, ("payment_share",)
    ),
    Case(
        "segment of nothing",
        "parquet",
        toml('segment = "segment"', 'segment = "seg"'),
        78,
        ("seg",),
    ),
    Case("no model", "parquet", toml('predicts = "pd"', 'predicts = "x"'), 78, ("models", "'pd'")),
]
