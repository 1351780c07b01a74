"""The truth of the fee book is what its draws say."""

from __future__ import annotations

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from engine.errors import BookError
from engine.synth.blocks import BLOCK, Block, Stream
from engine.synth.card_fees import GOOD_INCOME, draw_sample
from engine.synth.card_fees.charges import Uses, draw_uses, outcome_income
from engine.synth.card_fees.holders import YEAR, Holders, draw_holders
from engine.synth.card_fees.operations import AFTER, draw_known, draw_later
from engine.synth.card_fees.truth import bayes_rule, published_rule
from engine.synth.fee_good import COEFFICIENTS


@pytest.fixture(scope="module")
def holders() -> Holders:
    return draw_holders(Block(5, 0, BLOCK))


def test_bayes_rule_is_the_share_of_drawn_years_that_are_good(holders: Holders) -> None:
    """200 years for each customer: the mean of the squared standardised errors is 1."""
    rng = np.random.default_rng(0)
    years = [outcome_income(holders, draw_uses(rng, holders)) >= GOOD_INCOME for _ in range(200)]
    p = bayes_rule(holders)
    assert ((p >= 0) & (p <= 1)).all()
    share = np.mean(years, axis=0)
    open_ = (p > 0.02) & (p < 0.98)
    assert open_.sum() > 5_000
    z = (share - p)[open_] / np.sqrt((p * (1 - p))[open_] / 200)
    assert np.mean(z**2) == pytest.approx(1.0, abs=0.1)
    assert np.mean(z) == pytest.approx(0.0, abs=0.05)
    assert share.mean() == pytest.approx(p.mean(), abs=0.002)


def test_operations_go_on_after_the_review_as_before(holders: Holders) -> None:
    """At each customer's own rate and mean amount, on both sides."""
    rng = Block(5, 0, BLOCK).generator(Stream.CARD_OPERATIONS)
    before, after = draw_known(rng, holders), draw_later(rng, holders)
    known = np.minimum(holders.tenure_days, YEAR)
    for drawn, days in ((before, known), (after, np.full(BLOCK, AFTER))):
        assert len(drawn.owner) == pytest.approx((holders.rate * days).sum(), rel=0.01)
        relative = drawn.amount / holders.amount[drawn.owner]
        assert relative.mean() == pytest.approx(1.0, abs=0.005)
        assert relative.std() == pytest.approx(0.5, abs=0.01)
        counts = np.bincount(drawn.owner, minlength=BLOCK)
        z = (counts - holders.rate * days) / np.sqrt(holders.rate * days)
        assert z.std() == pytest.approx(1.0, abs=0.04)


def test_income_by_hand(holders: Holders) -> None:
    used = np.zeros((BLOCK, 3), np.int64)
    used[0] = (2, 1, 3)
    income = outcome_income(holders, Uses(used, used, used))
    products, sms = holders.products, holders.sms_banking
    assert income[0] == products[0] * 1_500 + sms[0] * 1_200 + 2 * 400 + 200 + 3 * 500
    assert (income[1:] == products[1:] * 1_500 + sms[1:] * 1_200).all()


def test_two_in_five_are_good_by_either_label() -> None:
    sample = draw_sample(20_000, seed=2)
    assert sample.good.mean() == pytest.approx(0.40, abs=0.02)
    assert sample.published.mean() == pytest.approx(0.38, abs=0.02)
    assert ((sample.fee_income >= GOOD_INCOME) == (sample.good == 1)).all()
    assert sample.published.mean() == pytest.approx(
        published_rule(sample.features).mean(), abs=0.01
    )


def test_published_rule_by_hand() -> None:
    features = draw_sample(5, seed=1).features
    row = features.row(2, named=True)
    z = 0.043446277 + sum(row[name] * value for name, value in COEFFICIENTS.items())
    assert published_rule(features)[2] == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-12)


def test_a_smaller_sample_is_the_beginning_of_a_larger_one() -> None:
    small, large = draw_sample(30, seed=4), draw_sample(9_000, seed=4)
    assert_frame_equal(small.features, large.features.head(30))
    for name in ("fee_income", "good", "probability", "published"):
        assert (getattr(small, name) == getattr(large, name)[:30]).all(), name
    assert len(large.good) == 9_000 == large.features["customer_id"].n_unique()
    assert not draw_sample(30, seed=5).features.equals(small.features)


@pytest.mark.parametrize(("customers", "seed"), [(0, 1), (5, -1)])
def test_what_makes_no_sample_is_refused(customers: int, seed: int) -> None:
    with pytest.raises(BookError, match=f"not {customers} and {seed}"):
        draw_sample(customers, seed=seed)
