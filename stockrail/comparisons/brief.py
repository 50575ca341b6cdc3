"""The decision brief: one page of what is chosen, given up and gained, in HTML and in Markdown."""

import os
from pathlib import Path
from typing import Any

import altair as alt

from stockrail import formats
from stockrail.comparisons.brief_words import Option, bottom_line, options, regret_cell, regret_sentence
from stockrail.comparisons.comparison import Comparison
from stockrail.comparisons.margin_bridge import BOTH, FACTS
from stockrail.comparisons.outcome import Outcome
from stockrail.measures.statistical_gap import REPLICATE, gaps_sentences
from stockrail.reports.chart_parts import Chart, assemble
from stockrail.reports.html_page import chart_library, environment
from stockrail.reports.margin import MARGIN_PARTS, SHARED_PARTS, Step, waterfall

MOST_STEPS = 7
"""Bars of the bridge; what is smaller goes into one."""

WHOLE = 0.5
"""Amounts of money below this are none in whole numbers."""

NUMBERS = (
    ("Expected margin", "expected_margin", "money"),
    ("Bound on it", "bound", "money"),
    ("Solver's gap", "gap", "percent"),
    ("Revenue", "revenue", "money"),
    ("Fill rate", "fill_rate", "percent"),
    ("Mean inventory", "mean_inventory_value", "money"),
    ("Peak inventory", "peak_inventory_value", "money"),
    ("Mean work. capital", "mean_working_capital", "money"),
    ("Peak work. capital", "peak_working_capital", "money"),
    ("Lowest cash", "lowest_cash", "money"),
    ("Expediting", "expedite", "money"),
    ("Stockouts", "stockout", "money"),
    ("Orders now", "orders_now", "count"),
    ("Their value", "buys_now", "money"),
    ("Limits that bind", "guardrails_binding", "count"),
)
"""Rows of the table of numbers: words, attribute of `Outcome`, kind of number."""

STATISTICAL_GAPS = (
    ("Stat. gap, orders now", "first_orders_gap", "percent"),
    ("  at most", "first_orders_gap_most", "percent"),
    ("Stat. gap, as a policy", "policy_gap", "percent"),
    ("  at most", "policy_gap_most", "percent"),
)
"""Rows of the statistical gap, under that of the solver's gap, where it was computed."""


def number_cell(outcome: Outcome, name: str, kind: str) -> str:
    """A cell of the table of numbers."""
    value = float(getattr(outcome, name))
    if kind == "percent":
        return formats.percent(value, 2)
    return formats.amount(value)


def shown_numbers(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Rows of the table of numbers, both certificates among them."""
    place = next(k for k, (_, name, _) in enumerate(NUMBERS) if name == "gap") + 1
    known = STATISTICAL_GAPS if any(comparison.statistical_gaps.values()) else ()
    return [*NUMBERS[:place], *known, *NUMBERS[place:]]


def number_rows(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """The table of numbers: words and one cell per what-if."""
    rows = [("Status", [row.status for row in comparison.outcomes])]
    rows += [
        (words, [number_cell(row, name, kind) for row in comparison.outcomes])
        for words, name, kind in shown_numbers(comparison)
    ]
    return rows


def regret_rows(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """The regret matrix: first buys of, and a cell per what-if that happens."""
    table = comparison.regret
    if table.empty:
        return []
    cells: dict[tuple[str, str], dict[str, object]] = {
        (str(row["first_buys_of"]), str(row["happens"])): {str(k): v for k, v in row.items()}
        for row in table.to_dict("records")
    }
    names = [row.name for row in comparison.outcomes if row.has_plan]
    return [
        (
            held,
            [
                "0" if held == happens else regret_cell(cells.get((held, happens)), comparison.currency)
                for happens in names
            ],
        )
        for held in names
    ]


def bridge_target(comparison: Comparison) -> str | None:
    """The what-if whose margin differs most from the first one's, for the bridge that is drawn; None where nothing differs."""
    reference, *others = comparison.outcomes
    by_margin = {
        row.name: abs(row.expected_margin - reference.expected_margin) for row in others if row.has_plan
    }
    if not reference.has_plan or max(by_margin.values(), default=0.0) < WHOLE:
        return None
    return max(by_margin, key=lambda name: by_margin[name])


def bridge_steps(comparison: Comparison, target: str) -> list[Step]:
    """The bridge from the first what-if as bars, the difference of the margins at the end."""
    frame = comparison.bridge_between(comparison.outcomes[0].name, target)
    labels = {name: label for name, (label, _) in MARGIN_PARTS.items()} | SHARED_PARTS
    words = {FACTS: "facts", BOTH: "both"}
    rows = [
        (f"{labels[str(row['part'])]} ({words.get(str(row['step']), 'orders')})", float(row["amount"]))
        for row in frame.to_dict("records")
    ]
    shown = sorted(rows, key=lambda row: -abs(row[1]))[:MOST_STEPS]
    kept = [row for row in rows if row in shown and abs(row[1]) >= WHOLE]
    total = sum(amount for _, amount in rows)
    rest = total - sum(amount for _, amount in kept)
    if abs(rest) >= WHOLE:
        kept.append(("All else", rest))
    steps, level = [], 0.0
    for name, amount in kept:
        steps.append(Step(name, amount, level, level + amount, "plus" if amount >= 0 else "minus"))
        level += amount
    return [*steps, Step("Difference", total, 0.0, total, "total")]


def margin_chart(comparison: Comparison) -> Chart:
    """Expected margin of each plan, and how far up a better one could still be."""
    values: list[dict[str, Any]] = [
        {"name": row.name, "margin": round(row.objective, 2), "bound": round(row.bound, 2)}
        for row in comparison.outcomes
        if row.has_plan
    ]
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(
            field="name",
            type="nominal",
            sort=None,
            axis=alt.Axis(title=None, labelLimit=150, domain=False, ticks=False),
        ),
        x=alt.X(
            field="margin",
            type="quantitative",
            scale=scale,
            axis=alt.Axis(title=comparison.currency, format=",.0f", tickCount=3, domain=False, ticks=False),
        ),
        tooltip=[
            alt.Tooltip(field="name", type="nominal", title="what-if"),
            alt.Tooltip(field="margin", type="quantitative", format=",.0f", title="plan"),
            alt.Tooltip(field="bound", type="quantitative", format=",.0f", title="no plan above"),
        ],
    )
    layers: list[alt.Chart] = [
        base.mark_bar(color="var(--band)", height=8).encode(x2=alt.X2(field="bound")),
        base.mark_point(filled=True, opacity=1, size=80, color="var(--line)"),
    ]
    description = "Objective of each plan (dot), and up to where a better plan is not excluded (bar)."
    return assemble("margin", description, layers, max(30 * len(values), 60))


