"""A verdict in words on one paired difference of margins, which may be that nothing is shown."""

import math
from dataclasses import dataclass
from typing import Literal

from stockrail.evaluation.paired import PairedDifference
from stockrail.formats import finite, money_plain

Kind = Literal["more", "less", "not shown"]

LEAST_BASE = 1.0
"""Money: of less than that, or of a loss, no share is told."""


@dataclass(frozen=True)
class Verdict:
    """What the numbers show: that one earns more, that it earns less, or neither."""

    kind: Kind
    words: str


def verdict(
    one: str, other: str, difference: PairedDifference, base: float, currency: str, over: str = "paths"
) -> Verdict:
    """Say what the difference of two margins shows.

    Parameters
    ----------
    one, other : names; `one` is what the sentence is about, such as "the plan".
    difference : margin of `one` less that of `other`.
    base : mean margin of `other`, of which shares are told; money where it is no gain.
    over : what the pairs are, such as paths or items.
    """

    def told(value: float, *, is_signed: bool = False) -> str:
        if base >= LEAST_BASE:
            return _share(value / base, is_signed=is_signed)
        return money_plain(value if is_signed else abs(value), currency)

    if finite(difference.lower) is None or finite(difference.upper) is None:
        if math.isnan(difference.mean):
            return Verdict("not shown", f"not shown: {one} and {other} have no {over} in common.")
        direction = "more" if difference.mean > 0 else "less"
        return Verdict(
            "not shown",
            f"not shown: {one} earns {told(difference.mean)} {direction} than {other}, but one of the {over} alone says "
            "nothing about chance.",
        )
    if difference.is_positive:
        interval = f"{told(difference.lower)} to {told(difference.upper)}"
        return Verdict("more", f"{one} earns {told(difference.mean)} more than {other} (95%: {interval}).")
    if difference.is_negative:
        interval = f"{told(difference.upper)} to {told(difference.lower)}"
        return Verdict("less", f"{one} earns {told(difference.mean)} less than {other} (95%: {interval}).")
    mean, lower, upper = (
        told(value, is_signed=True) for value in (difference.mean, difference.lower, difference.upper)
    )
    if difference.lower == difference.upper == 0.0:
        return Verdict("not shown", f"not shown: {one} and {other} earn the same.")
    return Verdict(
        "not shown", f"not shown: {one} less {other} is {mean} on average (95%: {lower} to {upper})."
    )


def overall(one: str, verdicts: list[Verdict]) -> str:
    """How many of the baselines a plan is shown to earn more than, in a sentence."""
    total = len(verdicts)
    if not total:
        return ""
    more = sum(found.kind == "more" for found in verdicts)
    less = sum(found.kind == "less" for found in verdicts)
    unknown = total - more - less
    parts = [f"{one} earns more than {more} of {total} baselines"]
    if less:
        parts.append(f"less than {less}")
    if unknown:
        parts.append(f"against {unknown} nothing is shown")
    return "; ".join(parts) + "."


def _share(value: float, *, is_signed: bool) -> str:
    """A share in percent: one decimal, more where that would be a zero that is none."""
    percent = 100.0 * value if is_signed else 100.0 * abs(value)
    decimals = 1
    while decimals < 4 and percent and round(percent, decimals) == 0:
        decimals += 1
    text = f"{percent:.{decimals}f}%"
    return text.replace("-", "", 1) if round(percent, decimals) == 0 else text
