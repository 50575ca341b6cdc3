"""The statistical gap of a plan as it stands beside the solver's gap: as plain data, and in words.

The solver's gap is about the tree as it is. The statistical gap is about what the tree's scenarios are a sample of. Every report has both;
a statistical gap that was not computed says so, and what computes it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stockrail.formats import finite, money_plain, percent, plural
from stockrail.measures.replications import CONFIDENCE, Replications, StatisticalGap, replicate_all
from stockrail.measures.sampled_trees import source_of
from stockrail.measures.ties import ties
from stockrail.model.instance import Instance
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.result import SolveOptions

NOT = "not computed"

MEASURE = "run `stockrail measures`"
"""What computes the gap of a plan where the command at hand does not."""

REPLICATE = "add --replications 10, which solves 10 fresh trees"
"""What computes it in commands that can."""

NOT_COMPUTED = f"{NOT}: {MEASURE}"

TREE_SECONDS = 60.0
"""Seconds that each solve of a fresh tree has at most, as with `stockrail measures`."""

GAP_COLUMNS = ("first_orders_gap", "first_orders_gap_most", "policy_gap", "policy_gap_most")
"""Columns of result tables: shares of what the plan reaches as a policy; estimates, and the ends of their one-sided 95% intervals."""

LEAST = 0.005
"""Money below which an estimate is rounding."""

Record = Mapping[str, Any]


def statistical_gaps(
    tables: Tables,
    plans: Mapping[str, IntArray],
    count: int,
    options: SolveOptions,
    on_tree: Callable[[int], None] = lambda tree: None,
) -> dict[str, dict[str, Any] | None]:
    """The statistical gaps of plans of one tree, by name, as `gap_record` has them; None where no fresh tree was solved.

    Parameters
    ----------
    plans : each int [items, nodes].
    count : fresh trees; 0 for none. Each takes a solve, and one more for each plan, of at most `TREE_SECONDS`.
    options : of each solve.
    on_tree : called before each tree.
    """
    if not count or not plans:
        return dict.fromkeys(plans)
    each = replace(options, time_limit=min(options.time_limit, TREE_SECONDS))
    source = source_of(tables.instance, tables.tree)
    found = replicate_all(tables, plans, source, count, options.seed, each, on_tree)
    return {name: gap_record(replications, tables.instance) for name, replications in found.items()}


def gap_record(replications: Replications | None, instance: Instance) -> dict[str, Any] | None:
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
        "sampled_limits": [row.guardrail for row in ties(instance)],
    }


def gap_columns(record: Record | None) -> dict[str, float]:
    """The statistical gap as `GAP_COLUMNS` of a result table; NaN where there is none."""
    if record is None:
        return dict.fromkeys(GAP_COLUMNS, math.nan)
    cells = [
        record[name][share] for name in ("first_orders", "as_a_policy") for share in ("share", "most_share")
    ]
    known = [math.nan if cell is None else float(cell) for cell in cells]
    return dict(zip(GAP_COLUMNS, known, strict=True))


def gap_in_short(record: Record | None) -> str:
    """The statistical gap for a line of a table: orders to place now, then the plan as a policy."""
    if record is None:
        return NOT_COMPUTED
    shares = [finite(record[name]["most_share"]) for name in ("first_orders", "as_a_policy")]
    if None in shares:
        return "not known; see measures.json"
    now, policy = (percent(share, 2) for share in shares)
    return f"orders now <= {now}, as a policy <= {policy}"


def certificate_sentences(numbers: Record, currency: str, how: str = MEASURE) -> list[str]:
    """Both certificates of a plan in sentences.

    Parameters
    ----------
    numbers : objective, bound, gap and statistical_gap of the plan, each None or not there where it is not known.
    how : what computes the statistical gap where it was not.
    """
    solver = solver_gap_sentence(numbers.get("objective"), numbers.get("bound"), numbers.get("gap"), currency)
    return [solver, *gap_sentences(numbers.get("statistical_gap"), currency, how)]


def solver_gap_sentence(objective: Any, bound: Any, gap: Any, currency: str) -> str:
    """The solver's gap of a plan in a sentence: what it reaches, the bound, the relative gap."""
    if finite(objective) is None:
        return "Solver's gap: not known, as there is no value of the plan on its tree."
    reaches = f"Solver's gap: on its tree the plan reaches {money_plain(objective, currency)}"
    if finite(bound) is None or finite(gap) is None:
        return f"{reaches}. No bound was computed, so how much a better plan could reach is not known."
    return f"{reaches} and no plan more than {money_plain(bound, currency)}, a gap of {percent(gap, 3)}."


