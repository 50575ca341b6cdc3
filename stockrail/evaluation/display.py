"""What a person sees of an evaluation on a terminal: one table in 80 columns, verdicts, and what must be known."""

from typing import Any

from rich import box
from rich.table import Table

from stockrail.evaluation.baselines import FORESIGHT
from stockrail.evaluation.evaluation import PLAN, Evaluation
from stockrail.evaluation.verdict import LEAST_BASE
from stockrail.finance.finance_display import as_lines
from stockrail.formats import amount, finite, percent, plural, short
from stockrail.measures.statistical_gap import REPLICATE, certificate_sentences, not_computed_sentence

LONG = 1e7
"""Margins from here on are told to three digits, so that a table fits on a terminal."""

TREE_OF_A_MOMENT = "each plan has a tree of its own; make one with `stockrail tree build --from history` and run `stockrail measures` on it"
"""What computes the statistical gap of a plan of a backtest."""

SMALL = 1e-4
"""Share of the margin below which no contestant's spend is worth a column; the files have it."""


def evaluation_lines(result: Evaluation) -> list[str]:
    """The evaluation as lines of text; lines of tables begin with a blank."""
    return [
        f"{result.facts['instance_name']}: {opening_line(result)}",
        *_table(result),
        *filter(None, [ceiling_line(result)]),
        *verdict_lines(result),
        *certificate_lines(result),
        *result.notes,
    ]


def opening_line(result: Evaluation) -> str:
    """What was compared, and how capital was made equal."""
    facts = result.facts
    basis = "what the plan ties up" if facts["target"] == "plan" else "what is allowed"
    if "from" in facts:
        return (
            f"history from {facts['from']} to {facts['to']}, {facts['periods']} periods, after {facts['trained_periods']} to learn from; "
            f"planned again every {facts['every']} periods. Money in {result.currency}. Each time baselines are scaled to what that moment's "
            f"plan ties up as {facts['capital']}, on {facts['training_paths']} paths of its forecast's errors."
        )
    return (
        f"{facts['paths']} fresh paths, the same for all; money in {result.currency}. Baselines are scaled to {basis} as "
        f"{facts['capital']}, on {facts['training_paths']} other paths."
    )


def certificate_lines(result: Evaluation) -> list[str]:
    """Both certificates of the plan; of a backtest, which has many plans, the largest solver's gap."""
    facts = result.facts
    if "plan" in facts:
        return certificate_sentences(facts["plan"], result.currency, REPLICATE)
    plans = facts["plans"]
    return [
        f"Solver's gap: the largest of {plans} {plural(plans, 'plan')}, each on the tree of its moment, is {percent(facts['largest_gap'], 3)}.",
        not_computed_sentence(TREE_OF_A_MOMENT),
    ]


def ceiling_line(result: Evaluation) -> str:
    """Which paths the ceiling is of, where it is not all of them; else nothing."""
    pairs = result.table.loc[result.table["name"] == FORESIGHT, "pairs"].to_list()
    if not pairs or result.facts["paths"] == 1 or pairs[0] == result.facts["paths"]:
        return ""
    return f"The ceiling, {FORESIGHT}, is of {pairs[0]:.0f} paths: it is compared with the plan on those."


def verdict_lines(result: Evaluation) -> list[str]:
    """One sentence per contestant, with what stock left at the end does to it, and the summary."""
    lines = []
    by_contestant = result.verdicts.pivot(index="contestant", columns="measure", values=["kind", "words"])
    for name in result.table["name"]:
        if name == PLAN:
            continue
        row = by_contestant.loc[name]
        line = _capitalised(str(row[("words", "margin")]))
        if row[("kind", "margin")] != row[("kind", "margin_full_stock")]:
            line += f" With the stock that is left at its full value: {row[('words', 'margin_full_stock')]}"
        lines.append(line)
    if result.summary:
        lines.append(_capitalised(result.summary))
    return lines


def _table(result: Evaluation) -> list[str]:
    names = ["", "margin", "plan less it\n(95%)", "fill\nrate", "mean\nstock", "capital"]
    optional = {"expedite_spend": "expe-\ndite", "write_offs": "write-\noffs"}
    least = SMALL * result.table["margin"].abs().max()
    shown = [measure for measure in optional if result.table[measure].abs().max() > least]
    names += [optional[measure] for measure in shown]
    names += ["breach,\ndeepest"]
    is_replanned = bool(result.table["nervousness"].notna().any())
    names += ["orders\nmoved"] if is_replanned else []
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 0))
    for k, name in enumerate(names):
        table.add_column(name, justify="right" if k else "left", no_wrap=True)
    for row in result.table.to_dict("records"):
        cells = _cells({str(key): value for key, value in row.items()}, shown)
        table.add_row(*cells, *([percent(row["nervousness"], 0)] if is_replanned else []))
    return as_lines(table)


def _cells(row: dict[str, Any], shown: list[str]) -> list[str]:
    lower, upper = finite(row["margin_lower"]), finite(row["margin_upper"])
    base = row["margin"]
    difference = "" if row["name"] == PLAN else _share(row["margin_difference"], base)
    if difference and lower is not None and upper is not None:
        # The unit is that of the line above.
        difference += f"\n{_share(lower, base).removesuffix('%')} to {_share(upper, base)}"
    mark = "*" if row["equal_capital"] == "no" else ""
    return [
        f"{row['name']}{mark}",
        amount(row["margin"]) if abs(row["margin"]) < LONG else short(row["margin"]),
        difference,
        percent(row["fill_rate"]),
        short(row["inventory_value"]),
        short(row["capital"]),
        *(short(row[measure]) for measure in shown),
        f"{percent(row['breached'], 0)}, {percent(row['breach_depth'], 0)}" if row["breached"] else "none",
    ]


def _share(value: float, base: float) -> str:
    """A difference of margins as a share of the other's margin, or in money where that is no gain."""
    return f"{value / base:+.1%}" if base >= LEAST_BASE else short(value)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