def write_brief(comparison: Comparison, path: Path) -> Path:
    """Write the brief as one HTML file that needs no network and prints on one page, and return its path."""
    charts = []
    target = bridge_target(comparison)
    if any(row.has_plan for row in comparison.outcomes):
        charts.append(margin_chart(comparison))
    if target is not None:
        charts.append(waterfall(bridge_steps(comparison, target), comparison.currency))
    page = (
        environment()
        .get_template("brief.html")
        .render(
            comparison=comparison,
            bottom_line=bottom_line(comparison),
            options=options(comparison),
            numbers=number_rows(comparison),
            regret=regret_rows(comparison),
            regret_names=[row.name for row in comparison.outcomes if row.has_plan],
            regret_sentence=regret_sentence(comparison),
            target=target,
            gap_notes=[gap_note(comparison), *gaps_sentences(comparison.statistical_gaps, REPLICATE)],
            charts=charts,
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def markdown(comparison: Comparison) -> str:
    """The brief in Markdown."""
    names = [row.name for row in comparison.outcomes]
    lines = [
        f"# Decision brief: {_cell(comparison.instance_name)}",
        "",
        bottom_line(comparison),
        "",
        "| | choose | give up | outcome |",
        "|---|---|---|---|",
        *(_option_row(option) for option in options(comparison)),
        "",
        f"Money in {comparison.currency}.",
        "",
        *_table("", names, number_rows(comparison)),
        "",
    ]
    if comparison.regret.empty:
        lines.append("Regret was not asked for (`--regret`).")
    else:
        plans = [row.name for row in comparison.outcomes if row.has_plan]
        lines += [
            "Regret: margin lost with the first buys of a row when the what-if of a column happens.",
            "",
        ]
        lines += [*_table("first buys of", plans, regret_rows(comparison)), "", regret_sentence(comparison)]
    lines += ["", gap_note(comparison), "", *gaps_sentences(comparison.statistical_gaps, REPLICATE), ""]
    return "\n".join(lines).replace(formats.NO_BREAK, " ")


def gap_note(comparison: Comparison) -> str:
    """What the numbers can be trusted for."""
    return (
        f"Each plan was solved to a gap of {formats.percent(comparison.gap, 2)}. Two margins that differ by less than both gaps "
        "together are not told apart, and inventory or service of two such plans can differ by chance."
    )


def _option_row(option: Option) -> str:
    cells = (
        f"**{option.name}**",
        f"{option.heading}: {option.choose}",
        " ".join(option.give_up),
        " ".join(option.outcome),
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _table(corner: str, names: list[str], rows: list[tuple[str, list[str]]]) -> list[str]:
    head = [f"| {' | '.join([corner, *map(_cell, names)])} |", f"|---{'|---:' * len(names)}|"]
    return head + [f"| {' | '.join([_cell(words), *map(_cell, cells)])} |" for words, cells in rows]


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
