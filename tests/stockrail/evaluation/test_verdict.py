"""What a verdict says, and where its words change."""

import math

import numpy as np
import pytest

from stockrail.evaluation.paired import PairedDifference, paired_difference
from stockrail.evaluation.verdict import Verdict, overall, verdict


def _verdict(lower: float, upper: float, base: float = 1000.0) -> Verdict:
    difference = PairedDifference((lower + upper) / 2, lower, upper, 50)
    return verdict("the plan", "min-max", difference, base, "EUR")


def test_more() -> None:
    """31 more than 1,000 is 3.1%, and the interval from 12 to 50 is above 0."""
    found = _verdict(12.0, 50.0)
    assert found == Verdict("more", "the plan earns 3.1% more than min-max (95%: 1.2% to 5.0%).")


def test_less() -> None:
    """The interval is told from the smaller loss to the larger one."""
    found = _verdict(-50.0, -12.0)
    assert found == Verdict("less", "the plan earns 3.1% less than min-max (95%: 1.2% to 5.0%).")


def test_not_shown() -> None:
    """0 within the interval: nothing is shown, and signs say where it lies."""
    found = _verdict(-8.0, 14.0)
    assert found == Verdict(
        "not shown", "not shown: the plan less min-max is 0.3% on average (95%: -0.8% to 1.4%)."
    )


@pytest.mark.parametrize(
    ("lower", "upper", "kind"),
    [(0.0, 1.0, "not shown"), (1e-9, 1.0, "more"), (-1.0, 0.0, "not shown"), (-1.0, -1e-9, "less")],
)
def test_thresholds(lower: float, upper: float, kind: str) -> None:
    """An end of exactly 0 shows nothing."""
    assert _verdict(lower, upper).kind == kind


def test_a_loss_is_no_base_for_shares() -> None:
    """Against a baseline that loses money the difference is told in money."""
    found = _verdict(12.0, 50.0, base=-400.0)
    assert found.words == "the plan earns EUR 31.00 more than min-max (95%: EUR 12.00 to EUR 50.00)."


def test_one_path_shows_nothing() -> None:
    """However large a difference on one path is, chance is not known."""
    found = verdict("the plan", "x", PairedDifference(500.0, math.nan, math.nan, 1), 1000.0, "EUR")
    assert found.kind == "not shown"
    assert "50.0% more than x, but one of the paths alone" in found.words


def test_dominated_and_equal_policies() -> None:
    """A policy that earns less on every path earns less; one that earns the same is not shown to."""
    margins = np.random.default_rng(3).normal(1000.0, 100.0, 40)
    worse = margins - np.linspace(5.0, 15.0, 40)
    assert verdict("it", "x", paired_difference(worse, margins), 1000.0, "EUR").kind == "less"
    same = verdict("it", "x", paired_difference(margins, margins), 1000.0, "EUR")
    assert same == Verdict("not shown", "not shown: it and x earn the same.")


def test_small_shares_keep_a_digit() -> None:
    """0.02% is not written as 0.0%."""
    assert "0.02% more" in _verdict(0.1, 0.3).words


def test_overall_counts() -> None:
    """Two of four shown, one the other way, one open."""
    kinds = [Verdict("more", ""), Verdict("less", ""), Verdict("more", ""), Verdict("not shown", "")]
    words = overall("the plan", kinds)
    assert words.startswith(
        "the plan earns more than 2 of 4 baselines; less than 1; against 1 nothing is shown."
    )
    assert overall("the plan", []) == ""
