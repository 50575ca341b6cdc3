"""What a person sees of service for profit on a terminal: one row per segment, the verdicts, and the cost to serve."""

from rich import box
from rich.table import Table

from stockrail.finance.finance_display import as_lines
from stockrail.formats import amount, money_plain, percent
from stockrail.service.cost_to_serve import ALL
from stockrail.service.tables import ServiceForProfit


def service_lines(result: ServiceForProfit) -> list[str]:
    """The trade-off and the cost to serve as lines of text; lines of tables begin with a blank."""
    baseline = "the best options" if result.baseline == "chosen" else "today's settings"
    return [
        f"Expected margin with {baseline}: {money_plain(result.expected_margin, result.currency)}.",
        *result.notes,
        f"One more {result.currency} in safety stock, a year:",
        *_trade_off(result),
        *(str(sentence) for sentence in result.trade_off["sentence"]),
        f"Cost to serve, in {result.currency}:",
        *_cost_to_serve(result),
    ]


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
