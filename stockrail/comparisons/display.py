"""What a person sees of a comparison on a terminal of 80 columns."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from stockrail.commands.common import wrapped
from stockrail.comparisons.brief import number_cell, regret_rows, shown_numbers
from stockrail.comparisons.brief_words import bottom_line, options, regret_sentence
from stockrail.comparisons.comparison import Comparison
from stockrail.comparisons.margin_bridge import BOTH, DECISIONS, FACTS
from stockrail.comparisons.outcome import Outcome
from stockrail.finance.finance_display import as_lines
from stockrail.formats import amount, duration, plural
from stockrail.measures.statistical_gap import REPLICATE, gaps_sentences
from stockrail.reports.margin import MARGIN_PARTS, SHARED_PARTS
from stockrail.reports.words import number

ABREAST = 4
"""What-ifs beside one another; more get a table of their own."""

SHORT_NAME = 11
"""Letters of a name that stays on one line."""

MOST_BUYS = 8
"""Items listed whose first buys differ; the file has all."""


def comparison_lines(comparison: Comparison) -> list[str]:
    """The tables and sentences; lines of a table begin with a blank."""
    lines = []
    for first in range(0, len(comparison.outcomes), ABREAST):
        lines += _numbers(comparison, comparison.outcomes[first : first + ABREAST])
    lines += gaps_sentences(comparison.statistical_gaps, REPLICATE)
    lines += _guardrails(comparison)
    lines += _bridge(comparison)
    lines += _buys(comparison)
    lines += _regret(comparison)
    lines.append(bottom_line(comparison))
    for option in options(comparison)[1:]:
        lines.append(f"{option.name}: {' '.join(option.give_up)} {' '.join(option.outcome)}")
    for row in comparison.outcomes:
        if not row.has_plan:
            lines.append(f"{row.name} has no plan ({row.status}):")
            lines += [wrapped(f"  {line}") for line in row.reason.splitlines()]
    count = len(comparison.outcomes)
    lines.append(f"{count} {plural(count, 'what-if')} in {duration(comparison.seconds)}.")
    return lines


def _numbers(comparison: Comparison, outcomes: Sequence[Outcome]) -> list[str]:
    table = _table([f"in {comparison.currency}", *(row.name for row in outcomes)])
    table.add_row("status", *(row.status for row in outcomes))
    for words, name, kind in shown_numbers(comparison):
        table.add_row(words.lower(), *(number_cell(row, name, kind) for row in outcomes))
    return as_lines(table)


def _guardrails(comparison: Comparison) -> list[str]:
    """Each limit with what the plans make of it: worst value, a star where it binds."""
    if comparison.guardrails.empty:
        return []
    names = [row.name for row in comparison.outcomes if row.has_plan][:ABREAST]
    table = _table(["limit: worst value", *names])
    keys = comparison.guardrails[["name", "side", "metric"]].drop_duplicates()
    for key in keys.itertuples(index=False):
        cells = []
        for name in names:
            rows = comparison.guardrails
            rows = rows[(rows["what_if"] == name) & (rows["name"] == key.name) & (rows["side"] == key.side)]
            if rows.empty:
                cells.append("")
                continue
            row = rows.iloc[0]
            mark = "*" if len(row["binding_periods"]) else ""
            mark = " broken" if row["slack"] < -1e-6 * max(abs(row["limit"]), 1.0) else mark
            cells.append(f"{number(row['worst'], str(key.metric))}{mark}")
        table.add_row(f"{key.name} ({key.side})", *cells)
    return [*as_lines(table), " * binds in at least one period. All limits are in guardrails.csv with --out."]


def _bridge(comparison: Comparison) -> list[str]:
    """From the first what-if to each other: the two steps, and the parts that move most."""
    labels = {name: label for name, (label, _) in MARGIN_PARTS.items()} | SHARED_PARTS
    lines = []
    for row in comparison.outcomes[1:]:
        frame = comparison.bridge_between(comparison.outcomes[0].name, row.name)
        if frame.empty:
            continue
        sums = frame.groupby("step")["amount"].sum()
        steps = ", ".join(
            f"{step} {_signed(sums[step])}" for step in (FACTS, DECISIONS, BOTH) if step in sums
        )
        parts = frame.groupby("part")["amount"].sum()
        largest = parts[parts.abs().sort_values(ascending=False).index][:3]
        moved = ", ".join(f"{labels[str(name)].lower()} {_signed(value)}" for name, value in largest.items())
        total = _signed(float(frame["amount"].sum()))
        line = f"Margin from {comparison.outcomes[0].name} to {row.name}: {total} = {steps}."
        lines.append(f"{line} Most: {moved}." if parts.abs().max() >= 0.5 else line)
    return lines


def _buys(comparison: Comparison) -> list[str]:
    if comparison.buys.empty:
        return []
    names = [row.name for row in comparison.outcomes if row.has_plan][:ABREAST]
    table = _table(["units to buy now", *names])
    for row in comparison.buys.head(MOST_BUYS).to_dict("records"):
        table.add_row(str(row["item"]), *(amount(float(row[f"{name}_units"])) for name in names))
    left = len(comparison.buys) - MOST_BUYS
    more = [f" and {left} more {plural(left, 'item')}; --out writes them all"] if left > 0 else []
    return [*as_lines(table), *more]


def _regret(comparison: Comparison) -> list[str]:
    rows = regret_rows(comparison)
    if not rows:
        return []
    table = _table(["first buys of", *(f"if {row.name}" for row in comparison.outcomes if row.has_plan)])
    for name, cells in rows:
        table.add_row(name, *cells)
    return [*as_lines(table), regret_sentence(comparison)]


def _table(names: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    for k, name in enumerate(names):
        header = _broken(name) if k else name
        table.add_column(header, justify="right" if k else "left", no_wrap=not k, overflow="fold")
    return table


def _broken(name: str) -> str:
    """A long name on two lines, broken behind a hyphen or a blank near its middle."""
    places = [k + 1 for k, letter in enumerate(name) if letter in "- "]
    if len(name) <= SHORT_NAME or not places:
        return name
    place = min(places, key=lambda k: abs(2 * k - len(name)))
    return f"{name[:place].rstrip()}\n{name[place:]}"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{amount(value)}"
