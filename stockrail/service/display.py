"""What a person sees of service for profit on a terminal: the trade-off by segment, steps, verdicts, and the cost to serve."""

import pandas as pd
from rich import box
from rich.table import Table

from stockrail.finance.finance_display import as_lines
from stockrail.formats import amount, money_plain, percent
from stockrail.measures.statistical_gap import not_computed_sentence, solver_gap_sentence
from stockrail.service.cost_to_serve import ALL
from stockrail.service.tables import ServiceForProfit

MOST_STEPS = 3
"""Steps of a segment that a terminal shows, those next to where it stands; the file has all."""

CHOOSE = "run `stockrail calibrate` with --replications 10"
"""What computes the statistical gap of a choice of options."""

NARROW = 32
"""Characters of a segment and its options that fit."""


def service_lines(result: ServiceForProfit) -> list[str]:
    """The trade-off and the cost to serve as lines of text; lines of tables begin with a blank."""
    baseline = "the best options" if result.baseline == "chosen" else "today's settings"
    return [
        f"Expected margin with {baseline}: {money_plain(result.expected_margin, result.currency)}.",
        *result.notes,
        f"One more {result.currency} in safety stock, a year:",
        *_trade_off(result),
        *(str(sentence) for sentence in result.trade_off["sentence"]),
        *_steps_lines(result),
        f"Cost to serve, in {result.currency}:",
        *_cost_to_serve(result),
        *certificate_lines(result),
    ]


def certificate_lines(result: ServiceForProfit) -> list[str]:
    """Both certificates of the options that were chosen."""
    if result.baseline == "current":
        return [
            "Solver's gap: none, as today's settings are valued and not chosen.",
            not_computed_sentence(CHOOSE),
        ]
    solver = solver_gap_sentence(result.objective, result.bound, result.gap, result.currency)
    return [f"{solver} Compared are plans of the options.", not_computed_sentence(CHOOSE)]


def _trade_off(result: ServiceForProfit) -> list[str]:
    table = _table(
        "segment", "stock", "fill\nrate", "costs", "earns", "kept\nmargin", "expe-\nditing", "stock-\nouts", "end and\nother"
    )  # fmt: skip
    for row in result.trade_off.to_dict("records"):
        table.add_row(
            str(row["segment"]),
            amount(row["inventory_value"]),
            percent(row["fill_rate"]),
            *(
                amount(value, 2)
                for value in (
                    row["cost_rate"],
                    row["gain_rate"],
                    row["retained_rate"],
                    row["expedite_rate"],
                    row["stockout_rate"],
                    row["end_rate"] + row["other_rate"],
                )
            ),
        )
    return as_lines(table)


def shown_steps(result: ServiceForProfit) -> pd.DataFrame:
    """At most `MOST_STEPS` steps of each segment: the last ones up to its stock, and the first one beyond it."""
    kept = []
    for segment, steps in result.steps.groupby("segment", sort=False):
        curve = result.curve[result.curve["segment"] == segment]
        stock = curve.set_index("option")["inventory_value"]
        baseline = float(curve[curve["is_baseline"]]["inventory_value"].iloc[0])
        below = int((steps["to_option"].map(stock) <= baseline).sum())
        last = min(max(below + 1, MOST_STEPS), len(steps))
        kept.append(steps.iloc[max(last - MOST_STEPS, 0) : last])
    return pd.concat(kept) if kept else result.steps


def _steps_lines(result: ServiceForProfit) -> list[str]:
    shown = shown_steps(result)
    if shown.empty:
        return []
    table = _table(
        "segment and step", "added\nstock", "kept\nsales", "expe-\nditing", "earns", "costs", "pays"
    )
    before = ""
    for row in shown.to_dict("records"):
        if row["segment"] != before:
            table.add_row(_cut(f"{row['segment']}, {row['from_option']}"))
        added = (row[key] for key in ("added_inventory", "retained_sales", "saved_expedite", "gain", "cost"))
        table.add_row(
            _cut(f"  to {row['to_option']}"),
            *(amount(value) for value in added),
            "yes" if row["pays"] else "no",
        )
        before = row["segment"]
    more = len(result.steps) - len(shown)
    where = f"Nearest to where each segment stands; {more} more in service_steps.csv." if more else ""
    return [
        f"What steps along the options add, in {result.currency} over the horizon:",
        *as_lines(table),
        *([where] if where else []),
    ]


def _cut(text: str) -> str:
    return text if len(text) <= NARROW else f"{text[: NARROW - 1]}…"


def _cost_to_serve(result: ServiceForProfit) -> list[str]:
    table = _table(
        "segment", "cost to\nserve", "per\nunit", "of\nrevenue", "freight,\nduty", "orders", "holding", "expe-\ndited", "stock-\nouts"
    )  # fmt: skip
    for row in result.cost_to_serve.to_dict("records"):
        if row["segment"] == ALL:
            table.add_section()
        table.add_row(
            str(row["segment"]),
            amount(row["cost_to_serve"]),
            amount(row["cost_per_unit"], 2),
            percent(row["cost_share_of_revenue"]),
            amount(row["freight"] + row["duty"]),
            amount(row["order_cost"]),
            amount(row["capital"] + row["storage"]),
            amount(row["expedite"]),
            amount(row["stockout"]),
        )
    return as_lines(table)


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    for k, name in enumerate(names):
        table.add_column(name, justify="right" if k else "left", no_wrap=True)
    return table