def gap_sentences(record: Record | None, currency: str, how: str = MEASURE) -> list[str]:
    """The statistical gap in sentences; `how` as in `certificate_sentences`."""
    if record is None:
        return [not_computed_sentence(how)]
    now, policy = (_more(record[name], currency) for name in ("first_orders", "as_a_policy"))
    if now is None and policy is None:
        return [
            f"{_from_trees([record])}: not known. It takes two trees or more, and a plan that keeps the limits on each."
        ]
    confidence = f"with {record['confidence']:.0%} confidence"
    line = (
        f"{_from_trees([record])}: other orders to place now could reach {now or 'an unknown amount'} more, {confidence}, where all later orders are "
        f"the best on each tree; any other policy could reach {policy or 'an unknown amount'} more than this plan followed as a policy."
    )
    lines = [line]
    if record["broken"]:
        listed = ", ".join(f"{name} on {count}" for name, count in record["broken"].items())
        lines.append(
            f"Followed as a policy, which does not look at limits, the plan breaks hard limits there: {listed}. What it earns by that "
            "is not allowed, so its gap may be larger."
        )
    if _is_negative(record):
        lines.append("An estimate below zero is printed as it is.")
    return lines + _about_limits([record])


def gaps_sentences(records: Mapping[str, Record | None], how: str = MEASURE) -> list[str]:
    """What is to be known of the statistical gaps of several plans, by name, whose numbers are in a table."""
    if not records:
        return ["Statistical gap: none, as there is no plan."]
    known = {name: record for name, record in records.items() if record is not None}
    if not known:
        return [not_computed_sentence(how)]
    about = (
        f"{_from_trees(list(known.values()))}: what other orders to place now, or any other policy, could reach more, as a share of what the "
        f"plan followed there reaches; at most with {CONFIDENCE:.0%} confidence. Estimates below zero are printed as they are."
    )
    lines = [about]
    broken = [
        f"{name} ({', '.join(f'{limit} on {count}' for limit, count in record['broken'].items())})"
        for name, record in known.items()
        if record["broken"]
    ]
    if broken:
        lines.append(
            f"Followed as policies, which do not look at limits, plans break hard limits there: {'; '.join(broken)}. What they earn by that "
            "is not allowed, so their gaps may be larger."
        )
    return lines + _about_limits(list(known.values()))


def not_computed_sentence(how: str = MEASURE) -> str:
    """That there is no statistical gap, and what computes it."""
    return f"Statistical gap: {NOT}: {how}."


def _from_trees(records: list[Record]) -> str:
    trees = sorted({int(record["trees"]) for record in records})
    count = str(trees[0]) if len(trees) == 1 else f"{trees[0]} to {trees[-1]}"
    sources = " or ".join(dict.fromkeys(str(record["drawn_from"]) for record in records))
    return f"Statistical gap from {count} fresh {plural(trees[-1], 'tree')}, drawn from {sources}"


def _about_limits(records: list[Record]) -> list[str]:
    """Which limits are sampled with the trees; a record of an earlier version does not know."""
    names = dict.fromkeys(name for record in records for name in record.get("sampled_limits", ()))
    if not names:
        return []
    return [
        f"Fresh trees sample what {', '.join(names)} limits as well, so the statistical gap has no guaranteed direction."
    ]


def _is_negative(record: Record) -> bool:
    gaps = [finite(record[name]["gap"]) for name in ("first_orders", "as_a_policy")]
    return any(gap is not None and gap <= -LEAST for gap in gaps)


def _more(gap: Record, currency: str) -> str | None:
    """An estimate and the end of its interval; None where there is none."""
    if finite(gap["gap"]) is None or finite(gap["most_gap"]) is None:
        return None
    about, most = money_plain(gap["gap"], currency), money_plain(gap["most_gap"], currency)
    return f"about {about} ({percent(gap['share'], 2)}) and at most {most} ({percent(gap['most_share'], 2)})"
