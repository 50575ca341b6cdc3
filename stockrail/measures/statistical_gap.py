"""The statistical gap of a plan as it stands beside the solver's gap: as plain data, and in words.

The solver's gap is about the tree as it is. The statistical gap is about what the tree's scenarios are a sample of.
"""

from collections.abc import Mapping
from typing import Any

from stockrail.formats import finite, money_plain, percent, plural
from stockrail.measures.replications import CONFIDENCE, Replications, StatisticalGap

NOT_COMPUTED = "not computed: run `stockrail measures`"


def gap_record(replications: Replications | None) -> dict[str, Any] | None:
    """The statistical gap as plain data; None where no fresh tree was solved."""
    if replications is None or not replications.trees:
        return None

    def numbers(gap: StatisticalGap) -> dict[str, float]:
        return {
            "gap": gap.value,
            "most_gap": gap.most,
            "share": replications.share(gap.value),
            "most_share": replications.share(gap.most),
        }

    return {
        "trees": len(replications.trees),
        "drawn_from": replications.words,
        "confidence": CONFIDENCE,
        "policy": replications.policy,
        "solver_gap": replications.solver_gap,
        "as_a_policy": numbers(replications.policy_gap),
        "first_orders": numbers(replications.first_orders_gap),
        "broken": replications.broken,
    }


def gap_in_short(record: Mapping[str, Any] | None) -> str:
    """The statistical gap for a line of a table: orders to place now, then the plan as a policy."""
    if record is None:
        return NOT_COMPUTED
    shares = [finite(record[name]["most_share"]) for name in ("first_orders", "as_a_policy")]
    if None in shares:
        return "not known; see measures.json"
    now, policy = (percent(share, 2) for share in shares)
    return f"orders now <= {now}, as a policy <= {policy}"


def gap_sentences(record: Mapping[str, Any] | None, currency: str) -> list[str]:
    """The statistical gap in sentences."""
    if record is None:
        return [f"Statistical gap: {NOT_COMPUTED}."]
    trees = int(record["trees"])
    from_trees = (
        f"Statistical gap from {trees} fresh {plural(trees, 'tree')}, drawn from {record['drawn_from']}"
    )
    now, policy = (_more(record[name], currency) for name in ("first_orders", "as_a_policy"))
    if now is None and policy is None:
        return [
            f"{from_trees}: not known. It takes two trees or more, and a plan that keeps the limits on each."
        ]
    confidence = f"with {record['confidence']:.0%} confidence"
    line = (
        f"{from_trees}: other orders to place now could reach {now or 'an unknown amount'} more, {confidence}, where all later orders are "
        f"the best on each tree; any other policy could reach {policy or 'an unknown amount'} more than this plan followed as a policy."
    )
    lines = [line]
    if record["broken"]:
        listed = ", ".join(f"{name} on {count}" for name, count in record["broken"].items())
        lines.append(
            f"Followed as a policy, which does not look at limits, the plan breaks hard limits there: {listed}. What it earns by that "
            "is not allowed, so its gap may be larger."
        )
    return lines


def _more(gap: Mapping[str, Any], currency: str) -> str | None:
    """An estimate and the end of its interval; None where there is none."""
    if finite(gap["gap"]) is None or finite(gap["most_gap"]) is None:
        return None
    about, most = money_plain(gap["gap"], currency), money_plain(gap["most_gap"], currency)
    return f"about {about} ({percent(gap['share'], 2)}) and at most {most} ({percent(gap['most_share'], 2)})"
